#include "sim/engines/virtual/virtual_time.hpp"

#include <algorithm>
#include <atomic>
#include <stdexcept>

#include "core/error.hpp"
#include "models/device/crowding.hpp"
#include "models/network/network_checks.hpp"
#include "sim/engines/actors/minibatch_run.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/engines/severed.hpp"
#include "sim/engines/virtual/virtual_shard.hpp"

namespace settle {

namespace {

std::uint32_t automatic_ring(const Partition& partition) {
    // Many small shards have very many channels: they share a bounded amount of memory.
    constexpr std::size_t budget = std::size_t{64} << 20;
    const std::size_t messages = budget / sizeof(Message) / std::max<std::size_t>(partition.pairs(), 1);
    return static_cast<std::uint32_t>(std::clamp<std::size_t>(messages, 4, 1024));
}

/// Schedules are tabulated as far as the fastest clock gets; beyond that they are computed tick by tick.
std::int64_t table_length(const Partition& partition, const Plan& plan) {
    Duration least = plan.period;
    for (const Slice& slice : partition.slices) {
        for (const Duration period : slice.period) least = std::min(least, period);
    }
    const std::int64_t most = plan.periods * plan.period / least + 2;
    return std::min(most, 4 * plan.periods + 16);
}

}  // namespace

Cut automatic_cut(const Wiring& wiring, int batch, int threads) {
    if (batch >= threads) return Cut::every(wiring.neurons());
    const std::vector<bool> tiled = tiled_populations(wiring);
    if (std::find(tiled.begin(), tiled.end(), false) == tiled.end()) return Cut::into_strips(threads);
    return {wiring.size(wiring.input()), wiring.states()};
}

namespace {

std::vector<std::unique_ptr<VirtualShard>> make_shards(const Partition& partition, const NeuronModel& model,
                                                       Duration window, std::uint32_t ring) {
    std::vector<std::unique_ptr<VirtualShard>> shards;
    for (int i = 0; i < partition.shards(); ++i)
        shards.push_back(std::make_unique<VirtualShard>(partition, i, model, window, ring));
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

VirtualTime::VirtualTime(const Wiring& wiring, const NeuronModel& model, const Device& device,
                         const VirtualSettings& settings, WorkerPool& workers)
    : wiring_(wiring), model_(model), settings_(settings), workers_(workers) {
    check_spiking(model);
    use(device);
}

void VirtualTime::use(const Device& device) {
    Cut cut =
        settings_.shard > 0 ? Cut::every(settings_.shard) : automatic_cut(wiring_, settings_.batch, workers_.threads());
    cut.tile = settings_.tile;
    running_.clear();
    partition_ = std::make_unique<Partition>(wiring_, device, cut, &workers_);
    device_ = device;
    partition_->by_window = hears_by_window(device.settings);
    partition_->terminals = terminals_of(device.settings, settings_.script.all);
    bits_a_window_ = settle::bits_a_window(device.settings, settings_.script.all, crowd());
    ring_ = settings_.ring > 0 ? settings_.ring : automatic_ring(*partition_);
}

Crowd VirtualTime::crowd() const {
    return {device_.least_period(), device_.greatest_period(), settings_.presentation, settings_.script.latency_ramps};
}

VirtualTime::VirtualTime(VirtualTime&&) noexcept = default;
VirtualTime::~VirtualTime() = default;

Outcome VirtualTime::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink,
                         const StopCheck& stop, const EventSink& events) {
    check_run(wiring_, model_.continuous(), plan, network, minibatch);
    Outcome outcome(plan, wiring_, minibatch.batch());
    prepare(plan, network);
    // A table begins like every longer one.
    const std::int64_t ticks = table_length(*partition_, plan);
    if (annealing_.ticks < ticks) annealing_ = tabulate(model_, ticks, stop);
    const PresenterContext context{&plan, &minibatch, &annealing_, &sink, &events, &stop, settings_.seed, &outcome};
    while (running_.size() < static_cast<std::size_t>(std::min(workers_.threads(), minibatch.batch())))
        running_.push_back(std::make_unique<ActorPresentation<VirtualShard>>(
            *partition_, make_shards(*partition_, model_, settings_.window, ring_)));
    for (const auto& one : running_) {
        for (const auto& shard : one->presenter.shards()) shard->watch(settings_.packets);
    }
    const std::uint64_t posts = workers_.posts();
    try {
        present_all(context);
    } catch (...) {
        // What a run that failed has left in channels, mailboxes and counters must not reach the next one.
        running_.clear();
        throw;
    }
    outcome.posts = workers_.posts() - posts;
    for (const auto& one : running_) {
        outcome.fingerprint += one->presenter.take_results(outcome);
        for (const auto& shard : one->presenter.shards()) outcome.chip += shard->take_chip_figures();
    }
    return outcome;
}

/// Everything that the plan needs beforehand: images of the network with links dead, and a lookahead that holds
/// whatever comes.
void VirtualTime::prepare(const Plan& plan, const Network& network) {
    derive_severed(plan, network, false, bits_a_window_, workers_, severed_);
    prepare_chip(plan, network);
    partition_->load(network, severed_, workers_);
    partition_->lookahead = device_.lookahead();
    partition_->farthest = farthest(device_.settings.link);
    if (!plan.tables || plan.tables->conditions.empty()) return;
    for (const Conditions& conditions : plan.tables->conditions) {
        const DeviceSettings settings = under(device_.settings, conditions);
        check_device(settings);
        partition_->lookahead = std::min(partition_->lookahead, lookahead(settings.link));
        partition_->farthest = std::max(partition_->farthest, farthest(settings.link));
    }
    const double bits = settle::bits_a_window(device_.settings, plan.tables->conditions, crowd());
    if (bits <= bits_a_window_) return;
    throw input_error("", "plan.tables.conditions", "land more bits between two ticks than the engine was told of",
                      "conditions of VirtualSettings::script");
}

/// Where packets go does not depend on weights: it is found once for a device, unless a plan brings links that die.
void VirtualTime::prepare_chip(const Plan& plan, const Network& network) {
    if (!device_.settings.chip) return;
    const std::vector<DeadLinks> severed = plan.tables ? plan.tables->dead : std::vector<DeadLinks>();
    if (partition_->chip && severed.empty() && partition_->chip->routes.size() == 1) return;
    running_.clear();
    partition_->chip = std::make_shared<const ChipPlan>(*partition_, network, device_.dead, severed);
}

void VirtualTime::present_all(const PresenterContext& context) {
    if (partition_->shards() > 1) return MinibatchRun<VirtualShard>(running_, workers_, context).run();
    // Presentations do not hear each other, so a shard that has no other one needs no turns.
    std::atomic<bool> failed{false};
    workers_.for_each(context.minibatch->batch(), [&](int index, int worker) {
        // Who was stopped inside a presentation has its arrivals in the mailboxes, and cannot begin another one.
        if (failed.load(std::memory_order_relaxed)) return;
        try {
            present(running_[static_cast<std::size_t>(worker)]->presenter, context, index);
        } catch (...) {
            failed.store(true, std::memory_order_relaxed);
            throw;
        }
    });
}

}  // namespace settle
