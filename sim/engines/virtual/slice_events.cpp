// What a slice notes of its events in the journal of its shard: see slice_run.hpp.
#include <algorithm>
#include <bit>

#include "sim/engines/virtual/slice_run.hpp"

namespace settle {

void SliceRun::note_spikes(int panel, LaneSet fired) {
    const int first = panel * panel_width;
    for (; fired != 0; fired &= fired - 1) {
        const int lane = first + std::countr_zero(fired);
        input_.journal->spike(now_->next[static_cast<std::size_t>(lane)],
                              slice_.neuron(now_->clamped.used[static_cast<std::size_t>(lane)]));
    }
}

/// A message of a lane that ticks, and its duplicate.
void SliceRun::note_messages(int lane, Time sent, std::uint32_t target, const MessageFate& fate, Duration latency) {
    MessageRow row;
    row.sent = input_.journal->picoseconds(sent);
    row.source = static_cast<std::int32_t>(neuron(lane));
    row.tick = now_->ticks[static_cast<std::size_t>(lane)] + 1;
    row.target = static_cast<std::int32_t>(target);
    const bool copy_lost = fate.lost > (fate.original_lost ? 1 : 0);
    int passed = 0;
    for (int copy = 0; copy <= fate.duplicated(); ++copy) {
        row.copy = static_cast<std::uint8_t>(copy);
        row.arrived = -1;
        row.fate = MessageEnd::lost;
        if (copy == 0 ? fate.original_lost : copy_lost) {
            input_.journal->message(row);
        } else {
            note_on_its_way(row, arrival_time(sent, latency, fate.extra[passed++]));
        }
    }
}

void SliceRun::note_on_its_way(MessageRow& row, Time at) {
    const bool arrives = at <= input_.ends[index(branch_)];
    row.fate = arrives ? MessageEnd::delivered : MessageEnd::expired;
    row.arrived = arrives ? input_.journal->picoseconds(at) : -1;
    input_.journal->message(row);
    if (branch_ != Branch::main || at <= time_ || time_ >= input_.last_fork) return;
    if (on_their_way_.size() >= most_on_their_way_) {
        // A fork comes at time_ at the earliest.
        std::erase_if(on_their_way_, [&](const OnItsWay& one) { return one.at <= time_; });
        most_on_their_way_ = std::max<std::size_t>(1024, 2 * on_their_way_.size());
    }
    on_their_way_.push_back({at, row});
}

/// What is on its way is so in both branches from now on.
void SliceRun::note_fork(Branch branch, Time at) {
    for (const OnItsWay& one : on_their_way_) {
        if (one.at <= at) continue;
        MessageRow row = one.row;
        const bool arrives = one.at <= input_.ends[index(branch)];
        row.fate = arrives ? MessageEnd::delivered : MessageEnd::expired;
        row.arrived = arrives ? input_.journal->picoseconds(one.at) : -1;
        input_.journal->message(row);
    }
}

}  // namespace settle
