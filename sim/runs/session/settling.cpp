#include "sim/runs/session/settling.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"
#include "models/theory/energy.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/runs/session/recovery.hpp"

namespace settle {

namespace {

/// Mean |a - b| over the neurons of one population.
template <class A, class B>
double mean_distance(const A& a, const B& b) {
    double sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    return sum / static_cast<double>(a.size());
}

[[noreturn]] void refuse(const char* key, const std::string& message, const std::string& expected) {
    throw input_error("", key, message, expected);
}

const Network& checked(const Network& network) {
    check_shapes(network, network.wiring);
    return network;
}

void check_point(const RateStates& point, const Network& network, int batch) {
    const auto values = static_cast<std::size_t>(batch) * static_cast<std::size_t>(network.wiring.neurons());
    if (point.batch != batch || point.values.size() != values ||
        point.first.size() != network.wiring.sizes().size() + 1 || point.neurons() != network.wiring.neurons())
        refuse("fixed point", "is of another network or minibatch", "states of all its neurons and presentations");
}

void check_points(const FixedPoints& points, const Network& network, int batch) {
    if (points.points.empty() || points.points.front().from != 0)
        refuse("fixed points", "do not begin with the presentation", "the first from period 0");
    for (const FixedPoint& point : points.points) check_point(point.states, network, batch);
}

/// What the clamped population sends while each of the points is in force.
std::vector<std::vector<double>> clamped_drives(const Network& network, const FixedPoints& points, int presentation) {
    std::vector<std::vector<double>> drives;
    std::vector<float> x, before;
    for (const FixedPoint& point : points.points) {
        const auto input = point.states.of(network.wiring.input(), presentation);
        x.assign(input.begin(), input.end());
        drives.push_back(!drives.empty() && x == before ? drives.back() : clamped_drive(network, x));
        before = x;
    }
    return drives;
}

}  // namespace

const FixedPoint& FixedPoints::at(std::int64_t period) const {
    const auto after = std::lower_bound(points.begin() + 1, points.end(), period,
                                        [](const FixedPoint& point, std::int64_t end) { return point.from < end; });
    return *(after - 1);
}

SettlingTrace::SettlingTrace(std::reference_wrapper<const Network> observed,
                             std::reference_wrapper<const Minibatch> presented,
                             std::reference_wrapper<const FixedPoints> ideal,
                             std::reference_wrapper<const FixedPoints> effective, std::int64_t free,
                             std::int64_t periods, const StopCheck& stop)
    : network_(checked(observed)),
      minibatch_(presented),
      ideal_(ideal),
      effective_(effective),
      free_(free),
      periods_(periods),
      neurons_(static_cast<std::size_t>(network_.wiring.states())),
      presentations_(static_cast<std::size_t>(minibatch_.batch())) {
    check_minibatch(minibatch_, network_.wiring);
    if (free < 1 || periods < free)
        refuse("periods", "the free phase does not fit", "1 to all periods of a free phase");
    for (const FixedPoints* points : {&ideal_, &effective_}) check_points(*points, network_, minibatch_.batch());
    const auto rows = static_cast<std::size_t>(periods);
    for (std::size_t b = 0; b < presentations_.size(); ++b) {
        give_up_if(stop);
        Presentation& presentation = presentations_[b];
        presentation.by_population.resize(rows * network_.wiring.unclamped().size());
        presentation.distance.resize(rows);
        presentation.effective.resize(rows);
        presentation.energy.resize(rows);
        presentation.spikes.resize(rows);
        for (const bool nudged : {false, true}) {
            if (has(nudged))
                presentation.last[nudged ? 1 : 0].resize(static_cast<std::size_t>(window_of(nudged)) * neurons_);
        }
        presentation.drives = clamped_drives(network_, ideal_, static_cast<int>(b));
    }
}

std::int64_t SettlingTrace::window_of(bool nudged) const {
    const std::int64_t end = end_of(nudged), begin = nudged ? free_ : 0;
    return std::min(window, end - std::max({begin, ideal_.at(end).from, effective_.at(end).from}));
}

void SettlingTrace::add(const TickRows& rows, const StopCheck& stop) {
    if (rows.branch != Branch::main) return;
    const auto all = static_cast<std::size_t>(network_.wiring.neurons());
    if (rows.presentation < 0 || rows.presentation >= minibatch_.batch())
        refuse("rows.presentation", "is none of the minibatch", "0 to " + std::to_string(minibatch_.batch() - 1));
    if (rows.rows < 0 || rows.first_row < 0 || rows.first_row + rows.rows > periods_)
        refuse("rows.rows", "end after the last period", std::to_string(periods_) + " periods at most");
    if (rows.states.size() != static_cast<std::size_t>(rows.rows) * neurons_)
        refuse("rows.states", "are those of another network", std::to_string(neurons_) + " a row");
    if (!rows.bits.empty() && rows.bits.size() != static_cast<std::size_t>(rows.rows) * all)
        refuse("rows.bits", "are those of another network", std::to_string(all) + " a row");
    Presentation& presentation = presentations_[static_cast<std::size_t>(rows.presentation)];
    for (int row = 0; row < rows.rows; ++row) {
        const auto at = static_cast<std::size_t>(row);
        give_up_if(stop);
        add_row(rows.presentation, rows.first_row + row, std::span(rows.states).subspan(at * neurons_, neurons_));
        if (rows.bits.empty()) continue;
        const auto bits = std::span(rows.bits).subspan(at * all, all);
        const auto period = static_cast<std::size_t>(rows.first_row + row);
        const std::uint64_t before = period == 0 ? 0 : presentation.spikes[period - 1];
        presentation.spikes[period] = std::accumulate(bits.begin(), bits.end(), before);
    }
}

/// `period` counted from 0.
void SettlingTrace::add_row(int b, std::int64_t period, std::span<const float> states) {
    Presentation& presentation = presentations_[static_cast<std::size_t>(b)];
    const auto at = static_cast<std::size_t>(period);
    const bool nudged = period >= free_;
    const FixedPoint& resting = ideal_.at(period + 1);
    const RateStates& ideal = resting.states;
    const RateStates& effective = effective_.at(period + 1).states;
    const Wiring& wiring = network_.wiring;
    const std::size_t populations = wiring.unclamped().size();
    std::vector<std::span<const float>> by_population(static_cast<std::size_t>(wiring.populations()));
    double* distances = presentation.by_population.data() + at * populations;
    double sum = 0, effective_sum = 0;
    for (const int p : wiring.unclamped()) {
        const auto s =
            states.subspan(static_cast<std::size_t>(wiring.first_state(p)), static_cast<std::size_t>(wiring.size(p)));
        by_population[static_cast<std::size_t>(p)] = s;
        const double distance = mean_distance(s, ideal.of(p, b));
        *distances++ = distance;
        sum += distance;
        effective_sum += mean_distance(s, effective.of(p, b));
    }
    presentation.distance[at] = sum / static_cast<double>(populations);
    presentation.effective[at] = effective_sum / static_cast<double>(populations);
    presentation.energy[at] =
        energy(network_, presentation.drives[static_cast<std::size_t>(&resting - ideal_.points.data())], by_population);
    const std::int64_t row = period - (end_of(nudged) - window_of(nudged));
    if (row < 0) return;
    std::copy(states.begin(), states.end(),
              presentation.last[nudged ? 1 : 0].begin() + row * static_cast<std::ptrdiff_t>(neurons_));
}

SettlingSample SettlingTrace::sample(std::int64_t period) const {
    if (period < 1 || period > periods_)
        refuse("period", std::to_string(period) + " was not seen", "1 to " + std::to_string(periods_));
    const auto at = static_cast<std::size_t>(period - 1);
    const std::size_t populations = network_.wiring.unclamped().size();
    const auto batch = static_cast<double>(presentations_.size());
    SettlingSample sample;
    sample.period = period;
    sample.nudged = period > free_;
    sample.by_population.resize(populations);
    std::uint64_t spikes = 0;
    for (const Presentation& presentation : presentations_) {
        for (std::size_t l = 0; l < populations; ++l)
            sample.by_population[l] += presentation.by_population[at * populations + l];
        sample.distance += presentation.distance[at];
        sample.distance_effective += presentation.effective[at];
        sample.hopfield_energy += presentation.energy[at];
        spikes += presentation.spikes[at];
    }
    for (double& distance : sample.by_population) distance /= batch;
    sample.distance /= batch;
    sample.distance_effective /= batch;
    sample.hopfield_energy /= batch;
    sample.spikes = spikes;
    return sample;
}

std::vector<std::optional<std::int64_t>> SettlingTrace::settled_at(double tolerance) const {
    std::vector<std::optional<std::int64_t>> settled;
    for (const Presentation& presentation : presentations_) {
        std::int64_t first = free_;  // periods 0 … first - 1 are not known to be under it
        while (first > 0 && presentation.effective[static_cast<std::size_t>(first - 1)] < tolerance) --first;
        settled.push_back(first == free_ ? std::nullopt : std::optional(first + 1));
    }
    return settled;
}

std::vector<std::optional<std::int64_t>> SettlingTrace::recovered_after(const EventWindow& event,
                                                                        double tolerance) const {
    if (event.from < 0 || event.to <= event.from || event.to > periods_)
        refuse("window", "is not of this trace", "periods 0 to " + std::to_string(periods_));
    std::vector<std::optional<std::int64_t>> recovered;
    for (const Presentation& presentation : presentations_) {
        recovered.push_back(periods_to_recover(event, [&](std::int64_t period) {
            return presentation.effective[static_cast<std::size_t>(period - 1)] < tolerance;
        }));
    }
    return recovered;
}

RateStates SettlingTrace::mean_states(bool nudged) const {
    RateStates means(network_.wiring.sizes(), minibatch_.batch());
    const auto rows = static_cast<std::size_t>(window_of(nudged));
    const RateStates& data = ideal_.at(end_of(nudged)).states;
    for (std::size_t b = 0; b < presentations_.size(); ++b) {
        const std::vector<float>& last = presentations_[b].last[nudged ? 1 : 0];
        const auto x = data.of(network_.wiring.input(), static_cast<int>(b));
        double* all = means.values.data() + b * static_cast<std::size_t>(means.neurons());
        std::copy(x.begin(), x.end(), all);
        double* s = all + x.size();
        for (std::size_t row = 0; row < rows; ++row) {
            for (std::size_t i = 0; i < neurons_; ++i) s[i] += static_cast<double>(last[row * neurons_ + i]);
        }
        for (std::size_t i = 0; i < neurons_; ++i) s[i] /= static_cast<double>(rows);
    }
    return means;
}

Steadiness SettlingTrace::steadiness() const {
    Steadiness total;
    int phases = 0;
    for (const bool nudged : {false, true}) {
        if (!has(nudged)) continue;
        ++phases;
        const RateStates means = mean_states(nudged);
        const auto rows = static_cast<std::size_t>(window_of(nudged));
        const RateStates& fixed = ideal_.at(end_of(nudged)).states;
        Steadiness phase;
        for (std::size_t b = 0; b < presentations_.size(); ++b) {
            const std::span<const float> last = presentations_[b].last[nudged ? 1 : 0];
            for (const int p : network_.wiring.unclamped()) {
                const auto first = static_cast<std::size_t>(network_.wiring.first_state(p));
                const auto mean = means.of(p, static_cast<int>(b));
                phase.bias += mean_distance(mean, fixed.of(p, static_cast<int>(b)));
                for (std::size_t row = 0; row < rows; ++row) {
                    phase.fluctuation += mean_distance(mean, last.subspan(row * neurons_ + first, mean.size())) /
                                         static_cast<double>(rows);
                }
            }
        }
        const double terms =
            static_cast<double>(presentations_.size()) * static_cast<double>(network_.wiring.unclamped().size());
        total.bias += phase.bias / terms;
        total.fluctuation += phase.fluctuation / terms;
    }
    total.bias /= phases;
    total.fluctuation /= phases;
    return total;
}

}  // namespace settle
