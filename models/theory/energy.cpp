#include "models/theory/energy.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"

namespace settle {

static double rho(float s) {
    return std::clamp(static_cast<double>(s), 0.0, 1.0);
}

std::vector<double> clamped_drive(const Network& network, std::span<const float> x) {
    check_shapes(network, network.wiring);
    const Wiring& wiring = network.wiring;
    if (x.size() < static_cast<std::size_t>(wiring.size(wiring.input())))
        throw input_error("", "x", "has " + std::to_string(x.size()) + " values", "one for each input");
    std::vector<double> drive(static_cast<std::size_t>(wiring.states()));
    for (const int number : wiring.outgoing(wiring.input())) {
        const Pathway& pathway = wiring.pathway(number);
        double* sums = drive.data() + wiring.first_state(pathway.target);
        network.over(pathway).visit_links(
            [&](int i, int j, float w) { sums[j] += rho(x[static_cast<std::size_t>(i)]) * static_cast<double>(w); });
    }
    return drive;
}

/// total -= a_i times the sum over j of w_ij b_j, for every i in order.
static void take_bonds(const Projection& projection, std::span<const float> a, std::span<const float> b,
                       double& total) {
    double sum = 0;
    int row = 0;
    const auto end_row = [&](int next) {
        total -= rho(a[static_cast<std::size_t>(row)]) * sum;
        sum = 0;
        row = next;
    };
    projection.visit_links([&](int i, int j, float w) {
        if (i != row) end_row(i);
        sum += static_cast<double>(w) * rho(b[static_cast<std::size_t>(j)]);
    });
    end_row(0);
}

double energy(const Network& network, std::span<const double> drive,
              const std::vector<std::span<const float>>& states) {
    const Wiring& wiring = network.wiring;
    bool fits = states.size() == static_cast<std::size_t>(wiring.populations()) &&
                drive.size() >= static_cast<std::size_t>(wiring.states());
    for (const int p : wiring.unclamped()) {
        if (!fits || states[static_cast<std::size_t>(p)].size() < static_cast<std::size_t>(wiring.size(p)))
            fits = false;
    }
    if (!fits) throw input_error("", "states", "are those of another network", "an array for each population");
    double total = 0;
    for (const int p : wiring.unclamped()) {
        const auto population = static_cast<std::size_t>(p);
        for (int i = 0; i < wiring.size(p); ++i) {
            const auto at = static_cast<std::size_t>(i);
            const float s = states[population][at];
            total += 0.5 * s * s - static_cast<double>(network.biases[population][at]) * rho(s);
            total -= drive[static_cast<std::size_t>(wiring.first_state(p) + i)] * rho(s);
        }
    }
    for (int k = 0; k < wiring.projections(); ++k) {
        const auto& [pre, post, kind] = wiring.projection(k);
        if (pre == wiring.input()) continue;
        take_bonds(network.projections[static_cast<std::size_t>(k)], states[static_cast<std::size_t>(pre)],
                   states[static_cast<std::size_t>(post)], total);
    }
    return total;
}

double energy(const Network& network, const std::vector<std::span<const float>>& states) {
    if (states.empty()) throw input_error("", "states", "are those of another network", "an array for each population");
    return energy(network, clamped_drive(network, states.front()), states);
}

double cost(std::span<const float> output, int label) {
    check_classes(std::span(&label, 1), 1, static_cast<int>(output.size()), "label");
    double total = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
        const double error = (static_cast<int>(i) == label ? 1.0 : 0.0) - output[i];
        total += error * error;
    }
    return total;
}

}  // namespace settle
