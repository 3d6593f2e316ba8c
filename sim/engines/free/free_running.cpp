#include "sim/engines/free/free_running.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "sim/engines/actors/minibatch_run.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/engines/severed.hpp"

namespace settle {

namespace {

/// Many small shards have very many channels: they share a bounded amount of memory.
std::uint32_t automatic_ring(const Partition& partition) {
    constexpr std::size_t budget = std::size_t{64} << 20;
    const std::size_t bundles = budget / sizeof(BitBundle) / std::max<std::size_t>(partition.pairs(), 1);
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(bundles, 4, 256));
}

FreeRules complete(FreeRules rules, const Partition& partition) {
    if (rules.ring == 0) rules.ring = automatic_ring(partition);
    if (rules.burst == 0) rules.burst = static_cast<int>(std::clamp<std::int64_t>(rules.max_lead, 2, 8));
    return rules;
}

std::vector<std::unique_ptr<FreeShard>> make_shards(const Partition& partition, const NeuronModel& model,
                                                    const FreeRules& rules) {
    std::vector<std::unique_ptr<FreeShard>> shards;
    for (int i = 0; i < partition.shards(); ++i)
        shards.push_back(std::make_unique<FreeShard>(partition, i, model, rules));
    FreeShard::connect(shards);
    return shards;
}

/// Clocks and latencies are what the machine does.
void check_conditions(const Plan& plan, const DeviceSettings& device) {
    if (!plan.tables) return;
    const auto refuse = [](const char* key) {
        throw input_error("", key, "changes, and the free-running engine has none of it", "an event for timing.loss");
    };
    const Conditions own = conditions_of(device);
    for (const Conditions& conditions : plan.tables->conditions) {
        check_device(under(device, conditions));
        if (conditions.jitter != own.jitter) refuse("timing.jitter");
        if (conditions.latency != own.latency) refuse("timing.latency");
        if (conditions.latency_jitter != own.latency_jitter) refuse("timing.latency_jitter");
        if (conditions.duplication != own.duplication) refuse("timing.duplication");
    }
}

}  // namespace

int automatic_free_shard(int neurons) {
    return std::clamp((neurons + 15) / 16, 1, 64);
}

FreeRunning::FreeRunning(const Wiring& wiring, const NeuronModel& model, const Device& device,
                         const FreeSettings& settings, WorkerPool& workers)
    : wiring_(wiring),
      model_(model),
      settings_(settings),
      workers_(workers),
      rules_(std::make_unique<FreeRules>()),
      pacer_(settings.rules.pace.count() > 0 ? std::make_unique<Pacer>() : nullptr) {
    check_spiking(model);
    if (settings.rules.max_lead < 1)
        throw input_error("", "free.max_lead", std::to_string(settings.rules.max_lead) + " is out of range",
                          "at least 1");
    if (settings.rules.pace.count() < 0)
        throw input_error("", "free.pace", std::to_string(settings.rules.pace.count()) + " ns is out of range",
                          "at least 0");
    use(device);
}

void FreeRunning::use(const Device& device) {
    const int shard = settings_.shard > 0 ? settings_.shard : automatic_free_shard(wiring_.neurons());
    running_.clear();
    partition_ = std::make_unique<Partition>(wiring_, device, Cut::every(shard));
    *rules_ = complete(settings_.rules, *partition_);
}

FreeRunning::FreeRunning(FreeRunning&&) noexcept = default;
FreeRunning::~FreeRunning() = default;

double FreeRunning::bits_a_window() const {
    if (partition_->shards() == 1) return 1;
    const double bits = 2 * static_cast<double>(rules_->max_lead) + 2;
    return settings_.periods > 0 ? std::min(bits, static_cast<double>(settings_.periods)) : bits;
}

Outcome FreeRunning::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink,
                         const StopCheck& stop, const EventSink& events) {
    check_run(wiring_, model_.continuous(), plan, network, minibatch);
    Outcome outcome(plan, wiring_, minibatch.batch());
    check_conditions(plan, partition_->settings);
    derive_severed(plan, network, false, bits_a_window(), workers_, severed_);
    partition_->load(network, severed_, workers_);
    // A table begins like every longer one.
    if (annealing_.ticks < plan.periods) annealing_ = tabulate(model_, plan.periods, stop);
    const PresenterContext context{&plan, &minibatch, &annealing_, &sink, &events, &stop, settings_.seed, &outcome};
    while (running_.size() < static_cast<std::size_t>(std::min(workers_.threads(), minibatch.batch())))
        running_.push_back(
            std::make_unique<ActorPresentation<FreeShard>>(*partition_, make_shards(*partition_, model_, *rules_)));
    const std::uint64_t posts = workers_.posts();
    try {
        // Whoever waits for the wall clock makes no progress meanwhile (an hour's pace is as good as any longer one).
        const WallDuration pace = std::min<WallDuration>(rules_->pace, std::chrono::hours(1));
        MinibatchRun<FreeShard>(running_, workers_, context, pacer_.get(), settings_.patience + 4 * pace).run();
    } catch (...) {
        // What a run that failed has left in channels, windows and counters must not reach the next one.
        running_.clear();
        throw;
    }
    outcome.posts = workers_.posts() - posts;
    for (const auto& one : running_) {
        one->presenter.take_results(outcome);
        for (auto& shard : one->presenter.shards())
            outcome.asynchrony += std::exchange(shard->asynchrony(), Asynchrony());
    }
    return outcome;
}

}  // namespace settle
