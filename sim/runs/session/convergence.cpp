#include "sim/runs/session/convergence.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "models/network/contrast.hpp"
#include "models/network/network_checks.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/runs/session/certificates.hpp"
#include "sim/runs/session/evaluation.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/runs/session/recovery.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

BatchStates to_batch(const RateStates& states, const Wiring& wiring) {
    BatchStates batch(wiring.sizes(), states.batch);
    for (int p = 0; p < wiring.populations(); ++p) {
        for (int b = 0; b < states.batch; ++b) {
            const auto from = states.of(p, b);
            std::transform(from.begin(), from.end(), batch.of(p, b), [](double s) { return static_cast<float>(s); });
        }
    }
    return batch;
}

/// Some of the presentations.
BatchStates part_of(const BatchStates& all, int from, int count) {
    BatchStates part;
    part.batch = count;
    part.padded = all.padded;
    for (std::size_t p = 0; p < all.padded.size(); ++p) {
        const float* first = all.of(static_cast<int>(p), from);
        part.populations.emplace_back(first, first + static_cast<std::ptrdiff_t>(count) * all.padded[p]);
    }
    return part;
}

/// dW, in the arrays of a network whose weights were 0.
NetworkArrays update_of(const Wiring& wiring, const DeadLinks& dead, const BatchStates& free, const BatchStates& nudged,
                        UpdateForm form, WorkerPool& workers, const StopCheck& stop) {
    Network update(wiring);
    apply_contrast(update, dead, free, nudged, {form, 1, std::vector<double>(update.projections.size(), 1)}, workers,
                   nullptr, stop);
    return to_arrays(update);
}

/// Inner products of two updates of the weights, or of several laid end to end.
struct Products {
    double aa = 0, bb = 0, ab = 0;

    void add(const std::vector<float>& a, const std::vector<float>& b) {
        for (std::size_t i = 0; i < a.size(); ++i) {
            const double x = a[i], y = b[i];
            aa += x * x;
            bb += y * y;
            ab += x * y;
        }
    }
    std::optional<double> cosine() const {
        if (aa == 0 || bb == 0) return std::nullopt;
        return ab / std::sqrt(aa) / std::sqrt(bb);
    }
};

/// The same by projection, and of all weights as one vector.
struct UpdateProducts {
    std::vector<Products> projections;

    void add(const NetworkArrays& ours, const NetworkArrays& ideal) {
        projections.resize(ours.weights.size());
        for (std::size_t k = 0; k < projections.size(); ++k) projections[k].add(ours.weights[k], ideal.weights[k]);
    }
    std::optional<double> cosine() const {
        Products all;
        for (const Products& one : projections) {
            all.aa += one.aa;
            all.bb += one.bb;
            all.ab += one.ab;
        }
        return all.cosine();
    }
    std::vector<std::optional<double>> cosines() const {
        std::vector<std::optional<double>> each;
        for (const Products& one : projections) each.push_back(one.cosine());
        return each;
    }
};

const Network& checked(const Network& network, const Scenario& scenario, const Minibatch& minibatch) {
    check_scenario(scenario);
    const Wiring wiring = wiring_of(scenario, network.wiring);
    check_network(network, wiring);
    check_minibatch(minibatch, wiring);
    return network;
}

/// Of each presentation until it has settled.
void add_settled_effort(const Outcome& outcome, const std::vector<std::optional<std::int64_t>>& settled_at,
                        ConvergenceFigures& figures) {
    if (outcome.efforts.empty()) return;
    for (std::size_t b = 0; b < settled_at.size(); ++b) {
        if (!settled_at[b]) continue;
        figures.settled_periods += *settled_at[b];
        const auto period = static_cast<std::int64_t>(b) * outcome.periods + *settled_at[b] - 1;
        figures.settled_effort += outcome.efforts[static_cast<std::size_t>(period)];
    }
}

void judge_settling(const std::vector<std::optional<std::int64_t>>& settled_at, ConvergenceFigures& figures) {
    std::vector<std::int64_t> settled;  // (periods) how many
    for (const auto& period : settled_at) {
        if (!period) {
            ++figures.unsettled;
            continue;
        }
        settled.resize(std::max(settled.size(), static_cast<std::size_t>(*period)));
        ++settled[static_cast<std::size_t>(*period) - 1];
    }
    figures.presentations = static_cast<std::int64_t>(settled_at.size());
    figures.settling_median = median_period(settled, figures.unsettled);
    figures.settling_p99 = period_by_which(settled, 0.99, figures.unsettled);
}

}  // namespace

Minibatch convergence_minibatch(const Scenario& scenario, const Dataset& data, int repeat) {
    const std::int64_t count =
        scenario.data.train ? data.train.count : std::min<std::int64_t>(data.train.count, scenario.learning.batch);
    std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
    std::iota(indices.begin(), indices.end(), std::int64_t{0});
    return make_minibatch(data.train, indices, PresentationId::Part::train, static_cast<std::uint64_t>(repeat), 0);
}

Convergence::Convergence(std::reference_wrapper<const Scenario> scenario, std::reference_wrapper<const Network> network,
                         std::reference_wrapper<const Device> device, std::reference_wrapper<const Minibatch> minibatch,
                         std::reference_wrapper<const Plan> plan, WorkerPool& workers, StopCheck stop)
    : scenario_(scenario),
      network_(checked(network, scenario, minibatch)),
      device_(device),
      minibatch_(minibatch),
      plan_(plan),
      workers_(workers),
      stop_(std::move(stop)),
      stretches_(stretches_of(plan_)),
      ideal_(ideal_network(network_)),
      ideal_points_(ideal_points()),
      effective_points_(effective_points()),
      trace_(network_, minibatch_, ideal_points_, effective_points_, scenario_.phases.free,
             static_cast<std::int64_t>(scenario_.phases.free) + scenario_.phases.nudged, stop_) {}

/// The data of a stretch takes the place of what was clamped.
void Convergence::clamp(const Stretch& stretch, RateStates& states) const {
    for (int b = 0; b < minibatch_.batch(); ++b) {
        const auto x = states.of(network_.wiring.input(), b);
        std::copy_n(input_in(stretch, minibatch_, b).begin(), x.size(), x.begin());
    }
}

/// The phase's own nudge as the scenario says it; instants have it in single precision.
double Convergence::beta_in(const Stretch& stretch) const {
    const double beta = scenario_.learning.beta;
    return stretch.beta == static_cast<float>(beta) ? beta : static_cast<double>(stretch.beta);
}

/// From where the network was at rest before, or from zero.
void Convergence::relax_from(const ContinuousNetwork& network, const Stretch& stretch, FixedPoints& points) const {
    RateStates states =
        points.points.empty() ? RateStates(network_.wiring.sizes(), minibatch_.batch()) : points.points.back().states;
    clamp(stretch, states);
    const bool nudged = stretch.from >= scenario_.phases.free;
    RelaxationSettings settings;
    settings.ticks = 10 * static_cast<std::int64_t>(nudged ? scenario_.phases.nudged : scenario_.phases.free);
    settings.beta = beta_in(stretch);
    settings.epsilon = relaxation_step(settings.beta);
    const std::vector<std::int32_t> labels = labels_in(stretch, minibatch_);
    const double residual = relax(network, states, labels, settings, workers_, stop_).residual;
    points.residual = std::max(points.residual, residual);
    points.points.push_back({stretch.from, std::move(states)});
}

FixedPoints Convergence::ideal_points() const {
    FixedPoints points;
    const Stretch* before = nullptr;
    for (const Stretch& stretch : stretches_) {
        const bool moves = !before || stretch.input != before->input || stretch.beta != before->beta;
        if (moves) relax_from(ideal_, stretch, points);
        before = &stretch;
    }
    return points;
}

/// The network that the engine really simulates. Lockstep has no conditions and no faults but those of events.
ContinuousNetwork Convergence::effective_in(const Stretch& stretch) const {
    if (scenario_.engine != EngineKind::lockstep)
        return effective_network(network_, device_in(stretch, plan_, device_));
    Stretch without = stretch;
    without.conditions = -1;
    Device bare = draw_device(network_, {});
    return effective_network(network_, device_in(without, plan_, bare));
}

FixedPoints Convergence::effective_points() const {
    FixedPoints points;
    const Stretch* before = nullptr;
    ContinuousNetwork network;
    for (const Stretch& stretch : stretches_) {
        const bool same_chip = before && stretch.conditions == before->conditions && stretch.silent == before->silent &&
                               stretch.dead == before->dead;
        const bool same_input = before && stretch.input == before->input && stretch.beta == before->beta;
        before = &stretch;
        bool moves = !same_input;
        if (!same_chip) {
            ContinuousNetwork now = effective_in(stretch);
            moves = moves || now != network;
            network = std::move(now);
        }
        if (moves) relax_from(network, stretch, points);
    }
    return points;
}

std::vector<RecoveryFigures> Convergence::judge_recovery() const {
    const std::vector<EventWindow> windows = event_windows(scenario_, &Event::in_training);
    std::vector<Recovery> recoveries = recoveries_of(windows);
    for (std::size_t i = 0; i < windows.size(); ++i) {
        for (const auto& periods : trace_.recovered_after(windows[i], scenario_.phases.settle_tolerance))
            recoveries[i].add(periods);
    }
    return recovery_figures(recoveries);
}

ConvergenceFigures Convergence::conclude(const Outcome& outcome) const {
    ConvergenceFigures figures;
    const std::int64_t free = scenario_.phases.free, end = trace_.periods();
    const double early = trace_.sample(std::max<std::int64_t>(1, free / 5)).distance;
    for (std::int64_t period = 1; period <= end; ++period) {
        SettlingSample sample = trace_.sample(period);
        if (scenario_.neuron.kind == NeuronKind::continuous) sample.spikes.reset();
        figures.mean_distance += sample.distance / static_cast<double>(end);
        if (period == free) {
            figures.free_distance = figures.final_distance = sample.distance;
            if (early > 0) figures.late_fall = 1 - sample.distance / early;
            figures.free_distance_effective = figures.distance_effective = sample.distance_effective;
            figures.hopfield_energy = sample.hopfield_energy;
        } else if (period == end) {
            figures.nudged_distance = sample.distance;
            figures.nudged_distance_effective = sample.distance_effective;
            figures.final_distance = (figures.free_distance + sample.distance) / 2;
            figures.distance_effective = (figures.free_distance_effective + sample.distance_effective) / 2;
        }
        if (period % scenario_.record.metrics_every == 0 || period == free || period == end)
            figures.samples.push_back(std::move(sample));
    }
    figures.steadiness = trace_.steadiness();
    const auto settled_at = trace_.settled_at(scenario_.phases.settle_tolerance);
    judge_settling(settled_at, figures);
    add_settled_effort(outcome, settled_at, figures);
    figures.recoveries = judge_recovery();
    figures.reference_residual = ideal_points_.residual;
    figures.effective_residual = effective_points_.residual;
    figures.elsewhere = count_elsewhere();
    if (network_.wiring.neurons() <= most_certified)
        figures.certificate =
            certify(scenario_, ideal_, ideal_points_.at(scenario_.phases.free).states, workers_, stop_);
    if (nudges()) compare_updates(outcome, figures);
    return figures;
}

/// A dead link does not learn; the ideal network has none.
NetworkArrays Convergence::update_by(const BatchStates& free, const BatchStates& nudged) const {
    return update_of(network_.wiring, device_.dead, free, nudged, scenario_.learning.update, workers_, stop_);
}

NetworkArrays Convergence::ideal_update_by(const BatchStates& free, const BatchStates& nudged) const {
    return update_of(network_.wiring, {}, free, nudged, scenario_.learning.update, workers_, stop_);
}

void Convergence::add_update(const Outcome& outcome) {
    if (nudges()) updates_.add(update_by(outcome.reads[Slots::free], outcome.reads[Slots::nudged]));
}

void Convergence::compare_updates(const Outcome& outcome, ConvergenceFigures& figures) const {
    const BatchStates &free = outcome.reads[Slots::free], &nudged = outcome.reads[Slots::nudged];
    const BatchStates ideal_free = to_batch(ideal_points_.at(scenario_.phases.free).states, network_.wiring);
    const BatchStates ideal_nudged = to_batch(ideal_points_.at(trace_.periods()).states, network_.wiring);
    const NetworkArrays ideal = ideal_update_by(ideal_free, ideal_nudged);
    UpdateProducts whole, single;
    whole.add(update_by(free, nudged), ideal);
    figures.update_cosine = whole.cosine();
    figures.update_cosines = whole.cosines();
    figures.updates = updates_.against(ideal);
    const int all = minibatch_.batch(), batch = scenario_.learning.batch;
    if (batch >= all) return;
    for (int from = 0; from < all; from += batch) {
        const auto part = [&](const BatchStates& states) { return part_of(states, from, std::min(batch, all - from)); };
        single.add(update_by(part(free), part(nudged)), ideal_update_by(part(ideal_free), part(ideal_nudged)));
    }
    figures.minibatch_cosine = single.cosine();
    figures.minibatch_cosines = single.cosines();
}

std::int64_t Convergence::count_elsewhere() const {
    constexpr double at_rest = 1e-6, same = 1e-3;
    if (ideal_points_.residual > at_rest) return 0;
    std::vector<bool> elsewhere(static_cast<std::size_t>(minibatch_.batch()));
    for (const bool nudged : {false, true}) {
        if (nudged && !nudges()) continue;
        RateStates states = trace_.mean_states(nudged);
        RelaxationSettings settings;
        settings.ticks = 10 * static_cast<std::int64_t>(nudged ? scenario_.phases.nudged : scenario_.phases.free);
        const std::int64_t end = nudged ? trace_.periods() : scenario_.phases.free;
        const Stretch& stretch = stretch_at(stretches_, end);
        settings.beta = beta_in(stretch);
        settings.epsilon = relaxation_step(settings.beta);
        relax(ideal_, states, labels_in(stretch, minibatch_), settings, workers_, stop_);
        const RateStates& fixed = ideal_points_.at(end).states;
        const auto neurons = static_cast<std::size_t>(states.neurons());
        for (std::size_t i = 0; i < states.values.size(); ++i) {
            if (std::abs(states.values[i] - fixed.values[i]) > same) elsewhere[i / neurons] = true;
        }
    }
    return std::count(elsewhere.begin(), elsewhere.end(), true);
}

}  // namespace settle
