#include "sim/runs/session/present.hpp"

#include <algorithm>
#include <mutex>
#include <span>
#include <tuple>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"
#include "models/theory/energy.hpp"
#include "sim/data/given_data.hpp"
#include "sim/runs/session/assembly.hpp"
#include "sim/runs/session/evaluation.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/runs/session/script.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

/// As if it ended where presentations do.
void cut_short(Event& event, std::int64_t end) {
    event.in_training = event.in_validation = false;
    std::visit(
        [&](auto& action) {
            if constexpr (requires { action.until; }) {
                if (action.until && std::get<AtPeriod>(*action.until).period > end) action.until.reset();
            }
            if constexpr (requires { action.over; })
                action.over = std::min(action.over, end - std::get<AtPeriod>(event.at).period);
        },
        event.action);
}

/// Of samples without labels nobody knows where to nudge.
void refuse_nudges(const std::vector<Event>& events) {
    for (const Event& event : events) {
        if (std::holds_alternative<NudgeAction>(event.action))
            throw Error(Blame::input, {problem_at(event.place, "events.action",
                                                  "nudges towards labels, which the samples do not have",
                                                  "samples with labels, or no nudge")});
    }
}

/// The scenario of looking alone.
Scenario looking(const Scenario& scenario, bool labelled) {
    Scenario looks = scenario;
    looks.task = Task::infer;
    looks.learning.beta_sign = default_beta_sign(Task::infer);
    looks.learning.rates.clear();
    looks.phases.splitstream = false;
    looks.data = {};
    looks.record = {};
    // Of what happens in other presentations, or after the end of these, nothing is seen.
    const std::int64_t end = looks.phases.free;
    std::erase_if(looks.events, [&](const Event& event) {
        return !event.within_presentations() || !event.in_test || std::get<AtPeriod>(event.at).period >= end;
    });
    if (!labelled) refuse_nudges(looks.events);
    for (Event& event : looks.events) cut_short(event, end);
    check_scenario(looks);
    // But whom an event hits may depend on the others.
    looks.events = scenario.events;
    looks.data.test = 1;  // some: there is no other part
    return looks;
}

/// Samples first … of the set; those without labels are not nudged, and any will do.
Minibatch minibatch_of(const Samples& samples, std::int64_t first, std::int64_t count) {
    Minibatch minibatch;
    const auto inputs = static_cast<std::size_t>(samples.inputs);
    const auto padded = static_cast<std::size_t>(padded_size(samples.inputs));
    minibatch.x.resize(static_cast<std::size_t>(count) * padded);
    for (std::int64_t i = first; i < first + count; ++i) {
        samples.copy_to(i, std::span(minibatch.x).subspan(static_cast<std::size_t>(i - first) * padded, inputs));
        minibatch.labels.push_back(samples.labels.empty() ? 0 : samples.labels[static_cast<std::size_t>(i)]);
        minibatch.samples.push_back(i);
        minibatch.presentations.push_back(
            PresentationId{PresentationId::Part::test, 0, static_cast<std::uint64_t>(i)}.word());
    }
    return minibatch;
}

bool comes_before(const PresentedEvent<SpikeRow>& a, const PresentedEvent<SpikeRow>& b) {
    return std::tie(a.presentation, a.row.time, a.row.neuron) < std::tie(b.presentation, b.row.time, b.row.neuron);
}

bool comes_before(const PresentedEvent<MessageRow>& a, const PresentedEvent<MessageRow>& b) {
    return std::tie(a.presentation, a.row.sent, a.row.source, a.row.target, a.row.copy) <
           std::tie(b.presentation, b.row.sent, b.row.source, b.row.target, b.row.copy);
}

/// Where the rows and events of one group of presentations go. Rows of one presentation come from one worker at a time,
/// and presentations write to places of their own.
class Keeper {
public:
    Keeper(const PresentOptions& options, const Network& meant, Presented& seen)
        : options_(options),
          meant_(meant),
          seen_(seen),
          all_(static_cast<std::size_t>(meant.wiring.neurons())),
          above_(static_cast<std::size_t>(meant.wiring.states())) {}

    bool wanted() const { return options_.states || options_.bits || options_.hopfield_energy; }

    /// Their times are of this unit.
    EventSink events(std::int64_t unit_ps) {
        EventSink sink;
        sink.spikes = options_.spikes;
        sink.messages = options_.messages;
        sink.unit_ps = unit_ps;
        sink.take = [this](EventRows&& rows) { add(rows); };
        return sink;
    }

    /// Makes room for another group, of which `minibatch` is.
    void begin(const Minibatch& minibatch) {
        first_ = static_cast<std::size_t>(seen_.presentations);
        first_spike_ = seen_.spikes.size();
        first_message_ = seen_.messages.size();
        const auto rows =
            (first_ + static_cast<std::size_t>(minibatch.batch())) * static_cast<std::size_t>(seen_.periods);
        if (options_.states) seen_.states.resize(rows * above_);
        if (options_.bits) seen_.bits.resize(rows * all_);
        if (!options_.hopfield_energy) return;
        seen_.hopfield_energy.resize(rows);
        drives_.clear();
        const int input = meant_.wiring.input();
        const auto inputs = static_cast<std::size_t>(meant_.wiring.size(input));
        const auto padded = static_cast<std::size_t>(padded_size(meant_.wiring.size(input)));
        for (std::size_t b = 0; b < static_cast<std::size_t>(minibatch.batch()); ++b)
            drives_.push_back(clamped_drive(meant_, std::span(minibatch.x).subspan(b * padded, inputs)));
    }

    /// The group has been presented.
    void sort_events() {
        const auto sort = [](auto& events, std::size_t first) {
            std::sort(events.begin() + offset(first), events.end(),
                      [](const auto& a, const auto& b) { return comes_before(a, b); });
        };
        sort(seen_.spikes, first_spike_);
        sort(seen_.messages, first_message_);
    }

    /// What was begun and not finished does not count.
    void end() {
        const auto of_others = [&](const auto& event) { return event.presentation >= seen_.presentations; };
        std::erase_if(seen_.spikes, of_others);
        std::erase_if(seen_.messages, of_others);
        const auto rows = static_cast<std::size_t>(seen_.presentations * seen_.periods);
        if (options_.states) seen_.states.resize(rows * above_);
        if (options_.bits) seen_.bits.resize(rows * all_);
        if (options_.hopfield_energy) seen_.hopfield_energy.resize(rows);
    }

    void add(const TickRows& rows) {
        const std::size_t at =
            (first_ + static_cast<std::size_t>(rows.presentation)) * static_cast<std::size_t>(seen_.periods) +
            static_cast<std::size_t>(rows.first_row);
        if (options_.states)
            std::copy(rows.states.begin(), rows.states.end(), seen_.states.begin() + offset(at * above_));
        if (options_.bits) std::copy(rows.bits.begin(), rows.bits.end(), seen_.bits.begin() + offset(at * all_));
        for (int row = 0; options_.hopfield_energy && row < rows.rows; ++row) {
            const auto states = std::span(rows.states).subspan(static_cast<std::size_t>(row) * above_, above_);
            seen_.hopfield_energy[at + static_cast<std::size_t>(row)] = energy_of(states, rows.presentation);
        }
    }

    void add(const EventRows& rows) {
        const auto presentation = static_cast<std::int64_t>(first_) + rows.presentation;
        const std::lock_guard lock(mutex_);
        for (const SpikeRow& row : rows.spikes) seen_.spikes.push_back({presentation, row});
        for (const MessageRow& row : rows.messages) seen_.messages.push_back({presentation, row});
    }

private:
    static std::ptrdiff_t offset(std::size_t at) { return static_cast<std::ptrdiff_t>(at); }

    double energy_of(std::span<const float> states, int presentation) const {
        const Wiring& wiring = meant_.wiring;
        std::vector<std::span<const float>> by_population(static_cast<std::size_t>(wiring.populations()));
        for (const int p : wiring.unclamped())
            by_population[static_cast<std::size_t>(p)] = states.subspan(static_cast<std::size_t>(wiring.first_state(p)),
                                                                        static_cast<std::size_t>(wiring.size(p)));
        return settle::energy(meant_, drives_[static_cast<std::size_t>(presentation)], by_population);
    }

    const PresentOptions& options_;
    const Network& meant_;
    Presented& seen_;
    const std::size_t all_, above_;  ///< neurons: all, and of layers 1..L
    std::size_t first_ = 0;          ///< presentation of the group
    std::size_t first_spike_ = 0, first_message_ = 0;
    std::mutex mutex_;  ///< events come from all workers
    std::vector<std::vector<double>> drives_;
};

void add_answers(const Plan& plan, const Minibatch& minibatch, const Outcome& outcome, Presented& seen) {
    const BatchStates& readout = outcome.reads[static_cast<std::size_t>(plan.answer_slot)];
    const auto periods = static_cast<std::size_t>(plan.free);
    const Targets targets(plan, minibatch);
    for (int b = 0; b < minibatch.batch(); ++b) {
        const float* s = readout.of(outcome.output, b);
        seen.answers.push_back(static_cast<std::int32_t>(std::max_element(s, s + outcome.outputs) - s));
        seen.outputs.insert(seen.outputs.end(), s, s + outcome.outputs);
        const std::int32_t* at = outcome.answers.data() + static_cast<std::size_t>(b) * periods;
        std::size_t settled = periods;
        while (settled > 1 && at[settled - 2] == at[periods - 1]) --settled;
        seen.settled_at.push_back(static_cast<std::int64_t>(settled));
        seen.wrong += seen.answers.back() != targets.at(b, plan.free) ? 1 : 0;
    }
    seen.presentations += minibatch.batch();
    seen.counters += outcome.counters;
    seen.fingerprint += outcome.fingerprint;
}

Presented present_all(const Scenario& scenario, const Samples& samples, const Network& meant,
                      const PresentOptions& options, WorkerPool& workers) {
    constexpr std::int64_t group = 200;  // as many as evaluation takes: nothing depends on it
    Network network = meant;
    const Device device = draw_device(network, device_settings(scenario));
    const Script script(scenario, network.wiring, 0);
    Engine engine = make_engine(scenario, network.wiring, device, workers, script.conditions());
    derive_images(network, device.dead, neuron_model(scenario).continuous(), bits_a_window(engine), workers);
    constexpr auto part = PresentationId::Part::test;
    Plan plan = evaluation_plan(scenario);
    if (!script.empty()) plan = scripted(plan, script.within(part, script.beginning(), device, network));
    Presented seen;
    seen.periods = plan.periods;
    seen.layers = scenario.network.sizes();
    Keeper keeper(options, meant, seen);
    const TickSink nothing, sink = [&keeper](TickRows&&rows) { keeper.add(rows); };
    const bool ticking = scenario.engine == EngineKind::free_running;
    const EventSink events = keeper.events(ticking ? 1 : picoseconds_of(1, scenario.timing.unit));
    for (std::int64_t first = 0; first < samples.count; first += group) {
        if (options.stop && options.stop()) break;
        Minibatch minibatch = minibatch_of(samples, first, std::min(group, samples.count - first));
        add_inputs(minibatch, samples, script.presented(part));
        keeper.begin(minibatch);
        try {
            const TickSink& rows = keeper.wanted() ? sink : nothing;
            add_answers(plan, minibatch, run(engine, plan, network, minibatch, rows, options.stop, events), seen);
            keeper.sort_events();
        } catch (const Stopped&) {
            break;
        }
        if (options.progress) options.progress(seen.presentations, samples.count);
    }
    keeper.end();
    return seen;
}

}  // namespace

Presented present(const Scenario& scenario, const Samples& samples, const NetworkArrays& weights,
                  const PresentOptions& options, WorkerPool& workers) {
    const Scenario looks = looking(scenario, !samples.labels.empty());
    if (options.messages && looks.engine != EngineKind::virtual_time)
        throw input_error("", "options.messages", "are not those of scenario.engine = " + to_word(looks.engine),
                          "the virtual engine, or no messages");
    const Network network = to_network(wiring_of(looks), weights);
    check_samples(samples, "samples", looks.network, !samples.labels.empty());
    Presented seen = present_all(looks, samples, network, options, workers);
    if (samples.labels.empty()) seen.wrong = 0;
    return seen;
}

Presented present(const Scenario& scenario, const Samples& samples, const NetworkArrays& weights,
                  const PresentOptions& options) {
    check_keys(scenario, {"scenario.threads"});
    WorkerPool workers(scenario.threads);
    return present(scenario, samples, weights, options, workers);
}

}  // namespace settle
