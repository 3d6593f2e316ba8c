#include "models/energy.hpp"

#include <algorithm>
#include <cassert>

namespace settle {

static double rho(float s) {
    return std::clamp(static_cast<double>(s), 0.0, 1.0);
}

double energy(const Network& network, const std::vector<std::span<const float>>& states) {
    assert(states.size() == network.sizes.size());
    double total = 0;
    for (std::size_t l = 1; l < states.size(); ++l) {
        for (int i = 0; i < network.sizes[l]; ++i) {
            const float s = states[l][static_cast<std::size_t>(i)];
            total += 0.5 * s * s - static_cast<double>(network.biases[l - 1][static_cast<std::size_t>(i)]) * rho(s);
        }
    }
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
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

double cost(std::span<const float> output, int label) {
    double total = 0;
    for (std::size_t i = 0; i < output.size(); ++i) {
        const double error = (static_cast<int>(i) == label ? 1.0 : 0.0) - output[i];
        total += error * error;
    }
    return total;
}

}  // namespace settle
