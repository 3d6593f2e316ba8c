// The figures of a chip as words: how they go to another process, or into a file.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/engines/chip_figures.hpp"

namespace settle {

/// The same figures, the same words. Of histograms only the bins that hold something.
std::vector<std::uint64_t> to_words(const ChipFigures& figures);

/// nullopt: these are not what to_words() writes.
std::optional<ChipFigures> chip_figures_from(std::span<const std::uint64_t> words);

}  // namespace settle
