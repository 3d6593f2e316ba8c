// The wiring: which populations there are, and which of them hears which over what. A value: whoever simulates,
// measures or stores a network asks it, and knows nothing of layers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "models/network/links.hpp"
#include "models/network/window.hpp"

namespace settle {

/// input: clamped to the data, hears nobody; output: is nudged, and read as the answer.
enum class Role { input, hidden, output };

struct PopulationSpec {
    std::string name;
    std::vector<int> shape;  ///< channels, height, width; or the number of neurons alone
    Role role = Role::hidden;

    /// Neurons.
    int size() const;
    bool operator==(const PopulationSpec&) const = default;
};

/// Every neuron with every other.
struct DenseSpec {
    bool operator==(const DenseSpec&) const = default;
};

/// A window that moves over the rows and columns of pre, the same weights everywhere.
struct ConvolutionSpec {
    int kernel = 1;
    int stride = 1;
    int padding = 0;

    bool operator==(const ConvolutionSpec&) const = default;
};

/// Some neurons with some.
struct SparseSpec {
    std::shared_ptr<const Links> links;

    bool operator==(const SparseSpec& other) const {
        return links == other.links || (links && other.links && *links == *other.links);
    }
};

/// A projection joins two populations by symmetric weights, which carry bits both ways, but for the input. Lateral:
/// both are the same one.
struct ProjectionSpec {
    int pre = 0;   ///< population that is named first
    int post = 0;  ///< population that is named second
    std::variant<DenseSpec, ConvolutionSpec, SparseSpec> kind = {};

    bool lateral() const { return pre == post; }
    bool operator==(const ProjectionSpec&) const = default;
};

/// One way of a projection: from its pre to its post, or `transposed` from post to pre. A lateral projection has one
/// way.
struct Pathway {
    int source = 0;  ///< population
    int target = 0;  ///< population
    int projection = 0;
    bool transposed = false;

    bool operator==(const Pathway&) const = default;
};

/// The input is population 0. Neurons are numbered network-wide through the populations in their order.
class Wiring {
public:
    Wiring() = default;
    Wiring(std::vector<PopulationSpec> populations, std::vector<ProjectionSpec> projections);

    int populations() const { return static_cast<int>(specs_.size()); }
    int projections() const { return static_cast<int>(joins_.size()); }
    const PopulationSpec& population(int p) const { return specs_[static_cast<std::size_t>(p)]; }
    const ProjectionSpec& projection(int k) const { return joins_[static_cast<std::size_t>(k)]; }

    /// Of the array of a projection's weights in files: dense (pre x post), convolution (c' x c x kernel x kernel),
    /// sparse (links).
    std::vector<std::int64_t> weight_shape(int k) const;
    std::int64_t weights(int k) const;
    /// How a convolution joins its populations.
    Window window(int k) const;
    /// Biases that are learnt: one a neuron; where a convolution names the population second, one a channel.
    int biases(int p) const;
    bool bias_a_channel(int p) const { return biases(p) != size(p); }
    /// Populations that a population hears, each once, rising: whoever sends a message to it.
    const std::vector<int>& heard_by(int p) const { return heard_[static_cast<std::size_t>(p)]; }
    /// Populations that hear it, each once, rising: whom it sends messages to.
    const std::vector<int>& hearers_of(int p) const { return hearers_[static_cast<std::size_t>(p)]; }
    /// Numbers of the pathways from one population to another, rising.
    std::vector<int> pathways_between(int source, int target) const;

    int input() const { return 0; }
    int output() const { return output_; }
    /// All populations but the input, in their order: those that hear somebody.
    const std::vector<int>& unclamped() const { return unclamped_; }

    int size(int p) const { return sizes_[static_cast<std::size_t>(p)]; }
    /// (populations) neurons of each.
    const std::vector<int>& sizes() const { return sizes_; }
    /// All neurons.
    int neurons() const { return first_neuron_.back(); }
    /// Number of a population's first neuron.
    int first_neuron(int p) const { return first_neuron_[static_cast<std::size_t>(p)]; }
    /// The same without counting the inputs: where its states are in a row of all states.
    int first_state(int p) const { return first_neuron(p) - size(input()); }
    /// Neurons that are not clamped.
    int states() const { return neurons() - size(input()); }

    /// All pathways: projection by projection, forward and then, unless it would lead to the input or is lateral,
    /// transposed.
    const std::vector<Pathway>& pathways() const { return pathways_; }
    const Pathway& pathway(int number) const { return pathways_[static_cast<std::size_t>(number)]; }
    /// Numbers of the pathways that lead to a population, and that leave it, rising.
    const std::vector<int>& incoming(int p) const { return incoming_[static_cast<std::size_t>(p)]; }
    const std::vector<int>& outgoing(int p) const { return outgoing_[static_cast<std::size_t>(p)]; }

    /// The projection at whose rate the biases of an unclamped population learn: the first, not lateral, that names it
    /// second, else the first, not lateral, that names it; -1: none does.
    int bias_projection(int p) const;

    bool operator==(const Wiring& other) const { return specs_ == other.specs_ && joins_ == other.joins_; }

private:
    std::vector<PopulationSpec> specs_;
    std::vector<ProjectionSpec> joins_;
    std::vector<int> sizes_, first_neuron_{0}, unclamped_;
    int output_ = 0;
    std::vector<Pathway> pathways_;
    std::vector<std::vector<int>> incoming_, outgoing_, heard_, hearers_;
};

/// Throws Error (input) unless there are at least two layers of at least one neuron each, and their numbers fit an int.
void check_layers(const std::vector<int>& layers);

/// network.layers: populations "0", "1", …, each joined to the next; the first is the input, the last the output.
/// Throws as check_layers() does.
Wiring chain(const std::vector<int>& layers);

}  // namespace settle
