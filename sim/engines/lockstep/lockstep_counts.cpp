// What is counted of a tick: see lockstep_presenter.hpp.
#include <bit>

#include "sim/engines/lockstep/lockstep_presenter.hpp"

namespace settle {

/// Bits of a population that are on their way, to each that hears it.
std::uint64_t LockstepPresenter::sent_by(int source, const BranchState& state) {
    return state.in_flight[at(source)].count;
}

/// Bits on their way to a population: one from each that it hears, however many projections join the two.
std::uint64_t LockstepPresenter::in_flight_to(int p, const BranchState& state) const {
    std::uint64_t bits = 0;
    for (const int source : wiring_.heard_by(p)) bits += sent_by(source, state);
    return bits;
}

/// Links over which those of one pathway go.
std::uint64_t LockstepPresenter::links_in_flight(int number, const BranchState& state) const {
    const Pathway& pathway = wiring_.pathway(number);
    const Projection& projection = state.network->over(pathway);
    if (const int even = projection.even_links_from(pathway.transposed); even >= 0)
        return sent_by(pathway.source, state) * static_cast<std::uint64_t>(even);
    if (pathway.source == wiring_.input()) return state.clamped.links_in_flight[at(number)];
    std::uint64_t links = 0;
    for (const std::int32_t neuron : state.in_flight[at(pathway.source)].neurons())
        links += static_cast<std::uint64_t>(projection.links_from(pathway.transposed, neuron));
    return links;
}

void LockstepPresenter::count_in_flight(std::uint64_t Counters::*counter, Current& now) const {
    for (const int p : wiring_.unclamped()) now.tally.counters[at(p)].*counter += in_flight_to(p, now.state);
}

void LockstepPresenter::deliver(Current& now) {
    for (const int p : wiring_.unclamped()) {
        Counters& counter = now.tally.counters[at(p)];
        counter.deliveries += in_flight_to(p, now.state);
        if (now.context.plan.packets) count_decodes(p, now);
        for (const int number : wiring_.incoming(p)) counter.synaptic_operations += links_in_flight(number, now.state);
    }
}

/// Messages that arrive at a population, by whoever sent them.
void LockstepPresenter::count_decodes(int p, Current& now) const {
    if (!now.context.plan.packets->decodes_deliveries) return;
    for (const int source : wiring_.heard_by(p)) now.tally.traffic[at(source)].decodes += sent_by(source, now.state);
}

/// A packet of everybody who fired.
void LockstepPresenter::count_packets(Current& now, const std::uint64_t* input_row) const {
    const BranchState& state = now.state;
    const PacketTable& packets = now.context.plan.packets->table(state.links);
    for (int p = 0; p < wiring_.populations(); ++p) {
        Traffic& own = now.tally.traffic[at(p)];
        const Traffic* each = packets.each.data() + wiring_.first_neuron(p);
        if (packets.even[at(p)]) {
            own += *each * sent_by(p, state);
        } else if (p != wiring_.input()) {
            for (const std::int32_t neuron : state.in_flight[at(p)].neurons()) own += each[neuron];
        } else {
            for (std::ptrdiff_t word = 0; word < input_words_; ++word) {
                for (std::uint64_t rest = input_row[word]; rest != 0; rest &= rest - 1)
                    own += each[state.clamped.active[static_cast<std::size_t>(word * 64 + std::countr_zero(rest))]];
            }
        }
    }
}

/// The presentation so far, at a period end of its free phase, which comes before anything else.
void LockstepPresenter::keep_effort(Current& now) const {
    const PacketPlan& packets = *now.context.plan.packets;
    if (!packets.by_period || now.branch != Branch::main || now.state.ticks > now.context.plan.free) return;
    now.outcome.efforts[static_cast<std::size_t>(now.context.index * now.outcome.periods + now.state.ticks - 1)] =
        effort_of(now.tally.counters, now.tally.traffic, packets);
}

}  // namespace settle
