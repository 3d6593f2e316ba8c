// What the populations of a network are called.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/network_part.hpp"

namespace settle {

/// Of each population: its name; "0", "1", … of layers.
std::vector<std::string> population_names(const NetworkPart& network);

/// What figures call a population: its name; "input", "layer 1", … and "output" of layers.
std::string population_label(const NetworkPart& network, int population);

}  // namespace settle
