// The arrays of a population as lanes: loading and storing the state of as many neurons as a vector holds. Compiled
// once per Highway target, like neuron.hpp.
#if defined(SETTLE_MODELS_POPULATION_LANES_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_POPULATION_LANES_HPP
#undef SETTLE_MODELS_POPULATION_LANES_HPP
#else
#define SETTLE_MODELS_POPULATION_LANES_HPP
#endif

#include "models/neuron/lanes.hpp"
#include "models/neuron/neuron.hpp"
#include "models/neuron/population.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

using V = VectorLanes::V;

/// Calls visit(member, array) for everything that the variant's neurons remember.
template <NeuronVariant variant, std::size_t row = 0, class Visit>
HWY_INLINE void for_each_array(NeuronMemory<V>& n, Population& p, int i, const Visit& visit) {
    if constexpr (row < neuron_variable_count) {
        constexpr auto& variable = std::get<row>(neuron_variables);
        if constexpr (variable.used(variant)) visit(variable.of(n), variable.of(p.memory).data() + i);
        for_each_array<variant, row + 1>(n, p, i, visit);
    }
}

template <NeuronVariant variant>
HWY_INLINE NeuronMemory<V> load(Population& p, int i) {
    NeuronMemory<V> n;
    n.v = hn::Zero(VectorLanes::D());
    for_each_array<variant>(n, p, i,
                            [](V& value, const float* at) HWY_ATTR { value = hn::Load(VectorLanes::D(), at); });
    return n;
}

template <NeuronVariant variant>
HWY_INLINE void store(NeuronMemory<V>& n, Population& p, int i) {
    for_each_array<variant>(n, p, i, [](V& value, float* at) HWY_ATTR { hn::Store(value, VectorLanes::D(), at); });
}

/// Neurons outside the mask keep what they had.
template <NeuronVariant variant>
HWY_INLINE void store_where(VectorLanes::M mask, NeuronMemory<V>& n, Population& p, int i) {
    for_each_array<variant>(
        n, p, i, [mask](V& value, float* at) HWY_ATTR { hn::BlendedStore(value, mask, VectorLanes::D(), at); });
}

/// The parameters of the adaptive rules, the same for all neurons.
HWY_INLINE StepParameters<V> broadcast(const NeuronModel& model) {
    const auto values = step_parameters(model.epsilon);
    StepParameters<V> p;
    for (std::size_t i = 0; i < values.size(); ++i) p.value[i] = hn::Set(VectorLanes::D(), values[i]);
    return p;
}

template <NeuronVariant variant>
HWY_INLINE Restarts<VectorLanes> restarts_of(const NeuronModel& model, const AnnealingTable* table) {
    Restarts<VectorLanes> restarts;
    restarts.gain = restarts.spread = restarts.threshold = restarts.pause = restarts.to = restarts.input =
        restarts.warmth = hn::Zero(VectorLanes::D());
    if constexpr (variant.restarts) set_restarts(restarts, model.restart, table);
    return restarts;
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles
