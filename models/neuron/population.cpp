#include "models/neuron/population.hpp"

#include <algorithm>

#include "models/neuron/population_scalar.hpp"
#include "models/neuron/variant_switch.hpp"

namespace settle {

Population::Population(int neurons, const NeuronModel& model) : size(neurons) {
    const auto length = static_cast<std::size_t>(padded());
    const NeuronVariant variant = model.variant(false);
    for_each_variable([&](const auto& variable) {
        if (variable.used(variant)) variable.of(memory).resize(length);
    });
    bits.resize((length + 63) / 64);
    reset();
}

void Population::reset() {
    for_each_variable([this](const auto& variable) {
        AlignedVector<float>& array = variable.of(memory);
        std::fill(array.begin(), array.end(), variable.initial);
    });
    std::fill(bits.begin(), bits.end(), std::uint64_t{0});
}

void Population::restart_annealing() {
    for_each_variable([this](const auto& variable) {
        if (variable.lasts != Lasts::annealing) return;
        AlignedVector<float>& array = variable.of(memory);
        std::fill(array.begin(), array.end(), variable.initial);
    });
}

namespace {

using namespace HWY_NAMESPACE;

void set_bit(std::uint64_t* words, std::size_t i, bool value) {
    const std::uint64_t mask = std::uint64_t{1} << (i % 64);
    words[i / 64] = value ? words[i / 64] | mask : words[i / 64] & ~mask;
}

struct ReferenceTick {
    template <NeuronVariant variant>
    static void run(Population& p, const NeuronModel& model, const PopulationInput& in) {
        const StepParameters<float> parameters = parameters_of(model);
        const Restarts<ScalarLanes> restarts = restarts_of(model, in.table);
        NeuronInput<float> input{};
        input.t = static_cast<float>(in.t);
        input.epsilon = in.epsilon;
        input.lambda = in.lambda;
        input.two_beta = in.two_beta;
        for (std::size_t i = 0; i < static_cast<std::size_t>(p.size); ++i) {
            input.b = in.biases[i];
            input.y = in.y ? in.y[i] : 0;
            input.noise = in.noise ? in.noise[i] : 0;
            NeuronMemory<float> n = gather(p, i);
            if constexpr (variant.quantizer == Quantizer::none) {
                input.u = in.drive[i];
                integrate<ScalarLanes, variant>(n, input, parameters);
            } else {
                input.u = static_cast<float>(in.sums[i]) * weight_unit;
                set_bit(p.bits.data(), i, tick<ScalarLanes, variant>(n, input, parameters, restarts));
            }
            scatter(n, p, i);
        }
    }
};

struct ReferenceClampedTicks {
    template <NeuronVariant variant>
    static void run(Population& p, const NeuronModel& model, const ClampedInput& in, std::uint64_t* out,
                    std::ptrdiff_t words) {
        const Restarts<ScalarLanes> restarts = restarts_of(model, in.table);
        NeuronInput<float> input{};
        for (int tick = 0; tick < in.ticks; ++tick) {
            std::fill(out + tick * words, out + (tick + 1) * words, std::uint64_t{0});
            if (!in.lambda.empty()) input.lambda = in.lambda[static_cast<std::size_t>(tick)];
            for (std::size_t i = 0; i < static_cast<std::size_t>(p.size); ++i) {
                if (in.noise)
                    input.noise = in.noise[static_cast<std::size_t>(tick) * static_cast<std::size_t>(p.padded()) + i];
                NeuronMemory<float> n = gather(p, i);
                set_bit(out + tick * words, i, tick_clamped<ScalarLanes, variant>(n, in.x[i], input, restarts));
                scatter(n, p, i);
            }
        }
    }
};

}  // namespace

void tick_population_reference(Population& population, const NeuronModel& model, const PopulationInput& in) {
    run_variant<ReferenceTick>(model.variant(in.y != nullptr), population, model, in);
}

void tick_clamped_population_reference(Population& population, const NeuronModel& model, const ClampedInput& in,
                                       std::uint64_t* out, std::ptrdiff_t words) {
    run_clamped_variant<ReferenceClampedTicks>(model.variant(false), population, model, in, out, words);
}

}  // namespace settle
