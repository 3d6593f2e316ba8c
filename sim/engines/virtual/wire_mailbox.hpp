// The mailbox of a slice whose wires have a latency each (scope synapse): a bit is one thing said once. It is kept once
// for all lanes, beside a row of delays, and every lane compares when it comes with its own ticks
// (models/kernels/delayed_sum).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/delayed_sum.hpp"
#include "sim/engines/actors/partition.hpp"

namespace settle {

/// What a fork copies.
struct WireMailboxState {
    /// Sent after the window at hand.
    struct EarlyBit {
        Time sent;
        std::int32_t source;
        std::int32_t delays;  ///< as SaidBit has both
    };

    Time base = 0;
    std::vector<SaidBit> said;             ///< by time of sending: those that somebody has still to hear, and some more
    std::vector<EarlyBit> early;           ///< in any order
    AlignedVector<std::int32_t> drawn;     ///< (rows x lanes, padded) delays of single bits
    std::vector<std::int32_t> unused;      ///< rows of those
    std::int32_t least = 1, greatest = 1;  ///< no delay is below or above, but never_arrives
    std::uint64_t in_flight = 0;           ///< bits to single lanes that have not been counted as arrived
};

/// Law 1: a delivery at time t comes before a tick at time t.
///
/// Sum: std::int32_t; std::int64_t where nothing bounds how many bits come (LinkSettings::unbounded).
class WireMailbox {
public:
    /// `period`: nominal.
    WireMailbox(const Slice& slice, Duration period);

    void reset(WireMailboxState& state) const;
    /// Weights are these from now on; everybody has heard what has arrived.
    void use(const Afferents& afferents) { afferents_ = &afferents; }
    /// A segment begins after `from`: everybody has heard what arrived until then.
    void begin(WireMailboxState& state, Time from);

    /// A bit is on its way to all lanes, with the device's own latencies.
    void receive(WireMailboxState& state, Time sent, std::int32_t row) const;
    /// The same with delays of its own, from `least` to `greatest`, or never_arrives. Returns where they go, (lanes,
    /// padded), until the next call; whoever fills them in adds the lanes where it arrives to state.in_flight.
    std::int32_t* receive_drawn(WireMailboxState& state, Time sent, std::int32_t row, std::int32_t least,
                                std::int32_t greatest) const;

    /// All that arrives up to and including `to` has been received. What was sent until then can be heard.
    void open(WireMailboxState& state, Time to) const;
    /// Adds to the sums of these lanes of a panel what has arrived up to their times. Other lanes may follow.
    template <class Sum>
    void hear(const WireMailboxState& state, int panel, const Time* times, LaneSet lanes, Sum* sums);
    /// Forgets what everybody has heard, now and then. The window ends at `to`; nobody ticks at or before `until`, so
    /// that all may hear until then.
    template <class Sum>
    void tidy(WireMailboxState& state, Time until, Time to, Sum* sums);
    /// Adds all that arrives up to and including `to` to the sums of all lanes (padded), and forgets it.
    template <class Sum>
    void flush(WireMailboxState& state, Time to, Sum* sums);

    /// Bits to single lanes that have arrived up to and including `to`, since the last call.
    std::uint64_t take_arrived(WireMailboxState& state, Time to) const;
    /// Calls visit(row, lanes): so many of its bits are in flight at time `at`.
    template <class Visit>
    void for_each_in_flight(const WireMailboxState& state, Time at, const Visit& visit) const {
        for (const SaidBit& bit : state.said)
            visit(bit.source, lanes_after(state, bit.delays, at - state.base - bit.sent));
        for (const auto& bit : state.early) visit(bit.source, lanes_after(state, bit.delays, at - bit.sent));
    }

private:
    std::uint64_t lanes_after(const WireMailboxState& state, std::int32_t delays, Duration passed) const;
    template <class Sum>
    void catch_up(const WireMailboxState& state, Time until, Sum* sums);
    void forget(WireMailboxState& state, std::int32_t heard) const;
    std::int32_t heard_by_all() const;
    std::size_t width() const { return heard_.size(); }

    const Slice& slice_;
    const Afferents* afferents_;
    const Duration farthest_behind_;     ///< of lanes that do not tick: they hear all the same
    AlignedVector<std::int32_t> heard_;  ///< (lanes, padded) until when, units after the base
    std::size_t tidy_at_ = 0;            ///< bits that there are when it is worth it
};

}  // namespace settle
