// The mailbox of a strip: bits that are on their way to it, and those that arrive in the window at hand, in order.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/panel_matrix.hpp"
#include "sim/engines/chip.hpp"
#include "sim/engines/message.hpp"

namespace settle {

/// What a fork copies.
struct MailboxState {
    std::vector<Message> pending;    ///< on their way, in any order
    std::vector<std::uint8_t> held;  ///< level links: the last bit of each source: (rows), scope synapse (rows x lanes)
    std::vector<std::int64_t> ones;  ///< level links: bits of value 1 that are held: (1), scope synapse (lanes)
};

/// Law 1: a delivery at time t comes before a tick at time t.
class Mailbox {
public:
    explicit Mailbox(const Strip& strip, const LinkSettings& link);

    void reset(MailboxState& state) const;

    /// Takes everything that arrives up to and including `to` out of `state.pending`. Returns how many messages
    /// arrived.
    std::size_t open(MailboxState& state, Time to);

    /// The arrivals of this window that a lane gets are [first(lane), last(lane)); up to `time` it has got those before
    /// rank(lane, time).
    std::int32_t first(int lane) const { return by_lane_ ? begin_[static_cast<std::size_t>(lane)] : 0; }
    std::int32_t last(int lane) const {
        return by_lane_ ? begin_[static_cast<std::size_t>(lane) + 1] : static_cast<std::int32_t>(times_.size());
    }
    std::int32_t rank(int lane, Time time) const;
    bool empty() const { return times_.empty(); }

    /// sums[lane] += weights of the arrivals start[lane] <= k < end[lane], for the 16 lanes of a panel. Level links add
    /// a weight when its bit rises and subtract it when it falls.
    void add(int panel, const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) const;

    /// Level links: bits of value 1 that a lane holds when it has got the arrivals before `rank`.
    std::int64_t ones(int lane, std::int32_t rank) const;

private:
    void take(MailboxState& state, Time to);
    void sort_pulses();
    void keep_changes(MailboxState& state);
    void split_by_lane();
    void add_by_lane(int panel, const std::int32_t* start, const std::int32_t* end, std::int32_t* sums) const;

    const Strip& strip_;
    const bool level_;
    const bool by_lane_;  ///< scope synapse: every lane has arrivals of its own
    std::vector<Message> arrived_;
    std::vector<std::int64_t> ones_before_;  ///< level links: as MailboxState::ones, when the window opened
    std::vector<Time> times_;                ///< of the window's arrivals
    std::vector<std::int32_t> rows_;         ///< their sources
    std::vector<std::int32_t> signs_;        ///< level links: 0 rises, -1 falls
    std::vector<std::int64_t> ones_after_;   ///< level links: bits held after this arrival
    std::vector<std::int32_t> begin_;        ///< scope synapse: (lanes + 1) first arrival of each lane
    std::vector<std::pair<Time, std::int32_t>> order_;
};

}  // namespace settle
