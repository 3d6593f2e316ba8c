// Virtual time as plainly as it can be written: one queue of events over the whole network, one neuron at a time. It
// obeys docs/design.md to the letter and judges the engine, with which it shares only what a neuron, a clock and a
// link are.
#pragma once

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <map>
#include <queue>
#include <tuple>
#include <vector>

#include "core/fingerprint.hpp"
#include "models/chip/packet_noise.hpp"
#include "models/neuron/neuron_panel.hpp"
#include "sim/engines/virtual/virtual_time.hpp"
#include "tests/sim/engines/virtual/plain_world.hpp"

namespace settle {

/// On a chip, where it is found elsewhere when a message, each copy by itself, reaches a target neuron; -1: never.
using PlainCarriage = std::function<Time(int presentation, Branch branch, const PlainEvent& message)>;

class PlainVirtual {
    template <class List>
    static auto& of(List& list, int i) {
        return list[static_cast<std::size_t>(i)];
    }

public:
    /// It draws the device itself. `seed`: of the noise.
    PlainVirtual(const Network& network, const NeuronModel& model, const DeviceSettings& device, std::uint64_t seed)
        : network_(network),
          model_(model),
          device_(device),
          seed_(seed),
          all_(network.wiring.neurons()),
          clocks_(draw_clocks(device.clock, all_, device.device_seed)),
          faults_(draw_faults(device.faults, all_, device.device_seed)),
          table_(tabulate(model, 4096)) {
        for (int l = 0; l < network.wiring.populations(); ++l)
            population_.insert(population_.end(),
                               static_cast<std::size_t>(network.wiring.sizes()[static_cast<std::size_t>(l)]), l);
    }

    /// The most that a neuron has ticked in one period: tests want to know that clocks did crowd.
    int most_ticks_a_period = 0;
    /// How often bits arrived at the very time of a tick of their target, or at a period end.
    std::int64_t ties = 0;
    /// On a chip; its counters of messages and its `messages` then mean nothing.
    PlainCarriage carriage;
    /// Every spike and every message of all runs, in the order in which their ends are known; times in units.
    std::vector<PlainSpike> spikes;
    std::vector<PlainMessage> messages;

    /// `rows`, if given: one block a branch, in the order of presentations, then of branches.
    Outcome run(const Plan& plan, const Minibatch& minibatch, std::vector<TickRows>* rows = nullptr) {
        minibatch_ = &minibatch;
        outcome_ = Outcome(plan, network_.wiring, minibatch.batch());
        outcome_.traffic.resize(outcome_.counters.size());
        outcome_.efforts.resize(outcome_.answers.size());
        weights_.clear();
        add_weights(draw_dead_links(faults_, network_));
        for (std::size_t i = 0; plan.tables && i < plan.tables->dead.size(); ++i) add_weights(plan.tables->dead[i]);
        for (index_ = 0; index_ < minibatch.batch(); ++index_) {
            plan_ = &minibatch.plan(index_, plan);
            before_ = effort();
            present(rows);
        }
        return outcome_;
    }

private:
    int place(int neuron) const { return neuron - network_.wiring.first_neuron(of(population_, neuron)); }
    std::int32_t weight(const PlainWorld& world, int a, int b) const {
        return of(weights_, world.links + 1)[static_cast<std::size_t>(a * all_ + b)];
    }
    /// How many links join two neurons, whatever they weigh.
    std::uint8_t links(int a, int b) const { return links_[static_cast<std::size_t>(a * all_ + b)]; }
    /// (neurons x neurons) sums of round(w 2^22), symmetric; dead links weigh nothing.
    void add_weights(const DeadLinks& dead) {
        std::vector<std::int32_t>& weights = weights_.emplace_back(static_cast<std::size_t>(all_ * all_));
        links_.assign(weights.size(), 0);
        for (int k = 0; k < network_.wiring.projections(); ++k) {
            const ProjectionSpec& spec = network_.wiring.projection(k);
            const int pre = network_.wiring.first_neuron(spec.pre), post = network_.wiring.first_neuron(spec.post);
            const Projection& projection = of(network_.projections, k);
            std::vector<std::int32_t> joined(weights.size());
            projection.visit_links([&](int i, int j, float w) {
                of(joined, (pre + i) * all_ + post + j) = static_cast<std::int32_t>(std::lrint(w * 0x1p22f));
                ++of(links_, (pre + i) * all_ + post + j);
                ++of(links_, (post + j) * all_ + pre + i);
            });
            // Found once more, by those who say what is dead.
            for (int i = 0; i < network_.wiring.size(spec.pre); ++i) {
                projection.visit_row(false, i, mask_of(dead, k), [&](int j, float w) {
                    if (spec.lateral() && j < i) return;
                    std::int32_t& weight = of(joined, (pre + i) * all_ + post + j);
                    if (w == 0) weight = 0;
                    of(weights, (pre + i) * all_ + post + j) += weight;
                    of(weights, (post + j) * all_ + pre + i) += weight;
                });
            }
        }
    }
    bool level() const { return device_.link.kind == Link::level; }
    bool parity() const { return device_.link.kind == Link::parity || device_.link.kind == Link::parity_held || two(); }
    /// The tick's parity is sent, too.
    bool two() const { return device_.link.kind == Link::parity_2 || device_.link.kind == Link::parity_2_held; }
    bool held() const { return device_.link.kind == Link::parity_held || device_.link.kind == Link::parity_2_held; }
    /// Of a pulse, if terminals put in parts.
    int parts() const { return held() ? 8 : 1; }
    std::uint64_t presentation() const { return of(minibatch_->presentations, index_); }

    void present(std::vector<TickRows>* rows) {
        PlainWorld worlds[branches];
        TickRows recorded[branches];
        std::int64_t reached[branches] = {};
        begin(worlds[0]);
        for (const Instant& instant : plan_->instants) {
            const auto acts = static_cast<std::size_t>(branch_before(instant));
            for (std::int64_t& period = reached[acts]; period < period_of(instant);)
                pass_period(worlds[acts], ++period, recorded[acts]);
            if (const auto* fork = std::get_if<Fork>(&instant)) {
                const auto own = static_cast<std::size_t>(fork->branch);
                worlds[own] = worlds[0];
                worlds[own].branch = fork->branch;
                count_in_flight(worlds[0], &Counters::duplicated);
                if (carriage) carry_on(worlds[own], fork->period * plan_->period);
                recorded[own].branch = fork->branch;
                reached[own] = fork->period;
            } else {
                act(instant, worlds[acts]);
            }
        }
        for (TickRows& block : recorded) {
            block.presentation = index_;
            if (rows && block.rows > 0) rows->push_back(block);
        }
    }

    void begin(PlainWorld& world) {
        world.device = device_;
        world.x = minibatch_->x.data() + index_ * padded_size(network_.wiring.sizes()[0]);
        world.label = of(minibatch_->labels, index_);
        world.silenced.resize(static_cast<std::size_t>(all_));
        for (const int size : network_.wiring.sizes()) world.populations.emplace_back(size, model_);
        const auto all = static_cast<std::size_t>(all_);
        world.next.resize(all);
        world.nominal.resize(all);
        world.ticks.resize(all);
        world.annealed_from.resize(all);
        world.sums.resize(all);
        world.sent.resize(all);
        world.fired.resize(all);
        world.holds.assign(all, std::vector<std::uint8_t>(all));
        start_terminals(world);
        for (int i = 0; i < all_; ++i) schedule(world, i, -1);
    }

    /// Tick 0, which nobody has heard, arrives as if there were no jitter.
    void start_terminals(PlainWorld& world) {
        if (!parity()) return;
        world.terminals.assign(static_cast<std::size_t>(all_),
                               std::vector<PlainTerminal>(static_cast<std::size_t>(all_)));
        const LinkSettings& link = world.device.link;
        for (int i = 0; i < all_; ++i) {
            for (int j = 0; j < all_; ++j) {
                const auto a = static_cast<std::uint32_t>(i);
                const Duration latency =
                    carriage ? soma_latency(link, device_.device_seed, a)
                    : link.scope == Scope::axon
                        ? axon_latency(link, device_.device_seed, a, static_cast<std::uint32_t>(of(population_, j)))
                        : synapse_latency(link, device_.device_seed, a, static_cast<std::uint32_t>(j));
                of(of(world.terminals, j), i).last = clocks_.nominal(a, 0) + latency;
            }
        }
    }

    /// The tick after the one at `previous`: at max(previous + 1 unit, 0, nominal + jitter).
    void schedule(PlainWorld& world, int i, Time previous) {
        const ClockSettings& clock = world.device.clock;
        const std::int32_t tick = of(world.ticks, i) + 1;
        const TickJitter draws(clock, seed_, presentation(), static_cast<std::uint32_t>(world.branch));
        const Duration jitter = draws.at(static_cast<std::uint32_t>(i), tick);
        Time& nominal = of(world.nominal, i);
        nominal = tick == 1 ? of(clocks_.offset, i) : nominal + of(clocks_.period, i);
        const Time due = nominal + jitter;
        if (clock.accumulate) nominal = due;
        of(world.next, i) = std::max({previous + 1, Time{0}, due});
        PlainEvent event;
        event.at = of(world.next, i);
        event.tick = true;
        event.source = i;
        world.queue.push(event);
    }

    /// The population that a message is addressed to.
    int addressed(const PlainEvent& message) const {
        return device_.link.scope == Scope::axon ? message.target : of(population_, message.target);
    }

    void note(const PlainWorld& world, const PlainEvent& message, MessageEnd end) {
        const std::int64_t arrived = end == MessageEnd::delivered ? message.at : -1;
        messages.push_back(
            {index_,
             world.branch,
             {message.sent, arrived, message.source, message.number, message.target, 0, message.copy, end}});
    }

    void count_in_flight(const PlainWorld& world, std::uint64_t Counters::*counter) {
        for (auto queue = world.queue; !queue.empty(); queue.pop()) {
            if (!queue.top().tick && queue.top().fill == 0) of(outcome_.counters, addressed(queue.top())).*counter += 1;
        }
    }

    /// All that happens up to and including the end of a period.
    void pass_period(PlainWorld& world, std::int64_t period, TickRows& recorded) {
        const std::vector<std::int32_t> before = world.ticks;
        while (world.queue.top().at <= period * plan_->period) {
            const PlainEvent event = world.queue.top();
            world.queue.pop();
            event.tick ? tick(world, event) : event.fill > 0 ? miss(world, event) : deliver(world, event);
        }
        for (int i = 0; i < all_; ++i)
            most_ticks_a_period = std::max(most_ticks_a_period, of(world.ticks, i) - of(before, i));
        for (int l = 1; l < network_.wiring.populations(); ++l) {
            const float* s = of(world.populations, l).memory.s.data();
            recorded.states.insert(recorded.states.end(), s, s + of(network_.wiring.sizes(), l));
        }
        recorded.bits.insert(recorded.bits.end(), world.sent.begin(), world.sent.end());
        ++recorded.rows;
        std::fill(world.sent.begin(), world.sent.end(), std::uint8_t{0});
        if (world.branch != Branch::main || period > plan_->free) return;
        of(outcome_.efforts, static_cast<int>(index_ * outcome_.periods + period - 1)) = effort() - before_;
        const float* s = of(world.populations, network_.wiring.output()).memory.s.data();
        of(outcome_.answers, static_cast<int>(index_ * outcome_.periods + period - 1)) =
            static_cast<std::int32_t>(std::max_element(s, s + network_.wiring.size(network_.wiring.output())) - s);
    }

    /// All that has been counted.
    Effort effort() const {
        Effort sum;
        for (const Traffic& one : outcome_.traffic) sum.traffic += one;
        for (const Counters& one : outcome_.counters) sum += {one.ticks, one.spikes, one.synaptic_operations, {}};
        return sum;
    }

    void act(const Instant& instant, PlainWorld& world) {
        const auto* sample = std::get_if<Sample>(&instant);
        const auto* reading = std::get_if<Reading>(&instant);
        if (const auto* nudge = std::get_if<Nudge>(&instant)) world.beta = nudge->beta;
        if (std::holds_alternative<End>(instant)) {
            count_in_flight(world, &Counters::expired);
            for (auto queue = world.queue; !queue.empty(); queue.pop()) {
                if (!queue.top().tick && queue.top().fill == 0) note(world, queue.top(), MessageEnd::expired);
            }
        }
        if (const auto* present = std::get_if<Present>(&instant)) {
            const std::size_t row = minibatch_->next(index_, present->input);
            world.x =
                minibatch_->next_x.data() + static_cast<std::ptrdiff_t>(row) * padded_size(network_.wiring.sizes()[0]);
            world.label = minibatch_->next_labels[row];
        }
        const auto* restart = std::get_if<Restart>(&instant);
        if (restart || (std::holds_alternative<Present>(instant) && model_.announced())) {
            for (int l = 0; l < network_.wiring.populations(); ++l) {
                if (restart && restart->population >= 0 && restart->population != l) continue;
                of(world.populations, l).restart_annealing();
                for (int i = 0; i < all_; ++i) {
                    if (of(population_, i) == l) of(world.annealed_from, i) = of(world.ticks, i);
                }
            }
        }
        if (const auto* alter = std::get_if<Alter>(&instant)) {
            world.device = under(device_, of(plan_->tables->conditions, alter->conditions));
            if (alter->period == 0) {
                world.queue = {};
                for (int i = 0; i < all_; ++i) schedule(world, i, -1);
                start_terminals(world);
            }
        }
        if (const auto* silence = std::get_if<Silence>(&instant)) {
            world.silenced.assign(static_cast<std::size_t>(all_), false);
            if (silence->neurons >= 0) {
                for (const std::int32_t i : of(plan_->tables->silent, silence->neurons))
                    world.silenced[static_cast<std::size_t>(i)] = true;
            }
        }
        if (const auto* sever = std::get_if<Sever>(&instant)) world.links = sever->links;
        if (!sample && !reading) return;
        BatchStates* slot = &of(outcome_.reads, sample ? sample->slot : reading->slot);
        const TraceKey key(Trace::state, presentation(), static_cast<std::uint32_t>(branch_before(instant)));
        for (int i = network_.wiring.sizes()[0]; i < all_; ++i) {
            float& value = slot->of(of(population_, i), index_)[place(i)];
            if (sample) {
                value += of(of(world.populations, of(population_, i)).memory.s, place(i));
            } else {
                if (reading->samples > 1) value /= static_cast<float>(reading->samples);
                outcome_.fingerprint +=
                    key.state(reading->period * plan_->period, static_cast<std::uint64_t>(i), value);
            }
        }
        const std::ptrdiff_t padded = padded_size(network_.wiring.sizes()[0]);
        std::copy_n(world.x, padded, slot->of(0, index_));
    }

    void deliver(PlainWorld& world, const PlainEvent& event) {
        ++of(outcome_.counters, addressed(event)).deliveries;
        ++of(outcome_.traffic, of(population_, event.source)).decodes;
        note(world, event, MessageEnd::delivered);
        const bool axon = device_.link.scope == Scope::axon;
        const int first = axon ? network_.wiring.first_neuron(event.target) : event.target;
        const int end = axon ? first + of(network_.wiring.sizes(), event.target) : first + 1;
        for (int target = first; target < end; ++target) {
            ties += of(world.next, target) == event.at || event.at % plan_->period == 0;
            if (level()) {
                of(of(world.holds, target), event.source) = event.bit;
            } else if (parity()) {
                hear(world, event, target);
            } else {
                of(world.sums, target) += weight(world, event.source, target);
                of(outcome_.counters, addressed(event)).synaptic_operations += links(event.source, target);
            }
        }
    }

    /// Ticks of the source since the last news; 0: this is none.
    std::int64_t ticks_since(const PlainTerminal& terminal, const PlainEvent& event) const {
        const Duration p = device_.link.period, d = event.at - terminal.last;
        if (two()) {
            std::int64_t n = event.odd != terminal.odd ? 1 : 0;
            while (std::abs((n + 2) * p - d) < std::abs(n * p - d)) n += 2;
            return n;
        }
        if (2 * d < p && event.bit == terminal.parity) return 0;
        std::int64_t n = 1;
        while (n < 15 && 2 * (n + 1) * p <= 2 * d + p) ++n;
        return n;
    }

    void hear(PlainWorld& world, const PlainEvent& event, int target) {
        PlainTerminal& terminal = of(of(world.terminals, target), event.source);
        const std::int64_t n = ticks_since(terminal, event);
        if (n == 0) return;
        const int b = event.bit != terminal.parity ? 1 : 0;
        std::int64_t m = n == 1 ? b : -1;
        for (std::int64_t c = 0; n > 1 && c <= n; ++c) {
            const float expected = static_cast<float>(n) * terminal.estimate;
            if (c % 2 != b) continue;
            if (m < 0 || std::abs(static_cast<float>(c) - expected) < std::abs(static_cast<float>(m) - expected)) m = c;
        }
        for (std::int64_t i = 0; i < n; ++i) {
            terminal.mean_of = std::min(terminal.mean_of + 1, 255);
            const float rate =
                held() ? std::max(1.0f / static_cast<float>(terminal.mean_of), 0.25f * event.lambda) : event.lambda;
            const float kept = (1 - rate) * terminal.estimate;
            terminal.estimate = kept + rate * (static_cast<float>(m) / static_cast<float>(n));
        }
        terminal.parity = event.bit;
        terminal.odd = event.odd;
        terminal.last = event.at;
        ++terminal.heard;
        add(world, event.source, target, static_cast<int>(m) * parts() - terminal.filled);
        terminal.filled = 0;
        if (held()) await(world, event.source, target, 1);
    }

    /// How long after the last news tick `number` since then counts as missed: when its message, however slow its clock
    /// and however much jitter says, must have come, or any would be taken for that of a later tick.
    Duration missed_after(int number) const {
        const Duration p = device_.link.period, taken = number * p + p / (two() ? 1 : 2);
        // In queues they wait for any time.
        if (device_.clock.accumulate || carriage) return taken;
        std::vector<Conditions> all = {conditions_of(device_)};
        if (plan_->tables) all.insert(all.end(), plan_->tables->conditions.begin(), plan_->tables->conditions.end());
        Duration late = 0, early = 0, slow = 0, fast = 0;
        for (const Conditions& one : all) {
            late = std::max(late, one.jitter.greatest_time());
            early = std::min(early, one.jitter.least_time());
            slow = std::max(slow, one.latency_jitter.greatest_time());
            fast = std::min(fast, one.latency_jitter.least_time());
        }
        const Duration slowest = std::llround(static_cast<double>(p) * (1 + device_.clock.drift.greatest()));
        return std::min(taken, number * slowest + late - early + slow - fast);
    }

    /// The terminal will miss tick `number` since the last news, unless it hears something.
    void await(PlainWorld& world, int source, int target, int number) const {
        const PlainTerminal& terminal = of(of(world.terminals, target), source);
        PlainEvent event;
        event.at = terminal.last + missed_after(number);
        event.source = source;
        event.target = target;
        event.fill = number;
        event.of = terminal.heard;
        world.queue.push(event);
    }

    void miss(PlainWorld& world, const PlainEvent& event) {
        PlainTerminal& terminal = of(of(world.terminals, event.target), event.source);
        if (terminal.heard != event.of) return;
        const int expected = static_cast<int>(std::floor(terminal.estimate * 8 + 0.5f));
        if (event.fill <= 15) terminal.filled += expected;
        add(world, event.source, event.target, expected);
        await(world, event.source, event.target, event.fill + 1);
    }

    void add(PlainWorld& world, int source, int target, int parts_of_pulses) {
        of(world.sums, target) += std::int64_t{weight(world, source, target)} * parts_of_pulses;
        const int whole = (std::abs(parts_of_pulses) + parts() - 1) / parts();
        of(outcome_.counters, of(population_, target)).synaptic_operations +=
            static_cast<std::uint64_t>(links(source, target) * whole);
    }

    /// What the neuron hears now; level links: the sum of all bits that it holds.
    std::int32_t heard(PlainWorld& world, int i) {
        if (!level()) {
            const double whole = std::floor(static_cast<double>(of(world.sums, i)) / parts() + 0.5);
            REQUIRE(std::abs(whole) < 0x1p31);
            return static_cast<std::int32_t>(whole);
        }
        std::int32_t sum = 0;
        for (int source = 0; source < all_; ++source) {
            if (!of(of(world.holds, i), source)) continue;
            sum += weight(world, source, i);
            of(outcome_.counters, of(population_, i)).synaptic_operations += links(source, i);
        }
        return sum;
    }

    void tick(PlainWorld& world, const PlainEvent& event) {
        const int i = event.source, l = of(population_, i), lane = place(i) % panel_width;
        alignas(64) std::int32_t ticks[panel_width] = {}, sums[panel_width] = {};
        alignas(64) float noise[panel_width] = {}, b[panel_width] = {}, x[panel_width] = {}, y[panel_width] = {};
        const auto t = static_cast<std::uint32_t>(of(world.ticks, i)) + 1;
        const Stream draws(seed_, Purpose::quantizer, presentation(), static_cast<std::uint32_t>(world.branch));
        ticks[lane] = of(world.ticks, i) - of(world.annealed_from, i);
        noise[lane] = unit_float(draws.block(static_cast<std::uint32_t>(i), t)[0]);
        PanelTick in{ticks, &table_};
        in.noise = noise;
        if (l == 0) {
            x[lane] = world.x[i];
            in.x = x;
        } else {
            sums[lane] = heard(world, i);
            b[lane] = of(of(network_.biases, l), place(i));
            in.sums = sums;
            in.biases = b;
        }
        if (l == network_.wiring.output() && world.beta != 0) {
            y[lane] = place(i) == world.label ? 1.0f : 0.0f;
            in.y = y;
            in.two_beta = 2 * world.beta;
        }
        bool bit =
            tick_panel_reference(of(world.populations, l), place(i) / panel_width, model_, in, LaneSet{1} << lane) != 0;
        if (!faults_.stuck.empty() && of(faults_.stuck, i) != Stuck::no) bit = of(faults_.stuck, i) == Stuck::at_one;
        bit = bit && !world.silenced[static_cast<std::size_t>(i)];
        of(world.sums, i) = 0;
        ++of(world.ticks, i);
        ++of(outcome_.counters, l).ticks;
        if (bit) {
            ++of(outcome_.counters, l).spikes;
            spikes.push_back({index_, world.branch, {event.at, i}});
            of(world.sent, i) = static_cast<std::uint8_t>(std::min(of(world.sent, i) + 1, 255));
            const TraceKey key(Trace::spike, presentation(), static_cast<std::uint32_t>(world.branch));
            outcome_.fingerprint += key.spike(event.at, static_cast<std::uint64_t>(i));
        }
        const bool announces = bit || level() || parity();
        if (announces && is_heard(world, i)) ++of(outcome_.traffic, l).encodes;
        PlainEvent said = event;
        said.bit = bit;
        said.number = of(world.ticks, i);
        if (parity()) {
            of(world.fired, i) ^= static_cast<std::uint8_t>(bit);
            said.bit = of(world.fired, i) != 0;
            said.odd = said.number % 2 == 1;
            const float counter = model_.variant(false).restarts ? of(of(world.populations, l).memory.counter, place(i))
                                                                 : static_cast<float>(ticks[lane] + 1);
            said.lambda = model_.lambda ? schedule_value(*model_.lambda, static_cast<std::int64_t>(counter)) : 0.125f;
        }
        for (int target = 0; target < network_.wiring.populations() && announces; ++target) {
            const std::vector<int>& heard = network_.wiring.heard_by(target);
            if (std::find(heard.begin(), heard.end(), l) != heard.end()) send(world, said, target);
        }
        schedule(world, i, event.at);
    }

    /// Whether a link that lives, and has a weight, leads from a neuron to one that listens.
    bool is_heard(const PlainWorld& world, int i) const {
        for (int to = network_.wiring.size(0); to < all_; ++to) {
            if (weight(world, i, to) != 0) return true;
        }
        return false;
    }

    /// A branch has begun, and what is on its way in it arrives as its own queues let it.
    void carry_on(PlainWorld& world, Time from) {
        decltype(world.queue) kept;
        for (; !world.queue.empty(); world.queue.pop()) {
            if (world.queue.top().tick || world.queue.top().fill > 0) kept.push(world.queue.top());
        }
        world.queue = kept;
        for (PlainEvent message : world.said) {
            message.at = carriage(index_, world.branch, message);
            if (message.at > from) world.queue.push(message);
        }
    }

    void carry(PlainWorld& world, const PlainEvent& tick, int population) {
        const int first = network_.wiring.first_neuron(population);
        for (int target = first; target < first + of(network_.wiring.sizes(), population); ++target) {
            for (std::uint8_t copy = 0; copy < 2 && links(tick.source, target) > 0; ++copy) {
                PlainEvent message = tick;
                message.tick = false;
                message.sent = tick.at;
                message.target = target;
                message.copy = copy;
                world.said.push_back(message);
                message.at = carriage(index_, world.branch, message);
                if (message.at >= 0) world.queue.push(message);
            }
        }
    }

    void send(PlainWorld& world, const PlainEvent& tick, int population) {
        if (carriage) return carry(world, tick, population);
        const LinkSettings& link = world.device.link;
        const auto source = static_cast<std::uint32_t>(tick.source);
        const bool axon = link.scope == Scope::axon;
        const MessageNoise fates(link, seed_, presentation(), static_cast<std::uint32_t>(world.branch));
        const int first = network_.wiring.first_neuron(population), size = of(network_.wiring.sizes(), population);
        for (int n = 0; n < (axon ? 1 : size); ++n) {
            const int target = axon ? population : first + n;
            if (!axon && links(tick.source, target) == 0) continue;
            const auto to = static_cast<std::uint32_t>(target);
            const Duration latency = axon ? axon_latency(link, device_.device_seed, source, to)
                                          : synapse_latency(link, device_.device_seed, source, to);
            const MessageFate fate = fates.fate(source, to, of(world.ticks, tick.source),
                                                link.burst > 1 ? &world.chains[{tick.source, target}] : nullptr);
            Counters& counters = of(outcome_.counters, population);
            ++counters.messages;
            counters.lost += static_cast<std::uint64_t>(fate.lost);
            counters.duplicated += static_cast<std::uint64_t>(fate.duplicated());
            int passed = 0;
            for (int copy = 0; copy <= fate.duplicated(); ++copy) {
                const bool first_lost = fate.original_lost;
                const bool lost = copy == 0 ? first_lost : fate.lost - (first_lost ? 1 : 0) > 0;
                PlainEvent message = tick;
                message.at = 0;
                message.tick = false;
                message.sent = tick.at;
                message.target = target;
                message.copy = static_cast<std::uint8_t>(copy);
                if (lost) {
                    note(world, message, MessageEnd::lost);
                    continue;
                }
                message.at = std::max(tick.at + 1, tick.at + latency + fate.extra[passed++]);
                world.queue.push(message);
            }
        }
    }

    const Network& network_;
    const NeuronModel model_;
    const DeviceSettings device_;
    const std::uint64_t seed_;
    const int all_;
    const Clocks clocks_;
    const Faults faults_;
    const AnnealingTable table_;
    std::vector<int> population_;                     ///< (neurons)
    std::vector<std::vector<std::int32_t>> weights_;  ///< (1 + PlanTables::dead) those that live
    std::vector<std::uint8_t> links_;                 ///< (neurons x neurons)
    const Plan* plan_ = nullptr;
    const Minibatch* minibatch_ = nullptr;
    int index_ = 0;  ///< presentation
    Effort before_;  ///< counted before the presentation
    Outcome outcome_;
};

}  // namespace settle
