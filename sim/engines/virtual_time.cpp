#include "sim/engines/virtual_time.hpp"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "models/crowding.hpp"
#include "models/network_checks.hpp"
#include "sim/engines/crew.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/engines/virtual_shard.hpp"

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

Cut automatic_cut(const std::vector<int>& layers, int batch, int threads) {
    check_layers(layers);
    const int inputs = layers.front(), neurons = std::accumulate(layers.begin(), layers.end(), 0);
    return batch >= threads ? Cut::every(neurons) : Cut{inputs, neurons - inputs};
}

namespace {

std::vector<std::unique_ptr<VirtualShard>> make_shards(const Chip& chip, const NeuronModel& model,
                                                       const VirtualSettings& settings) {
    std::vector<std::unique_ptr<VirtualShard>> shards;
    for (int i = 0; i < chip.shards(); ++i)
        shards.push_back(std::make_unique<VirtualShard>(chip, i, model, settings.window, settings.ring));
    VirtualShard::connect(shards);
    return shards;
}

/// Runs a whole presentation on the calling thread, its shards by turns.
void present(ActorPresenter<VirtualShard>& presenter, const PresenterContext& context, int presentation) {
    presenter.begin(context, presentation);
    while (presenter.next_segment()) {
        bool done = false;
        while (!done) {
            bool advanced = false;
            done = true;
            for (auto& shard : presenter.shards()) {
                const ShardTurn turn = shard->turn([](int) {});
                advanced = advanced || turn.advanced || turn.finished;
                done = done && shard->done();
            }
            if (!done && !advanced) throw std::logic_error("virtual time stands still: " + presenter.describe());
        }
        // What was sent last may still be in the channels.
        for (auto& shard : presenter.shards()) shard->turn([](int) {});
    }
}

}  // namespace

VirtualTime::VirtualTime(const std::vector<int>& layers, const NeuronModel& model, const VirtualSettings& settings,
                         WorkerPool& workers)
    : model_(model),
      settings_(settings),
      workers_(workers),
      chip_(std::make_unique<Chip>(
          layers, settings.device,
          settings.shard > 0 ? Cut::every(settings.shard) : automatic_cut(layers, settings.batch, workers.threads()))) {
    check_spiking(model);
    Duration least = settings.device.clock.period, greatest = least;
    for (const Strip& strip : chip_->strips) {
        for (const Duration period : strip.period) {
            least = std::min(least, period);
            greatest = std::max(greatest, period);
        }
    }
    bits_a_window_ =
        settle::bits_a_window(settings.device.clock, settings.device.link, {least, greatest, settings.presentation});
    if (settings_.ring == 0) settings_.ring = automatic_ring(*chip_);
}

VirtualTime::VirtualTime(VirtualTime&&) noexcept = default;
VirtualTime::~VirtualTime() = default;

Outcome VirtualTime::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink,
                         const StopCheck& stop) {
    check_run(chip_->layers, model_.continuous(), plan, network, minibatch);
    Outcome outcome;
    outcome.outputs = chip_->layers.back();
    for (const bool read : plan.slots)
        outcome.reads.push_back(read ? BatchStates(chip_->layers, minibatch.batch()) : BatchStates());
    outcome.answers.resize(static_cast<std::size_t>(minibatch.batch()) * static_cast<std::size_t>(plan.free));
    chip_->load(network, workers_);
    // A table begins like every longer one.
    const std::int64_t ticks = table_length(*chip_, plan);
    if (static_cast<std::int64_t>(annealing_.epsilon.size()) < ticks) annealing_ = tabulate(model_, ticks);
    const PresenterContext context{&plan, &minibatch, &annealing_, &sink, &stop, settings_.seed, &outcome};
    while (live_.size() < static_cast<std::size_t>(std::min(workers_.threads(), minibatch.batch())))
        live_.push_back(std::make_unique<Live<VirtualShard>>(*chip_, make_shards(*chip_, model_, settings_)));
    const std::uint64_t posts = workers_.posts();
    try {
        present_all(context);
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

void VirtualTime::present_all(const PresenterContext& context) {
    if (chip_->shards() > 1) return Crew<VirtualShard>(live_, workers_, context).run();
    // Presentations do not hear each other, so a shard that has no other one needs no turns.
    workers_.for_each(context.minibatch->batch(), [&](int index, int worker) {
        present(live_[static_cast<std::size_t>(worker)]->presenter, context, index);
    });
}

}  // namespace settle
