#include "sim/runs/session/session.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <initializer_list>
#include <numeric>
#include <string>
#include <utility>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "models/network/network_checks.hpp"
#include "sim/data/given_data.hpp"
#include "sim/formats/toml.hpp"
#include "sim/runs/session/assembly.hpp"
#include "sim/runs/session/energy.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/packets.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/keys.hpp"
#include "sim/scenario/network_form.hpp"

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The order of an epoch's presentations: Fisher and Yates, keyed by epoch and position.
std::vector<std::int64_t> presentation_order(const Scenario& scenario, std::int64_t count, std::int64_t epoch) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (!scenario.data.shuffle) return order;
    const Stream stream(scenario.seed, Purpose::shuffle, static_cast<std::uint64_t>(epoch));
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[stream.below(i, i)]);
    return order;
}

During presented_in(PresentationId::Part part) {
    switch (part) {
        case PresentationId::Part::train:
            return &Event::in_training;
        case PresentationId::Part::validation:
            return &Event::in_validation;
        case PresentationId::Part::test:
            break;
    }
    return &Event::in_test;
}

std::optional<Evaluation> without_answers(std::optional<Evaluation> evaluation) {
    if (evaluation) evaluation->answers.clear();
    return evaluation;
}

/// Checks before anything is made of it.
const Scenario& checked(const Scenario& scenario) {
    check_scenario(scenario);
    return scenario;
}

Network checked(Network network, const Scenario& scenario, const Dataset& data) {
    check_network(network, wiring_of(scenario, network.wiring));
    check_dataset(data, scenario);
    check_events_on(scenario, {data.train.count, data.validation.count, data.test.count});
    return network;
}

/// What networks that do not learn are shown.
const Samples& shown_samples(const Dataset& data) {
    return data.test.count > 0 ? data.test : data.train;
}

/// Whether what a section of the scenario says differs.
bool differ(const Scenario& one, const Scenario& other, std::initializer_list<const char*> sections) {
    for (const Key& key : scenario_keys()) {
        const auto is_of = [&](const char* section) { return key.section() == section; };
        if (key.change == Change::never || std::none_of(sections.begin(), sections.end(), is_of)) continue;
        const auto a = key.write(one), b = key.write(other);
        if ((a ? to_toml(*a) : "") != (b ? to_toml(*b) : "")) return true;
    }
    return false;
}

}  // namespace

Session::Session(const Scenario& scenario, const Dataset& data, Network network, WorkerPool& workers, Ranks* ranks)
    : scenario_(checked(scenario)),
      data_(data),
      network_(checked(std::move(network), scenario, data)),
      script_(scenario_, network_.wiring, scenario_.task == Task::train ? data.train.count : 0),
      regime_(script_.beginning()),
      device_(draw_device(network_, device_settings(scenario))),
      workers_(workers),
      ranks_(ranks && !ranks->alone() ? ranks : nullptr),
      engine_(make_engine(scenario, network_.wiring, device_, workers, script_.conditions())) {
    derive_images(network_, device_.dead, neuron_model(scenario).continuous(), bits_a_window(*engine_), workers_);
}

void Session::use(Network network) {
    network_ = checked(std::move(network), scenario_, data_);
    derive_images(network_, device_.dead, neuron_model(scenario_).continuous(), bits_a_window(*engine_), workers_);
}

void Session::use(Device device) {
    device_ = std::move(device);
    settle::use(*engine_, device_);
    derive_images(network_, device_.dead, neuron_model(scenario_).continuous(), bits_a_window(*engine_), workers_);
}

std::optional<std::int64_t> Session::begun_at() const {
    const std::int64_t samples = data_.train.count, batch = scenario_.learning.batch;
    if (position_.minibatch > 0) return position_.epoch * samples + (position_.minibatch - 1) * batch;
    if (position_.epoch > 0) return (position_.epoch - 1) * samples + (samples - 1) / batch * batch;
    return std::nullopt;
}

/// Comes under the regime of the minibatch that begins when so many presentations are done.
void Session::enter(std::int64_t presentations) {
    if (script_.changes(regime_, presentations)) adapt(script_.regime(presentations));
}

void Session::adapt(Regime next) {
    for (auto& known : scripted_) known.reset();
    for (auto& known : packets_) known.reset();
    const bool other_neurons = differ(regime_.scenario, next.scenario, {"neuron"});
    const bool other_chip = differ(regime_.scenario, next.scenario, {"timing", "faults"});
    const bool other_links = script_.hits().about_links(regime_.acting) != script_.hits().about_links(next.acting) ||
                             differ(regime_.scenario, next.scenario, {"faults"});
    regime_ = std::move(next);
    if (!other_neurons && !other_chip && !other_links) return;
    Device device = draw_device(network_.wiring, device_settings(regime_.scenario), device_.dead);
    if (other_links) device.dead = script_.hits().dead(regime_.acting, device, network_);
    if (other_neurons)
        engine_.emplace(make_engine(regime_.scenario, network_.wiring, device, workers_, script_.conditions()));
    use(std::move(device));
}

/// The plan of phases with what the script does in them, and with what [energy] asks for.
Plan Session::plan_of(PresentationId::Part part, const Plan& phases) {
    Plan plan = scripted_plan(part, phases);
    if (!scenario_.energy.on) return plan;
    auto& known = packets_[static_cast<std::size_t>(part)];
    const bool settles = scenario_.task != Task::stream;
    if (!known) known = packet_plan(scenario_, network_, device_.dead, plan.tables.get(), settles);
    plan.packets = known;
    return plan;
}

Plan Session::scripted_plan(PresentationId::Part part, const Plan& phases) {
    if (script_.empty()) return phases;
    auto& known = scripted_[static_cast<std::size_t>(part)];
    if (!known) known = script_.within(part, regime_, device_, network_);
    return scripted(phases, *known);
}

/// On this machine, or spread over the ranks.
Outcome Session::present(const Plan& plan, const Minibatch& minibatch, Gathered gathered, const RowSinks& sinks,
                         const StopCheck& give_up, const StopCheck& stop) {
    if (!ranks_) return run(*engine_, plan, network_, minibatch, sinks.ticks, give_up, sinks.events);
    return spread(*ranks_, plan, network_.wiring, minibatch, gathered, sinks, stop,
                  [&](const Minibatch& part, const RowSinks& own) {
                      return run(*engine_, plan, network_, part, own.ticks, give_up, own.events);
                  });
}

/// This process is to stop before a minibatch that the other ranks present: it drops it with them, so that all end
/// together. Throws Stopped.
void Session::drop(const Plan& plan, const Minibatch& minibatch, Gathered gathered, const Observer& observer) {
    if (!ranks_) throw Stopped();
    EventSink events = observer.events_of(minibatch);
    if (events.wanted()) events.take = [](EventRows&&) {};
    present(
        plan, minibatch, gathered, {[](TickRows&&) {}, events}, [] { return true; }, observer.stop);
    throw Stopped();
}

/// Between minibatches: whether to end there. Ranks end together.
bool Session::is_to_stop(const Observer& observer) const {
    if (ranks_) return ranks_->stops();
    return observer.stop && observer.stop();
}

/// What happens before the next minibatch.
void Session::begin_minibatch(const Observer& observer) {
    if (script_.empty()) return;
    enter(position_.trained);
    bool saves = false;
    for (const Occurrence& occurrence : script_.occurrences(position_.trained)) {
        if (observer.occurred) observer.occurred(occurrence);
        saves = saves || std::holds_alternative<CheckpointAction>(script_.events()[occurrence.event].action);
    }
    if (saves) save(observer);
}

void Session::resume(const TrainingState& state) {
    if (position_.presentations > 0)
        throw input_error("", "state.epoch", "comes when the session has begun", "a new session");
    check_state(state, scenario_, data_.train.count);
    if (state.network != to_arrays(network_))
        throw input_error("", "state.network", "is not the one that the session was made with",
                          "its weights and biases");
    position_ = state;
    totals_.resumed_at = state.trained;
    totals_.train = state.last_train;
    totals_.validation = state.last_validation;
    totals_.test = state.last_test;
    saved_at_ = state.trained;
    if (const auto begun = begun_at()) enter(*begun);
}

RunTotals Session::perform(const Observer& observer) {
    switch (scenario_.task) {
        case Task::train:
            return train(observer);
        case Task::infer:
            return infer(observer);
        case Task::converge:
            return converge(observer);
        case Task::stream:
            return stream(observer);
    }
    return totals();
}

/// Another task than the scenario's own asks more of it: rates, a nudged phase, a sign.
void Session::demand(Task task) const {
    if (task == scenario_.task) return;
    Scenario as = scenario_;
    as.task = task;
    checked(as);
    check_dataset(data_, as);
}

RunTotals Session::train(const Observer& observer) {
    demand(Task::train);
    const std::int64_t epochs = scenario_.learning.epochs;
    if (epochs == 0) evaluate_epoch(observer);
    while (position_.epoch < epochs) {
        position_.before_last.reset();
        if (!train_epoch(observer) || !evaluate_epoch(observer)) {
            totals_.stopped = true;
            break;
        }
        position_.train_seconds += position_.epoch_seconds;
        position_.epoch_seconds = 0;
        position_.minibatch = 0;
        ++position_.epoch;
        totals_.train = std::exchange(position_.train, Evaluation());
    }
    return totals();
}

RunTotals Session::infer(const Observer& observer) {
    demand(Task::infer);
    const bool tested = data_.test.count > 0;
    const Samples& samples = shown_samples(data_);
    const auto part = tested ? PresentationId::Part::test : PresentationId::Part::train;
    auto& result = tested ? totals_.test : totals_.train;
    result = evaluate(samples, part, observer, true);
    totals_.stopped = !result;
    if (result) report(observer);
    return totals();
}

RunTotals Session::stream(const Observer& observer) {
    demand(Task::stream);
    try {
        follow_streams(observer);
    } catch (const Stopped&) {
        totals_.stopped = true;
    }
    return totals();
}

void Session::follow_streams(const Observer& observer) {
    const std::int64_t streams = scenario_.stream.streams, batch = scenario_.learning.batch;
    const Samples& samples = shown_samples(data_);
    std::vector<InputCourse> courses;
    std::vector<std::int64_t> shown;  // the first input of a stream enters no figure
    for (std::int64_t number = 0; number < streams; ++number) {
        courses.push_back(draw_course(scenario_, samples.count, number));
        shown.insert(shown.end(), courses.back().samples.begin() + 1, courses.back().samples.end());
    }
    if (ranks_ && !ranks_->leads()) shown.clear();  // only rank 0 measures
    std::optional<SampleFixedPoints> points;
    try {
        points.emplace(network_, samples, std::move(shown), 10 * static_cast<std::int64_t>(scenario_.phases.free),
                       workers_, observer.stop);
    } catch (const Stopped&) {
        if (!ranks_) throw;
    }
    const auto part = data_.test.count > 0 ? PresentationId::Part::test : PresentationId::Part::train;
    StreamMeasure measure(network_.wiring.states(), scenario_.neuron.kind == NeuronKind::binary,
                          event_windows(scenario_, presented_in(part)));
    const auto start = Clock::now();
    for (std::int64_t first = 0; first < streams; first += batch) {
        const auto begin = courses.begin() + first;
        follow({begin, begin + std::min(batch, streams - first)}, first, points ? &*points : nullptr, measure,
               observer);
        if (ranks_ && !ranks_->leads()) continue;
        if (observer.progress)
            observer.progress(
                {"stream", 0, 0, std::min(first + batch, streams), streams, measure.error(), seconds_since(start)});
    }
    if (ranks_ && !ranks_->leads()) return;
    totals_.stream = measure.conclude(scenario_.record.metrics_every);
    totals_.stream->reference_residual = points->residual();
    if (!observer.tracking) return;
    for (const TrackingSample& sample : totals_.stream->samples) observer.tracking(sample);
}

/// Streams first … of the run, as one minibatch. Without fixed points this rank has been stopped, and says so.
void Session::follow(const std::vector<InputCourse>& courses, std::int64_t first, const SampleFixedPoints* points,
                     StreamMeasure& measure, const Observer& observer) {
    if (is_to_stop(observer)) throw Stopped();
    const Samples& samples = shown_samples(data_);
    const auto part = data_.test.count > 0 ? PresentationId::Part::test : PresentationId::Part::train;
    Minibatch minibatch = stream_minibatch(scenario_, courses, first, samples, part);
    minibatch.number = first / scenario_.learning.batch;
    for (Plan& plan : minibatch.plans) plan = plan_of(part, plan);
    const Plan& longest = *std::max_element(minibatch.plans.begin(), minibatch.plans.end(),
                                            [](const Plan& a, const Plan& b) { return a.periods < b.periods; });
    if (!points) drop(longest, minibatch, Gathered::answers, observer);
    if (observer.presented) observer.presented(minibatch);
    const bool recorded = observer.ticks && observer.records && observer.records(minibatch.number);
    // On other ranks nobody knows what the leading one records.
    minibatch.shows_input_bits = recorded || ranks_;
    StreamTrace trace(network_.wiring, courses, *points);
    const TickSink sink = [&](TickRows&& rows) {
        trace.add(rows);
        if (recorded) observer.ticks(std::move(rows));
    };
    try {
        count(present(longest, minibatch, Gathered::answers, {sink, observer.events_of(minibatch)}, observer.stop,
                      observer.stop),
              longest, minibatch);
    } catch (const Stopped&) {
        if (observer.dropped) observer.dropped(minibatch.number);
        throw;
    }
    if (ranks_ && !ranks_->leads()) return;
    for (std::size_t i = 0; i < courses.size(); ++i) {
        std::vector<std::int32_t> labels;
        for (const std::int64_t sample : courses[i].samples)
            labels.push_back(samples.labels[static_cast<std::size_t>(sample)]);
        measure.add(first + static_cast<std::int64_t>(i), courses[i], labels, trace.stream(static_cast<int>(i)));
    }
}

RunTotals Session::totals() const {
    RunTotals totals = totals_;
    totals.epochs = position_.epoch;
    totals.presentations = position_.presentations;
    totals.trained = position_.trained;
    totals.train_seconds = position_.train_seconds + position_.epoch_seconds;
    totals.counters = position_.counters;
    totals.fingerprint = position_.fingerprint;
    totals.posts = position_.posts;
    totals.traffic = position_.traffic;
    totals.branch_periods = position_.branch_periods;
    totals.asynchrony = position_.asynchrony;
    totals.chip = position_.chip;
    return totals;
}

void Session::save(const Observer& observer) {
    saved_at_ = position_.trained;
    if (!observer.save) return;
    position_.network = to_arrays(network_);
    position_.last_train = without_answers(totals_.train);
    position_.last_validation = without_answers(totals_.validation);
    position_.last_test = without_answers(totals_.test);
    observer.save(position_);
}

/// Trains what is left of the epoch; false: stopped.
bool Session::train_epoch(const Observer& observer) {
    const std::vector<std::int64_t> order = presentation_order(scenario_, data_.train.count, position_.epoch);
    const auto batch = static_cast<std::size_t>(scenario_.learning.batch);
    const auto start = Clock::now();
    const double before = position_.epoch_seconds;
    for (std::size_t first = static_cast<std::size_t>(position_.minibatch) * batch; first < order.size();
         first += batch) {
        begin_minibatch(observer);
        const auto indices = std::span(order).subspan(first, std::min(batch, order.size() - first));
        Minibatch minibatch = make_minibatch(data_.train, indices, PresentationId::Part::train,
                                             static_cast<std::uint64_t>(position_.epoch), first);
        add_inputs(minibatch, data_.train, script_.presented(PresentationId::Part::train));
        minibatch.number = position_.minibatches;
        try {
            train_minibatch(minibatch, observer);
        } catch (const Stopped&) {
            if (observer.dropped) observer.dropped(minibatch.number);
            save(observer);
            return false;
        }
        ++position_.minibatch;
        ++position_.minibatches;
        position_.epoch_seconds = before + seconds_since(start);
        if (observer.progress) {
            observer.progress({"train", position_.epoch + 1, scenario_.learning.epochs, position_.train.presentations,
                               data_.train.count, position_.train.error(), position_.epoch_seconds});
        }
        const bool stop = is_to_stop(observer);
        if (stop || (observer.save_due && observer.save_due(position_.trained - saved_at_))) save(observer);
        if (stop) return false;
    }
    return true;
}

void Session::train_minibatch(const Minibatch& minibatch, const Observer& observer) {
    const double beta = minibatch_beta(regime_.scenario, static_cast<std::uint64_t>(position_.epoch),
                                       static_cast<std::uint64_t>(position_.minibatch));
    const Plan plan = plan_of(PresentationId::Part::train, training_plan(regime_.scenario, beta));
    if (observer.presented) observer.presented(minibatch);
    const bool recorded = observer.ticks && observer.records && observer.records(minibatch.number);
    const Outcome outcome =
        present(plan, minibatch, Gathered::reads,
                {recorded ? observer.ticks : TickSink(), observer.events_of(minibatch)}, observer.drop, observer.stop);
    // Ranks agree on what is dropped when they present: all of them learn, or none.
    learn(outcome, beta, ranks_ ? StopCheck() : observer.drop);
    position_.train.add(plan, minibatch, outcome, event_windows(scenario_, &Event::in_training));
    position_.train.answers.clear();  // nobody asks for single answers in training
    count(outcome, plan, minibatch);
    position_.trained += minibatch.batch();
    if (observer.updated) observer.updated(minibatch.number, network_);
}

void Session::count(const Outcome& outcome, const Plan& plan, const Minibatch& minibatch) {
    position_.counters += outcome.counters;
    position_.fingerprint += outcome.fingerprint;
    position_.posts += outcome.posts;
    position_.asynchrony += outcome.asynchrony;
    position_.presentations += minibatch.batch();
    position_.chip += outcome.chip;
    if (!scenario_.energy.on) return;
    position_.traffic += outcome.traffic;
    const bool replayed = scenario_.engine == EngineKind::free_running;
    for (int b = 0; b < minibatch.batch(); ++b)
        position_.branch_periods += branch_periods(minibatch.plan(b, plan), replayed);
}

/// Evaluates after an epoch, where that is due; false: stopped, with the state saved as it was before.
bool Session::evaluate_epoch(const Observer& observer) {
    const std::int64_t done = position_.epoch + 1;
    const bool last = done >= scenario_.learning.epochs;
    if (!last && done % scenario_.record.metrics_every != 0) return true;
    const TrainingState before = position_;
    const auto evaluated = [&](const Samples& samples, PresentationId::Part part, std::optional<Evaluation>& result) {
        if (samples.count == 0) return true;
        result = evaluate(samples, part, observer, false);
        return result.has_value();
    };
    if (!evaluated(data_.validation, PresentationId::Part::validation, totals_.validation) ||
        !evaluated(data_.test, PresentationId::Part::test, totals_.test)) {
        position_ = before;
        save(observer);
        return false;
    }
    if (done % scenario_.record.metrics_every != 0) position_.before_last = before.sums();
    report(observer);
    return true;
}

/// An update that takes long can be dropped too: the network before it is kept meanwhile.
void Session::learn(const Outcome& outcome, double beta, const StopCheck& drop) {
    constexpr double long_one = 4e9;  // multiplications, a second or so
    double links = 0;
    for (const Projection& projection : network_.projections) links += static_cast<double>(projection.links());
    if (!drop || links * 2 * outcome.reads[Slots::free].batch < long_one) return update_weights(outcome, beta, nullptr);
    Network before = network_;
    try {
        update_weights(outcome, beta, drop);
    } catch (const Stopped&) {
        network_ = std::move(before);
        throw;
    }
}

void Session::update_weights(const Outcome& outcome, double beta, const StopCheck& drop) {
    const auto& learning = regime_.scenario.learning;
    const auto& reads = outcome.reads;
    const bool continuous = neuron_model(scenario_).continuous();
    const auto derive = [&](int projection, int block) {
        network_.projections[static_cast<std::size_t>(projection)].derive_block(
            block, mask_of(device_.dead, projection), continuous);
    };
    Contrast contrast{learning.update, beta, rates_of(regime_.scenario)};
    const double decayed = std::pow(learning.decay, static_cast<double>(position_.epoch));
    for (double& rate : contrast.rates) rate *= decayed;
    if (learning.beta_sign == BetaSign::both) {
        // The mean of the updates with +beta and -beta: half the rate for each.
        for (double& rate : contrast.rates) rate /= 2;
        apply_contrast(network_, device_.dead, reads[Slots::free], reads[Slots::nudged], contrast, workers_, nullptr,
                       drop);
        contrast.beta = -beta;
        apply_contrast(network_, device_.dead, reads[Slots::free], reads[Slots::minus], contrast, workers_, derive,
                       drop);
    } else {
        apply_contrast(network_, device_.dead, reads[Slots::free], reads[Slots::nudged], contrast, workers_, derive,
                       drop);
    }
    finish_images(network_, device_.dead, bits_a_window(*engine_));
}

std::optional<Evaluation> Session::evaluate(const Samples& samples, PresentationId::Part part, const Observer& observer,
                                            bool recorded) {
    recorded = recorded && observer.ticks && observer.records;
    // Nothing depends on how presentations are grouped, unless minibatches are recorded; many keep all workers busy.
    const std::int64_t batch = recorded ? scenario_.learning.batch : 200 * (ranks_ ? ranks_->count() : 1);
    const char* activity = part == PresentationId::Part::test ? "test" : "evaluate";
    const auto epoch = static_cast<std::uint64_t>(position_.epoch);
    const Plan plan = plan_of(part, evaluation_plan(scenario_));
    const auto presented = script_.presented(part);
    const std::vector<EventWindow> windows = event_windows(scenario_, presented_in(part));
    const auto start = Clock::now();
    Evaluation evaluation;
    std::vector<std::int64_t> indices;
    for (std::int64_t first = 0; first < samples.count; first += batch) {
        if (is_to_stop(observer)) return std::nullopt;
        indices.resize(static_cast<std::size_t>(std::min(batch, samples.count - first)));
        std::iota(indices.begin(), indices.end(), first);
        Minibatch minibatch = make_minibatch(samples, indices, part, epoch, static_cast<std::uint64_t>(first));
        add_inputs(minibatch, samples, presented);
        minibatch.number = first / batch;
        if (recorded && observer.presented) observer.presented(minibatch);
        const bool wanted = recorded && observer.records(minibatch.number);
        Outcome outcome;
        try {
            outcome =
                present(plan, minibatch, Gathered::answers,
                        {wanted ? observer.ticks : TickSink(), recorded ? observer.events_of(minibatch) : EventSink()},
                        observer.stop, observer.stop);
        } catch (const Stopped&) {
            if (recorded && observer.dropped) observer.dropped(minibatch.number);
            return std::nullopt;
        }
        evaluation.add(plan, minibatch, outcome, windows);
        count(outcome, plan, minibatch);
        if (observer.progress) {
            observer.progress({activity, position_.epoch + 1, scenario_.learning.epochs, evaluation.presentations,
                               samples.count, evaluation.error(), seconds_since(start)});
        }
    }
    return evaluation;
}

void Session::report(const Observer& observer) const {
    if (!observer.epoch) return;
    const bool trains = position_.train.presentations > 0;
    EpochMetrics metrics;
    metrics.epoch = trains ? position_.epoch + 1 : 0;
    metrics.presentations = position_.trained;
    const std::optional<Evaluation> train = trains ? std::optional(position_.train) : totals_.train;
    if (train) metrics.train_error = train->error();
    if (totals_.validation) metrics.validation_error = totals_.validation->error();
    if (totals_.test) metrics.test_error = totals_.test->error();
    const std::optional<Evaluation>& settling = totals_.test ? totals_.test : train;
    if (settling && settling->presentations > 0) {
        metrics.settling_median = median_period(settling->settled_at);
        metrics.settling_p99 = period_by_which(settling->settled_at, 0.99);
    }
    metrics.train_seconds = position_.epoch_seconds;
    metrics.counters = position_.counters;
    if (const auto energy = energy_figures(scenario_, totals())) metrics.energy_joules = energy->joules();
    if (scenario_.engine != EngineKind::free_running) metrics.fingerprint = position_.fingerprint;
    observer.epoch(metrics);
}

}  // namespace settle
