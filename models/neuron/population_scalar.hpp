// One neuron of a population as plain floats, for the references that judge the fast kernels.
#pragma once

#include <hwy/highway.h>

#include <algorithm>

#include "models/neuron/neuron.hpp"
#include "models/neuron/population.hpp"

namespace settle {

/// What the neuron does not remember is 0.
inline NeuronMemory<float> gather(const Population& p, std::size_t i) {
    NeuronMemory<float> n{};
    for_each_variable([&](const auto& variable) {
        const AlignedVector<float>& array = variable.of(p.memory);
        if (!array.empty()) variable.of(n) = array[i];
    });
    return n;
}

inline void scatter(const NeuronMemory<float>& n, Population& p, std::size_t i) {
    for_each_variable([&](const auto& variable) {
        AlignedVector<float>& array = variable.of(p.memory);
        if (!array.empty()) array[i] = variable.of(n);
    });
}

inline HWY_NAMESPACE::StepParameters<float> parameters_of(const NeuronModel& model) {
    const auto values = step_parameters(model.epsilon);
    HWY_NAMESPACE::StepParameters<float> p;
    std::copy(values.begin(), values.end(), p.value);
    return p;
}

inline HWY_NAMESPACE::Restarts<HWY_NAMESPACE::ScalarLanes> restarts_of(const NeuronModel& model,
                                                                       const AnnealingTable* table) {
    HWY_NAMESPACE::Restarts<HWY_NAMESPACE::ScalarLanes> restarts{};
    HWY_NAMESPACE::set_restarts(restarts, model.restart, table);
    return restarts;
}

}  // namespace settle
