#include "models/network/network_checks.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

namespace {

std::string numbered(const char* group, std::size_t l) {
    return "/" + std::string(group) + "/" + std::to_string(l);
}

[[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& expected) {
    throw input_error("", key, message, expected);
}

void check_count(const std::string& key, std::size_t found, std::size_t wanted, const char* what) {
    if (found == wanted) return;
    refuse(key, "has " + std::to_string(found) + " items", std::to_string(wanted) + ", " + what);
}

bool fits(float value, float limit) {
    return std::isfinite(value) && std::abs(value) < limit;
}

constexpr float no_limit = std::numeric_limits<float>::infinity();

[[noreturn]] void refuse_value(const std::string& key, const std::string& at, float value, bool weight) {
    refuse(key, at + " is " + std::to_string(value), weight ? "finite numbers below 512 in size" : "finite numbers");
}

void check_values(const std::string& key, std::span<const float> values, bool weights) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (!fits(values[i], weights ? weight_limit : no_limit))
            refuse_value(key, "item " + std::to_string(i) + " (row-major, from 0)", values[i], weights);
    }
}

}  // namespace

void check_array_shapes(const NetworkArrays& arrays, const Wiring& wiring) {
    const auto projections = static_cast<std::size_t>(wiring.projections());
    check_count("/weights", arrays.weights.size(), projections, "one for each projection of network.layers");
    check_count("/biases", arrays.biases.size(), wiring.unclamped().size(), "one for each layer above the input");
    for (std::size_t k = 0; k < projections; ++k) {
        check_count(numbered("weights", k), arrays.weights[k].size(),
                    static_cast<std::size_t>(wiring.weights(static_cast<int>(k))), "a weight for each pair of neurons");
    }
    for (std::size_t i = 0; i < wiring.unclamped().size(); ++i)
        check_count(numbered("biases", i), arrays.biases[i].size(),
                    static_cast<std::size_t>(wiring.biases(wiring.unclamped()[i])), "a bias for each neuron");
}

/// Of the weights of a population with itself, (neurons x neurons).
static void check_lateral(const std::string& key, std::span<const float> weights, int neurons) {
    const auto count = static_cast<std::size_t>(neurons);
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t j = 0; j <= i; ++j) {
            const float one = weights[i * count + j], other = weights[j * count + i];
            if (i == j ? one == 0 : one == other) continue;
            refuse(key,
                   "the weight from neuron " + std::to_string(i) + " to neuron " + std::to_string(j) + " is " +
                       std::to_string(one) + (i == j ? "" : ", and back " + std::to_string(other)),
                   "a symmetric matrix with 0 in its diagonal, since the projection is lateral");
        }
    }
}

void check_arrays(const NetworkArrays& arrays, const Wiring& wiring) {
    check_array_shapes(arrays, wiring);
    for (std::size_t k = 0; k < arrays.weights.size(); ++k) {
        check_values(numbered("weights", k), arrays.weights[k], true);
        const ProjectionSpec& spec = wiring.projection(static_cast<int>(k));
        if (spec.lateral() && std::holds_alternative<DenseSpec>(spec.kind))
            check_lateral(numbered("weights", k), arrays.weights[k], wiring.size(spec.pre));
    }
    for (std::size_t i = 0; i < arrays.biases.size(); ++i) check_values(numbered("biases", i), arrays.biases[i], false);
}

void check_shapes(const Network& network, const Wiring& wiring) {
    const auto populations = static_cast<std::size_t>(wiring.populations());
    if (populations == 0) refuse("network.layers", "has no layers", "at least 2 layer sizes, such as {784, 500, 10}");
    check_count("network.layers", network.wiring.sizes().size(), populations, "the layers that the scenario has");
    check_count("/weights", network.projections.size(), static_cast<std::size_t>(wiring.projections()),
                "one for each pair of neighbouring layers");
    check_count("/biases", network.biases.size(), populations, "one for each layer, empty for the input");
    for (std::size_t p = 0; p < populations; ++p) {
        if (network.wiring.sizes()[p] == wiring.sizes()[p]) continue;
        refuse("network.layers",
               "layer " + std::to_string(p) + " of the network has " + std::to_string(network.wiring.sizes()[p]) +
                   " neurons",
               std::to_string(wiring.sizes()[p]));
    }
    if (network.wiring != wiring) refuse("network.layers", "are joined otherwise", "the wiring of the scenario");
    for (int k = 0; k < wiring.projections(); ++k) {
        const auto& [pre, post, kind] = wiring.projection(k);
        const Projection& projection = network.projections[static_cast<std::size_t>(k)];
        if (projection.kind.index() != kind.index() ||
            !projection.joins(wiring.size(pre), wiring.size(post), pre != wiring.input() && pre != post))
            refuse(numbered("weights", static_cast<std::size_t>(k)), "joins other layers",
                   "a projection of this network, from layer " + wiring.population(pre).name + " to layer " +
                       wiring.population(post).name);
    }
    for (std::size_t i = 0; i < wiring.unclamped().size(); ++i) {
        const int p = wiring.unclamped()[i];
        check_count(numbered("biases", i), network.biases[static_cast<std::size_t>(p)].size(),
                    static_cast<std::size_t>(padded_size(wiring.size(p))), "a bias for each neuron, padded to panels");
    }
}

void check_network(const Network& network, const Wiring& wiring) {
    check_shapes(network, wiring);
    for (std::size_t k = 0; k < network.projections.size(); ++k) {
        network.projections[k].visit_links([&](int i, int j, float weight) {
            if (!std::isfinite(weight))
                refuse_value(numbered("weights", k),
                             "the weight from neuron " + std::to_string(i) + " to neuron " + std::to_string(j), weight,
                             true);
        });
        const auto* dense = std::get_if<Dense>(&network.projections[k].kind);
        if (dense && dense->lateral && !dense->symmetric())
            refuse(numbered("weights", k), "is not symmetric with 0 in its diagonal", "what a lateral projection is");
    }
    for (std::size_t i = 0; i < wiring.unclamped().size(); ++i) {
        const int p = wiring.unclamped()[i];
        const AlignedVector<float>& biases = network.biases[static_cast<std::size_t>(p)];
        check_values(numbered("biases", i), biases, false);
        for (auto at = static_cast<std::size_t>(wiring.size(p)); at < biases.size(); ++at) {
            if (biases[at] != 0) refuse(numbered("biases", i), "the padding is not 0", "0 behind the neurons");
        }
    }
}

void check_dead(const DeadLinks& dead, const Network& network) {
    if (!dead.empty())
        check_count("dead links", dead.size(), network.projections.size(), "one mask for each projection, or none");
    for (std::size_t k = 0; k < dead.size(); ++k) {
        if (!network.projections[k].takes(dead[k]))
            refuse("dead links", "are those of another network", "masks of its projections");
    }
}

void check_images(const Network& network, bool continuous) {
    for (std::size_t k = 0; k < network.projections.size(); ++k) {
        if (!network.projections[k].has_images(continuous))
            refuse(numbered("weights", k), "has no images for these neurons", "a network after derive_images()");
    }
}

void check_states(const BatchStates& states, const Wiring& wiring, const char* name) {
    if (states.batch < 1) refuse(name, "holds no presentations", "the states of at least one");
    check_count(name, states.populations.size(), wiring.sizes().size(), "the states of each layer");
    check_count(name, states.padded.size(), wiring.sizes().size(), "a padded size for each layer");
    for (std::size_t l = 0; l < wiring.sizes().size(); ++l) {
        const auto padded = static_cast<std::size_t>(padded_size(wiring.sizes()[l]));
        if (states.padded[l] != padded_size(wiring.sizes()[l]))
            refuse(name, "the states of layer " + std::to_string(l) + " are those of another network",
                   std::to_string(padded) + " a presentation");
        check_count(std::string(name) + " of layer " + std::to_string(l), states.populations[l].size(),
                    static_cast<std::size_t>(states.batch) * padded, "padded states of each presentation");
    }
}

void check_classes(std::span<const std::int32_t> labels, std::size_t presentations, int classes, const char* name) {
    check_count(name, labels.size(), presentations, "one for each presentation");
    for (std::size_t i = 0; i < labels.size(); ++i) {
        if (labels[i] >= 0 && labels[i] < classes) continue;
        refuse(name, "the label of presentation " + std::to_string(i) + " (from 0) is " + std::to_string(labels[i]),
               "0 to " + std::to_string(classes - 1) + ", since the output layer has " + std::to_string(classes) +
                   " neurons");
    }
}

}  // namespace settle
