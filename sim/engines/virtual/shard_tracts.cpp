// What a shard does with tracts: see virtual_shard.hpp and tract.hpp.
#include <algorithm>
#include <cassert>

#include "sim/engines/virtual/virtual_shard.hpp"

namespace settle {

/// Inputs go so many periods ahead of those that hear them by a tract; once they are that far they wait until half of
/// it is left, so that each turn has some bits to say.
static constexpr Duration periods_ahead = 4;

void VirtualShard::join_tracts(std::vector<std::unique_ptr<VirtualShard>>& shards,
                               const std::shared_ptr<Tracts>& tracts) {
    const Partition& partition = shards.front()->partition_;
    for (auto& shard : shards) {
        shard->tracts_ = tracts;
        for (OwnSlice& own : shard->own_) {
            const Slice& slice = own.run.slice();
            const auto population = static_cast<std::size_t>(slice.population);
            own.promises = tracts->promises[population].get();
            own.followed = tracts->followed[population].get();
            for (const auto& tract : tracts->tracts) {
                if (tract->target == slice.population) own.ears.emplace_back(*tract, slice, partition);
            }
            for (std::size_t route = 0; route < slice.routes.size(); ++route) {
                const int target = slice.routes[route].population;
                Tract* tract = tracts->between(slice.population, target);
                if (!tract) continue;
                own.run.speak_to(route, *tract);
                own.speaks_to.push_back(tract);
                const auto to = static_cast<std::size_t>(target);
                if (slice.clamped)
                    shard->followers_.push_back({tracts->promises[to].get(), tracts->followed[to].get(), slice.part});
            }
        }
    }
}

void VirtualShard::start_tracts() {
    // Once for all shards.
    if (shard_ == 0) tracts_->start(segment_.period);
    for (OwnSlice& own : own_) {
        own.promised = promise_of(own);
        own.promises->reset(own.run.slice().part, own.promised);
        for (TractEar& ear : own.ears) ear.start();
    }
}

/// Takes what has been gathered.
void VirtualShard::listen() {
    heard_until_ = SliceRun::never;
    for (OwnSlice& own : own_) {
        Message message;
        for (TractEar& ear : own.ears) {
            const Time until = ear.listen([&](std::int32_t row, const Saying& saying) {
                assert(saying.at > own.run.now());
                message.at = saying.at;
                message.sent = saying.sent;
                message.row = row;
                message.bit = saying.bit;
                message.copy = saying.copy;
                message.lambda = saying.lambda;
                own.run.receive(message, counters_);
            });
            heard_until_ = std::min(heard_until_, until);
        }
    }
}

/// Clocks are autonomous: nothing is sent before the next tick, whatever arrives.
Time VirtualShard::promise_of(const OwnSlice& own) const {
    const Time next = own.run.next_tick();
    return next == SliceRun::never ? next : next - 1;
}

/// Whether it is an input that waits for those who hear it by tracts. Where some hear it here it waits for these.
bool VirtualShard::must_not_lead(const OwnSlice& own) const {
    return own.run.slice().clamped && own.heard_by.empty() && !followers_.empty();
}

/// Up to where such inputs may go.
Time VirtualShard::followed() const {
    Time least = SliceRun::never;
    for (const Follower& one : followers_) least = std::min(least, one.promises->least());
    const Duration ahead = periods_ahead * segment_.period;
    return least < SliceRun::never - ahead ? least + ahead : least;
}

/// Up to when everything must have been gathered for anything to happen here; `never`: that is not what it waits for.
Time VirtualShard::needs_heard() const {
    Time needs = SliceRun::never;
    for (const OwnSlice& own : own_) {
        // Inputs wait for those of this shard that hear them to get on, whether or not these tick: see window_end().
        if (own.run.slice().clamped && !own.heard_by.empty() && own.run.now() < segment_.end)
            needs = std::min(needs, own.run.now() - segment_.period / 4 - partition_.lookahead);
        if (!own.hears_others) continue;
        if (own.run.now() < segment_.end) {
            needs = std::min(needs, std::min(own.run.next_tick_due(), segment_.end) - partition_.lookahead);
        } else if (!own.ears.empty()) {
            // What is still on its way at the end is taken, too.
            needs = std::min(needs, segment_.end);
        }
    }
    return needs;
}

/// The same: how far those must have got who hear its inputs.
Time VirtualShard::needs_followed() const {
    Time needs = SliceRun::never;
    for (const OwnSlice& own : own_) {
        if (!must_not_lead(own) || own.run.now() == segment_.end) continue;
        needs = std::min(needs, std::min(own.run.next_tick(), segment_.end) - periods_ahead * segment_.period / 2);
    }
    return needs;
}

/// Null: all are there.
const TractEar* VirtualShard::least_heard(Time until) const {
    const TractEar* least = nullptr;
    for (const OwnSlice& own : own_) {
        for (const TractEar& ear : own.ears) {
            if (until != SliceRun::never && ear.gathered() < until && (!least || ear.gathered() < least->gathered()))
                least = &ear;
        }
    }
    return least;
}

/// Null: nobody is.
const VirtualShard::Follower* VirtualShard::behind(Time until) const {
    for (const Follower& one : followers_) {
        if (until != SliceRun::never && one.promises->least() < until) return &one;
    }
    return nullptr;
}

void VirtualShard::wait_no_more() {
    if (waits_for_) waits_for_->wait_no_more();
    if (waits_for_follower_) waits_for_follower_->waiters->wait_no_more(waits_for_follower_->waiter);
    waits_for_ = nullptr;
    waits_for_follower_ = nullptr;
}

}  // namespace settle
