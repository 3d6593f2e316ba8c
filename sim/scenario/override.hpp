// Changes of a scenario by the command line: --set KEY=VALUE, --engine, --threads, --seed.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/axis.hpp"
#include "sim/scenario/keys.hpp"
#include "sim/scenario/problems.hpp"

namespace settle {

/// One change of a scenario by the command line; later ones win.
struct Override {
    std::string option;  ///< "--set", "--threads" …: the place in messages
    std::string key;     ///< may name a part: "timing.jitter.width"
    std::string value;   ///< TOML; what is no TOML is a string
};

/// Splits "KEY=VALUE" of --set. Throws Error (input).
Override parse_set(const std::string& argument);

/// Lays the overrides over the values of the file. A table or array replaces the old value whole; a part is set in
/// whatever form the file uses. The rule of a step size is set before its parts, since it decides which there are.
void apply_overrides(std::vector<Override> overrides, GivenValues& given, Problems& problems);

/// Lays the values of a point of a sweep, or of a trial of a search, over those. They must be of known keys and parts.
void apply_settings(const std::vector<Setting>& settings, GivenValues& given);

}  // namespace settle
