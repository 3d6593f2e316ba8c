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
    const auto own = [&](int slice) -> OwnSlice& {
        const Slice& of = partition.slices[static_cast<std::size_t>(slice)];
        return shards[static_cast<std::size_t>(of.shard)]->own_[static_cast<std::size_t>(of.place)];
    };
    const auto ear = [&](int slice, Tract& tract) -> TractEar& {
        std::vector<TractEar>& ears = own(slice).ears;
        for (TractEar& one : ears) {
            if (&one.tract() == &tract) return one;
        }
        return ears.emplace_back(tract, partition.slices[static_cast<std::size_t>(slice)].part);
    };
    for (std::size_t number = 0; number < partition.slices.size(); ++number) {
        const Slice& from = partition.slices[number];
        for (std::size_t r = 0; r < from.routes.size(); ++r) {
            const Route& route = from.routes[r];
            Tract* tract = tracts->between(from.population, route.population);
            if (!tract) continue;
            own(static_cast<int>(number)).run.speak_to(r, *tract);
            const auto add = [&](const Route::Address& to, std::int32_t neuron, std::int32_t row) {
                // What is here is handed over.
                if (partition.slices[static_cast<std::size_t>(to.slice)].shard != from.shard)
                    ear(to.slice, *tract).add(neuron, from.part, row);
            };
            for (std::size_t i = 0; i < from.neurons.size(); ++i) {
                const std::int32_t neuron = from.neurons[i];
                if (!route.listed) {
                    for (const Route::Address& to : route.addresses) add(to, neuron, to.first_row + neuron);
                    continue;
                }
                for (const auto& [address, row] : route.reaches_of(i))
                    add(route.addresses[static_cast<std::size_t>(address)], neuron, row);
            }
        }
    }
    for (auto& shard : shards) shard->watch_all(tracts);
}

/// Who is waited for, once all ears are there.
void VirtualShard::watch_all(const std::shared_ptr<Tracts>& tracts) {
    tracts_ = tracts;
    const auto watch = [&](std::vector<Watched>& all, int population) {
        Promises* promises = tracts->promises[static_cast<std::size_t>(population)].get();
        for (const Watched& one : all) {
            if (one.promises == promises) return;
        }
        const std::vector<int>& waiters = tracts->waiters[static_cast<std::size_t>(population)];
        const auto at = std::lower_bound(waiters.begin(), waiters.end(), shard_);
        assert(at != waiters.end() && *at == shard_);
        all.push_back({promises, static_cast<int>(at - waiters.begin())});
    };
    for (OwnSlice& own : own_) {
        const Slice& slice = own.run.slice();
        own.promises = tracts->promises[static_cast<std::size_t>(slice.population)].get();
        for (const TractEar& ear : own.ears) watch(heard_, ear.tract().source());
        if (!slice.clamped) continue;
        for (const Route& route : slice.routes) {
            if (tracts->between(slice.population, route.population)) watch(followers_, route.population);
        }
    }
}

void VirtualShard::start_tracts() {
    for (OwnSlice& own : own_) {
        own.promised = promise_of(own);
        own.promises->reset(own.run.slice().part, own.promised);
        for (TractEar& ear : own.ears) ear.start();
        for (const Route& route : own.run.slice().routes) {
            Tract* tract = tracts_->between(own.run.slice().population, route.population);
            if (!tract) continue;
            for (const std::int32_t neuron : own.run.slice().neurons) tract->clear(neuron);
        }
    }
}

/// Takes what has been promised, and no more: what was sent later stays where all can read it.
void VirtualShard::listen() {
    Time until = SliceRun::never;
    for (const Watched& one : heard_) until = std::min(until, one.promises->least());
    if (until == heard_until_) return;
    heard_until_ = until;
    for (OwnSlice& own : own_) {
        Message message;
        for (TractEar& ear : own.ears) {
            ear.listen(until, [&](std::int32_t row, const Saying& saying) {
                assert(saying.at > own.run.now());
                message.at = saying.at;
                message.sent = saying.sent;
                message.row = row;
                message.bit = saying.bit;
                message.copy = saying.copy;
                message.lambda = saying.lambda;
                own.run.receive(message, counters_);
            });
        }
    }
}

/// Of a slice: clocks are autonomous, so nothing is sent before the next tick, whatever arrives.
Time VirtualShard::promise_of(const OwnSlice& own) const {
    const Time next = own.run.next_tick();
    return next == SliceRun::never ? next : next - 1;
}

/// Up to where inputs may go.
Time VirtualShard::followed() const {
    Time least = SliceRun::never;
    for (const Watched& one : followers_) least = std::min(least, one.promises->least());
    const Duration ahead = periods_ahead * segment_.period;
    return least < SliceRun::never - ahead ? least + ahead : least;
}

/// How far those must have got whom it hears, for anything to happen here; `never`: that is not what it waits for.
Time VirtualShard::needs_promised() const {
    Time needs = SliceRun::never;
    for (const OwnSlice& own : own_) {
        if (!own.hears_others) continue;
        // At the end all that is still on its way is taken, too.
        const bool there = own.run.now() == segment_.end;
        if (there && own.ears.empty()) continue;
        const Time next = std::min(own.run.next_tick(), segment_.end) - partition_.lookahead;
        needs = std::min(needs, there ? segment_.end : next);
    }
    return needs;
}

/// The same for those who hear its inputs.
Time VirtualShard::needs_followed() const {
    Time needs = SliceRun::never;
    for (const OwnSlice& own : own_) {
        if (!own.run.slice().clamped || !own.heard_by.empty() || own.run.now() == segment_.end) continue;
        needs = std::min(needs, std::min(own.run.next_tick(), segment_.end) - periods_ahead * segment_.period / 2);
    }
    return needs;
}

/// Has itself woken once there is something to do, where promises of tracts can tell; channels poke. False: there is
/// something already.
bool VirtualShard::rest() {
    if (done_ || overflowing_) return true;
    const Time promised = needs_promised(), followed = needs_followed();
    const auto lags = [](const std::vector<Watched>& all, Time until) -> const Watched* {
        for (const Watched& one : all) {
            if (one.promises->least() < until) return &one;
        }
        return nullptr;
    };
    while (true) {
        const Watched* heard = promised == SliceRun::never ? nullptr : lags(heard_, promised);
        const Watched* follower = followed == SliceRun::never ? nullptr : lags(followers_, followed);
        if (promised != SliceRun::never && !heard && told_ >= promised) return false;
        if (followed != SliceRun::never && !follower) return false;
        waits_for_[0] = heard;
        waits_for_[1] = follower;
        const bool same = heard && follower && heard->promises == follower->promises;
        const Time until = same ? std::min(promised, followed) : promised;
        // Whoever has got there meanwhile wakes nobody: look again.
        if (heard && !heard->promises->wait(heard->waiter, until)) continue;
        if (follower && !same && !follower->promises->wait(follower->waiter, followed)) continue;
        return true;
    }
}

void VirtualShard::wake_no_more() {
    for (const Watched*& one : waits_for_) {
        if (one) one->promises->wait_no_more(one->waiter);
        one = nullptr;
    }
}

}  // namespace settle
