// The run of a minibatch: presentations whose shards are actors on the workers, each taking the samples of the
// minibatch one after the other. The same in virtual time and free-running.
#pragma once

#include <algorithm>
#include <atomic>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "core/actor.hpp"
#include "core/pacer.hpp"
#include "core/phase.hpp"
#include "sim/engines/actors/actor_presenter.hpp"

namespace settle {

template <class Shard>
class MinibatchRun;

/// One presentation that runs: its shards as actors.
template <class Shard>
struct ActorPresentation {
    ActorPresentation(const Partition& partition, std::vector<std::unique_ptr<Shard>> shards)
        : presenter(partition, std::move(shards)) {}

    ActorPresenter<Shard> presenter;
    WorkCount work;
    std::unique_ptr<Actors> actors;  ///< of the run at hand
    MinibatchRun<Shard>* run_of = nullptr;
};

/// Runs one minibatch. Shard: VirtualShard or FreeShard.
template <class Shard>
class MinibatchRun {
public:
    using Running = std::vector<std::unique_ptr<ActorPresentation<Shard>>>;

    /// `pacer`: null where shards never ask to be woken. `patience`: of the watchdog.
    MinibatchRun(Running& running, WorkerPool& workers, const PresenterContext& context, Pacer* pacer = nullptr,
                 WallDuration patience = Watchdog::default_limit)
        : running_(running),
          workers_(workers),
          context_(context),
          presentations_(context.minibatch->batch()),
          pacer_(pacer),
          watchdog_([this] { return describe(); }, patience) {}

    ~MinibatchRun() {
        for (auto& one : running_) one->run_of = nullptr;
    }
    MinibatchRun(const MinibatchRun&) = delete;
    MinibatchRun& operator=(const MinibatchRun&) = delete;

    /// Presents the whole minibatch; throws what went wrong, named by actor and phase, once nothing runs any more.
    void run() {
        const int count = std::min(presentations_, static_cast<int>(running_.size()));
        run_phase(workers_, all_, watchdog_, failure_, [&] {
            for (int i = 0; i < count; ++i) begin(*running_[static_cast<std::size_t>(i)]);
        });
    }

private:
    using One = ActorPresentation<Shard>;

    void begin(One& one) {
        one.run_of = this;
        const Behaviour behaviour{&MinibatchRun::turn, &MinibatchRun::describe_actor, &one};
        const auto shards = static_cast<int>(one.presenter.shards().size());
        one.actors = std::make_unique<Actors>(shards, workers_, one.work, failure_, behaviour);
        one.work.on_end(&MinibatchRun::segment_ended, &one);
        all_.begin_turn();
        go_on(one, false);
    }

    static void turn(void* context, int actor, int /*worker*/) {
        One& one = *static_cast<One*>(context);
        Shard& shard = *one.presenter.shards()[static_cast<std::size_t>(actor)];
        const ShardTurn turn = shard.turn([&one](int other) { one.actors->poke(other); });
        if (turn.advanced) one.run_of->watchdog_.advanced();
        if (turn.finished) one.work.finish();
        if (turn.wake_at < WallDuration::zero()) return;
        // The timer is somebody outside who is still to poke: it holds the count until then.
        one.work.begin_turn();
        one.run_of->pacer_->post_at(turn.wake_at, {&MinibatchRun::wake, &one, actor});
    }

    static void wake(void* context, int actor, int /*worker*/) {
        One& one = *static_cast<One*>(context);
        one.actors->poke(actor);
        one.work.end_turn();
    }

    static std::string describe_actor(void* context, int actor) {
        const One& one = *static_cast<One*>(context);
        return "shard " + std::to_string(actor) + ", " + one.presenter.describe();
    }

    /// The last turn of a segment has ended: the coordinator acts, and starts the next one.
    static void segment_ended(void* context) {
        One& one = *static_cast<One*>(context);
        MinibatchRun& minibatch = *one.run_of;
        judge(one.work, minibatch.watchdog_, minibatch.failure_);
        minibatch.go_on(one, true);
    }

    /// Starts the next segment, of the presentation at hand or of another one. Where there is none, or something has
    /// failed, this one is out; whoever was the last of them ends the run, and this object.
    void go_on(One& one, bool presents) {
        bool more = false;
        if (!failure_.any()) {
            try {
                more = (presents && one.presenter.next_segment()) || present_next(one);
            } catch (...) {
                failure_.record(one.presenter.describe(), std::current_exception());
            }
        }
        if (more) {
            start(one);
        } else {
            all_.end_turn();
        }
    }

    /// Takes the next presentation of the minibatch to its first segment; false: there is none.
    bool present_next(One& one) {
        const int index = next_.fetch_add(1, std::memory_order_relaxed);
        if (index >= presentations_) return false;
        one.presenter.begin(context_, index);
        return one.presenter.next_segment();
    }

    static void start(One& one) {
        const WorkCount::Hold hold(one.work);
        const int shards = one.actors->count();
        one.work.add(static_cast<std::uint32_t>(shards));
        for (int shard = 0; shard < shards; ++shard) one.actors->poke(shard);
    }

    /// Who is behind: the shard that has come least far.
    std::string describe() const {
        One* behind = nullptr;
        int actor = 0;
        Time least = std::numeric_limits<Time>::max();
        for (const auto& one : running_) {
            if (one->run_of != this) continue;
            for (const auto& shard : one->presenter.shards()) {
                if (shard->progress() >= least) continue;
                least = shard->progress();
                behind = one.get();
                actor = shard->number();
            }
        }
        return behind ? describe_actor(behind, actor) : "presentations";
    }

    Running& running_;
    WorkerPool& workers_;
    const PresenterContext context_;
    const int presentations_;
    Pacer* pacer_;
    std::atomic<int> next_{0};
    WorkCount all_;
    Failure failure_;
    Watchdog watchdog_;
};

}  // namespace settle
