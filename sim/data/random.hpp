// Random data: x uniform in [0, 1), labels uniform. There is nothing to learn in it, but a network settles on it.
#pragma once

#include <cstdint>

#include "sim/data/dataset.hpp"

namespace settle {

/// Sample n depends on the seed, n and the widths alone; validation samples continue the count. There is no test set.
Dataset draw_random(std::uint64_t seed, const DatasetSize& wanted, int classes);

}  // namespace settle
