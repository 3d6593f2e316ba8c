#include "sim/formats/shape_text.hpp"

#include <fmt/format.h>

namespace settle {

std::string shape_text(std::span<const std::int64_t> shape) {
    return shape.empty() ? "scalar" : fmt::format("{}", fmt::join(shape.begin(), shape.end(), " x "));
}

}  // namespace settle
