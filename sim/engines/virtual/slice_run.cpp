#include "sim/engines/virtual/slice_run.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

namespace settle {

namespace {

template <class Visit>
void for_each_lane(LaneSet lanes, const Visit& visit) {
    for (; lanes != 0; lanes &= lanes - 1) visit(std::countr_zero(lanes));
}

}  // namespace

SliceRun::SliceRun(const Partition& partition, const Slice& slice, const NeuronModel& model)
    : partition_(partition),
      slice_(slice),
      model_(model),
      level_(partition.settings.link.kind == Link::level),
      synapse_latency_(synapse_latency_draws(partition.settings.device_seed)),
      mailbox_(slice, partition.settings.link) {
    for (int i = 0; i < slice.lanes(); ++i)
        spike_factors_.push_back(TraceKey::of(static_cast<std::uint64_t>(slice.neuron(i)), 1));
    for (const int pathway : partition.wiring.outgoing(slice.population)) {
        Route route{partition.wiring.pathway(pathway).target, routes_.size(), {}};
        for (const int target : partition.targets(pathway)) {
            const Slice& to = partition.slices[static_cast<std::size_t>(target)];
            route.addresses.push_back({target, to.afferents.first_row(pathway), nullptr});
        }
        routes_.push_back(route);
    }
    states_[0].neurons = Population(slice.lanes(), model);
    const auto lanes = static_cast<std::size_t>(padded_size(slice.lanes()));
    if (slice.clamped) x_.resize(lanes);
    if (slice.population == partition.wiring.output()) y_.resize(lanes);
    noise_.resize(panel_width);
    if (partition.settings.link.scope == Scope::axon)
        patience_ =
            std::min({partition.lookahead - 1, partition.settings.clock.period / 4, mailbox_.longest_window() / 2});
}

void SliceRun::join(int number, SliceRun& run) {
    for (Route& route : routes_) {
        for (Route::Address& address : route.addresses) {
            if (address.slice == number) address.near = &run;
        }
    }
}

void SliceRun::begin(const SliceInput& input) {
    input_ = input;
    table_ = input.annealing;
    now_ = &states_[0];
    choose_used();
    State& main = states_[0];
    const auto lanes = static_cast<std::size_t>(padded_size(static_cast<int>(used_.size())));
    main.neurons.size = static_cast<int>(used_.size());
    main.neurons.reset();
    main.sums.assign(lanes, 0);
    main.ticks.assign(lanes, 0);
    main.panel_next.assign(lanes / panel_width, never);
    main.sent.assign(lanes, 0);
    // Inputs hear nobody: theirs stays without a calendar, which is most of a small slice.
    if (!slice_.clamped) mailbox_.reset(main.mailbox);
    main.beta = 0;
    main.forked_at = -1;
    std::fill(y_.begin(), y_.end(), 0.0f);
    for (int lane = 0; lane < static_cast<int>(y_.empty() ? 0 : used_.size()); ++lane)
        y_[static_cast<std::size_t>(lane)] = slice_.neurons[place(lane)] == input.label ? 1.0f : 0.0f;
    enter(Branch::main);
    start_clocks();
}

/// Inputs at 0 never fire, so that only their clocks would tick: those are counted when the presentation ends. Unless a
/// level link announces every tick, or the jitter of a clock depends on all ticks before.
void SliceRun::choose_used() {
    const bool all = !slice_.clamped || level_ || partition_.settings.clock.accumulate;
    used_.clear();
    silent_.clear();
    for (int i = 0; i < slice_.lanes(); ++i) {
        const auto at = static_cast<std::size_t>(i);
        const bool stuck = !slice_.stuck.empty() && slice_.stuck[at] == Stuck::at_one;
        if (all || stuck || input_.x[slice_.neurons[at]] > 0) {
            used_.push_back(i);
        } else {
            silent_.push_back(i);
        }
    }
    if (!slice_.clamped) return;
    std::fill(x_.begin(), x_.end(), 0.0f);
    for (std::size_t lane = 0; lane < used_.size(); ++lane)
        x_[lane] = input_.x[slice_.neurons[static_cast<std::size_t>(used_[lane])]];
}

/// Tick k of neuron i happens at max(previous + 1 unit, 0, nominal + jitter).
void SliceRun::start_clocks() {
    State& main = states_[0];
    const std::size_t lanes = main.sums.size();
    main.next.assign(lanes, never);
    main.nominal.assign(lanes, 0);
    periods_.assign(lanes, 0);
    for (std::size_t lane = 0; lane < used_.size(); ++lane) {
        const std::size_t i = place(static_cast<int>(lane));
        periods_[lane] = slice_.period[i];
        main.nominal[lane] = slice_.offset[i];
        const TickJitter& draws = *jitter_[0];
        const std::size_t draw = lane / panel_width * TickJitter::group_ticks * panel_width + lane % panel_width;
        const Duration jitter = draws.none() ? 0 : jitters_[draw];
        main.next[lane] = std::max<Time>(0, main.nominal[lane] + jitter);
        if (draws.accumulates()) main.nominal[lane] += jitter;
    }
    next_tick_ = never;
    for (std::size_t panel = 0; panel < main.panel_next.size(); ++panel) {
        const auto first = main.next.begin() + static_cast<std::ptrdiff_t>(panel * panel_width);
        main.panel_next[panel] = *std::min_element(first, first + panel_width);
        next_tick_ = std::min(next_tick_, main.panel_next[panel]);
    }
}

void SliceRun::enter(Branch branch) {
    branch_ = branch;
    now_ = &states_[index(branch)];
    const auto number = static_cast<std::uint32_t>(branch);
    const auto& settings = partition_.settings;
    auto& jitter = jitter_[index(branch)];
    jitter.emplace(settings.clock, input_.seed, input_.presentation, number);
    fates_.emplace(settings.link, input_.seed, input_.presentation, number);
    quantizer_noise_.emplace(input_.seed, input_.presentation, number);
    trace_.emplace(Trace::spike, input_.presentation, number);
    next_tick_ = never;
    for (const Time time : now_->panel_next) next_tick_ = std::min(next_tick_, time);
    jitters_.resize(now_->sums.size() * TickJitter::group_ticks);
    // Tick ticks + 1 is set already, as part of what a branch takes over; at the beginning its group is the same.
    for (int panel = 0; panel < static_cast<int>(now_->panel_next.size()); ++panel)
        prepare_ticks(panel, used_of(panel));
}

void SliceRun::fork(Branch branch, Time at, PopulationCounters& counters) {
    State& copy = states_[index(branch)];
    copy = states_[0];
    copy.forked_at = at;
    // What is in flight is there twice from now on. Of a population, its first slice counts for all (scope axon).
    if (slice_.first || partition_.settings.link.scope == Scope::synapse)
        counters[static_cast<std::size_t>(slice_.population)].duplicated += mailbox_.in_flight(copy.mailbox);
}

LaneSet SliceRun::used_of(int panel) const {
    const int lanes = std::min(static_cast<int>(used_.size()) - panel * panel_width, panel_width);
    return (LaneSet{1} << lanes) - 1;
}

/// For the four ticks that tick ticks + 2 of each of these lanes is among: draws jitter, and sees that the schedules
/// are tabulated so far.
void SliceRun::prepare_ticks(int panel, LaneSet lanes) {
    constexpr std::size_t draws = TickJitter::group_ticks * panel_width;
    const std::int32_t* ticks = now_->ticks.data() + panel * panel_width;
    std::uint32_t neurons[panel_width] = {}, groups[panel_width] = {}, last = 0;
    for_each_lane(lanes, [&](int lane) {
        neurons[lane] = neuron(panel * panel_width + lane);
        groups[lane] = static_cast<std::uint32_t>(ticks[lane] + 1) / TickJitter::group_ticks;
        last = std::max(last, groups[lane]);
    });
    const auto reached = (std::size_t{last} + 1) * TickJitter::group_ticks;
    if (table_->epsilon.size() < reached) {
        // This clock has outrun the common table.
        long_table_ = tabulate(model_, static_cast<std::int64_t>(2 * reached));
        table_ = &*long_table_;
    }
    Duration* out = jitters_.data() + static_cast<std::size_t>(panel) * draws;
    const TickJitter& jitter = *jitter_[index(branch_)];
    if (jitter.none()) return;
    if (lanes == used_of(panel)) return jitter.draw(neurons, groups, out);
    // The others have not used up theirs.
    Duration drawn[draws];
    jitter.draw(neurons, groups, drawn);
    for_each_lane(lanes, [&](int lane) {
        for (std::size_t i = static_cast<std::size_t>(lane); i < draws; i += panel_width) out[i] = drawn[i];
    });
}

/// How many ticks an input that is not simulated has done up to `until`, from the draws that could decide it.
std::int64_t SliceRun::silent_ticks(std::size_t i, Time until) const {
    const Duration period = slice_.period[i];
    const auto nominal = [&](std::int64_t tick) { return (tick - 1) * period + slice_.offset[i]; };
    const TickJitter& draws = *jitter_[index(branch_)];
    // No tick is before time 0, however early it is due.
    const Duration early = -draws.least(), late = std::max<Duration>(draws.greatest(), 0);
    // No tick above `most` can have happened, and all up to `sure` have, however they crowd each other.
    const std::int64_t most = until + early < slice_.offset[i] ? 0 : (until + early - slice_.offset[i]) / period + 1;
    if (draws.none()) return most;
    std::int64_t sure = most;
    while (sure > 0 && nominal(sure) + late + (most - sure) > until) --sure;
    // The tick that was pending when the branch began is part of what it took over.
    std::int64_t taken_over = std::numeric_limits<std::int64_t>::max();
    const bool forked = branch_ != Branch::main;
    if (forked && until > now_->forked_at) taken_over = silent_ticks(i, now_->forked_at) + 1;
    Time time = sure - 1;
    for (std::int64_t tick = sure + 1; tick <= most; ++tick) {
        const TickJitter& source = forked && tick <= taken_over ? *jitter_[0] : draws;
        time = std::max(
            time + 1, nominal(tick) + source.at(static_cast<std::uint32_t>(slice_.neuron(static_cast<int>(i))), tick));
        if (time > until) return tick - 1;
    }
    return most;
}

void SliceRun::end(Branch branch, Time end, PopulationCounters& counters) {
    assert(branch == branch_);
    static_cast<void>(branch);
    Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
    for (const std::int32_t i : silent_) {
        const auto at = static_cast<std::size_t>(i);
        counter.ticks += static_cast<std::uint64_t>(silent_ticks(at, end));
        if (branch_ != Branch::main) counter.ticks -= static_cast<std::uint64_t>(silent_ticks(at, now_->forked_at));
    }
    if (slice_.first || partition_.settings.link.scope == Scope::synapse)
        counter.expired += mailbox_.in_flight(now_->mailbox);
}

void SliceRun::begin_segment(Time from) {
    time_ = from;
    if (!slice_.clamped) mailbox_.begin(now_->mailbox, from);
}

void SliceRun::end_segment() {
    if (!slice_.clamped) mailbox_.flush(now_->mailbox, time_, now_->sums.data());
}

void SliceRun::advance(Time to, bool complete, Outbox& outbox, PopulationCounters& counters,
                       std::uint64_t& fingerprint) {
    assert(to > time_);
    outbox_ = &outbox;
    counters_ = &counters;
    fingerprint_ = 0;
    const bool by_lane = partition_.settings.link.scope == Scope::synapse;
    if (!slice_.clamped) {
        const auto arrived = static_cast<std::uint64_t>(mailbox_.open(now_->mailbox, time_, to));
        Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
        if (by_lane || slice_.first) counter.deliveries += arrived;
        if (!level_)
            counter.synaptic_operations += by_lane ? arrived : arrived * static_cast<std::uint64_t>(slice_.lanes());
    }
    next_tick_ = never;
    for (int panel = 0; panel < static_cast<int>(now_->panel_next.size()); ++panel) {
        Time& next = now_->panel_next[static_cast<std::size_t>(panel)];
        if (next <= to) advance_panel(panel, to, complete);
        next_tick_ = std::min(next_tick_, next);
    }
    if (!slice_.clamped) {
        if (by_lane) mailbox_.flush(now_->mailbox, to, now_->sums.data());
        mailbox_.tidy(std::min(next_tick_ - 1, to), now_->sums.data());
    }
    time_ = to;
    fingerprint += fingerprint_;
}

/// Rounds: in each, every neuron ticks once at most, with the sum of what has arrived up to its tick. A round in which
/// not all tick yet is put off while it can wait: nobody needs its bits sooner than the lookahead after they were sent.
void SliceRun::advance_panel(int panel, Time to, bool complete) {
    const LaneSet used = used_of(panel);
    const Time& next = now_->panel_next[static_cast<std::size_t>(panel)];
    while (next <= to) {
        const LaneSet lanes = ticking(now_->next.data() + panel * panel_width, to);
        if (!complete && lanes != used && next > to - patience_) return;
        if (!slice_.clamped) hear(panel, lanes);
        tick(panel, lanes);
        go_on(panel, lanes);
    }
}

/// Law 1: what arrives at the time of a tick comes before the tick.
void SliceRun::hear(int panel, LaneSet lanes) {
    const int first = panel * panel_width;
    mailbox_.hear(panel, now_->next.data() + first, lanes, now_->sums.data() + first);
    if (!level_) return;
    Counters& counter = (*counters_)[static_cast<std::size_t>(slice_.population)];
    for_each_lane(lanes, [&](int lane) {
        counter.synaptic_operations += static_cast<std::uint64_t>(mailbox_.ones(first + lane));
    });
}

/// One tick of each of these lanes.
void SliceRun::tick(int panel, LaneSet lanes) {
    State& state = *now_;
    const int first = panel * panel_width;
    PanelTick in;
    in.ticks = state.ticks.data() + first;
    in.table = table_;
    if (draws_noise(model_.quantizer)) {
        for_each_lane(lanes, [&](int lane) {
            noise_[static_cast<std::size_t>(lane)] =
                quantizer_noise_->at(neuron(first + lane), static_cast<std::uint64_t>(in.ticks[lane]) + 1);
        });
        in.noise = noise_.data();
    }
    if (slice_.clamped) {
        in.x = x_.data() + first;
    } else {
        in.sums = state.sums.data() + first;
        in.keeps_sums = level_;
        in.biases = slice_.afferents.biases() + first;
    }
    if (!y_.empty() && state.beta != 0) {
        in.y = y_.data() + first;
        in.two_beta = 2 * state.beta;
    }
    LaneSet fired = tick_panel(state.neurons, panel, model_, in, lanes);
    if (!slice_.stuck.empty()) fired = stick(panel, lanes, fired);
    (*counters_)[static_cast<std::size_t>(slice_.population)].ticks += static_cast<std::uint64_t>(count_of(lanes));
    emit(panel, lanes, fired);
}

/// A stuck neuron's output is stuck; its state evolves.
LaneSet SliceRun::stick(int panel, LaneSet lanes, LaneSet fired) const {
    for_each_lane(lanes, [&](int lane) {
        const Stuck stuck = slice_.stuck[place(panel * panel_width + lane)];
        if (stuck == Stuck::at_one) fired |= LaneSet{1} << lane;
        if (stuck == Stuck::at_zero) fired &= ~(LaneSet{1} << lane);
    });
    return fired;
}

/// The clocks of these lanes go on to their next ticks.
void SliceRun::go_on(int panel, LaneSet lanes) {
    State& state = *now_;
    const int first = panel * panel_width;
    const TickJitter& draws = *jitter_[index(branch_)];
    PanelClock clock{state.next.data() + first, state.nominal.data() + first, periods_.data() + first,
                     state.ticks.data() + first};
    if (!draws.none()) {
        clock.jitter = jitters_.data() + static_cast<std::ptrdiff_t>(first) * TickJitter::group_ticks;
        clock.accumulate = draws.accumulates();
    }
    const ClocksAdvanced advanced = advance_clocks(clock, lanes);
    state.panel_next[static_cast<std::size_t>(panel)] = advanced.earliest;
    if (advanced.drained != 0) prepare_ticks(panel, advanced.drained);
}

/// These lanes have ticked, and some of them fired.
void SliceRun::emit(int panel, LaneSet lanes, LaneSet fired) {
    if (!level_ && fired == 0) return;
    count_spikes(panel, fired);
    const bool by_lane = partition_.settings.link.scope == Scope::synapse;
    if (!level_ && !by_lane && fates_->none()) return send_pulses(panel, fired);
    const LaneSet senders = level_ ? lanes : fired;
    for (const Route& route : routes_) {
        if (!by_lane) {
            send_axons(panel, senders, fired, route);
            continue;
        }
        for_each_lane(senders, [&](int i) {
            const int lane = panel * panel_width + i;
            send_synapses(lane, now_->next[static_cast<std::size_t>(lane)], fired >> i & 1, route);
        });
    }
}

void SliceRun::count_spikes(int panel, LaneSet fired) {
    const int first = panel * panel_width;
    const Time* times = now_->next.data() + first;
    std::uint64_t sum = 0;
    for_each_lane(fired, [&](int lane) { sum += trace_->at(times[lane]) * spike_factors_[place(first + lane)]; });
    fingerprint_ += sum;
    (*counters_)[static_cast<std::size_t>(slice_.population)].spikes += static_cast<std::uint64_t>(count_of(fired));
    if (!counts_sent_) return;
    for_each_lane(fired, [&](int lane) {
        std::uint8_t& sent = now_->sent[static_cast<std::size_t>(first + lane)];
        sent = static_cast<std::uint8_t>(std::min(sent + 1, 255));
    });
}

/// Pulses of axons whose messages all share one fate: they arrive.
void SliceRun::send_pulses(int panel, LaneSet fired) {
    for (const Route& route : routes_) {
        (*counters_)[static_cast<std::size_t>(route.population)].messages +=
            static_cast<std::uint64_t>(count_of(fired));
        const Duration* latency = slice_.latency[route.number].data();
        for (const Route::Address& to : route.addresses) {
            if (to.near) {
                send_pulses_near(panel, fired, latency, to);
                continue;
            }
            for_each_lane(fired, [&](int i) {
                const std::size_t source = place(panel * panel_width + i);
                Message message;
                message.sent = now_->next[static_cast<std::size_t>(panel * panel_width + i)];
                message.at = arrival_time(message.sent, latency[source], 0);
                message.slice = to.slice;
                message.row = to.first_row + slice_.neurons[source];
                outbox_->send(message);
            });
        }
    }
}

void SliceRun::send_pulses_near(int panel, LaneSet fired, const Duration* latency, const Route::Address& to) {
    const Time* times = now_->next.data() + panel * panel_width;
    MailboxState& mailbox = to.near->now_->mailbox;
    for_each_lane(fired, [&](int lane) {
        const std::size_t source = place(panel * panel_width + lane);
        const Time at = arrival_time(times[lane], latency[source], 0);
        assert(at > to.near->time_);
        mailbox.pulses.add(at, to.first_row + slice_.neurons[source]);
    });
}

void SliceRun::send_axons(int panel, LaneSet lanes, LaneSet fired, const Route& route) {
    MessageFate fates[panel_width];
    if (!fates_->none()) draw_fates(panel, lanes, route.population, fates);
    for_each_lane(lanes, [&](int i) {
        const int lane = panel * panel_width + i;
        Message message;
        message.sent = now_->next[static_cast<std::size_t>(lane)];
        message.bit = fired >> i & 1;
        send_axon(lane, message, fates[i], route);
    });
}

/// Drawn together for lanes that have done as many ticks.
void SliceRun::draw_fates(int panel, LaneSet lanes, int population, MessageFate* fates) const {
    const std::int32_t* ticks = now_->ticks.data() + panel * panel_width;
    std::uint32_t sources[panel_width] = {}, targets[panel_width];
    for_each_lane(lanes, [&](int lane) { sources[lane] = neuron(panel * panel_width + lane); });
    std::fill(targets, targets + panel_width, static_cast<std::uint32_t>(population));
    while (lanes != 0) {
        const std::int32_t tick = ticks[std::countr_zero(lanes)];
        LaneSet together = 0;
        for_each_lane(lanes, [&](int lane) { together |= ticks[lane] == tick ? LaneSet{1} << lane : 0; });
        fates_->fates(sources, targets, std::int64_t{tick} + 1, together, fates);
        lanes &= ~together;
    }
}

void SliceRun::send(const Message& message, const Route::Address& to) {
    if (to.near) {
        assert(message.at > to.near->time_);
        to.near->receive(message);
    } else {
        outbox_->send(message);
    }
}

void SliceRun::send_axon(int lane, Message message, const MessageFate& fate, const Route& route) {
    Counters& counter = (*counters_)[static_cast<std::size_t>(route.population)];
    const std::size_t i = place(lane);
    counter.duplicated += static_cast<std::uint64_t>(fate.duplicated());
    counter.lost += static_cast<std::uint64_t>(fate.lost);
    ++counter.messages;
    const Duration latency = slice_.latency[route.number][i];
    for (int copy = 0; copy < fate.copies; ++copy) {
        message.copy = static_cast<std::uint8_t>(copy);
        message.at = arrival_time(message.sent, latency, fate.extra[copy]);
        for (const Route::Address& address : route.addresses) {
            message.slice = address.slice;
            message.row = address.first_row + slice_.neurons[i];
            send(message, address);
        }
    }
}

void SliceRun::send_synapses(int lane, Time at, bool bit, const Route& route) {
    Counters& counter = (*counters_)[static_cast<std::size_t>(route.population)];
    const std::int64_t tick = std::int64_t{now_->ticks[static_cast<std::size_t>(lane)]} + 1;
    std::uint32_t sources[panel_width], targets[panel_width] = {};
    std::fill(sources, sources + panel_width, neuron(lane));
    Message message;
    message.sent = at;
    message.bit = bit;
    for (const Route::Address& address : route.addresses) {
        const Slice& slice = partition_.slices[static_cast<std::size_t>(address.slice)];
        message.slice = address.slice;
        message.row = address.first_row + slice_.neurons[place(lane)];
        counter.messages += static_cast<std::uint64_t>(slice.lanes());
        for (int first = 0; first < slice.lanes(); first += panel_width) {
            const int count = std::min(slice.lanes() - first, panel_width);
            for (int i = 0; i < count; ++i) targets[i] = static_cast<std::uint32_t>(slice.neuron(first + i));
            Duration latencies[panel_width];
            synapse_latencies(partition_.settings.link, synapse_latency_, sources[0], targets, latencies);
            MessageFate fates[panel_width];
            if (!fates_->none()) fates_->fates(sources, targets, tick, (LaneSet{1} << count) - 1, fates);
            for (int i = 0; i < count; ++i) {
                counter.duplicated += static_cast<std::uint64_t>(fates[i].duplicated());
                counter.lost += static_cast<std::uint64_t>(fates[i].lost);
                message.lane = first + i;
                for (int copy = 0; copy < fates[i].copies; ++copy) {
                    message.copy = static_cast<std::uint8_t>(copy);
                    message.at = arrival_time(at, latencies[i], fates[i].extra[copy]);
                    send(message, address);
                }
            }
        }
    }
}

void SliceRun::take_sent(std::uint8_t* bits) {
    for (std::size_t lane = 0; lane < used_.size(); ++lane) {
        bits[slice_.neurons[static_cast<std::size_t>(used_[lane])]] = now_->sent[lane];
        now_->sent[lane] = 0;
    }
}

}  // namespace settle
