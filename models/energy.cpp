#include "models/energy.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "models/network_checks.hpp"

namespace settle {

static double rho(float s) {
    return std::clamp(static_cast<double>(s), 0.0, 1.0);
}

std::vector<double> clamped_drive(const Network& network, std::span<const float> x) {
    check_shapes(network, network.sizes);
    if (x.size() < static_cast<std::size_t>(network.sizes.front()))
        throw input_error("", "x", "has " + std::to_string(x.size()) + " values", "one for each input");
    const Projection& projection = network.projections.front();
    std::vector<double> drive(static_cast<std::size_t>(projection.post));
    for (int i = 0; i < projection.pre; ++i) {
        const double source = rho(x[static_cast<std::size_t>(i)]);
        if (source == 0) continue;
        for (int j = 0; j < projection.post; ++j)
            drive[static_cast<std::size_t>(j)] += source * static_cast<double>(projection.weights.at(i, j));
    }
    return drive;
}

double energy(const Network& network, std::span<const double> drive,
              const std::vector<std::span<const float>>& states) {
    bool fits = states.size() == network.sizes.size() && drive.size() >= static_cast<std::size_t>(network.sizes[1]);
    for (std::size_t l = 1; fits && l < states.size(); ++l)
        fits = states[l].size() >= static_cast<std::size_t>(network.sizes[l]);
    if (!fits) throw input_error("", "states", "are those of another network", "an array for each population");
    double total = 0;
    for (std::size_t l = 1; l < states.size(); ++l) {
        for (int i = 0; i < network.sizes[l]; ++i) {
            const auto at = static_cast<std::size_t>(i);
            const float s = states[l][at];
            total += 0.5 * s * s - static_cast<double>(network.biases[l - 1][at]) * rho(s);
            if (l == 1) total -= drive[at] * rho(s);
        }
    }
    for (std::size_t l = 1; l < network.projections.size(); ++l) {
        const Projection& projection = network.projections[l];
        for (int i = 0; i < projection.pre; ++i) {
            const double source = rho(states[l][static_cast<std::size_t>(i)]);
            if (source == 0) continue;
            double sum = 0;
            for (int j = 0; j < projection.post; ++j) {
                sum +=
                    static_cast<double>(projection.weights.at(i, j)) * rho(states[l + 1][static_cast<std::size_t>(j)]);
            }
            total -= source * sum;
        }
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
