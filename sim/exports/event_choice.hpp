// Which recorded events an export takes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/engines/plan.hpp"
#include "sim/scenario/network_part.hpp"

namespace settle {

/// By neuron, network-wide.
using NeuronChoice = std::vector<bool>;

/// Reads "0-99,output,hidden:0-9": numbers and ranges, network-wide, populations, and neurons in one. Empty: all.
/// Throws Error (input).
NeuronChoice choose_neurons(const std::string& text, const NetworkPart& network);

/// Of one minibatch.
struct EventChoice {
    std::optional<std::int64_t> presentation;  ///< nullopt: all
    std::optional<Branch> branch;              ///< nullopt: all
    NeuronChoice neurons;                      ///< of messages, their sources

    bool takes(std::int64_t of_presentation, std::int64_t of_branch) const {
        return (!presentation || *presentation == of_presentation) &&
               (!branch || static_cast<std::int64_t>(*branch) == of_branch);
    }
    bool takes_neuron(std::int64_t neuron) const {
        return neuron >= 0 && neuron < static_cast<std::int64_t>(neurons.size()) &&
               neurons[static_cast<std::size_t>(neuron)];
    }
};

}  // namespace settle
