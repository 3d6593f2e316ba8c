#include "models/neuron/dormant.hpp"

#include <algorithm>
#include <cassert>

#include "models/neuron/population_scalar.hpp"
#include "models/neuron/variant_switch.hpp"

namespace settle {

void Dormant::begin(int neurons, const NeuronModel& model) {
    variant_ = model.variant(false);
    if (all_.size == neurons) {
        all_.reset();
    } else {
        all_ = Population(neurons, model);
    }
}

void Dormant::put(const Population& population, std::span<const std::int32_t> lanes,
                  std::span<const std::int32_t> ticks) {
    for_each_variable([&](const auto& variable) {
        const AlignedVector<float>& from = variable.of(population.memory);
        AlignedVector<float>& to = variable.of(all_.memory);
        if (to.empty()) return;
        for (std::size_t k = 0; k < lanes.size(); ++k) to[static_cast<std::size_t>(lanes[k])] = from[k];
    });
    for (AlignedVector<float>* counter : {&all_.memory.counter, &all_.memory.since}) {
        for (std::size_t k = 0; k < (counter->empty() ? 0 : lanes.size()); ++k)
            (*counter)[static_cast<std::size_t>(lanes[k])] -= static_cast<float>(ticks[k]);
    }
}

void Dormant::take(Population& population, std::span<const std::int32_t> lanes,
                   std::span<const std::int32_t> ticks) const {
    population.size = static_cast<int>(lanes.size());
    for_each_variable([&](const auto& variable) {
        const AlignedVector<float>& from = variable.of(all_.memory);
        AlignedVector<float>& to = variable.of(population.memory);
        if (from.empty()) return;
        assert(to.size() >= lanes.size());
        for (std::size_t k = 0; k < lanes.size(); ++k) to[k] = from[static_cast<std::size_t>(lanes[k])];
        // Padding is as at the beginning.
        std::fill(to.begin() + static_cast<std::ptrdiff_t>(lanes.size()), to.end(), variable.initial);
    });
    for (AlignedVector<float>* counter : {&population.memory.counter, &population.memory.since}) {
        for (std::size_t k = 0; k < (counter->empty() ? 0 : lanes.size()); ++k)
            (*counter)[k] += static_cast<float>(ticks[k]);
    }
    AlignedVector<float>& ticked = population.memory.p;
    for (std::size_t k = 0; k < (ticked.empty() ? 0 : lanes.size()); ++k) ticked[k] = ticks[k] > 0 ? 1.0f : 0.0f;
}

void Dormant::restart_annealing(std::span<const std::int32_t> ticks) {
    all_.restart_annealing();
    for (AlignedVector<float>* counter : {&all_.memory.counter, &all_.memory.since}) {
        for (std::size_t i = 0; i < (counter->empty() ? 0 : ticks.size()); ++i)
            (*counter)[i] = -static_cast<float>(ticks[i]);
    }
}

namespace {

using namespace HWY_NAMESPACE;

/// At 0, and at 0 at the tick before, the encoder's activation is 0. What the quantizer makes of that its own equation
/// says: one integrator stays where it is and fires on while that is above 1/2 (what came in with a small lambda and
/// left with a large one has bits to send), a second one goes on unless the first is at 0. The least noise is the
/// likeliest to fire.
struct TickAtZero {
    template <NeuronVariant variant>
    static void run(const NeuronMemory<float>& before, bool& rests) {
        NeuronMemory<float> n = before;
        const bool fires = quantize<ScalarLanes, variant>(n, 0, 0);
        rests = !fires;
        for_each_variable([&](const auto& variable) { rests = rests && variable.of(n) == variable.of(before); });
    }
};

}  // namespace

bool Dormant::rests(std::int32_t neuron) const {
    const auto i = static_cast<std::size_t>(neuron);
    if (all_.memory.s[i] != 0) return false;
    bool rests = false;
    run_clamped_variant<TickAtZero>(variant_, gather(all_, i), rests);
    return rests;
}

}  // namespace settle
