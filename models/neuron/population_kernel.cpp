// The ticks of a population, compiled for every instruction set that Highway knows and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/neuron/population_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/neuron/population_lanes.hpp"
#include "models/neuron/variant_switch.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

/// The inputs that are the same for the whole block.
HWY_INLINE NeuronInput<V> broadcast(const PopulationInput& in) {
    const VectorLanes::D d;
    NeuronInput<V> n;
    n.t = hn::Set(d, static_cast<float>(in.t));
    n.epsilon = hn::Set(d, in.epsilon);
    n.lambda = hn::Set(d, in.lambda);
    n.two_beta = hn::Set(d, in.two_beta);
    n.u = n.b = n.y = n.noise = hn::Zero(d);
    return n;
}

struct Tick {
    template <NeuronVariant variant>
    static void run(Population& p, const NeuronModel& model, const PopulationInput& in) {
        const VectorLanes::D d;
        const hn::RebindToSigned<VectorLanes::D> di;
        constexpr int lanes = static_cast<int>(hn::MaxLanes(d));
        static_assert(panel_width % lanes == 0);
        const StepParameters<V> parameters = broadcast(model);
        const Restarts<VectorLanes> restarts = restarts_of<variant>(model, in.table);
        NeuronInput<V> input = broadcast(in);
        const V unit = hn::Set(d, weight_unit);
        auto* bytes = reinterpret_cast<std::uint8_t*>(p.bits.data());
        for (int i = 0; i < p.padded(); i += lanes) {
            input.b = hn::Load(d, in.biases + i);
            if constexpr (variant.nudged) input.y = hn::Load(d, in.y + i);
            if constexpr (draws_noise(variant.quantizer)) input.noise = hn::Load(d, in.noise + i);
            NeuronMemory<V> n = load<variant>(p, i);
            if constexpr (variant.quantizer == Quantizer::none) {
                input.u = hn::Load(d, in.drive + i);
                integrate<VectorLanes, variant>(n, input, parameters);
            } else {
                input.u = hn::ConvertTo(d, hn::Load(di, in.sums + i)) * unit;
                store_bits(tick<VectorLanes, variant>(n, input, parameters, restarts), bytes, i);
            }
            store<variant>(n, p, i);
        }
    }
};

struct ClampedTicks {
    template <NeuronVariant variant>
    static void run(Population& p, const NeuronModel& model, const ClampedInput& in, std::uint64_t* out,
                    std::ptrdiff_t words) {
        const VectorLanes::D d;
        const Restarts<VectorLanes> restarts = restarts_of<variant>(model, in.table);
        constexpr int lanes = static_cast<int>(hn::MaxLanes(d));
        NeuronInput<V> input = broadcast(PopulationInput{});
        for (int i = 0; i < p.padded(); i += lanes) {
            const V x = hn::Load(d, in.x + i);
            NeuronMemory<V> n = load<variant>(p, i);
            for (int tick = 0; tick < in.ticks; ++tick) {
                if constexpr (variant.predictive && !variant.restarts)
                    input.lambda = hn::Set(d, in.lambda[static_cast<std::size_t>(tick)]);
                if constexpr (draws_noise(variant.quantizer)) {
                    input.noise = hn::Load(d, in.noise + static_cast<std::ptrdiff_t>(tick) * p.padded() + i);
                }
                auto* bytes = reinterpret_cast<std::uint8_t*>(out + tick * words);
                store_bits(tick_clamped<VectorLanes, variant>(n, x, input, restarts), bytes, i);
            }
            store<variant>(n, p, i);
        }
    }
};

void tick_population_kernel(Population& p, const NeuronModel& model, const PopulationInput& in) {
    run_variant<Tick>(model.variant(in.y != nullptr), p, model, in);
}

void tick_clamped_kernel(Population& p, const NeuronModel& model, const ClampedInput& in, std::uint64_t* out,
                         std::ptrdiff_t words) {
    run_clamped_variant<ClampedTicks>(model.variant(false), p, model, in, out, words);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(tick_population_kernel);
HWY_EXPORT(tick_clamped_kernel);

void tick_population(Population& population, const NeuronModel& model, const PopulationInput& in) {
    HWY_DYNAMIC_DISPATCH(tick_population_kernel)(population, model, in);
}

void tick_clamped_population(Population& population, const NeuronModel& model, const ClampedInput& in,
                             std::uint64_t* out, std::ptrdiff_t words) {
    HWY_DYNAMIC_DISPATCH(tick_clamped_kernel)(population, model, in, out, words);
}

}  // namespace settle
#endif
