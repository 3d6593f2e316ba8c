#include "sim/engines/virtual/slice_run.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <numeric>
#include <string>

#include "core/error.hpp"

namespace settle {

SliceRun::SliceRun(const Partition& partition, const Slice& slice, const NeuronModel& model)
    : partition_(partition),
      slice_(slice),
      model_(model),
      level_(partition.settings.link.kind == Link::level),
      announces_(sends_every_tick(partition.settings.link.kind)),
      wide_(partition.settings.link.sums_are_wide()),
      fills_(partition.terminals.fills),
      synapse_latency_(synapse_latency_draws(partition.settings.device_seed)),
      mailbox_(slice, partition.settings.link, partition.terminals),
      sparse_mailbox_(slice, partition.settings.link, partition.terminals, window_ahead()),
      wire_mailbox_(slice, partition.settings.link.period) {
    for (int i = 0; i < slice.lanes(); ++i)
        spike_factors_.push_back(TraceKey::of(static_cast<std::uint64_t>(slice.neuron(i)), 1));
    tracts_.assign(slice.routes.size(), nullptr);
    for (const Route& route : slice.routes) {
        const bool tract = has_tract(partition, slice.population, route.population);
        near_.emplace_back(tract ? 0 : route.addresses.size(), nullptr);
    }
    states_[0].neurons = Population(slice.lanes(), model);
    const auto lanes = static_cast<std::size_t>(padded_size(slice.lanes()));
    if (slice.clamped) states_[0].clamped.x.resize(lanes);
    if (slice.population == partition.wiring.output()) states_[0].clamped.y.resize(lanes);
    noise_.resize(panel_width);
    annealed_.resize(panel_width);
    narrow_.resize(panel_width);
    if (partition.settings.link.scope != Scope::synapse) return;
    lanes_neurons_.assign(lanes, 0);
    duplicated_.assign(lanes / panel_width, 0);
    for (int i = 0; i < slice.lanes(); ++i)
        lanes_neurons_[static_cast<std::size_t>(i)] = static_cast<std::uint32_t>(slice.neuron(i));
}

/// The windows of two sums a lane; 0 where they would have to be much shorter than the lookahead.
Duration SliceRun::window_ahead() const {
    const Duration window = regular_window(partition_.settings.clock);
    return window >= std::min(partition_.lookahead, partition_.settings.clock.period / 4) ? window : 0;
}

void SliceRun::join(int number, SliceRun& run) {
    for (std::size_t r = 0; r < near_.size(); ++r) {
        const std::vector<Route::Address>& addresses = slice_.routes[r].addresses;
        for (std::size_t a = 0; a < addresses.size(); ++a) {
            if (addresses[a].slice != number) continue;
            near_[r].resize(addresses.size(), nullptr);
            near_[r][a] = &run;
        }
    }
}

void SliceRun::begin(const SliceInput& input) {
    input_ = input;
    table_ = input.annealing;
    notes_spikes_ = input.journal && input.journal->spikes();
    notes_messages_ = input.journal && input.journal->messages();
    // What they are may be another one for every plan.
    wires_ = says_once(partition_.settings.link, partition_.farthest) && !notes_messages_;
    patience_ = 0;
    if (wires_ || partition_.settings.link.scope == Scope::axon)
        patience_ =
            std::min({partition_.lookahead - 1, partition_.settings.clock.period / 4, mailbox_.longest_window() / 2});
    now_ = &states_[0];
    State& main = states_[0];
    main.clamped.data = input.x;
    main.clamped.replaced = main.clamped.resting = false;
    choose_used();
    fill_clamped(input.label);
    const auto lanes = static_cast<std::size_t>(padded_size(used()));
    main.neurons.size = used();
    main.neurons.reset();
    clear_sums(lanes);
    main.ticks.assign(lanes, 0);
    main.panel_next.assign(lanes / panel_width, never);
    main.sent.assign(lanes, 0);
    begin_links();
    main.beta = 0;
    main.forked_at = -1;
    main.conditions.reset();
    main.latency.clear();
    main.silenced.clear();
    main.links = -1;
    main.annealed_from.clear();
    on_their_way_.clear();
    enter(Branch::main);
    start_clocks();
}

/// What is sent and heard, when a presentation begins.
void SliceRun::begin_links() {
    State& main = states_[0];
    // Inputs hear nobody: theirs stays without a calendar, which is most of a small slice.
    if (!slice_.clamped) mailbox_.reset(main.mailbox);
    sparse_mailbox_.reset(main.sparse_mailbox);
    wire_mailbox_.reset(main.wires);
    const LinkSettings& link = partition_.settings.link;
    if (has_terminals(link.kind)) {
        main.parities.assign(main.panel_next.size(), 0);
        start_terminals(slice_.tick_zero);
    }
    main.chains.clear();
    // On a chip who sends the packets has the chains.
    if (link.burst <= 1 || slice_.core >= 0) return;
    for (const Route& route : slice_.routes) {
        std::size_t chains = static_cast<std::size_t>(slice_.lanes());
        if (link.scope == Scope::synapse)
            chains = route.listed ? route.reached.size()
                                  : chains * static_cast<std::size_t>(partition_.wiring.size(route.population));
        main.chains.emplace_back(chains, LossChain::none_yet);
    }
}

void SliceRun::start_terminals(const std::vector<Time>& tick_zero) {
    if (slice_.clamped) return;
    mailbox_.start_terminals(now_->mailbox, tick_zero);
    sparse_mailbox_.start_terminals(now_->sparse_mailbox, tick_zero);
}

/// A level or parity link announces every tick, and the jitter of a clock may depend on all ticks before.
bool SliceRun::uses_all() const {
    return !slice_.clamped || announces_ || partition_.settings.clock.accumulate || input_.jitter_changes;
}

/// Whether it may fire without a state of its own.
bool SliceRun::is_used(std::size_t place) const {
    const bool stuck = !slice_.stuck.empty() && slice_.stuck[place] == Stuck::at_one;
    return stuck || now_->clamped.data[slice_.neurons[place]] > 0;
}

/// Inputs at 0 never fire, so that only their clocks would tick: those are counted when the presentation ends. Unless
/// all are needed.
void SliceRun::choose_used() {
    const bool all = uses_all();
    Clamped& clamped = now_->clamped;
    clamped.used.clear();
    clamped.silent.clear();
    for (int i = 0; i < slice_.lanes(); ++i) {
        if (all || is_used(static_cast<std::size_t>(i))) {
            clamped.used.push_back(i);
        } else {
            clamped.silent.push_back({i, 0});
        }
    }
}

/// The data and the target of the lanes.
void SliceRun::fill_clamped(std::int32_t label) {
    Clamped& clamped = now_->clamped;
    std::fill(clamped.y.begin(), clamped.y.end(), 0.0f);
    for (int lane = 0; lane < (clamped.y.empty() ? 0 : used()); ++lane)
        clamped.y[static_cast<std::size_t>(lane)] = slice_.neurons[place(lane)] == label ? 1.0f : 0.0f;
    fill_data();
}

void SliceRun::fill_data() {
    Clamped& clamped = now_->clamped;
    std::fill(clamped.x.begin(), clamped.x.end(), 0.0f);
    for (int lane = 0; lane < (clamped.x.empty() ? 0 : used()); ++lane)
        clamped.x[static_cast<std::size_t>(lane)] = clamped.data[slice_.neurons[place(lane)]];
}

/// Tick k of neuron i happens at max(previous + 1 unit, 0, nominal + jitter).
void SliceRun::start_clocks() {
    State& main = states_[0];
    const std::size_t lanes = main.ticks.size();
    main.next.assign(lanes, never);
    main.nominal.assign(lanes, 0);
    main.periods.assign(lanes, 0);
    for (std::size_t lane = 0; lane < static_cast<std::size_t>(used()); ++lane) {
        const std::size_t i = place(static_cast<int>(lane));
        main.periods[lane] = slice_.period[i];
        main.nominal[lane] = slice_.offset[i];
        const TickJitter& draws = *jitter_[0];
        const std::size_t draw = lane / panel_width * TickJitter::group_ticks * panel_width + lane % panel_width;
        const Duration jitter = draws.none() ? 0 : jitters_[draw];
        main.next[lane] = std::max<Time>(0, main.nominal[lane] + jitter);
        if (draws.accumulates()) main.nominal[lane] += jitter;
    }
    note_next();
}

/// Of every panel the earliest tick, from those of its lanes.
void SliceRun::note_next() {
    next_tick_ = never;
    for (std::size_t panel = 0; panel < now_->panel_next.size(); ++panel) {
        const auto first = now_->next.begin() + static_cast<std::ptrdiff_t>(panel * panel_width);
        now_->panel_next[panel] = *std::min_element(first, first + panel_width);
        next_tick_ = std::min(next_tick_, now_->panel_next[panel]);
    }
}

void SliceRun::enter(Branch branch) {
    branch_ = branch;
    now_ = &states_[index(branch)];
    const auto number = static_cast<std::uint32_t>(branch);
    DeviceSettings settings = partition_.settings;
    if (now_->conditions) settings = under(settings, *now_->conditions);
    link_ = settings.link;
    latency_ = now_->latency.empty() ? &slice_.latency : &now_->latency;
    auto& jitter = jitter_[index(branch)];
    jitter.emplace(settings.clock, input_.seed, input_.presentation, number);
    fates_.emplace(settings.link, input_.seed, input_.presentation, number);
    quantizer_noise_.emplace(input_.seed, input_.presentation, number);
    trace_.emplace(Trace::spike, input_.presentation, number);
    mailbox_.use(slice_.heard(now_->links));
    sparse_mailbox_.use(slice_.heard(now_->links));
    wire_mailbox_.use(slice_.heard(now_->links));
    draws_delays_ = !fates_->none() || link_.latency != partition_.settings.link.latency;
    next_tick_ = never;
    for (const Time time : now_->panel_next) next_tick_ = std::min(next_tick_, time);
    lists_fired_ = lists_fired();
    jitters_.resize(now_->ticks.size() * TickJitter::group_ticks);
    numbers_.assign(now_->ticks.size(), 0);
    for (int lane = 0; lane < used(); ++lane) numbers_[static_cast<std::size_t>(lane)] = neuron(lane);
    // Tick ticks + 1 is set already, as part of what a branch takes over; at the beginning its group is the same.
    for (int panel = 0; panel < static_cast<int>(now_->panel_next.size()); ++panel)
        prepare_ticks(panel, used_of(panel));
}

void SliceRun::fork(Branch branch, Time at, PopulationCounters& counters) {
    State& copy = states_[index(branch)];
    copy = states_[0];
    copy.forked_at = at;
    if (branch_ != Branch::main) enter(Branch::main);
    for (Silent& one : copy.clamped.silent) one.counted = silent_clock(one.place).ticks(at);
    // What is in flight is there twice from now on.
    counters[static_cast<std::size_t>(slice_.population)].duplicated += in_flight(copy);
    if (traffic_) count_in_flight(copy, at, true);
    if (notes_messages_) note_fork(branch, at);
}

/// Messages on their way here that are counted here.
std::uint64_t SliceRun::in_flight(const State& state) const {
    return (counts_arrivals() ? mailbox_.in_flight(state.mailbox) : 0) +
           sparse_mailbox_.counted_in_flight(state.sparse_mailbox) + state.wires.in_flight;
}

/// For the four ticks that tick ticks + 2 of each of these lanes is among: draws jitter, and sees that the schedules
/// are tabulated so far.
void SliceRun::prepare_ticks(int panel, LaneSet lanes) {
    constexpr std::size_t draws = TickJitter::group_ticks * panel_width;
    const std::int32_t* ticks = now_->ticks.data() + panel * panel_width;
    const std::uint32_t* neurons = numbers_.data() + panel * panel_width;
    std::uint32_t groups[panel_width], last = 0;
    for (int lane = 0; lane < panel_width; ++lane) {
        groups[lane] = static_cast<std::uint32_t>(ticks[lane] + 1) / TickJitter::group_ticks;
        last = std::max(last, groups[lane]);
    }
    const std::int64_t reached = (std::int64_t{last} + 1) * TickJitter::group_ticks;
    if (table_->ticks < reached) {
        // This clock has outrun the common table.
        long_table_ = tabulate(model_, 2 * reached);
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

SilentClock SliceRun::silent_clock(std::int32_t place) const {
    const auto i = static_cast<std::size_t>(place);
    const bool forked = branch_ != Branch::main;
    return {slice_.period[i],
            slice_.offset[i],
            static_cast<std::uint32_t>(slice_.neuron(place)),
            &*jitter_[index(branch_)],
            forked ? &*jitter_[0] : nullptr,
            now_->forked_at};
}

void SliceRun::end(Branch branch, Time end, PopulationCounters& counters) {
    assert(branch == branch_);
    static_cast<void>(branch);
    count_silent(end, counters);
    counters[static_cast<std::size_t>(slice_.population)].expired += in_flight(*now_);
    if (traffic_) count_in_flight(*now_, end, false);
}

void SliceRun::count_silent(Time until, PopulationCounters& counters) {
    Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
    const TickJitter& jitter = *jitter_[index(branch_)];
    const Duration early = -jitter.least(), late = std::max<Duration>(jitter.greatest(), 0);
    for (Silent& one : now_->clamped.silent) {
        // Whoever asks at every period end mostly finds one tick more, whatever is drawn.
        const Duration period = slice_.period[static_cast<std::size_t>(one.place)];
        const Time due = one.counted * period + slice_.offset[static_cast<std::size_t>(one.place)];
        const bool one_more = due + late <= until && due + period > until + early;
        const std::int64_t ticks = one_more ? one.counted + 1 : silent_clock(one.place).ticks(until);
        counter.ticks += static_cast<std::uint64_t>(ticks - one.counted);
        one.counted = ticks;
    }
}

/// What comes over wires with a latency each, up to and including `to`.
void SliceRun::count_arrived(Time to, PopulationCounters& counters) {
    const std::uint64_t arrived = wire_mailbox_.take_arrived(now_->wires, to);
    Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
    counter.deliveries += arrived;
    counter.synaptic_operations += arrived;
}

void SliceRun::begin_segment(Time from) {
    time_ = from;
    if (!slice_.clamped) {
        mailbox_.begin(now_->mailbox, from);
        wire_mailbox_.begin(now_->wires, from);
    }
    sparse_mailbox_.begin(now_->sparse_mailbox);
}

void SliceRun::end_segment(PopulationCounters& counters) {
    if (slice_.clamped) return;
    if (wires_) count_arrived(time_, counters);
    with_sums([&](auto* sums) {
        mailbox_.flush(now_->mailbox, time_, sums);
        if (wires_) wire_mailbox_.flush(now_->wires, time_, sums);
    });
}

void SliceRun::advance(Time to, bool complete, Outbox& outbox, PopulationCounters& counters,
                       std::uint64_t& fingerprint) {
    assert(to > time_);
    outbox_ = &outbox;
    counters_ = &counters;
    fingerprint_ = 0;
    if (slice_.clamped) let_rest(counters);
    const bool by_lane = partition_.settings.link.scope == Scope::synapse;
    if (!slice_.clamped) {
        if (wires_) wire_mailbox_.open(now_->wires, to);
        const Opened arrived = wires_ ? Opened() : mailbox_.open(now_->mailbox, time_, to);
        Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
        Opened listed;
        with_sums([&](auto* sums) {
            listed = sparse_mailbox_.open(now_->sparse_mailbox, time_, to, next_tick_, now_->next.data(), sums);
        });
        counter.deliveries += (counts_arrivals() ? arrived.messages : 0) + listed.messages;
        if (!level_)
            counter.synaptic_operations +=
                (by_lane ? arrived.pulses : arrived.pulses * static_cast<std::uint64_t>(slice_.lanes())) +
                listed.pulses;
    }
    const bool together = takes_rounds_together();
    if (together) advance_together(to, complete);
    next_tick_ = never;
    for (int panel = 0; panel < static_cast<int>(now_->panel_next.size()); ++panel) {
        Time& next = now_->panel_next[static_cast<std::size_t>(panel)];
        if (next <= to && !together) advance_panel(panel, to, complete);
        next_tick_ = std::min(next_tick_, next);
    }
    send_fired();
    if (!slice_.clamped) {
        with_sums([&](auto* sums) {
            if (wires_) return wire_mailbox_.tidy(now_->wires, std::min(next_tick_ - 1, to), to, sums);
            if (by_lane) mailbox_.flush(now_->mailbox, to, sums);
            mailbox_.tidy(std::min(next_tick_ - 1, to), sums);
        });
        // Else it is enough to know at the end of a segment.
        if (wires_ && traffic_ && complete) count_arrived(to, counters);
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
        with_sums([&](auto* sums) {
            sparse_mailbox_.ticked(now_->sparse_mailbox, panel, lanes, now_->next.data() + panel * panel_width,
                                   sums + panel * panel_width);
        });
    }
}

/// Law 1: what arrives at the time of a tick comes before the tick.
void SliceRun::hear(int panel, LaneSet lanes) {
    const int first = panel * panel_width;
    const Time* next = now_->next.data() + first;
    with_sums([&](auto* sums) {
        if (wires_) {
            wire_mailbox_.hear(now_->wires, panel, next, lanes, sums + first);
        } else {
            mailbox_.hear(panel, next, lanes, sums + first);
        }
        sparse_mailbox_.hear(now_->sparse_mailbox, panel, lanes, sums + first);
    });
    if (!level_) return;
    Counters& counter = (*counters_)[static_cast<std::size_t>(slice_.population)];
    for_each_lane(lanes, [&](int lane) {
        counter.synaptic_operations += static_cast<std::uint64_t>(
            mailbox_.ones(first + lane) + sparse_mailbox_.ones(now_->sparse_mailbox, first + lane));
    });
}

/// One tick of each of these lanes.
void SliceRun::tick(int panel, LaneSet lanes) {
    State& state = *now_;
    const int first = panel * panel_width;
    PanelTick in;
    const std::int32_t* ticks = state.ticks.data() + first;
    in.ticks = state.annealed_from.empty() ? ticks : annealed(panel, lanes);
    in.table = table_;
    if (draws_noise(model_.quantizer)) {
        for_each_lane(lanes, [&](int lane) {
            noise_[static_cast<std::size_t>(lane)] =
                quantizer_noise_->at(neuron(first + lane), static_cast<std::uint64_t>(ticks[lane]) + 1);
        });
        in.noise = noise_.data();
    }
    if (slice_.clamped) {
        in.x = state.clamped.x.data() + first;
    } else {
        in.sums = wide_ ? narrow_sums(panel, lanes) : state.sums.data() + first;
        in.keeps_sums = level_ || wide_;
        in.biases = slice_.afferents.biases() + first;
    }
    if (!state.clamped.y.empty() && state.beta != 0) {
        in.y = state.clamped.y.data() + first;
        in.two_beta = 2 * state.beta;
    }
    LaneSet fired = tick_panel(state.neurons, panel, model_, in, lanes);
    if (!slice_.stuck.empty()) fired = stick(panel, lanes, fired);
    if (!state.silenced.empty()) fired &= ~state.silenced[static_cast<std::size_t>(panel)];
    (*counters_)[static_cast<std::size_t>(slice_.population)].ticks += static_cast<std::uint64_t>(count_of(lanes));
    emit(panel, lanes, fired);
}

void SliceRun::clear_sums(std::size_t lanes) {
    now_->sums.assign(wide_ ? 0 : lanes, 0);
    now_->wide_sums.assign(wide_ ? lanes : 0, 0);
}

/// Sums as they are where an int32 suffices, rounded to whole units of weight where terminals put in parts of pulses;
/// those of lanes that tick are cleared as PanelTick would.
std::int32_t* SliceRun::narrow_sums(int panel, LaneSet lanes) {
    constexpr std::int64_t limit = std::int64_t{1} << 31;
    std::int64_t* sums = now_->wide_sums.data() + panel * panel_width;
    for_each_lane(lanes, [&](int lane) {
        const std::int64_t sum = fills_ ? (sums[lane] + pulse_parts / 2) >> fill_bits : sums[lane];
        if (sum <= -limit || sum >= limit) diverge(panel * panel_width + lane, sum);
        narrow_[static_cast<std::size_t>(lane)] = static_cast<std::int32_t>(sum);
        if (!level_) sums[lane] = 0;
    });
    return narrow_.data();
}

void SliceRun::diverge(int lane, std::int64_t sum) const {
    const double u = static_cast<double>(sum) * weight_unit;
    const std::string name = partition_.wiring.population(slice_.population).name;
    throw runtime_failure("neuron " + std::to_string(slice_.neurons[place(lane)]) + " of layer " + name,
                          "diverged: what it hears between two of its ticks adds up to " + std::to_string(u),
                          "an absolute sum of less than 512; lower learning.rates or network.init_scale, or let fewer "
                          "bits come at once");
}

/// Ticks of these lanes since their annealing began.
const std::int32_t* SliceRun::annealed(int panel, LaneSet lanes) {
    for_each_lane(lanes, [&](int i) {
        const int lane = panel * panel_width + i;
        annealed_[static_cast<std::size_t>(i)] =
            now_->ticks[static_cast<std::size_t>(lane)] - now_->annealed_from[place(lane)];
    });
    return annealed_.data();
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
    const std::ptrdiff_t first = std::ptrdiff_t{panel} * panel_width;
    PanelClock clock = clocks();
    clock.next += first;
    clock.nominal += first;
    clock.period += first;
    clock.ticks += first;
    if (clock.jitter) clock.jitter += first * TickJitter::group_ticks;
    const ClocksAdvanced advanced = advance_clocks(clock, lanes);
    now_->panel_next[static_cast<std::size_t>(panel)] = advanced.earliest;
    if (advanced.drained != 0) prepare_ticks(panel, advanced.drained);
}

/// Of all panels.
PanelClock SliceRun::clocks() {
    State& state = *now_;
    const TickJitter& draws = *jitter_[index(branch_)];
    PanelClock clock{state.next.data(), state.nominal.data(), state.periods.data(), state.ticks.data()};
    if (!draws.none()) {
        clock.jitter = jitters_.data();
        clock.accumulate = draws.accumulates();
    }
    return clock;
}

void SliceRun::take_sent(std::uint8_t* bits) {
    const std::int32_t* places = now_->clamped.used.data();
    const std::int32_t* numbers = slice_.neurons.data();
    std::uint8_t* sent = now_->sent.data();
    const int lanes = used();
    for (int lane = 0; lane < lanes; ++lane) bits[numbers[places[lane]]] = sent[lane];
    std::fill_n(sent, lanes, std::uint8_t{0});
}

}  // namespace settle
