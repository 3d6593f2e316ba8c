#include "sim/engines/virtual_time.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>

#include "core/actor.hpp"
#include "core/phase.hpp"
#include "sim/engines/virtual_presenter.hpp"

namespace settle {

namespace {

std::uint32_t automatic_ring(const Chip& chip) {
    // Many small shards have very many channels: they share a bounded amount of memory.
    constexpr std::size_t budget = std::size_t{64} << 20;
    std::size_t channels = 0;
    for (std::size_t l = 0; l + 1 < chip.layers.size(); ++l) {
        const std::size_t strips = chip.strips_of_population[l].size() * chip.strips_of_population[l + 1].size();
        channels += l == 0 ? strips : 2 * strips;
    }
    const std::size_t messages = budget / sizeof(Message) / std::max<std::size_t>(channels, 1);
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(messages, 4, 1024));
}

/// Schedules are tabulated as far as the fastest clock gets; beyond that they are computed tick by tick.
std::int64_t table_length(const Chip& chip, const Plan& plan) {
    Duration least = plan.period;
    for (const Strip& strip : chip.strips) {
        for (const Duration period : strip.period) least = std::min(least, period);
    }
    const std::int64_t most = plan.periods * plan.period / least + 2;
    return std::min(most, 4 * plan.periods + 16);
}

}  // namespace

int automatic_shard(int neurons, int batch, int threads) {
    if (batch >= threads) return neurons;
    const int shards = (threads + batch - 1) / batch;
    return (neurons + shards - 1) / shards;
}

/// One live presentation: its shards as actors.
struct VirtualTime::Live {
    Live(const Chip& chip, const NeuronModel& model, Duration window, std::uint32_t ring)
        : presenter(chip, model, window, ring) {}

    VirtualPresenter presenter;
    WorkCount work;
    std::unique_ptr<Actors> actors;  ///< of the run at hand
    Crew* crew = nullptr;
    int index = 0;  ///< presentation of the minibatch
};

/// The live presentations of one run, which take the presentations of the minibatch one after the other.
class VirtualTime::Crew {
public:
    Crew(VirtualTime& engine, const VirtualContext& context, int presentations)
        : engine_(engine), context_(context), presentations_(presentations), watchdog_([this] { return describe(); }) {}

    void run() {
        const int live = std::min(presentations_, engine_.workers_.threads());
        run_phase(engine_.workers_, all_, watchdog_, failure_, [&] {
            for (int i = 0; i < live; ++i) {
                all_.begin_turn();
                hire(*engine_.live_[static_cast<std::size_t>(i)]);
            }
        });
    }

private:
    void hire(Live& live) {
        live.crew = this;
        const Behaviour behaviour{&Crew::turn, &Crew::describe_actor, &live};
        live.actors =
            std::make_unique<Actors>(engine_.chip_->shards(), engine_.workers_, live.work, failure_, behaviour);
        live.work.on_end(&Crew::segment_ended, &live);
        if (!present_next(live)) all_.end_turn();
    }

    static void turn(void* context, int actor, int /*worker*/) {
        Live& live = *static_cast<Live*>(context);
        VirtualShard& shard = *live.presenter.shards()[static_cast<std::size_t>(actor)];
        const VirtualShard::Turn turn = shard.turn([&live](int other) { live.actors->poke(other); });
        if (turn.advanced) live.crew->watchdog_.advanced();
        if (turn.finished) live.work.finish();
    }

    static std::string describe_actor(void* context, int actor) {
        const Live& live = *static_cast<Live*>(context);
        return "shard " + std::to_string(actor) + ", " + live.presenter.describe();
    }

    /// The last turn of a segment has ended: the coordinator acts, and starts the next one.
    static void segment_ended(void* context) {
        Live& live = *static_cast<Live*>(context);
        Crew& crew = *live.crew;
        judge(live.work, crew.watchdog_, crew.failure_);
        bool more = false;
        if (!crew.failure_.any()) {
            try {
                more = live.presenter.next_segment();
            } catch (...) {
                crew.failure_.record(live.presenter.describe(), std::current_exception());
            }
        }
        if (more) {
            start(live);
        } else if (crew.failure_.any() || !crew.present_next(live)) {
            crew.all_.end_turn();
        }
    }

    /// Takes the next presentation of the minibatch; false: there is none.
    bool present_next(Live& live) {
        live.index = next_.fetch_add(1, std::memory_order_relaxed);
        if (live.index >= presentations_) return false;
        live.presenter.begin(context_, live.index);
        live.presenter.next_segment();
        start(live);
        return true;
    }

    static void start(Live& live) {
        const WorkCount::Hold hold(live.work);
        const int shards = live.actors->count();
        live.work.add(static_cast<std::uint32_t>(shards));
        for (int shard = 0; shard < shards; ++shard) live.actors->poke(shard);
    }

    /// Who is behind: the shard with the least promise.
    std::string describe() const {
        const Live* behind = nullptr;
        int actor = 0;
        Time least = StripRun::never;
        for (const auto& live : engine_.live_) {
            if (live->crew != this) continue;
            for (const auto& shard : live->presenter.shards()) {
                if (shard->promise() >= least) continue;
                least = shard->promise();
                behind = live.get();
                actor = shard->number();
            }
        }
        return behind ? describe_actor(const_cast<Live*>(behind), actor) : "virtual time";
    }

    VirtualTime& engine_;
    const VirtualContext context_;
    const int presentations_;
    std::atomic<int> next_{0};
    WorkCount all_;
    Failure failure_;
    Watchdog watchdog_;
};

VirtualTime::VirtualTime(const std::vector<int>& layers, const NeuronModel& model, const VirtualSettings& settings,
                         WorkerPool& workers)
    : model_(model),
      settings_(settings),
      workers_(workers),
      chip_(std::make_unique<Chip>(
          layers, settings.device,
          settings.shard > 0
              ? settings.shard
              : automatic_shard(std::accumulate(layers.begin(), layers.end(), 0), settings.batch, workers.threads()))) {
    Duration least = settings.device.clock.period, greatest = least;
    for (const Strip& strip : chip_->strips) {
        for (const Duration period : strip.period) {
            least = std::min(least, period);
            greatest = std::max(greatest, period);
        }
    }
    bits_a_window_ = settle::bits_a_window(settings.device.clock, settings.device.link, least, greatest);
    if (settings_.ring == 0) settings_.ring = automatic_ring(*chip_);
}

VirtualTime::VirtualTime(VirtualTime&&) noexcept = default;
VirtualTime::~VirtualTime() = default;

Outcome VirtualTime::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink) {
    Outcome outcome;
    outcome.outputs = chip_->layers.back();
    for (const bool read : plan.slots)
        outcome.reads.push_back(read ? BatchStates(chip_->layers, minibatch.batch()) : BatchStates());
    outcome.answers.resize(static_cast<std::size_t>(minibatch.batch()) * static_cast<std::size_t>(plan.free));
    chip_->load(network, workers_);
    // A table begins like every longer one.
    const std::int64_t ticks = table_length(*chip_, plan);
    if (static_cast<std::int64_t>(annealing_.epsilon.size()) < ticks) annealing_ = tabulate(model_, ticks);
    const VirtualContext context{&plan, &minibatch, &annealing_, &sink, settings_.seed, &outcome};
    while (live_.size() < static_cast<std::size_t>(std::min(workers_.threads(), minibatch.batch())))
        live_.push_back(std::make_unique<Live>(*chip_, model_, settings_.window, settings_.ring));
    const std::uint64_t posts = workers_.posts();
    try {
        present_all(context, minibatch.batch());
    } catch (...) {
        // What a run that failed has left in channels, mailboxes and counters must not reach the next one.
        live_.clear();
        throw;
    }
    outcome.posts = workers_.posts() - posts;
    outcome.counters.resize(chip_->layers.size());
    for (const auto& live : live_) outcome.fingerprint += live->presenter.take_results(outcome.counters);
    return outcome;
}

void VirtualTime::present_all(const VirtualContext& context, int presentations) {
    if (chip_->shards() > 1) return Crew(*this, context, presentations).run();
    // Presentations do not hear each other, so a shard that has no other one needs no turns.
    workers_.for_each(presentations, [&](int index, int worker) {
        live_[static_cast<std::size_t>(worker)]->presenter.present(context, index);
    });
}

}  // namespace settle
