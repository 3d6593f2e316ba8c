// What instants of the plan do to a slice: see slice_run.hpp.
#include <algorithm>
#include <utility>

#include "sim/engines/virtual/slice_run.hpp"

namespace settle {

void SliceRun::present(Branch branch, const float* x, std::int32_t label, Time at, PopulationCounters& counters) {
    if (model_.announced()) restart_annealing(branch, at);
    states_[index(branch)].clamped.data = x;
    if (!slice_.clamped && slice_.population != partition_.wiring.output()) return;
    enter(branch);
    // The first segment of a presentation includes time 0.
    if (!uses_all()) exchange_inputs(at == 0 ? -1 : at, counters);
    fill_clamped(label);
}

/// Inputs that can fire now come in, as they would be had they been simulated always; those that have come to rest
/// leave.
void SliceRun::exchange_inputs(Time at, PopulationCounters& counters) {
    State& state = *now_;
    Clamped& clamped = state.clamped;
    if (!clamped.replaced) clamped.others.begin(slice_.lanes(), model_);
    clamped.replaced = true;
    clamped.others.put(state.neurons, clamped.used, state.ticks);
    const AlignedVector<Time> next = std::exchange(state.next, {}), nominal = std::exchange(state.nominal, {});
    const AlignedVector<std::int32_t> ticks = std::exchange(state.ticks, {});
    const std::vector<std::uint8_t> sent = std::exchange(state.sent, {});
    std::vector<int> lane_of(static_cast<std::size_t>(slice_.lanes()), -1);
    std::vector<std::int64_t> counted(lane_of.size());
    for (int lane = 0; lane < used(); ++lane) lane_of[place(lane)] = lane;
    for (const Silent& one : clamped.silent) counted[static_cast<std::size_t>(one.place)] = one.counted;
    clamped.used.clear();
    clamped.silent.clear();
    clamped.resting = false;
    clamped.since = at;
    for (std::int32_t i = 0; i < slice_.lanes(); ++i) {
        const int lane = lane_of[static_cast<std::size_t>(i)];
        const bool fires = is_used(static_cast<std::size_t>(i));
        // Whose bit has not been taken yet stays until it is.
        const bool sent_one = lane >= 0 && sent[static_cast<std::size_t>(lane)] != 0;
        if (fires || sent_one || !clamped.others.rests(i)) {
            clamped.used.push_back(i);
            clamped.resting = clamped.resting || !fires;
        } else {
            clamped.silent.push_back(
                {i, lane < 0 ? counted[static_cast<std::size_t>(i)] : ticks[static_cast<std::size_t>(lane)]});
        }
    }
    const auto lanes = static_cast<std::size_t>(padded_size(used()));
    clear_sums(lanes);
    state.next.assign(lanes, never);
    state.nominal.assign(lanes, 0);
    state.periods.assign(lanes, 0);
    state.ticks.assign(lanes, 0);
    state.sent.assign(lanes, 0);
    state.panel_next.assign(lanes / panel_width, never);
    for (std::size_t lane = 0; lane < clamped.used.size(); ++lane) {
        const std::int32_t i = clamped.used[lane];
        state.periods[lane] = slice_.period[static_cast<std::size_t>(i)];
        if (lane_of[static_cast<std::size_t>(i)] >= 0) {
            const auto was = static_cast<std::size_t>(lane_of[static_cast<std::size_t>(i)]);
            state.next[lane] = next[was];
            state.nominal[lane] = nominal[was];
            state.ticks[lane] = ticks[was];
            state.sent[lane] = sent[was];
            continue;
        }
        const SilentClock::Position clock = silent_clock(i).position(at);
        state.next[lane] = clock.next;
        state.nominal[lane] = clock.nominal;
        state.ticks[lane] = static_cast<std::int32_t>(clock.ticks);
        counters[static_cast<std::size_t>(slice_.population)].ticks +=
            static_cast<std::uint64_t>(clock.ticks - counted[static_cast<std::size_t>(i)]);
    }
    clamped.others.take(state.neurons, clamped.used, state.ticks);
    note_next();
    // Its draws, for the lanes as they are now.
    enter(branch_);
}

/// Inputs whose value has become 0 leave some ticks later, not only when the next data come.
void SliceRun::let_rest(PopulationCounters& counters) {
    constexpr int periods = 3;
    const Clamped& clamped = now_->clamped;
    if (!clamped.resting || time_ - clamped.since < periods * partition_.settings.clock.period) return;
    exchange_inputs(time_, counters);
    fill_data();
}

/// The next tick of every neuron has t = 1.
void SliceRun::restart_annealing(Branch branch, Time at) {
    enter(branch);
    State& state = *now_;
    Clamped& clamped = state.clamped;
    state.neurons.restart_annealing();
    state.annealed_from.assign(static_cast<std::size_t>(slice_.lanes()), 0);
    for (int lane = 0; lane < used(); ++lane)
        state.annealed_from[place(lane)] = state.ticks[static_cast<std::size_t>(lane)];
    // The first segment of a presentation includes time 0.
    for (const Silent& one : clamped.silent)
        state.annealed_from[static_cast<std::size_t>(one.place)] =
            static_cast<std::int32_t>(silent_clock(one.place).ticks(at == 0 ? -1 : at));
    if (!slice_.clamped || !model_.variant(false).restarts) return;
    if (!clamped.replaced) clamped.others.begin(slice_.lanes(), model_);
    clamped.replaced = true;
    clamped.others.restart_annealing(state.annealed_from);
}

void SliceRun::alter(Branch branch, const Conditions& conditions, Time at) {
    State& state = states_[index(branch)];
    const Conditions before = state.conditions.value_or(conditions_of(partition_.settings));
    state.conditions = conditions;
    if (conditions.latency != before.latency && partition_.settings.link.scope == Scope::axon) {
        now_ = &state;
        draw_latencies(conditions.latency);
    }
    enter(branch);
    // Nobody has a tick whose jitter was in force before.
    if (at != 0) return;
    start_clocks();
    if (has_terminals(link_.kind)) start_terminals(partition_.tick_zero(slice_, conditions.latency));
}

/// As Partition has them of the device.
void SliceRun::draw_latencies(const Distribution& latency) {
    now_->latency.clear();
    if (latency == partition_.settings.link.latency) return;
    LinkSettings link = partition_.settings.link;
    link.latency = latency;
    for (const Route& route : slice_.routes) {
        std::vector<Duration>& latencies = now_->latency.emplace_back();
        for (int i = 0; i < slice_.lanes(); ++i)
            latencies.push_back(axon_latency(link, partition_.settings.device_seed,
                                             static_cast<std::uint32_t>(slice_.neuron(i)),
                                             static_cast<std::uint32_t>(route.population)));
    }
}

void SliceRun::silence(Branch branch, const std::vector<std::int32_t>& neurons) {
    std::vector<LaneSet>& silenced = states_[index(branch)].silenced;
    silenced.clear();
    // None of them is an input.
    if (slice_.clamped || neurons.empty()) return;
    silenced.resize(static_cast<std::size_t>(padded_size(slice_.lanes()) / panel_width));
    for (int lane = 0; lane < slice_.lanes(); ++lane) {
        if (!std::binary_search(neurons.begin(), neurons.end(), slice_.neuron(lane))) continue;
        silenced[static_cast<std::size_t>(lane / panel_width)] |= LaneSet{1} << (lane % panel_width);
    }
}

/// Everybody has heard what arrived until now with the links that lived then. What level links hold is summed anew.
void SliceRun::sever(Branch branch, int links) {
    State& state = states_[index(branch)];
    state.links = links;
    if (slice_.clamped || !level_) return;
    mailbox_.use(slice_.heard(links));
    sparse_mailbox_.use(slice_.heard(links));
    const auto sum = [&](auto* sums) {
        mailbox_.sum_held(state.mailbox, sums);
        sparse_mailbox_.sum_held(state.sparse_mailbox, sums);
    };
    wide_ ? sum(state.wide_sums.data()) : sum(state.sums.data());
}

}  // namespace settle
