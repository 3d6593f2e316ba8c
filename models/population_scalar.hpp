// One neuron of a population as plain floats, for the references that judge the fast kernels.
#pragma once

#include <hwy/highway.h>

#include "models/neuron.hpp"
#include "models/population.hpp"

namespace settle {

inline float value_or_zero(const AlignedVector<float>& array, std::size_t i) {
    return array.empty() ? 0 : array[i];
}

inline void keep(AlignedVector<float>& array, std::size_t i, float value) {
    if (!array.empty()) array[i] = value;
}

inline HWY_NAMESPACE::NeuronState<float> gather(const Population& p, std::size_t i) {
    HWY_NAMESPACE::NeuronState<float> n;
    n.s = p.s[i];
    n.v = value_or_zero(p.v, i);
    n.phi = value_or_zero(p.phi, i);
    n.phi2 = value_or_zero(p.phi2, i);
    n.nu = value_or_zero(p.nu, i);
    n.avg = value_or_zero(p.avg, i);
    n.bias = value_or_zero(p.bias, i);
    n.delta = value_or_zero(p.delta, i);
    n.gain = value_or_zero(p.gain, i);
    n.k = value_or_zero(p.k, i);
    n.err = value_or_zero(p.err, i);
    return n;
}

inline void scatter(const HWY_NAMESPACE::NeuronState<float>& n, Population& p, std::size_t i) {
    p.s[i] = n.s;
    keep(p.v, i, n.v);
    keep(p.phi, i, n.phi);
    keep(p.phi2, i, n.phi2);
    keep(p.nu, i, n.nu);
    keep(p.avg, i, n.avg);
    keep(p.bias, i, n.bias);
    keep(p.delta, i, n.delta);
    keep(p.gain, i, n.gain);
    keep(p.k, i, n.k);
    keep(p.err, i, n.err);
}

inline HWY_NAMESPACE::StepParameters<float> parameters_of(const NeuronModel& model) {
    HWY_NAMESPACE::StepParameters<float> p{};
    if (const auto* osa = std::get_if<Osa>(&model.epsilon)) {
        p.target = static_cast<float>(osa->target);
        p.floor = static_cast<float>(osa->floor);
    }
    if (const auto* kesten = std::get_if<Kesten>(&model.epsilon)) {
        p.a = static_cast<float>(kesten->a);
        p.b = static_cast<float>(kesten->b);
    }
    return p;
}

}  // namespace settle
