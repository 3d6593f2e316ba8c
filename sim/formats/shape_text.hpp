// The shape of an array in words, for messages.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace settle {

/// "784 x 500"; "scalar" without dimensions.
std::string shape_text(std::span<const std::int64_t> shape);

}  // namespace settle
