#include "models/relaxation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "models/network_checks.hpp"

namespace settle {

namespace {

/// Two neighbouring doubles below 1 are 1.1e-16 apart: what moves less than this goes nowhere any more.
constexpr double still = 1e-15;

/// What a neuron sends.
double output_of(const ContinuousNetwork& network, int neuron, double s) {
    if (!network.stuck.empty()) {
        const Stuck stuck = network.stuck[static_cast<std::size_t>(neuron)];
        if (stuck != Stuck::no) return stuck == Stuck::at_one ? 1 : 0;
    }
    return std::clamp(s, 0.0, 1.0);
}

/// out += value x row, for every source in order. `weights`: (values x out).
void add_rows_of(const std::vector<double>& weights, std::span<const double> values, std::span<double> out) {
    assert(weights.size() == values.size() * out.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const double value = values[i];
        if (value == 0) continue;
        const double* row = weights.data() + i * out.size();
        for (std::size_t j = 0; j < out.size(); ++j) out[j] += value * row[j];
    }
}

/// One presentation on its way to the fixed point.
class Relaxing {
public:
    Relaxing(const ContinuousNetwork& network, RateStates& states, int presentation)
        : network_(network), states_(states), presentation_(presentation) {
        clamped_ = clamped_drive_of(network, states.of(0, presentation));
        for (std::size_t j = 0; j < clamped_.size(); ++j) clamped_[j] += network.biases[0][j];
        outputs_.resize(static_cast<std::size_t>(network.neurons()));
        for (int l = 1; l < network.layers(); ++l)
            drives_.emplace_back(static_cast<std::size_t>(network.sizes[static_cast<std::size_t>(l)]));
    }

    /// The largest change of a state.
    double tick(const RelaxationSettings& settings, int label) {
        const int last = network_.layers() - 1;
        for (int l = 1; l <= last; ++l) {
            const auto s = states_.of(l, presentation_);
            const auto out = outputs(l);
            for (std::size_t i = 0; i < s.size(); ++i)
                out[i] = output_of(network_, states_.first[static_cast<std::size_t>(l)] + static_cast<int>(i), s[i]);
        }
        double most = 0;
        for (int l = 1; l <= last; ++l) {
            drive(l);
            const bool nudged = l == last && settings.beta != 0;
            most = std::max(most, integrate(l, settings, nudged ? label : -1));
        }
        return most;
    }

private:
    std::span<double> outputs(int l) {
        const auto at = static_cast<std::size_t>(l);
        return std::span(outputs_).subspan(static_cast<std::size_t>(states_.first[at]),
                                           static_cast<std::size_t>(network_.sizes[at]));
    }

    void drive(int l) {
        const auto at = static_cast<std::size_t>(l);
        std::vector<double>& sums = drives_[at - 1];
        sums = l == 1 ? clamped_ : network_.biases[at - 1];
        if (l > 1) add_rows_of(network_.forward[at - 1], outputs(l - 1), sums);
        if (l + 1 < network_.layers()) add_rows_of(network_.backward[at], outputs(l + 1), sums);
    }

    /// `label` -1: not nudged.
    double integrate(int l, const RelaxationSettings& settings, int label) {
        const std::vector<double>& sums = drives_[static_cast<std::size_t>(l) - 1];
        const auto s = states_.of(l, presentation_);
        double most = 0;
        for (std::size_t j = 0; j < s.size(); ++j) {
            double d = sums[j];
            if (label >= 0) d += 2 * settings.beta * ((static_cast<int>(j) == label ? 1.0 : 0.0) - s[j]);
            const double next = std::clamp((1 - settings.epsilon) * s[j] + settings.epsilon * d, 0.0, 1.0);
            most = std::max(most, std::abs(next - s[j]));
            s[j] = next;
        }
        return most;
    }

    const ContinuousNetwork& network_;
    RateStates& states_;
    int presentation_;
    std::vector<double> clamped_;              ///< (sizes[1]) clamped drive and bias
    std::vector<double> outputs_;              ///< (neurons); population 0 is in clamped_
    std::vector<std::vector<double>> drives_;  ///< l belongs to population l + 1
};

[[noreturn]] void refuse(const char* key, const std::string& message, const char* expected) {
    throw input_error("", key, message, expected);
}

/// Whether every array is as long as the sizes say.
void check_continuous(const ContinuousNetwork& network) {
    check_layers(network.sizes);
    const std::size_t projections = network.sizes.size() - 1;
    bool fits = network.forward.size() == projections && network.backward.size() == projections &&
                network.biases.size() == projections;
    for (std::size_t l = 0; fits && l < projections; ++l) {
        const auto pre = static_cast<std::size_t>(network.sizes[l]),
                   post = static_cast<std::size_t>(network.sizes[l + 1]);
        fits = network.forward[l].size() == pre * post && network.biases[l].size() == post &&
               (l == 0 || network.backward[l].size() == pre * post);
    }
    if (!fits) refuse("network", "has arrays that are not of its sizes", "those of ideal_network or effective_network");
    if (!network.stuck.empty() && network.stuck.size() != static_cast<std::size_t>(network.neurons()))
        refuse("network.stuck", "has " + std::to_string(network.stuck.size()) + " items",
               "one for each neuron, or none");
}

void check_relaxation(const ContinuousNetwork& network, const RateStates& states, const RelaxationSettings& settings) {
    check_continuous(network);
    const auto neurons = static_cast<std::size_t>(network.neurons());
    if (states.batch < 0 || states.first.size() != network.sizes.size() + 1 || states.neurons() != network.neurons() ||
        states.values.size() != static_cast<std::size_t>(states.batch) * neurons)
        refuse("states", "are those of another network", "the states of all neurons for each presentation");
    if (settings.ticks < 0) refuse("settings.ticks", std::to_string(settings.ticks) + " is out of range", "at least 0");
    if (!(settings.epsilon >= 0 && settings.epsilon <= 1))
        refuse("settings.epsilon", std::to_string(settings.epsilon) + " is out of range", "a number, 0 to 1");
    if (!std::isfinite(settings.beta))
        refuse("settings.beta", std::to_string(settings.beta) + " is out of range", "a finite number");
}

ContinuousNetwork symmetric_network(const std::vector<int>& sizes, const NetworkArrays& arrays) {
    ContinuousNetwork network;
    network.sizes = sizes;
    for (std::size_t l = 0; l + 1 < sizes.size(); ++l) {
        const auto pre = static_cast<std::size_t>(sizes[l]), post = static_cast<std::size_t>(sizes[l + 1]);
        network.forward.emplace_back(arrays.weights[l].begin(), arrays.weights[l].end());
        network.backward.emplace_back(l == 0 ? 0 : pre * post);
        for (std::size_t i = 0; l > 0 && i < pre; ++i) {
            for (std::size_t j = 0; j < post; ++j) network.backward[l][j * pre + i] = network.forward[l][i * post + j];
        }
        network.biases.emplace_back(arrays.biases[l].begin(), arrays.biases[l].begin() + sizes[l + 1]);
    }
    return network;
}

/// Weights from `sources` to `targets` (first neuron, count each) as often as a target hears a source in a tick.
void scale_by_hearing(std::vector<double>& weights, int first_source, int first_target, std::size_t targets,
                      const Clocks& clocks, const LinkSettings& link) {
    const double copies = (1 - link.loss) * (1 + link.duplication);
    for (std::size_t at = 0; at < weights.size(); ++at) {
        const auto source = static_cast<std::size_t>(first_source) + at / targets;
        const auto target = static_cast<std::size_t>(first_target) + at % targets;
        if (link.kind == Link::level) {
            if (link.loss >= 1) weights[at] = 0;
        } else {
            weights[at] *=
                copies * (static_cast<double>(clocks.period[target]) / static_cast<double>(clocks.period[source]));
        }
    }
}

}  // namespace

int ContinuousNetwork::first_neuron(int population) const {
    int first = 0;
    for (int l = 0; l < population; ++l) first += sizes[static_cast<std::size_t>(l)];
    return first;
}

ContinuousNetwork ideal_network(const Network& network) {
    return symmetric_network(network.sizes, to_arrays(network));
}

ContinuousNetwork effective_network(const Network& network, const Clocks& clocks, const LinkSettings& link,
                                    const std::vector<Stuck>& stuck) {
    check_shapes(network, network.sizes);
    const auto neurons = static_cast<std::size_t>(network.neurons());
    if (clocks.period.size() != neurons || std::count(clocks.period.begin(), clocks.period.end(), 0) > 0)
        refuse("clocks", "are not those of this network", "a period for each neuron");
    if (!stuck.empty() && stuck.size() != neurons)
        refuse("stuck", "are not those of this network", "one for each neuron, or none");
    NetworkArrays arrays = to_arrays(network);
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
        for (const DeadLink& dead : network.projections[l].dead)
            arrays.weights[l][static_cast<std::size_t>(dead.pre) * static_cast<std::size_t>(network.sizes[l + 1]) +
                              static_cast<std::size_t>(dead.post)] = 0;
    }
    ContinuousNetwork effective = symmetric_network(network.sizes, arrays);
    effective.stuck = stuck;
    for (int l = 0; l + 1 < network.layers(); ++l) {
        const auto at = static_cast<std::size_t>(l);
        const int pre = network.first_neuron(l), post = network.first_neuron(l + 1);
        scale_by_hearing(effective.forward[at], pre, post, static_cast<std::size_t>(network.sizes[at + 1]), clocks,
                         link);
        scale_by_hearing(effective.backward[at], post, pre, static_cast<std::size_t>(network.sizes[at]), clocks, link);
    }
    return effective;
}

double relaxation_step(double beta) {
    return std::min(0.5, 1.5 / (1 + 2 * std::max(beta, 0.0)));
}

RateStates::RateStates(const std::vector<int>& sizes, int presentations) : batch(presentations), first(1, 0) {
    check_layers(sizes);
    if (batch < 0) refuse("presentations", std::to_string(batch) + " is out of range", "at least 0");
    for (const int size : sizes) first.push_back(first.back() + size);
    values.resize(static_cast<std::size_t>(batch) * static_cast<std::size_t>(neurons()));
}

std::span<double> RateStates::of(int population, int presentation) {
    const auto at = static_cast<std::size_t>(population);
    const std::size_t row = static_cast<std::size_t>(presentation) * static_cast<std::size_t>(neurons());
    return std::span(values).subspan(row + static_cast<std::size_t>(first[at]),
                                     static_cast<std::size_t>(first[at + 1] - first[at]));
}

std::span<const double> RateStates::of(int population, int presentation) const {
    const auto at = static_cast<std::size_t>(population);
    const std::size_t row = static_cast<std::size_t>(presentation) * static_cast<std::size_t>(neurons());
    return std::span(values).subspan(row + static_cast<std::size_t>(first[at]),
                                     static_cast<std::size_t>(first[at + 1] - first[at]));
}

std::vector<double> clamped_drive_of(const ContinuousNetwork& network, std::span<const double> x) {
    check_continuous(network);
    if (x.size() != static_cast<std::size_t>(network.sizes.front()))
        refuse("x", "has " + std::to_string(x.size()) + " values", "one for each input");
    std::vector<double> sent(x.size()), drive(static_cast<std::size_t>(network.sizes[1]));
    for (std::size_t i = 0; i < x.size(); ++i) sent[i] = output_of(network, static_cast<int>(i), x[i]);
    add_rows_of(network.forward[0], sent, drive);
    return drive;
}

Relaxation relax(const ContinuousNetwork& network, RateStates& states, std::span<const std::int32_t> labels,
                 const RelaxationSettings& settings, WorkerPool& workers, const StopCheck& stop) {
    check_relaxation(network, states, settings);
    if (settings.beta != 0)
        check_classes(labels, static_cast<std::size_t>(states.batch), network.sizes.back(), "labels");
    std::vector<Relaxation> ends(static_cast<std::size_t>(states.batch));
    workers.for_each(states.batch, [&](int b, int /*worker*/) {
        give_up_if(stop);
        Relaxing relaxing(network, states, b);
        Relaxation& end = ends[static_cast<std::size_t>(b)];
        const int label = settings.beta != 0 ? labels[static_cast<std::size_t>(b)] : 0;
        while (end.ticks < settings.ticks) {
            give_up_if(stop);
            end.residual = relaxing.tick(settings, label);
            ++end.ticks;
            if (end.residual <= still) break;
        }
    });
    Relaxation all;
    for (const Relaxation& end : ends) {
        all.residual = std::max(all.residual, end.residual);
        all.ticks = std::max(all.ticks, end.ticks);
    }
    return all;
}

}  // namespace settle
