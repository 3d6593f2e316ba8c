#include "models/theory/relaxation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <string>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"

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

/// The same over a pathway of either form.
void add_pathway(const ContinuousNetwork& network, int number, std::span<const double> values, std::span<double> out) {
    const auto at = static_cast<std::size_t>(number);
    const RateLinks& links = network.links[at];
    if (links.dense()) return add_rows_of(network.weights[at], values, out);
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i] == 0) continue;
        for (auto k = static_cast<std::size_t>(links.first[i]); k < static_cast<std::size_t>(links.first[i + 1]); ++k)
            out[static_cast<std::size_t>(links.target[k])] += values[i] * links.weight[k];
    }
}

/// One presentation on its way to the fixed point.
class Relaxing {
public:
    Relaxing(const ContinuousNetwork& network, RateStates& states, int presentation)
        : network_(network),
          wiring_(network.wiring),
          states_(states),
          presentation_(presentation),
          fixed_(network.biases),
          outputs_(static_cast<std::size_t>(wiring_.neurons())),
          drives_(network.biases) {
        for (const int number : wiring_.outgoing(wiring_.input())) {
            std::vector<double> drive = clamped_drive_of(network, number, states.of(wiring_.input(), presentation));
            std::vector<double>& sums = fixed_[static_cast<std::size_t>(wiring_.pathway(number).target)];
            for (std::size_t j = 0; j < drive.size(); ++j) sums[j] = drive[j] + sums[j];
        }
    }

    /// The largest change of a state.
    double tick(const RelaxationSettings& settings, int label) {
        for (const int p : wiring_.unclamped()) {
            const auto s = states_.of(p, presentation_);
            const auto out = outputs(p);
            for (std::size_t i = 0; i < s.size(); ++i)
                out[i] = output_of(network_, wiring_.first_neuron(p) + static_cast<int>(i), s[i]);
        }
        double most = 0;
        for (const int p : wiring_.unclamped()) {
            drive(p);
            const bool nudged = p == wiring_.output() && settings.beta != 0;
            most = std::max(most, integrate(p, settings, nudged ? label : -1));
        }
        return most;
    }

private:
    std::span<double> outputs(int p) {
        return std::span(outputs_).subspan(static_cast<std::size_t>(wiring_.first_neuron(p)),
                                           static_cast<std::size_t>(wiring_.size(p)));
    }

    void drive(int p) {
        const auto at = static_cast<std::size_t>(p);
        drives_[at] = fixed_[at];
        for (const int number : wiring_.incoming(p)) {
            const int source = wiring_.pathway(number).source;
            if (source != wiring_.input()) add_pathway(network_, number, outputs(source), drives_[at]);
        }
    }

    /// `label` -1: not nudged.
    double integrate(int p, const RelaxationSettings& settings, int label) {
        const std::vector<double>& sums = drives_[static_cast<std::size_t>(p)];
        const auto s = states_.of(p, presentation_);
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
    const Wiring& wiring_;
    RateStates& states_;
    int presentation_;
    std::vector<std::vector<double>> fixed_;   ///< by population: bias, and the drive of the input
    std::vector<double> outputs_;              ///< (neurons); what the input sends is in fixed_
    std::vector<std::vector<double>> drives_;  ///< by population
};

[[noreturn]] void refuse(const char* key, const std::string& message, const char* expected) {
    throw input_error("", key, message, expected);
}

/// Whether every array is as long as the sizes say.
void check_continuous(const ContinuousNetwork& network) {
    const Wiring& wiring = network.wiring;
    bool fits = wiring.populations() >= 2 && network.weights.size() == wiring.pathways().size() &&
                network.links.size() == wiring.pathways().size() &&
                network.biases.size() == static_cast<std::size_t>(wiring.populations());
    for (std::size_t i = 0; fits && i < network.weights.size(); ++i) {
        const Pathway& pathway = wiring.pathway(static_cast<int>(i));
        const auto sources = static_cast<std::size_t>(wiring.size(pathway.source));
        const RateLinks& links = network.links[i];
        fits = links.dense()
                   ? network.weights[i].size() == sources * static_cast<std::size_t>(wiring.size(pathway.target))
                   : links.first.size() == sources + 1 &&
                         links.target.size() == static_cast<std::size_t>(links.first.back()) &&
                         links.weight.size() == links.target.size();
    }
    for (const int p : wiring.unclamped()) {
        fits = fits && network.biases[static_cast<std::size_t>(p)].size() == static_cast<std::size_t>(wiring.size(p));
    }
    if (!fits) refuse("network", "has arrays that are not of its sizes", "those of ideal_network or effective_network");
    if (!network.stuck.empty() && network.stuck.size() != static_cast<std::size_t>(wiring.neurons()))
        refuse("network.stuck", "has " + std::to_string(network.stuck.size()) + " items",
               "one for each neuron, or none");
}

void check_relaxation(const ContinuousNetwork& network, const RateStates& states, const RelaxationSettings& settings) {
    check_continuous(network);
    const auto neurons = static_cast<std::size_t>(network.wiring.neurons());
    if (states.batch < 0 || states.first.size() != network.wiring.sizes().size() + 1 ||
        states.neurons() != network.wiring.neurons() ||
        states.values.size() != static_cast<std::size_t>(states.batch) * neurons)
        refuse("states", "are those of another network", "the states of all neurons for each presentation");
    if (settings.ticks < 0) refuse("settings.ticks", std::to_string(settings.ticks) + " is out of range", "at least 0");
    if (!(settings.epsilon >= 0 && settings.epsilon <= 1))
        refuse("settings.epsilon", std::to_string(settings.epsilon) + " is out of range", "a number, 0 to 1");
    if (!std::isfinite(settings.beta))
        refuse("settings.beta", std::to_string(settings.beta) + " is out of range", "a finite number");
}

/// The weights of one pathway, those of dead links 0.
void add_weights(const Network& from, const Pathway& pathway, const LinkMask& dead, ContinuousNetwork& network) {
    const Projection& projection = from.over(pathway);
    const int sources = from.wiring.size(pathway.source), targets = from.wiring.size(pathway.target);
    std::vector<double>& weights = network.weights.emplace_back();
    RateLinks& links = network.links.emplace_back();
    if (std::holds_alternative<Dense>(projection.kind)) {
        weights.resize(static_cast<std::size_t>(sources) * static_cast<std::size_t>(targets));
        for (int i = 0; i < sources; ++i) {
            double* row = weights.data() + static_cast<std::ptrdiff_t>(i) * targets;
            projection.visit_row(pathway.transposed, i, dead,
                                 [&](int target, float weight) { row[target] = static_cast<double>(weight); });
        }
        return;
    }
    // Growing would take twice as much.
    const auto count = static_cast<std::size_t>(projection.links()) * (pathway.source == pathway.target ? 2 : 1);
    links.target.reserve(count);
    links.weight.reserve(count);
    links.first.reserve(static_cast<std::size_t>(sources) + 1);
    links.first.push_back(0);
    for (int i = 0; i < sources; ++i) {
        projection.visit_row(pathway.transposed, i, dead, [&](int target, float weight) {
            links.target.push_back(target);
            links.weight.push_back(static_cast<double>(weight));
        });
        links.first.push_back(std::ssize(links.target));
    }
}

/// `dead`: links that are 0.
ContinuousNetwork symmetric_network(const Network& from, const DeadLinks& dead) {
    ContinuousNetwork network;
    network.wiring = from.wiring;
    for (const Pathway& pathway : from.wiring.pathways())
        add_weights(from, pathway, mask_of(dead, pathway.projection), network);
    network.biases.resize(static_cast<std::size_t>(from.wiring.populations()));
    for (const int p : from.wiring.unclamped()) {
        const auto begin = from.biases[static_cast<std::size_t>(p)].begin();
        network.biases[static_cast<std::size_t>(p)].assign(begin, begin + from.wiring.size(p));
    }
    return network;
}

/// A weight as often as its target hears its source in a tick.
class Hearing {
public:
    Hearing(const Clocks& clocks, const LinkSettings& link) : clocks_(clocks), link_(link) {}

    double scaled(double weight, int source, int target) const {
        if (link_.kind == Link::level) return link_.loss >= 1 ? 0 : weight;
        // Parity links neither lose a bit for good nor hear it twice; their pulses are events as others are.
        const double copies = !has_terminals(link_.kind) ? (1 - link_.loss) * (1 + link_.duplication)
                              : link_.loss >= 1          ? 0
                                                         : 1;
        return weight * (copies * (static_cast<double>(clocks_.period[static_cast<std::size_t>(target)]) /
                                   static_cast<double>(clocks_.period[static_cast<std::size_t>(source)])));
    }

private:
    const Clocks& clocks_;
    const LinkSettings& link_;
};

/// All weights of one pathway.
void scale_by_hearing(ContinuousNetwork& network, int number, const Hearing& hearing) {
    const Pathway& pathway = network.wiring.pathway(number);
    const int first_source = network.wiring.first_neuron(pathway.source);
    const int first_target = network.wiring.first_neuron(pathway.target), targets = network.wiring.size(pathway.target);
    double* weight = network.weights[static_cast<std::size_t>(number)].data();
    RateLinks& links = network.links[static_cast<std::size_t>(number)];
    for (int i = 0; i < network.wiring.size(pathway.source); ++i) {
        for (int j = 0; links.dense() && j < targets; ++j, ++weight)
            *weight = hearing.scaled(*weight, first_source + i, first_target + j);
        if (links.dense()) continue;
        const auto at = static_cast<std::size_t>(i);
        for (auto k = static_cast<std::size_t>(links.first[at]); k < static_cast<std::size_t>(links.first[at + 1]); ++k)
            links.weight[k] = hearing.scaled(links.weight[k], first_source + i, first_target + links.target[k]);
    }
}

}  // namespace

ContinuousNetwork ideal_network(const Network& network) {
    return symmetric_network(network, {});
}

ContinuousNetwork effective_network(const Network& network, const Device& device) {
    const Wiring& wiring = network.wiring;
    check_shapes(network, wiring);
    check_dead(device.dead, network);
    const auto neurons = static_cast<std::size_t>(wiring.neurons());
    const std::vector<Duration>& periods = device.clocks.period;
    if (periods.size() != neurons || std::count(periods.begin(), periods.end(), 0) > 0)
        refuse("clocks", "are not those of this network", "a period for each neuron");
    if (!device.faults.stuck.empty() && device.faults.stuck.size() != neurons)
        refuse("stuck", "are not those of this network", "one for each neuron, or none");
    ContinuousNetwork effective = symmetric_network(network, device.dead);
    effective.stuck = device.faults.stuck;
    const Hearing hearing(device.clocks, device.settings.link);
    for (int number = 0; number < static_cast<int>(effective.weights.size()); ++number)
        scale_by_hearing(effective, number, hearing);
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

std::vector<double> clamped_drive_of(const ContinuousNetwork& network, int pathway, std::span<const double> x) {
    check_continuous(network);
    if (x.size() != static_cast<std::size_t>(network.wiring.size(network.wiring.input())))
        refuse("x", "has " + std::to_string(x.size()) + " values", "one for each input");
    const int target = network.wiring.pathway(pathway).target;
    std::vector<double> sent(x.size()), drive(static_cast<std::size_t>(network.wiring.size(target)));
    for (std::size_t i = 0; i < x.size(); ++i) sent[i] = output_of(network, static_cast<int>(i), x[i]);
    add_pathway(network, pathway, sent, drive);
    return drive;
}

Relaxation relax(const ContinuousNetwork& network, RateStates& states, std::span<const std::int32_t> labels,
                 const RelaxationSettings& settings, WorkerPool& workers, const StopCheck& stop) {
    check_relaxation(network, states, settings);
    if (settings.beta != 0)
        check_classes(labels, static_cast<std::size_t>(states.batch), network.wiring.size(network.wiring.output()),
                      "labels");
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
