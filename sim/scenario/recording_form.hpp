// The keys that choose what is recorded, and how much of it.
#pragma once

#include <vector>

#include "sim/scenario/keys.hpp"

namespace settle {

void add_recording_keys(std::vector<Key>& keys);

}  // namespace settle
