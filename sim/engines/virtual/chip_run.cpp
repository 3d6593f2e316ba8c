#include "sim/engines/virtual/chip_run.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace settle {

ChipPlan::ChipPlan(const Partition& partition, const Network& network, const DeadLinks& dead,
                   const std::vector<DeadLinks>& severed)
    : chip(*partition.settings.chip), mesh(chip), services(chip, partition.settings.device_seed) {
    routes.emplace_back(partition, network, dead, mesh, chip);
    for (const DeadLinks& links : severed) routes.emplace_back(partition, network, links, mesh, chip);
    const Wiring& wiring = partition.wiring;
    for (int p = 0; p < wiring.populations(); ++p)
        population_of.insert(population_of.end(), static_cast<std::size_t>(wiring.size(p)), p);
    least_encode = std::numeric_limits<Picoseconds>::max() / 4;
    least_decode.assign(static_cast<std::size_t>(mesh.cores()), least_encode);
    for (const PacketRoutes& one : routes) {
        for (std::int32_t neuron = 0; neuron < wiring.neurons(); ++neuron) {
            for (const PacketTarget& target : one.targets(neuron)) {
                least_encode =
                    std::min(least_encode, services.encode(partition.core[static_cast<std::size_t>(neuron)]));
                Picoseconds& decode = least_decode[static_cast<std::size_t>(target.core)];
                decode = std::min(decode, services.decode(target.core, target.targets));
            }
        }
    }
}

ChipRun::ChipRun(const Partition& partition, const ChipPlan& plan)
    : partition_(partition),
      plan_(plan),
      fabric_(plan.mesh, plan.chip, plan.services, partition.settings.unit_ps, plan.least_encode, plan.least_decode),
      latency_(draw_latency(partition.settings.link.latency)) {
    const auto populations = static_cast<std::size_t>(partition.wiring.populations());
    fabric_.population_of = plan.population_of;
    fabric_.figures.populations.resize(populations);
    fabric_.counts.delivered.resize(populations);
    fabric_.counts.dropped.resize(populations);
}

std::vector<Duration> ChipRun::draw_latency(const Distribution& latency) const {
    std::vector<Duration> drawn;
    LinkSettings link = partition_.settings.link;
    link.latency = latency;
    for (int neuron = 0; neuron < partition_.wiring.neurons(); ++neuron)
        drawn.push_back(soma_latency(link, partition_.settings.device_seed, static_cast<std::uint32_t>(neuron)));
    return drawn;
}

void ChipRun::begin(const SliceInput& input, PopulationCounters& counters) {
    input_ = input;
    counters_ = &counters;
    fabric_.begin();
    states_[0] = State();
    if (partition_.settings.link.burst > 1)
        states_[0].chains.assign(static_cast<std::size_t>(plan_.routes[0].chains()), LossChain::none_yet);
    enter(Branch::main);
}

void ChipRun::enter(Branch branch) {
    now_ = &states_[static_cast<std::size_t>(branch)];
    fabric_.enter(branch);
    fabric_.ends = nullptr;
    const bool noted = input_.journal && input_.journal->messages();
    if (watch_ || noted) fabric_.ends = [this, branch](const PacketEnd& end) { note(branch, end); };
    fabric_.queues = nullptr;
    if (input_.journal && input_.journal->queues()) {
        fabric_.queues = [this, branch](const QueueRow& row) {
            input_.journal->enter(branch);
            input_.journal->queue(row);
        };
    }
    DeviceSettings settings = partition_.settings;
    if (now_->conditions) settings = under(settings, *now_->conditions);
    noise_.emplace(settings.link, input_.seed, input_.presentation, static_cast<std::uint32_t>(branch));
}

/// What has become of a bit, for whoever wants to know.
void ChipRun::note(Branch branch, const PacketEnd& end) {
    if (watch_) watch_(input_.presentation, branch, end);
    EventJournal* journal = input_.journal;
    if (!journal || !journal->messages()) return;
    MessageRow row;
    row.sent = journal->picoseconds(end.sent);
    if (end.fate == MessageEnd::delivered) row.arrived = journal->picoseconds(end.arrived);
    row.source = end.source;
    row.tick = end.tick;
    row.target = end.core;
    row.hops = end.hops;
    row.copy = end.copy;
    row.fate = end.fate;
    journal->enter(branch);
    journal->message(row);
}

/// What is in flight is there twice from now on.
void ChipRun::fork(Branch branch, Time at) {
    states_[static_cast<std::size_t>(branch)] = states_[0];
    enter(Branch::main);
    count(at);
    fabric_.visit_in_flight(at, [&](const PacketEnd& /*end*/, std::int32_t population) {
        ++(*counters_)[static_cast<std::size_t>(population)].duplicated;
    });
    fabric_.fork(branch, at);
}

void ChipRun::alter(Branch branch, const Conditions& conditions) {
    State& state = states_[static_cast<std::size_t>(branch)];
    state.conditions = conditions;
    state.latency.clear();
    if (conditions.latency != partition_.settings.link.latency) state.latency = draw_latency(conditions.latency);
    enter(branch);
}

void ChipRun::end(Time at) {
    fabric_.end(at);
    count(at);
    fabric_.visit_in_flight(at, [&](const PacketEnd& end, std::int32_t population) {
        ++(*counters_)[static_cast<std::size_t>(population)].expired;
        if (!fabric_.ends) return;
        PacketEnd expired = end;
        expired.arrived = -1;
        expired.fate = PacketEnd::Fate::expired;
        fabric_.ends(expired);
    });
}

void ChipRun::count(Time at) {
    fabric_.settle(at);
    for (std::size_t p = 0; p < counters_->size(); ++p) {
        (*counters_)[p].deliveries += std::exchange(fabric_.counts.delivered[p], 0);
        (*counters_)[p].dropped += std::exchange(fabric_.counts.dropped[p], 0);
    }
}

void ChipRun::fire(const Firing& firing) {
    const auto targets = plan_.routes[static_cast<std::size_t>(now_->links + 1)].targets(firing.source);
    if (targets.empty()) return;
    const bool twice = noise_->duplicated(static_cast<std::uint32_t>(firing.source), firing.tick);
    for (const PacketTarget& target : targets) {
        Counters& counter = (*counters_)[static_cast<std::size_t>(target.population)];
        ++counter.messages;
        counter.duplicated += twice ? 1 : 0;
    }
    for (int copy = 0; copy < (twice ? 2 : 1); ++copy) send_copy(firing, copy, targets);
}

void ChipRun::send_copy(const Firing& firing, int copy, std::span<const PacketTarget> targets) {
    const auto source = static_cast<std::uint32_t>(firing.source);
    const std::vector<Duration>& latency = now_->latency.empty() ? latency_ : now_->latency;
    Injection bit{firing.sent,  0, firing.source, firing.tick, firing.bit, static_cast<std::uint8_t>(copy),
                  firing.lambda};
    const Duration way = latency[source] + noise_->jitter(source, firing.tick, copy);
    bit.enters = std::max(firing.sent, firing.sent + way) * partition_.settings.unit_ps;
    const auto trees = plan_.routes[static_cast<std::size_t>(now_->links + 1)].trees(firing.source);
    // The plan keeps its trees.
    const auto kept = [](const PacketTree* tree) {
        return std::shared_ptr<const PacketTree>(std::shared_ptr<const PacketTree>(), tree);
    };
    if (!noise_->loses()) {
        for (const PacketTree* tree : trees) fabric_.inject(bit, targets, kept(tree));
        return;
    }
    chosen_.clear();
    for (std::size_t i = 0; i < targets.size(); ++i) {
        LossChain* chain = noise_->bursts() ? &now_->chains[static_cast<std::size_t>(targets[i].chain)] : nullptr;
        if (!noise_->lost(source, firing.tick, copy, static_cast<std::uint32_t>(targets[i].core), chain)) {
            chosen_.push_back(static_cast<std::int32_t>(i));
            continue;
        }
        ++(*counters_)[static_cast<std::size_t>(targets[i].population)].lost;
        if (fabric_.ends)
            fabric_.ends({firing.sent, -1, firing.source, firing.tick, targets[i].core, 0,
                          static_cast<std::uint8_t>(copy), PacketEnd::Fate::lost});
    }
    if (!plan_.chip.multicast) {
        for (const std::int32_t i : chosen_) fabric_.inject(bit, targets, kept(trees[static_cast<std::size_t>(i)]));
    } else if (chosen_.size() == targets.size()) {
        fabric_.inject(bit, targets, kept(trees[0]));
    } else if (!chosen_.empty()) {
        const std::int32_t core = partition_.core[source];
        fabric_.inject(bit, targets, std::make_shared<PacketTree>(packet_tree(plan_.mesh, core, targets, chosen_)));
    }
}

ChipFigures ChipRun::take_figures() {
    ChipFigures none;
    none.servers.resize(fabric_.figures.servers.size());
    none.cores.resize(fabric_.figures.cores.size());
    none.populations.resize(fabric_.figures.populations.size());
    return std::exchange(fabric_.figures, std::move(none));
}

}  // namespace settle
