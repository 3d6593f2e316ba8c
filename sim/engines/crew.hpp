// The crew: live presentations whose shards are actors on the workers, each taking the presentations of a minibatch one
// after the other. The same in virtual time and free-running.
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
#include "sim/engines/actor_presenter.hpp"

namespace settle {

template <class Shard>
class Crew;

/// One live presentation: its shards as actors.
template <class Shard>
struct Live {
    Live(const Chip& chip, std::vector<std::unique_ptr<Shard>> shards) : presenter(chip, std::move(shards)) {}

    ActorPresenter<Shard> presenter;
    WorkCount work;
    std::unique_ptr<Actors> actors;  ///< of the run at hand
    Crew<Shard>* crew = nullptr;
};

/// Runs one minibatch. Shard: VirtualShard or FreeShard.
template <class Shard>
class Crew {
public:
    using Team = std::vector<std::unique_ptr<Live<Shard>>>;

    /// `pacer`: null where shards never ask to be woken. `patience`: of the watchdog.
    Crew(Team& team, WorkerPool& workers, const PresenterContext& context, Pacer* pacer = nullptr,
         WallDuration patience = Watchdog::default_limit)
        : team_(team),
          workers_(workers),
          context_(context),
          presentations_(context.minibatch->batch()),
          pacer_(pacer),
          watchdog_([this] { return describe(); }, patience) {}

    ~Crew() {
        for (auto& live : team_) live->crew = nullptr;
    }
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    /// Presents the whole minibatch; throws what went wrong, named by actor and phase, once nothing runs any more.
    void run() {
        const int live = std::min(presentations_, static_cast<int>(team_.size()));
        run_phase(workers_, all_, watchdog_, failure_, [&] {
            for (int i = 0; i < live; ++i) hire(*team_[static_cast<std::size_t>(i)]);
        });
    }

private:
    using Member = Live<Shard>;

    void hire(Member& live) {
        live.crew = this;
        const Behaviour behaviour{&Crew::turn, &Crew::describe_actor, &live};
        const auto shards = static_cast<int>(live.presenter.shards().size());
        live.actors = std::make_unique<Actors>(shards, workers_, live.work, failure_, behaviour);
        live.work.on_end(&Crew::segment_ended, &live);
        all_.begin_turn();
        go_on(live, false);
    }

    static void turn(void* context, int actor, int /*worker*/) {
        Member& live = *static_cast<Member*>(context);
        Shard& shard = *live.presenter.shards()[static_cast<std::size_t>(actor)];
        const ShardTurn turn = shard.turn([&live](int other) { live.actors->poke(other); });
        if (turn.advanced) live.crew->watchdog_.advanced();
        if (turn.finished) live.work.finish();
        if (turn.wake_at < WallDuration::zero()) return;
        // The timer is somebody outside who is still to poke: it holds the count until then.
        live.work.begin_turn();
        live.crew->pacer_->post_at(turn.wake_at, {&Crew::wake, &live, actor});
    }

    static void wake(void* context, int actor, int /*worker*/) {
        Member& live = *static_cast<Member*>(context);
        live.actors->poke(actor);
        live.work.end_turn();
    }

    static std::string describe_actor(void* context, int actor) {
        const Member& live = *static_cast<Member*>(context);
        return "shard " + std::to_string(actor) + ", " + live.presenter.describe();
    }

    /// The last turn of a segment has ended: the coordinator acts, and starts the next one.
    static void segment_ended(void* context) {
        Member& live = *static_cast<Member*>(context);
        Crew& crew = *live.crew;
        judge(live.work, crew.watchdog_, crew.failure_);
        crew.go_on(live, true);
    }

    /// Starts the next segment, of the presentation at hand or of another one. Where there is none, or something has
    /// failed, this member is out; whoever was the last of them ends the run, and this object.
    void go_on(Member& live, bool presents) {
        bool more = false;
        if (!failure_.any()) {
            try {
                more = (presents && live.presenter.next_segment()) || present_next(live);
            } catch (...) {
                failure_.record(live.presenter.describe(), std::current_exception());
            }
        }
        if (more) {
            start(live);
        } else {
            all_.end_turn();
        }
    }

    /// Takes the next presentation of the minibatch to its first segment; false: there is none.
    bool present_next(Member& live) {
        const int index = next_.fetch_add(1, std::memory_order_relaxed);
        if (index >= presentations_) return false;
        live.presenter.begin(context_, index);
        return live.presenter.next_segment();
    }

    static void start(Member& live) {
        const WorkCount::Hold hold(live.work);
        const int shards = live.actors->count();
        live.work.add(static_cast<std::uint32_t>(shards));
        for (int shard = 0; shard < shards; ++shard) live.actors->poke(shard);
    }

    /// Who is behind: the shard that has come least far.
    std::string describe() const {
        Member* behind = nullptr;
        int actor = 0;
        Time least = std::numeric_limits<Time>::max();
        for (const auto& live : team_) {
            if (live->crew != this) continue;
            for (const auto& shard : live->presenter.shards()) {
                if (shard->progress() >= least) continue;
                least = shard->progress();
                behind = live.get();
                actor = shard->number();
            }
        }
        return behind ? describe_actor(behind, actor) : "presentations";
    }

    Team& team_;
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
