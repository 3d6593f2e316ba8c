// Scenarios as text, for tests of how they are read.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"

namespace settle {

/// Four lines that are a whole scenario; what a test is about begins at line 5.
inline const std::string minimal = "[network]\nlayers = [6, 5, 3]\n[learning]\nrates = [0.1, 0.05]\n";

inline ScenarioSource source(const std::string& text) {
    return {"bad.toml", "bad", "/experiments/june", text};
}

inline LoadedScenario load(const std::string& text, const std::vector<Override>& overrides = {}) {
    return load_scenario(source(text), overrides);
}

/// The minimal scenario with more lines and `--set` arguments.
inline LoadedScenario load_with(const std::string& lines, const std::vector<std::string>& sets = {}) {
    std::vector<Override> overrides;
    for (const std::string& set : sets) overrides.push_back(parse_set(set));
    return load(minimal + lines, overrides);
}

inline std::string errors_of(const std::string& text, const std::vector<Override>& overrides = {}) {
    return error_text([&] { load(text, overrides); });
}

/// What the user reads when these lines follow the minimal scenario.
inline std::string errors_with(const std::string& lines, const std::vector<std::string>& sets = {}) {
    return error_text([&] { load_with(lines, sets); });
}

inline bool lacks(const std::string& text, const std::string& part) {
    if (text.find(part) == std::string::npos) return true;
    MESSAGE("\"" << text << "\" contains \"" << part << "\"");
    return false;
}

}  // namespace settle
