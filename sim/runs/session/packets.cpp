#include "sim/runs/session/packets.hpp"

#include <algorithm>
#include <utility>

#include "sim/runs/session/packet_paths.hpp"

namespace settle {

namespace {

/// Neurons that have a living link to somebody.
std::vector<bool> heard_neurons(const Network& network, const DeadLinks& dead) {
    const Wiring& wiring = network.wiring;
    std::vector<bool> heard(static_cast<std::size_t>(wiring.neurons()));
    for (const Pathway& pathway : wiring.pathways()) {
        const LinkMask& mask = mask_of(dead, pathway.projection);
        // Where links may be dead, a weight other than 0 tells those that live.
        Projection shape;
        if (!mask.none()) {
            shape = projection_of(wiring, pathway.projection);
            shape.from_array(std::vector<float>(static_cast<std::size_t>(wiring.weights(pathway.projection)), 1.0f));
        }
        const int first = wiring.first_neuron(pathway.source);
        for (int i = 0; i < wiring.size(pathway.source); ++i) {
            bool lives = mask.none() && network.over(pathway).links_from(pathway.transposed, i) > 0;
            if (!mask.none())
                shape.visit_row(pathway.transposed, i, mask, [&](int /*to*/, float weight) { lives |= weight != 0; });
            if (lives) heard[static_cast<std::size_t>(first + i)] = true;
        }
    }
    return heard;
}

/// What a packet of every neuron asks of a chip.
std::vector<Traffic> traffic_on(const PlacedChip& placed, const Network& network, const DeadLinks& dead) {
    std::vector<Traffic> each(static_cast<std::size_t>(network.wiring.neurons()));
    for (const PacketPath& path : packet_paths(network, dead, placed.chip, placed.placement)) {
        const Traffic traffic = traffic_of(path, Mesh(placed.chip));
        for (const std::int32_t neuron : path.neurons) each[static_cast<std::size_t>(neuron)] = traffic;
    }
    return each;
}

PacketTable packet_table(const Network& network, const DeadLinks& dead, const PlacedChip* placed) {
    const Wiring& wiring = network.wiring;
    PacketTable table;
    if (placed) {
        table.each = traffic_on(*placed, network, dead);
    } else {
        for (const bool heard : heard_neurons(network, dead)) table.each.push_back({heard ? 1u : 0u, 0, 0, 0});
    }
    for (int p = 0; p < wiring.populations(); ++p) {
        const auto first = table.each.begin() + wiring.first_neuron(p);
        table.even.push_back(
            std::all_of(first, first + wiring.size(p), [&](const Traffic& one) { return one == *first; }));
    }
    return table;
}

}  // namespace

std::shared_ptr<const PacketPlan> packet_plan(const Network& network, const DeadLinks& dead, const PlanTables* tables,
                                              bool by_period, const PlacedChip* placed) {
    auto plan = std::make_shared<PacketPlan>();
    plan->by_period = by_period;
    plan->decodes_deliveries = !placed;
    plan->tables.push_back(packet_table(network, dead, placed));
    for (std::size_t i = 0; tables && i < tables->dead.size(); ++i)
        plan->tables.push_back(packet_table(network, tables->dead[i], placed));
    return plan;
}

std::shared_ptr<const PacketPlan> packet_plan(const Scenario& scenario, const Network& network, const DeadLinks& dead,
                                              const PlanTables* tables, bool by_period) {
    if (!scenario.chip) return packet_plan(network, dead, tables, by_period);
    const PlacedChip placed{*scenario.chip, place(*scenario.chip, network.wiring.sizes(), scenario.timing.device_seed)};
    return packet_plan(network, dead, tables, by_period, &placed);
}

std::int64_t branch_periods(const Plan& plan, bool replayed) {
    std::int64_t began[branches] = {}, periods = 0;
    for (const Instant& instant : plan.instants) {
        if (const auto* fork = std::get_if<Fork>(&instant)) {
            const bool again = replayed && fork->branch == Branch::minus;
            began[static_cast<std::size_t>(fork->branch)] = again ? 0 : fork->period;
        }
        if (const auto* end = std::get_if<End>(&instant))
            periods += end->period - began[static_cast<std::size_t>(end->branch)];
    }
    return periods;
}

}  // namespace settle
