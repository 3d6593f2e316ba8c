// The keys of [chip]: places, and how fast the chip is. Any of them makes the chip.
#pragma once

#include <vector>

#include "sim/scenario/keys.hpp"

namespace settle {

void add_chip_keys(std::vector<Key>& keys);

/// As the key chip.placement has it.
std::string placement_text(const ChipSettings& chip);

/// Whether a scenario with these values has a chip, whose defaults others follow from.
bool gives_chip(const GivenValues& given);

}  // namespace settle
