#include "models/network_checks.hpp"

#include <cmath>
#include <limits>
#include <string>

#include "core/error.hpp"
#include "models/population.hpp"

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

void check_matrix(const std::string& key, const PanelMatrix<float>& matrix, int rows, int columns) {
    if (matrix.rows() == rows && matrix.columns() == columns) return;
    refuse(key, "has the shape " + std::to_string(matrix.rows()) + " x " + std::to_string(matrix.columns()),
           std::to_string(rows) + " x " + std::to_string(columns) + ", the neurons of the layers that it joins");
}

}  // namespace

void check_layers(const std::vector<int>& layers) {
    if (layers.size() < 2) {
        refuse("network.layers", "has " + std::to_string(layers.size()) + " layers",
               "at least 2 layer sizes, such as {784, 500, 10}");
    }
    std::int64_t neurons = 0;
    for (const int size : layers) {
        if (size < 1) refuse("network.layers", std::to_string(size) + " is no size of a layer", "at least 1 neuron");
        neurons += padded_size(std::min(size, std::numeric_limits<int>::max() - panel_width));
    }
    if (neurons > std::numeric_limits<int>::max())
        refuse("network.layers", std::to_string(neurons) + " neurons are too many", "less than 2^31 in all");
}

void check_array_shapes(const NetworkArrays& arrays, const std::vector<int>& layers) {
    check_layers(layers);
    check_count("/weights", arrays.weights.size(), layers.size() - 1, "one for each projection of network.layers");
    check_count("/biases", arrays.biases.size(), layers.size() - 1, "one for each layer above the input");
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        const auto pre = static_cast<std::size_t>(layers[l]), post = static_cast<std::size_t>(layers[l + 1]);
        check_count(numbered("weights", l), arrays.weights[l].size(), pre * post, "a weight for each pair of neurons");
        check_count(numbered("biases", l), arrays.biases[l].size(), post, "a bias for each neuron");
    }
}

void check_arrays(const NetworkArrays& arrays, const std::vector<int>& layers) {
    check_array_shapes(arrays, layers);
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        check_values(numbered("weights", l), arrays.weights[l], true);
        check_values(numbered("biases", l), arrays.biases[l], false);
    }
}

void check_shapes(const Network& network, const std::vector<int>& layers) {
    check_layers(layers);
    check_count("network.layers", network.sizes.size(), layers.size(), "the layers that the scenario has");
    check_count("/weights", network.projections.size(), layers.size() - 1, "one for each pair of neighbouring layers");
    check_count("/biases", network.biases.size(), layers.size() - 1, "one for each layer above the input");
    for (std::size_t l = 0; l < layers.size(); ++l) {
        if (network.sizes[l] == layers[l]) continue;
        refuse("network.layers",
               "layer " + std::to_string(l) + " of the network has " + std::to_string(network.sizes[l]) + " neurons",
               std::to_string(layers[l]));
    }
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        const Projection& projection = network.projections[l];
        check_matrix(numbered("weights", l), projection.weights, layers[l], layers[l + 1]);
        if (projection.pre != layers[l] || projection.post != layers[l + 1] || projection.pre_listens != (l > 0))
            refuse(numbered("weights", l), "joins other layers",
                   "a projection of this network, from layer " + std::to_string(l) + " to the next");
        check_count(numbered("biases", l), network.biases[l].size(),
                    static_cast<std::size_t>(padded_size(layers[l + 1])), "a bias for each neuron, padded to panels");
    }
}

void check_network(const Network& network, const std::vector<int>& layers) {
    check_shapes(network, layers);
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        const Projection& projection = network.projections[l];
        for (int p = 0; p < projection.weights.panels(); ++p) {
            // The padding is 0 and stays 0.
            const float* values = projection.weights.panel(p);
            for (int i = 0; i < projection.pre * panel_width; ++i) {
                if (std::isfinite(values[i])) continue;
                refuse_value(numbered("weights", l),
                             "the weight from neuron " + std::to_string(i / panel_width) + " to neuron " +
                                 std::to_string(p * panel_width + i % panel_width),
                             values[i], true);
            }
        }
        check_values(numbered("biases", l), network.biases[l], false);
        for (std::size_t i = static_cast<std::size_t>(layers[l + 1]); i < network.biases[l].size(); ++i) {
            if (network.biases[l][i] != 0)
                refuse(numbered("biases", l), "the padding is not 0", "0 behind the neurons");
        }
        for (const DeadLink& link : projection.dead) {
            if (link.pre < 0 || link.pre >= projection.pre || link.post < 0 || link.post >= projection.post)
                refuse(numbered("weights", l), "has a dead link between neurons that are not there",
                       "neurons of its layers");
        }
    }
}

void check_images(const Network& network, bool continuous) {
    for (std::size_t l = 0; l < network.projections.size(); ++l) {
        if (!has_images(network.projections[l], continuous))
            refuse(numbered("weights", l), "has no images for these neurons", "a network after derive_images()");
    }
}

void check_states(const BatchStates& states, const std::vector<int>& layers, const char* name) {
    if (states.batch < 1) refuse(name, "holds no presentations", "the states of at least one");
    check_count(name, states.populations.size(), layers.size(), "the states of each layer");
    check_count(name, states.padded.size(), layers.size(), "a padded size for each layer");
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const auto padded = static_cast<std::size_t>(padded_size(layers[l]));
        if (states.padded[l] != padded_size(layers[l]))
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
