#include "sim/engines/free_running.hpp"

#include <algorithm>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "sim/engines/crew.hpp"
#include "sim/engines/engine_checks.hpp"

namespace settle {

namespace {

/// Many small shards have very many channels: they share a bounded amount of memory.
std::uint32_t automatic_ring(const Chip& chip) {
    constexpr std::size_t budget = std::size_t{64} << 20;
    std::size_t channels = 0;
    for (std::size_t l = 0; l + 1 < chip.layers.size(); ++l)
        channels += 2 * chip.strips_of_population[l].size() * chip.strips_of_population[l + 1].size();
    const std::size_t bundles = budget / sizeof(BitBundle) / std::max<std::size_t>(channels, 1);
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(bundles, 4, 256));
}

FreeRules complete(FreeRules rules, const Chip& chip) {
    if (rules.ring == 0) rules.ring = automatic_ring(chip);
    if (rules.burst == 0) rules.burst = static_cast<int>(std::clamp<std::int64_t>(rules.max_lead, 2, 8));
    return rules;
}

std::vector<std::unique_ptr<FreeShard>> make_shards(const Chip& chip, const NeuronModel& model,
                                                    const FreeRules& rules) {
    std::vector<std::unique_ptr<FreeShard>> shards;
    for (int i = 0; i < chip.shards(); ++i) shards.push_back(std::make_unique<FreeShard>(chip, i, model, rules));
    FreeShard::connect(shards);
    return shards;
}

}  // namespace

int automatic_free_shard(int neurons) {
    return std::clamp((neurons + 15) / 16, 1, 64);
}

FreeRunning::FreeRunning(const std::vector<int>& layers, const NeuronModel& model, const FreeSettings& settings,
                         WorkerPool& workers)
    : model_(model),
      settings_(settings),
      workers_(workers),
      chip_(std::make_unique<Chip>(
          layers, settings.device,
          Cut::every(settings.shard > 0 ? settings.shard
                                        : automatic_free_shard(std::accumulate(layers.begin(), layers.end(), 0))))),
      rules_(std::make_unique<FreeRules>(complete(settings.rules, *chip_))),
      pacer_(settings.rules.pace.count() > 0 ? std::make_unique<Pacer>() : nullptr) {
    check_spiking(model);
    if (settings.rules.max_lead < 1)
        throw input_error("", "free.max_lead", std::to_string(settings.rules.max_lead) + " is out of range",
                          "at least 1");
    if (settings.rules.pace.count() < 0)
        throw input_error("", "free.pace", std::to_string(settings.rules.pace.count()) + " ns is out of range",
                          "at least 0");
}

FreeRunning::FreeRunning(FreeRunning&&) noexcept = default;
FreeRunning::~FreeRunning() = default;

double FreeRunning::bits_a_window() const {
    if (chip_->shards() == 1) return 1;
    const double bits = 2 * static_cast<double>(rules_->max_lead) + 2;
    return settings_.periods > 0 ? std::min(bits, static_cast<double>(settings_.periods)) : bits;
}

Outcome FreeRunning::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink,
                         const StopCheck& stop) {
    check_run(chip_->layers, model_.continuous(), plan, network, minibatch);
    Outcome outcome;
    outcome.outputs = chip_->layers.back();
    for (const bool read : plan.slots)
        outcome.reads.push_back(read ? BatchStates(chip_->layers, minibatch.batch()) : BatchStates());
    outcome.answers.resize(static_cast<std::size_t>(minibatch.batch()) * static_cast<std::size_t>(plan.free));
    chip_->load(network, workers_);
    // A table begins like every longer one.
    if (static_cast<std::int64_t>(annealing_.epsilon.size()) < plan.periods)
        annealing_ = tabulate(model_, plan.periods);
    const PresenterContext context{&plan, &minibatch, &annealing_, &sink, &stop, settings_.seed, &outcome};
    while (live_.size() < static_cast<std::size_t>(std::min(workers_.threads(), minibatch.batch())))
        live_.push_back(std::make_unique<Live<FreeShard>>(*chip_, make_shards(*chip_, model_, *rules_)));
    const std::uint64_t posts = workers_.posts();
    try {
        // Whoever waits for the wall clock makes no progress meanwhile (an hour's pace is as good as any longer one).
        const WallDuration pace = std::min<WallDuration>(rules_->pace, std::chrono::hours(1));
        Crew<FreeShard>(live_, workers_, context, pacer_.get(), settings_.patience + 4 * pace).run();
    } catch (...) {
        // What a run that failed has left in channels, windows and counters must not reach the next one.
        live_.clear();
        throw;
    }
    outcome.posts = workers_.posts() - posts;
    outcome.counters.resize(chip_->layers.size());
    for (const auto& live : live_) {
        live->presenter.take_results(outcome.counters);
        for (auto& shard : live->presenter.shards())
            outcome.asynchrony += std::exchange(shard->asynchrony(), Asynchrony());
    }
    return outcome;
}

}  // namespace settle
