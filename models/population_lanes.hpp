// The arrays of a population as lanes: loading and storing the state of as many neurons as a vector holds. Compiled
// once per Highway target, like neuron.hpp.
#if defined(SETTLE_MODELS_POPULATION_LANES_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_POPULATION_LANES_HPP
#undef SETTLE_MODELS_POPULATION_LANES_HPP
#else
#define SETTLE_MODELS_POPULATION_LANES_HPP
#endif

#include "models/lanes.hpp"
#include "models/neuron.hpp"
#include "models/population.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

using V = VectorLanes::V;

/// Calls visit(member, array) for everything that the variant's neurons remember.
template <NeuronVariant variant, class Visit>
HWY_INLINE void for_each_array(NeuronState<V>& n, Population& p, int i, const Visit& visit) {
    visit(n.s, p.s.data() + i);
    if constexpr (variant.predictive) visit(n.v, p.v.data() + i);
    if constexpr (variant.quantizer == Quantizer::sigma_delta) visit(n.phi, p.phi.data() + i);
    if constexpr (variant.quantizer == Quantizer::second_order_sigma_delta) {
        visit(n.phi, p.phi.data() + i);
        visit(n.phi2, p.phi2.data() + i);
    }
    if constexpr (variant.step == StepKind::osa) {
        visit(n.nu, p.nu.data() + i);
        visit(n.bias, p.bias.data() + i);
        visit(n.delta, p.delta.data() + i);
        visit(n.gain, p.gain.data() + i);
    }
    if constexpr (variant.step == StepKind::kesten) {
        visit(n.k, p.k.data() + i);
        visit(n.err, p.err.data() + i);
    }
    if constexpr (variant.step != StepKind::scheduled) visit(n.avg, p.avg.data() + i);
}

template <NeuronVariant variant>
HWY_INLINE NeuronState<V> load(Population& p, int i) {
    NeuronState<V> n;
    n.v = hn::Zero(VectorLanes::D());
    for_each_array<variant>(n, p, i,
                            [](V& value, const float* at) HWY_ATTR { value = hn::Load(VectorLanes::D(), at); });
    return n;
}

template <NeuronVariant variant>
HWY_INLINE void store(NeuronState<V>& n, Population& p, int i) {
    for_each_array<variant>(n, p, i, [](V& value, float* at) HWY_ATTR { hn::Store(value, VectorLanes::D(), at); });
}

/// Neurons outside the mask keep what they had.
template <NeuronVariant variant>
HWY_INLINE void store_where(VectorLanes::M mask, NeuronState<V>& n, Population& p, int i) {
    for_each_array<variant>(
        n, p, i, [mask](V& value, float* at) HWY_ATTR { hn::BlendedStore(value, mask, VectorLanes::D(), at); });
}

/// The parameters of the adaptive rules, the same for all neurons.
HWY_INLINE StepParameters<V> broadcast(const NeuronModel& model) {
    const VectorLanes::D d;
    StepParameters<V> p;
    p.target = p.floor = p.a = p.b = hn::Zero(d);
    if (const auto* osa = std::get_if<Osa>(&model.epsilon)) {
        p.target = hn::Set(d, static_cast<float>(osa->target));
        p.floor = hn::Set(d, static_cast<float>(osa->floor));
    }
    if (const auto* kesten = std::get_if<Kesten>(&model.epsilon)) {
        p.a = hn::Set(d, static_cast<float>(kesten->a));
        p.b = hn::Set(d, static_cast<float>(kesten->b));
    }
    return p;
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles
