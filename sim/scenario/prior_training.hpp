// Another scenario that is trained first, for its weights: which one, and for how long.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace settle {

struct PriorTraining {
    std::string scenario;                 ///< built-in name or absolute path; empty: nothing is trained first
    std::optional<std::int64_t> epochs;   ///< in place of its own learning.epochs
    std::optional<std::int64_t> samples;  ///< in place of its own data.train

    bool empty() const { return scenario.empty(); }
    bool operator==(const PriorTraining&) const = default;
};

}  // namespace settle
