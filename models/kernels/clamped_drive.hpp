// The drive of a clamped population: what its bits add to the targets of a projection, for many ticks at once. A
// clamped population listens to nobody, so all its bits are known before the targets tick.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/panel_matrix.hpp"

namespace settle {

/// Integer sums for a block of ticks: (panels x ticks x 16). `tick(i)` is the first panel's row; panels are `stride()`
/// apart.
class ClampedDrive {
public:
    ClampedDrive() = default;
    ClampedDrive(int targets, int max_ticks);

    const std::int32_t* tick(int i) const { return sums_.data() + static_cast<std::ptrdiff_t>(i) * panel_width; }
    std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(max_ticks_) * panel_width; }
    int max_ticks() const { return max_ticks_; }
    /// sums (targets, padded) += those of a tick.
    void add(int tick, std::int32_t* sums) const {
        for (std::size_t at = 0; at * static_cast<std::size_t>(max_ticks_) < sums_.size(); ++at) {
            const std::size_t panel = at / panel_width * static_cast<std::size_t>(stride());
            sums[at] += sums_[panel + static_cast<std::size_t>(tick) * panel_width + at % panel_width];
        }
    }

    /// Bit k of tick i (bits + i * words) belongs to source active[k], a row of `weights`.
    void compute(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                 const std::uint64_t* bits, std::ptrdiff_t words, int ticks);

    /// The same, row by row: the reference.
    void compute_reference(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                           const std::uint64_t* bits, std::ptrdiff_t words, int ticks);

    /// The same for weights of any form: sum_of(sources) gives what they add to all targets (padded), and keeps it
    /// until it is called again.
    template <class SumOf>
    void compute_each(std::span<const std::int32_t> active, const std::uint64_t* bits, std::ptrdiff_t words, int ticks,
                      const SumOf& sum_of) {
        std::vector<std::int32_t> sources;
        for (int tick = 0; tick < ticks; ++tick) {
            sources.clear();
            for (std::size_t k = 0; k < active.size(); ++k) {
                if ((bits[tick * words + static_cast<std::ptrdiff_t>(k / 64)] >> (k % 64) & 1) != 0)
                    sources.push_back(active[k]);
            }
            const std::int32_t* sums = sum_of(sources);
            for (std::size_t first = 0; first * static_cast<std::size_t>(max_ticks_) < sums_.size();
                 first += panel_width) {
                std::copy(sums + first, sums + first + panel_width,
                          sums_.data() + first * static_cast<std::size_t>(max_ticks_) +
                              static_cast<std::ptrdiff_t>(tick) * panel_width);
            }
        }
    }

private:
    void compute_by_rows(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                         const std::uint64_t* bits, std::ptrdiff_t words, int ticks);

    int max_ticks_ = 0;
    AlignedVector<std::int32_t> sums_;
    AlignedVector<std::uint8_t> offsets_;  ///< (ticks x groups): which of its 16 subset sums a group of 4 sources adds
};

}  // namespace settle
