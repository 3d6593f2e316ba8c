// The built-in scenarios: the files of this folder, compiled in, so that they work from anywhere.
#pragma once

#include <span>
#include <string_view>

namespace settle {

struct BuiltinScenario {
    std::string_view name;
    std::string_view text;  ///< TOML
};

/// Sorted by name.
std::span<const BuiltinScenario> builtin_scenarios();

}  // namespace settle
