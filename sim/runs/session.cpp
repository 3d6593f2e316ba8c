#include "sim/runs/session.hpp"

#include <chrono>
#include <numeric>

#include "core/draw.hpp"
#include "sim/runs/coordinator.hpp"

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

Engine make_engine(const Scenario& scenario, WorkerPool& workers) {
    return Lockstep(scenario.network.layers, neuron_model(scenario), scenario.seed, workers);
}

}  // namespace

Session::Session(const Scenario& scenario, const Dataset& data, Network network, WorkerPool& workers)
    : scenario_(scenario),
      data_(data),
      network_(std::move(network)),
      workers_(workers),
      engine_(make_engine(scenario, workers)) {
    derive_images(network_, neuron_model(scenario).continuous(), bits_a_window(engine_), workers_);
}

RunTotals Session::train(const Observer& observer) {
    const std::int64_t epochs = scenario_.learning.epochs;
    for (std::int64_t epoch = 0; epoch < epochs || epoch == 0; ++epoch) {
        const auto start = Clock::now();
        if (epochs > 0) totals_.train = train_epoch(epoch, observer);
        const double seconds = seconds_since(start);
        totals_.train_seconds += epochs > 0 ? seconds : 0;
        totals_.epochs = epochs > 0 ? epoch + 1 : 0;
        const bool last = epoch + 1 >= epochs;
        if (!last && (epoch + 1) % scenario_.record.metrics_every != 0) continue;
        if (data_.validation.count > 0) {
            totals_.validation = evaluate(data_.validation, PresentationId::Part::validation, epoch, observer, false);
        }
        if (data_.test.count > 0)
            totals_.test = evaluate(data_.test, PresentationId::Part::test, epoch, observer, false);
        report(totals_.epochs, seconds, observer);
    }
    return totals_;
}

RunTotals Session::infer(const Observer& observer) {
    if (data_.test.count > 0) {
        totals_.test = evaluate(data_.test, PresentationId::Part::test, 0, observer, true);
    } else {
        totals_.train = evaluate(data_.train, PresentationId::Part::train, 0, observer, true);
    }
    report(0, 0, observer);
    return totals_;
}

Evaluation Session::train_epoch(std::int64_t epoch, const Observer& observer) {
    const std::vector<std::int64_t> order = presentation_order(scenario_, data_.train.count, epoch);
    const auto batch = static_cast<std::size_t>(scenario_.learning.batch);
    const auto start = Clock::now();
    Evaluation evaluation;
    std::int64_t in_epoch = 0;
    for (std::size_t first = 0; first < order.size(); first += batch, ++in_epoch) {
        const auto indices = std::span(order).subspan(first, std::min(batch, order.size() - first));
        Minibatch minibatch =
            make_minibatch(data_.train, indices, PresentationId::Part::train, static_cast<std::uint64_t>(epoch), first);
        minibatch.number = minibatches_++;
        train_minibatch(minibatch, epoch, in_epoch, evaluation, observer);
        if (observer.progress) {
            observer.progress({"train", epoch + 1, scenario_.learning.epochs, evaluation.presentations,
                               data_.train.count, evaluation.error(), seconds_since(start)});
        }
    }
    return evaluation;
}

void Session::train_minibatch(const Minibatch& minibatch, std::int64_t epoch, std::int64_t in_epoch,
                              Evaluation& evaluation, const Observer& observer) {
    const double beta =
        minibatch_beta(scenario_, static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(in_epoch));
    const Plan plan = training_plan(scenario_, beta);
    const bool recorded = observer.ticks && observer.records && observer.records(minibatch.number);
    const Outcome outcome = run(engine_, plan, network_, minibatch, recorded ? observer.ticks : TickSink());
    evaluation.add(plan, minibatch, outcome);
    totals_.counters += outcome.counters;
    totals_.fingerprint += outcome.fingerprint;
    totals_.presentations += minibatch.batch();
    totals_.trained += minibatch.batch();
    learn(outcome, beta);
    if (observer.updated) observer.updated(minibatch.number, network_);
}

void Session::learn(const Outcome& outcome, double beta) {
    const auto& learning = scenario_.learning;
    const auto& reads = outcome.reads;
    if (learning.beta_sign == BetaSign::both) {
        // The mean of the updates with +beta and -beta: half the rate for each.
        std::vector<double> halves = learning.rates;
        for (double& rate : halves) rate /= 2;
        apply_contrast(network_, reads[Slots::free], reads[Slots::nudged], learning.update, beta, halves, workers_);
        apply_contrast(network_, reads[Slots::free], reads[Slots::minus], learning.update, -beta, halves, workers_);
    } else {
        apply_contrast(network_, reads[Slots::free], reads[Slots::nudged], learning.update, beta, learning.rates,
                       workers_);
    }
    derive_images(network_, neuron_model(scenario_).continuous(), bits_a_window(engine_), workers_);
}

Evaluation Session::evaluate(const Samples& samples, PresentationId::Part part, std::int64_t epoch,
                             const Observer& observer, bool recorded) {
    recorded = recorded && observer.ticks && observer.records;
    // Nothing depends on how presentations are grouped, unless minibatches are recorded; many keep all workers busy.
    const std::int64_t batch = recorded ? scenario_.learning.batch : 200;
    const char* activity = part == PresentationId::Part::test ? "test" : "evaluate";
    const Plan plan = evaluation_plan(scenario_);
    const auto start = Clock::now();
    Evaluation evaluation;
    std::vector<std::int64_t> indices;
    for (std::int64_t first = 0; first < samples.count; first += batch) {
        indices.resize(static_cast<std::size_t>(std::min(batch, samples.count - first)));
        std::iota(indices.begin(), indices.end(), first);
        Minibatch minibatch = make_minibatch(samples, indices, part, static_cast<std::uint64_t>(epoch),
                                             static_cast<std::uint64_t>(first));
        minibatch.number = first / batch;
        const bool wanted = recorded && observer.records(minibatch.number);
        const Outcome outcome = run(engine_, plan, network_, minibatch, wanted ? observer.ticks : TickSink());
        evaluation.add(plan, minibatch, outcome);
        totals_.counters += outcome.counters;
        totals_.fingerprint += outcome.fingerprint;
        totals_.presentations += minibatch.batch();
        if (observer.progress) {
            observer.progress({activity, epoch + 1, scenario_.learning.epochs, evaluation.presentations, samples.count,
                               evaluation.error(), seconds_since(start)});
        }
    }
    return evaluation;
}

void Session::report(std::int64_t epoch, double train_seconds, const Observer& observer) const {
    if (!observer.epoch) return;
    EpochMetrics metrics;
    metrics.epoch = epoch;
    metrics.presentations = totals_.trained;
    if (totals_.train) metrics.train_error = totals_.train->error();
    if (totals_.validation) metrics.validation_error = totals_.validation->error();
    if (totals_.test) metrics.test_error = totals_.test->error();
    const auto& settling = totals_.test ? totals_.test : totals_.train;
    if (settling) {
        metrics.settling_median = settling->settling_quantile(0.5);
        metrics.settling_p99 = settling->settling_quantile(0.99);
    }
    metrics.train_seconds = train_seconds;
    metrics.counters = totals_.counters;
    metrics.fingerprint = totals_.fingerprint;
    observer.epoch(metrics);
}

}  // namespace settle
