// The mailbox of a slice: bits that are on their way to it from sources that reach all of it, and those that arrive in
// the window at hand, in order. Others come through the sparse mailbox.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "models/device/terminal.hpp"
#include "sim/engines/actors/partition.hpp"
#include "sim/engines/virtual/calendar.hpp"
#include "sim/engines/virtual/level_bit.hpp"
#include "sim/engines/virtual/message.hpp"
#include "sim/engines/virtual/terminals.hpp"

namespace settle {

/// A pulse on its way to one lane of a slice (scope synapse).
struct SynapsePulse {
    std::int32_t row;
    std::int32_t lane;
};

/// What a fork copies.
struct MailboxState {
    // In flight; one of the three is used.
    Calendar<std::int32_t> pulses;          ///< rows; they go to all lanes, and their order does not matter
    Calendar<SynapsePulse> synapse_pulses;  ///< scope synapse
    Calendar<LevelBit> levels;              ///< level and parity links

    std::vector<std::uint8_t> held;  ///< level links: the last bit of each source: (rows), scope synapse (rows x lanes)
    std::vector<std::int64_t> ones;  ///< level links: bits of value 1 that are held: (1), scope synapse (lanes)
    Terminals terminals;             ///< parity links: (rows), scope synapse (rows x lanes)
};

/// Law 1: a delivery at time t comes before a tick at time t.
///
/// What has arrived stands in a list, day by day, and every lane remembers up to when it has added it to its sum: a
/// lane that does not tick need not hurry (models/kernels/timed_sum). Scope synapse: one list after the other, lane by
/// lane, for one window.
///
/// Sum, everywhere: std::int32_t; std::int64_t where nothing bounds how many bits come (LinkSettings::unbounded).
class Mailbox {
public:
    Mailbox(const Slice& slice, const LinkSettings& link, const TerminalRule& terminals);

    void reset(MailboxState& state) const;
    /// Weights are these from now on; everybody has heard what has arrived.
    void use(const Afferents& afferents) { afferents_ = &afferents; }
    /// Level links: sums (lanes, padded) = the weights of the bits that are held.
    template <class Sum>
    void sum_held(const MailboxState& state, Sum* sums) const;
    /// A segment begins after `from`: everybody has heard what arrived until then.
    void begin(const MailboxState& state, Time from);
    /// Windows may not be longer than this, nor may ticks be put off for longer.
    Duration longest_window() const { return Duration{Timetable::days / 4} << day_shift_; }

    /// A bit is on its way.
    void receive(MailboxState& state, const Message& message) const {
        if (!pulses_) {
            state.levels.add(message.at, message.sent, message.row, message.lane, message.bit, message.copy,
                             message.lambda);
        } else if (by_lane_) {
            state.synapse_pulses.add(message.at, message.row, message.lane);
        } else {
            state.pulses.add(message.at, message.row);
        }
    }
    /// Bits in flight.
    std::size_t in_flight(const MailboxState& state) const {
        return state.pulses.size() + state.synapse_pulses.size() + state.levels.size();
    }

    /// Calls visit(row) for each of them.
    template <class Visit>
    void for_each_in_flight(const MailboxState& state, const Visit& visit) const {
        state.pulses.for_each(visit);
        state.synapse_pulses.for_each([&](const SynapsePulse& pulse) { visit(pulse.row); });
        state.levels.for_each([&](const LevelBit& bit) { visit(bit.row); });
    }

    /// Parity links: their terminals, which have not heard anything, begin as Partition::tick_zero() tells.
    void start_terminals(MailboxState& state, const std::vector<Time>& tick_zero) const;
    /// Takes everything that arrives up to and including `to` from what is in flight into the list. `from`: the last
    /// `to`. Scope synapse: the list must be empty.
    Opened open(MailboxState& state, Time from, Time to);

    bool empty() const { return arrivals_.empty(); }

    /// Adds to the sums of these lanes of a panel what has arrived up to their times. Other lanes may follow.
    template <class Sum>
    void hear(int panel, const Time* times, LaneSet lanes, Sum* sums);

    /// Many panels do, where lanes have no lists of their own: `times` and `sums` are (lanes, padded).
    void hear(std::span<const PanelRound> rounds, const Time* times, std::int32_t* sums);

    /// Level links: bits of value 1 that a lane holds, with all it has heard.
    std::int64_t ones(int lane) const;

    /// The list's end is `to`: adds what is left of it to the sums of all lanes (padded) and empties it.
    template <class Sum>
    void flush(const MailboxState& state, Time to, Sum* sums);
    /// Cuts off what everybody has heard, now and then. Nobody ticks at or before `until`, so that all may hear until
    /// then.
    template <class Sum>
    void tidy(Time until, Sum* sums);

private:
    Timetable timetable() const {
        return {arrivals_.data(),     level_ || fills_ ? signs_.data() : nullptr,
                begin_of_day_.data(), base_,
                day_shift_,           fills_};
    }
    std::int32_t last(int lane) const { return by_lane_ ? begin_[static_cast<std::size_t>(lane) + 1] : size(); }
    std::int32_t size() const { return static_cast<std::int32_t>(arrivals_.size()); }
    void open_pulses(MailboxState& state, Time from, Time to);
    void open_pulses_by_lane(MailboxState& state, Time from, Time to);
    void sort_arrived(MailboxState& state, Time from, Time to);
    void append_changes(MailboxState& state);
    std::uint64_t append_heard(MailboxState& state, Time from, Time to);
    void split_by_lane();
    void note_day(std::int64_t day, std::size_t begin);
    void note_days(Time to, std::size_t first);
    std::int32_t arrived_until(std::int32_t from, std::int32_t to, Time offset) const;
    template <class Sum>
    void catch_up(Time until, Sum* sums);
    void cut(std::int32_t offset);
    template <class Sum>
    void hear_by_lane(int lane, std::int32_t end, Sum* sums);
    template <class Sum>
    AlignedVector<Sum>& ahead();
    std::int32_t gather_heard(int lane, Time time);

    const Slice& slice_;
    const Afferents* afferents_;
    const bool level_;
    const bool pulses_;   ///< neither level nor parity
    const bool fills_;    ///< parity links whose terminals put in parts of pulses
    const bool by_lane_;  ///< scope synapse: every lane has a list of its own
    std::vector<LevelArrival> arrived_;
    std::vector<PulseParts> parts_;  ///< of append_heard
    const TerminalRule rule_;
    // Of split_by_lane.
    std::vector<std::int32_t> places_, moved_signs_;
    std::vector<Arrival> moved_;
    std::vector<std::int64_t> moved_ones_;

    // The list. Level links fill it from arrived_.
    std::vector<Arrival> arrivals_;          ///< units after base_
    std::vector<std::int32_t> signs_;        ///< level links: 0 rises, -1 falls; terminals that fill: parts of pulses
    std::vector<std::int64_t> ones_after_;   ///< level links: bits held after this one
    std::vector<std::int32_t> lanes_;        ///< scope synapse: whose
    std::vector<std::int32_t> begin_;        ///< scope synapse: (lanes + 1) where each lane's list begins
    std::vector<std::int64_t> ones_before_;  ///< level links: as MailboxState::ones, before the list
    AlignedVector<std::int32_t> heard_;  ///< (lanes, padded) until when, units after base_; scope synapse: up to where
    // (lanes, padded) as Ears has it; not with scope synapse. One of the two is used.
    AlignedVector<std::int32_t> ahead_;
    AlignedVector<std::int64_t> wide_ahead_;

    /// (days of the calendar) where in the list the messages of a day begin; up to the day after the window.
    std::array<std::int32_t, Timetable::days> begin_of_day_{};
    int day_shift_;
    Time base_ = 0;              ///< of offsets; a day begins here (scope synapse: the window)
    std::int64_t last_day_ = 0;  ///< of the list
};

}  // namespace settle
