// A population (layer) of neurons during one presentation, as flat arrays, and the ticks that move it.
#pragma once

#include <cstdint>
#include <span>

#include "core/aligned.hpp"
#include "models/kernels/panel.hpp"
#include "models/neuron/neuron_memory.hpp"
#include "models/neuron/neuron_model.hpp"

namespace settle {

/// Struct of arrays, all of the padded size; those that the model does not need are empty. Padding neurons never fire.
struct Population {
    int size = 0;
    NeuronMemory<AlignedVector<float>> memory;
    AlignedVector<std::uint64_t> bits;  ///< the bits of the last tick, neuron i in word i / 64

    Population() = default;
    Population(int neurons, const NeuronModel& model);

    int padded() const { return padded_size(size); }

    /// Everything as it is when a presentation begins.
    void reset();
    /// The annealing begins anew: adaptive rules as at the beginning, and counters of neurons that restart themselves.
    /// Everything else stays. Whoever ticks neurons that do not tells them the t of the schedules.
    void restart_annealing();
};

/// What one tick brings to a population. Arrays have the padded size; unused ones may be null.
struct PopulationInput {
    const std::int32_t* sums = nullptr;  ///< sums of integer weights over received bits (binary neurons)
    const float* drive = nullptr;        ///< sums of w rho(s) (continuous neurons)
    const float* biases = nullptr;
    const float* y = nullptr;               ///< one-hot target; null outside the nudged phase and the output layer
    const float* noise = nullptr;           ///< uniform in [0, 1), for the stochastic quantizer
    const AnnealingTable* table = nullptr;  ///< for neurons that restart themselves; `t` to `lambda`: for all others
    std::int64_t t = 1;
    float epsilon = 0;
    float lambda = 0;
    float two_beta = 0;
};

/// One tick of every neuron of the population. The best instruction set of the machine is chosen at run time.
void tick_population(Population& population, const NeuronModel& model, const PopulationInput& in);

/// The same, one neuron after the other in plain floats: the reference that judges the fast one.
void tick_population_reference(Population& population, const NeuronModel& model, const PopulationInput& in);

/// Ticks a clamped population (layer 0) for `ticks` ticks: it listens to nobody, so its bits depend on x alone. The
/// bits of tick i go to out + i * words (words 64-bit words a tick, at least padded size / 64 rounded up). `noise`, for
/// the stochastic quantizer, is (ticks x padded size).
struct ClampedInput {
    const float* x = nullptr;
    const AnnealingTable* table = nullptr;  ///< for neurons that restart themselves; `lambda`: for all others
    std::span<const float> lambda;          ///< one a tick, empty without prediction
    const float* noise = nullptr;
    int ticks = 0;
};
void tick_clamped_population(Population& population, const NeuronModel& model, const ClampedInput& in,
                             std::uint64_t* out, std::ptrdiff_t words);
void tick_clamped_population_reference(Population& population, const NeuronModel& model, const ClampedInput& in,
                                       std::uint64_t* out, std::ptrdiff_t words);

}  // namespace settle
