// The other mailbox of a slice: bits that are on their way to it from sources whose targets are listed one by one, or
// are those of a convolution.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "sim/engines/actors/partition.hpp"
#include "sim/engines/virtual/agenda.hpp"
#include "sim/engines/virtual/calendar.hpp"
#include "sim/engines/virtual/level_bit.hpp"
#include "sim/engines/virtual/message.hpp"
#include "sim/engines/virtual/terminals.hpp"
#include "sim/engines/virtual/window_sums.hpp"

namespace settle {

/// What a fork copies. Rows are counted from that of the first list.
struct SparseMailboxState {
    // In flight; one of the two is used.
    Agenda pulses;
    Calendar<LevelBit> levels;  ///< level and parity links

    std::vector<std::uint8_t> held;  ///< level links: (rows) the last bit
    std::vector<std::int32_t> ones;  ///< level links: (lanes) weights of value 1 that are in its sum
    Terminals terminals;             ///< parity links: (rows)
    /// (lanes, padded) Pulses, where two sums are kept: both, in halves of a word. The sum of all that is added, as 64
    /// bits, is the first plus 2^32 times the second.
    AlignedVector<std::uint64_t> both;
    bool lists_heard = false;  ///< or both are 0
    WindowSumsState windows;
};

/// The longest window in which a neuron seldom ticks twice: ticks are put off by a quarter of a period at most. 0 or
/// less where clocks are too irregular for any.
Duration regular_window(const ClockSettings& clock);

/// Whether convolutions may be heard by their kernels (WindowSums), whatever the lookahead: pulses, of which every lane
/// then has two sums.
bool hears_by_window(const DeviceSettings& device);

/// Law 1: a delivery at time t comes before a tick at time t.
///
/// What arrives goes link by link into the sum of its lane, if it comes no later than the lane's next tick; else it
/// waits until that tick is over. So its cost is that of the links, whatever else the slice has; of convolutions a
/// vector of channels is added at once where WindowSums can. Sum: as Mailbox has it.
///
/// Pulses have two sums a lane: what its next tick hears, and what comes after that; its tick makes the second the
/// first. That takes no branch and no place for each. That a lane ticks again before all that waits is rare in windows
/// no longer than `ahead`, and then the arrivals tell what is to wait on; where clocks are too irregular for such
/// windows, which `ahead` = 0 says, each waits by itself.
class SparseMailbox {
public:
    SparseMailbox(const Slice& slice, const LinkSettings& link, const TerminalRule& terminals, Duration ahead);

    /// Whether anything can arrive here.
    bool used() const { return slice_.afferents.lists().rows() > 0; }
    /// How far to open at once. With two sums no lane then ticks twice but by chance.
    Duration longest_window() const { return keeps_ahead_ ? ahead_ : std::numeric_limits<Duration>::max(); }
    void reset(SparseMailboxState& state) const;
    /// A segment begins: nobody waits.
    void begin(SparseMailboxState& state) {
        pulses_arrived_.clear();
        WindowSums::begin(state.windows);
    }
    /// Weights are these from now on. Nobody waits.
    void use(const Afferents& afferents) {
        lists_ = &afferents.lists();
        windows_.use(afferents);
    }
    /// Level links: sums (lanes) += the weights of the bits that are held.
    template <class Sum>
    void sum_held(const SparseMailboxState& state, Sum* sums) const;

    /// A bit is on its way; its row is that of the slice.
    void receive(SparseMailboxState& state, const Message& message) const {
        const std::int32_t row = message.row - first_row_;
        if (pulses_) {
            state.pulses.add(message.at, row);
        } else {
            state.levels.add(message.at, message.sent, row, -1, message.bit, message.copy, message.lambda);
        }
    }
    /// Of pulses, the same.
    void receive_pulse(SparseMailboxState& state, Time at, std::int32_t row) const {
        state.pulses.add(at, row - first_row_);
    }
    /// Messages in flight that are counted here.
    std::size_t counted_in_flight(const SparseMailboxState& state) const {
        std::size_t count = 0;
        for_each_in_flight(state, [&](std::int32_t row) { count += slice_.afferents.counts(row) ? 1 : 0; });
        return count;
    }

    /// Calls visit(row), a row of the slice, for each of them.
    template <class Visit>
    void for_each_in_flight(const SparseMailboxState& state, const Visit& visit) const {
        state.pulses.for_each([&](std::int32_t row) { visit(first_row_ + row); });
        state.levels.for_each([&](const LevelBit& bit) { visit(first_row_ + bit.row); });
    }

    /// Parity links: as Mailbox has it.
    void start_terminals(SparseMailboxState& state, const std::vector<Time>& tick_zero) const;
    /// Takes everything that arrives after `from`, up to and including `to`. `next` (lanes): when each ticks next;
    /// `earliest` of them. Pulses are counted by the links that they come over, messages where they are counted at all.
    template <class Sum>
    Opened open(SparseMailboxState& state, Time from, Time to, Time earliest, const Time* next, Sum* sums);
    /// These lanes of a panel are about to tick: adds what they hear to the panel's sums, if it is not there yet.
    template <class Sum>
    void hear(const SparseMailboxState& state, int panel, LaneSet lanes, Sum* sums) const {
        if (!keeps_ahead_) return;
        if (state.lists_heard) add_heard(state, panel, lanes, sums);
        windows_.hear(state.windows, panel, lanes, sums);
    }
    /// Whether panels can do that together: nothing waits by itself.
    bool lanes_need_no_look() const { return !used() || keeps_ahead_; }
    /// The same of many panels, then: `sums` and `next` are (lanes, padded).
    void hear(const SparseMailboxState& state, std::span<const PanelRound> rounds, std::int32_t* sums) const {
        if (!keeps_ahead_) return;
        for (const auto& [panel, lanes] : rounds) hear(state, panel, lanes, sums + panel * panel_width);
    }
    void ticked(SparseMailboxState& state, std::span<const PanelRound> rounds, const Time* next) const {
        if (!keeps_ahead_) return;
        for (const auto& [panel, lanes] : rounds) take_later(state, panel, lanes, next + panel * panel_width);
    }
    /// Level links: weights of value 1 that a lane's next tick hears.
    std::int32_t ones(const SparseMailboxState& state, int lane) const {
        return used() ? state.ones[static_cast<std::size_t>(lane)] : 0;
    }
    /// These lanes of a panel have ticked, and tick at `next` again: what has waited for that goes into their sums.
    /// `next` and `sums` are those of the panel.
    template <class Sum>
    void ticked(SparseMailboxState& state, int panel, LaneSet lanes, const Time* next, Sum* sums) {
        if (waiting_ > 0) wake(state, panel, lanes, next, sums);
        if (keeps_ahead_) take_later(state, panel, lanes, next);
    }

private:
    static constexpr std::int32_t nobody = -1;
    /// A weight that came after the next tick of its lane.
    struct Waiting {
        Time at;
        std::int64_t weight;
        std::int32_t sign;  ///< level links: 1 rises, -1 falls
        std::int32_t next;  ///< of the same lane, or of those that are free
    };

    void wait(std::int32_t lane, Time at, std::int64_t weight, std::int32_t sign);
    template <class Sum>
    void wake(SparseMailboxState& state, int panel, LaneSet lanes, const Time* next, Sum* sums);
    template <class Sum>
    void add_heard(const SparseMailboxState& state, int panel, LaneSet lanes, Sum* sums) const;
    void take_later(SparseMailboxState& state, int panel, LaneSet lanes, const Time* next) const {
        if (state.lists_heard) take_ahead(state, panel, lanes, next);
        windows_.ticked(state.windows, panel, lanes, next, opened_to_, pulses_arrived_);
    }
    void take_ahead(SparseMailboxState& state, int panel, LaneSet lanes, const Time* next) const;
    std::uint32_t sum_after(std::int32_t lane, Time time) const;
    template <class Sum>
    void open_pulses(const Time* next, Sum* sums, std::size_t first, Opened& opened);
    void open_pulses_ahead(SparseMailboxState& state, Time from, Time to, const Time* next, std::size_t first,
                           Opened& opened);
    void add_lists(SparseMailboxState& state, std::span<const PulseArrival> pulses, const Time* next,
                   Opened& opened) const;
    void count(std::int32_t row, Opened& opened) const;
    template <class Sum>
    void open_levels(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums, Opened& opened);
    template <class Sum>
    void open_parities(SparseMailboxState& state, Time from, Time to, const Time* next, Sum* sums, Opened& opened);
    template <class Sum>
    void change(SparseMailboxState& state, const LevelArrival& arrival, const Time* next, Sum* sums);

    const Slice& slice_;
    const std::int32_t first_row_;
    const TargetLists* lists_;
    const bool pulses_;  ///< neither level nor parity
    const bool level_;
    const TerminalRule rule_;
    const int day_shift_;
    std::vector<Waiting> pool_;
    std::vector<std::int32_t> waits_;  ///< (lanes) the first that waits for it, or nobody
    std::int32_t unused_ = nobody;     ///< the first of the pool that is free
    std::int64_t waiting_ = 0;
    std::vector<LevelArrival> arrived_;
    std::vector<PulseParts> parts_;

    // Pulses.
    const Duration ahead_;
    const bool keeps_ahead_;
    Time opened_to_ = -1;
    std::vector<PulseArrival> pulses_arrived_;  ///< with keeps_ahead all that may wait, else those of a window
    std::vector<PulseArrival> pulses_listed_;   ///< of the window at hand, that do not come over a convolution's kernel
    WindowSums windows_;
};

}  // namespace settle
