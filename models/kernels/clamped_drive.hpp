// The drive of a clamped population: what its bits add to the targets of a projection, for many ticks at once. A
// clamped population listens to nobody, so all its bits are known before the targets tick.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/panel_matrix.hpp"
#include "models/kernels/steady_sources.hpp"

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
        // Every source is either on or off at most ticks.
        sources_.find(active, bits, words, ticks, ticks);
        const std::span<const std::int32_t> steady = sources_.steady();
        const std::int32_t* sums = sum_of(steady.first(sources_.on()));
        for (int tick = 0; tick < ticks; ++tick)
            change(tick, [&](std::int32_t, std::size_t target) { return sums[target]; });
        const std::int32_t* next = sources_.exceptions().data();
        const std::int32_t* order = sources_.order().data();
        std::vector<std::int32_t> added, taken;
        for (const SteadySources::Run run : sources_.runs()) {
            for (int i = 0; i < run.ticks; ++i, ++order) {
                added.clear();
                taken.clear();
                for (const std::int32_t* const end = next + run.exceptions; next != end; ++next) {
                    const auto place = static_cast<std::size_t>(*next);
                    (place < sources_.on() ? taken : added).push_back(steady[place]);
                }
                if (!added.empty()) {
                    sums = sum_of(added);
                    change(*order, [&](std::int32_t sum, std::size_t target) { return sum + sums[target]; });
                }
                if (!taken.empty()) {
                    sums = sum_of(taken);
                    change(*order, [&](std::int32_t sum, std::size_t target) { return sum - sums[target]; });
                }
            }
        }
    }

private:
    /// The sums of a tick become value(sum, target), for all targets (padded).
    template <class Value>
    void change(int tick, const Value& value) {
        for (std::size_t first = 0; first * static_cast<std::size_t>(max_ticks_) < sums_.size(); first += panel_width) {
            std::int32_t* out = sums_.data() + first * static_cast<std::size_t>(max_ticks_) +
                                static_cast<std::ptrdiff_t>(tick) * panel_width;
            for (std::size_t i = 0; i < panel_width; ++i) out[i] = value(out[i], first + i);
        }
    }
    void compute_by_rows(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                         const std::uint64_t* bits, std::ptrdiff_t words, int ticks);

    int max_ticks_ = 0;
    AlignedVector<std::int32_t> sums_;
    SteadySources sources_;
    AlignedVector<std::int32_t> steady_rows_;  ///< of one panel
    AlignedVector<std::uint8_t> offsets_;  ///< (ticks x groups): which of its 16 subset sums a group of 4 sources adds
};

}  // namespace settle
