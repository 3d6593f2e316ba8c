#include "models/network/wiring.hpp"

#include <algorithm>
#include <cassert>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

int PopulationSpec::size() const {
    int product = 1;
    for (const int extent : shape) product *= extent;
    return product;
}

Wiring::Wiring(std::vector<PopulationSpec> populations, std::vector<ProjectionSpec> projections)
    : specs_(std::move(populations)),
      joins_(std::move(projections)),
      incoming_(specs_.size()),
      outgoing_(specs_.size()),
      heard_(specs_.size()),
      hearers_(specs_.size()) {
    assert(specs_.size() >= 2 && specs_.front().role == Role::input);
    for (std::size_t p = 0; p < specs_.size(); ++p) {
        sizes_.push_back(specs_[p].size());
        first_neuron_.push_back(first_neuron_.back() + sizes_.back());
        if (specs_[p].role != Role::input) unclamped_.push_back(static_cast<int>(p));
        if (specs_[p].role == Role::output) output_ = static_cast<int>(p);
    }
    assert(output_ != input() && unclamped_.size() + 1 == specs_.size());
    const auto add = [this](const Pathway& pathway) {
        const auto number = static_cast<int>(pathways_.size());
        pathways_.push_back(pathway);
        incoming_[static_cast<std::size_t>(pathway.target)].push_back(number);
        outgoing_[static_cast<std::size_t>(pathway.source)].push_back(number);
    };
    for (std::size_t k = 0; k < joins_.size(); ++k) {
        const auto& [pre, post, kind] = joins_[k];
        assert(post != input());
        add({pre, post, static_cast<int>(k), false});
        if (pre != input() && pre != post) add({post, pre, static_cast<int>(k), true});
    }
    for (std::size_t p = 0; p < specs_.size(); ++p) {
        for (const int number : incoming_[p]) heard_[p].push_back(pathway(number).source);
        std::sort(heard_[p].begin(), heard_[p].end());
        heard_[p].erase(std::unique(heard_[p].begin(), heard_[p].end()), heard_[p].end());
        for (const int source : heard_[p]) hearers_[static_cast<std::size_t>(source)].push_back(static_cast<int>(p));
    }
}

std::vector<int> Wiring::pathways_between(int source, int target) const {
    std::vector<int> between;
    for (const int number : incoming(target)) {
        if (pathway(number).source == source) between.push_back(number);
    }
    return between;
}

std::vector<std::int64_t> Wiring::weight_shape(int k) const {
    const auto& [pre, post, kind] = projection(k);
    if (const auto* sparse = std::get_if<SparseSpec>(&kind)) return {sparse->links->count()};
    if (const auto* convolution = std::get_if<ConvolutionSpec>(&kind))
        return {population(post).shape[0], population(pre).shape[0], convolution->kernel, convolution->kernel};
    return {size(pre), size(post)};
}

std::int64_t Wiring::weights(int k) const {
    std::int64_t count = 1;
    for (const std::int64_t extent : weight_shape(k)) count *= extent;
    return count;
}

Window Wiring::window(int k) const {
    const auto& [pre, post, kind] = projection(k);
    const std::vector<int>&from = population(pre).shape, &to = population(post).shape;
    const auto& [kernel, stride, padding] = std::get<ConvolutionSpec>(kind);
    assert(from.size() == 3 && to.size() == 3);
    assert(to[1] == windowed_size(from[1], kernel, stride, padding));
    assert(to[2] == windowed_size(from[2], kernel, stride, padding));
    return {from[0], from[1], from[2], to[0], to[1], to[2], kernel, stride, padding};
}

int Wiring::biases(int p) const {
    for (const ProjectionSpec& one : joins_) {
        if (one.post == p && std::holds_alternative<ConvolutionSpec>(one.kind)) return population(p).shape[0];
    }
    return size(p);
}

int Wiring::bias_projection(int p) const {
    int named = -1;
    for (int k = 0; k < projections(); ++k) {
        const auto& [pre, post, kind] = projection(k);
        if (pre == post) continue;
        if (post == p) return k;
        if (pre == p && named < 0) named = k;
    }
    return named;
}

void check_layers(const std::vector<int>& layers) {
    if (layers.size() < 2) {
        throw input_error("", "network.layers", "has " + std::to_string(layers.size()) + " layers",
                          "at least 2 layer sizes, such as {784, 500, 10}");
    }
    std::int64_t neurons = 0;
    for (const int size : layers) {
        if (size < 1)
            throw input_error("", "network.layers", std::to_string(size) + " is no size of a layer",
                              "at least 1 neuron");
        neurons += padded_size(std::min(size, std::numeric_limits<int>::max() - panel_width));
    }
    if (neurons > std::numeric_limits<int>::max())
        throw input_error("", "network.layers", std::to_string(neurons) + " neurons are too many",
                          "less than 2^31 in all");
}

Wiring chain(const std::vector<int>& layers) {
    check_layers(layers);
    std::vector<PopulationSpec> populations;
    std::vector<ProjectionSpec> projections;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const Role role = l == 0 ? Role::input : l + 1 == layers.size() ? Role::output : Role::hidden;
        populations.push_back({std::to_string(l), {layers[l]}, role});
        if (l > 0) projections.push_back({static_cast<int>(l) - 1, static_cast<int>(l), {}});
    }
    return {std::move(populations), std::move(projections)};
}

}  // namespace settle
