// Sums of runs: what the active sources of a convolution add to targets that lie side by side.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace settle {

/// So many weights from `from` on are added to the targets from `to` on; a multiple of 16.
struct WeightRun {
    std::int32_t to = 0;
    std::int32_t from = 0;  ///< counted from the first weight of the source's channel
    std::int32_t count = 0;
};

/// What the sources of a population of channels add, the same for each channel: source i is at place i mod places, and
/// its weights begin at (i / places) x channel_weights.
struct RunTable {
    int places = 1;
    int channel_weights = 0;
    std::vector<std::int32_t> first;  ///< (places + 1) where the runs of each place begin
    std::vector<WeightRun> runs;      ///< by place, then by rising target
};

/// sums[to] += weights[from] for all runs of the sources.
void add_runs(const RunTable& table, std::span<const std::int32_t> sources, const std::int32_t* weights,
              std::int32_t* sums);
void add_runs_reference(const RunTable& table, std::span<const std::int32_t> sources, const std::int32_t* weights,
                        std::int32_t* sums);

/// The same in float32, of values[k] x weights. What source k of the list adds goes to sums + (k mod 4) x `apart`.
void add_weighted_runs(const RunTable& table, std::span<const std::int32_t> sources, const float* values,
                       const float* weights, float* sums, std::ptrdiff_t apart);

}  // namespace settle
