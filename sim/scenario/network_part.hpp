// [network], [[population]] and [[projection]]: which populations there are, and how they are joined.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "models/network/link_rule.hpp"
#include "models/network/wiring.hpp"
#include "sim/scenario/prior_training.hpp"

namespace settle {

/// The links of a sparse projection, and the weights that they begin with, are in an HDF5 file.
struct LinksFile {
    std::string path;  ///< absolute

    bool operator==(const LinksFile&) const = default;
};

using LinkSource = std::variant<WithinRadius, FanIn, WithProbability, LinksFile>;

/// One [[projection]].
struct ProjectionPart {
    int pre = 0;   ///< population that is named first
    int post = 0;  ///< population that is named second
    std::variant<DenseSpec, ConvolutionSpec, LinkSource> kind;
    std::optional<double> rate;  ///< absent: learning.rates has it
    double init_scale = 1;       ///< times network.init_scale

    bool lateral() const { return pre == post; }
    bool operator==(const ProjectionPart&) const = default;
};

struct NetworkPart {
    std::vector<int> layers;  ///< the short form: a chain of dense projections; empty: the long form
    std::string weights;      ///< absolute path; empty: Glorot
    PriorTraining train;      ///< whose weights they are then; of converge
    double init_scale = 1;
    std::uint64_t seed = 1;

    // The long form, in the order of the file; the input is the first population.
    std::vector<PopulationSpec> populations;
    std::vector<ProjectionPart> projections;

    /// Neurons of each population, in either form; empty: there is no network.
    std::vector<int> sizes() const;
    int inputs() const;
    int outputs() const;
    int projection_count() const;
    /// "784-500-10", or "image 784, edges 6272, answer 10".
    std::string text() const;
    /// What a message calls it: "network.layers", or "population".
    const char* key() const { return populations.empty() ? "network.layers" : "population"; }
};

}  // namespace settle
