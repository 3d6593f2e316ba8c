// What convolutions add to a slice in virtual time: a row of channels at once, instead of link by link.
#pragma once

#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "core/time.hpp"
#include "models/kernels/timed_runs.hpp"
#include "sim/engines/actors/partition.hpp"
#include "sim/engines/virtual/agenda.hpp"

namespace settle {

/// What a fork copies: (places x padded channels), modulo 2^32; empty: nothing is heard so.
struct WindowSumsState {
    AlignedVector<std::int32_t> heard;  ///< by the next tick of each neuron
    AlignedVector<std::int32_t> later;
    AlignedVector<std::int32_t> next;  ///< when each ticks next, units after `base`; where nobody is, anything
    Time base = -1;                    ///< below 0: that is to be found anew
};

/// The two sums of every lane, as SparseMailbox says, of those rows that Afferents::windowed() has. They lie place by
/// place, since lanes are in the order of their clocks.
class WindowSums {
public:
    explicit WindowSums(const Slice& slice) : slice_(slice), afferents_(&slice.afferents) {}

    void reset(WindowSumsState& state) const;
    /// Weights are these from now on.
    void use(const Afferents& afferents) { afferents_ = &afferents; }
    bool used() const { return !afferents_->windowed().empty(); }
    /// Whether what arrives in this row, counted from that of the first list, is added here.
    bool adds(std::int32_t row) const {
        bool here = false;
        for (const auto& one : afferents_->windowed()) here = here || in_rows(one, row);
        return here;
    }
    /// Adds those pulses that are for it; all arrive after `from`, up to and including `to`. `next` (lanes): when each
    /// ticks next, which changes while a segment lasts by what ticked() is told alone.
    void open(WindowSumsState& state, std::span<const PulseArrival> pulses, Time from, Time to, const Time* next);
    /// A segment begins.
    static void begin(WindowSumsState& state) { state.base = -1; }
    /// These lanes of a panel are about to tick: adds what they hear to the panel's sums.
    template <class Sum>
    void hear(const WindowSumsState& state, int panel, LaneSet lanes, Sum* sums) const {
        if (state.heard.empty()) return;
        for (; lanes != 0; lanes &= lanes - 1) {
            const int i = std::countr_zero(lanes);
            sums[i] += state.heard[place_of(panel * panel_width + i)];
        }
    }
    /// These lanes have ticked, and tick at `next` (of the panel) again. What was opened up to `opened_to` is among
    /// `pulses`, if it may be later than that.
    void ticked(WindowSumsState& state, int panel, LaneSet lanes, const Time* next, Time opened_to,
                std::span<const PulseArrival> pulses) const;

private:
    bool in_rows(const Afferents::Windowed& one, std::int32_t row) const {
        const std::vector<std::int32_t>& rows = slice_.afferents.listed()[one.listed].rows;
        return row >= rows.front() - slice_.afferents.dense_rows() && row < rows.back() - slice_.afferents.dense_rows();
    }
    std::size_t place_of(int lane) const {
        return static_cast<std::size_t>(slice_.afferents.window_places()[static_cast<std::size_t>(lane)]);
    }
    void gather(const Afferents::Windowed& one, std::span<const PulseArrival> pulses, Time base);
    void find_next(WindowSumsState& state, Time base, const Time* next) const;
    std::uint32_t sum_after(int lane, Time time, std::span<const PulseArrival> pulses) const;

    const Slice& slice_;
    const Afferents* afferents_;
    std::vector<Arrival> arrivals_;  ///< of open(): offsets from the base, sources
};

}  // namespace settle
