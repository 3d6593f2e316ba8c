// What a neuron remembers from tick to tick: one table, from which populations are allocated and reset, and neurons
// loaded, stored, gathered and scattered. A new variable is a member and its row; without the row it does not compile.
#pragma once

#include <cstddef>
#include <tuple>

#include "models/neuron/neuron_variant.hpp"

namespace settle {

/// T is a float, or a vector of them, where neurons tick; an array of floats where a population keeps them.
template <class T>
struct NeuronMemory {
    T s;                           ///< state, in [0, 1]; rho(s) of the tick before is x_prev
    T v;                           ///< decoded input
    T phi, phi2;                   ///< quantizer
    T nu, avg, bias, delta, gain;  ///< OSA (gain is its lambda)
    T k, err;                      ///< Kesten (avg is shared)
    T counter;                     ///< restarts: of the schedules, the t of the last tick
    T since;                       ///< restarts: ticks since the last one
    T m, p;                        ///< restarts: running means of the innovation u - v and of its square; of clamped
                                   ///< neurons p is 1 once they have ticked
    T heard;                       ///< restarts: ticks since the presentation began, whose squares p is of
};

/// What a variable belongs to: the annealing begins with a presentation, and may begin anew within it.
enum class Lasts { presentation, annealing };

/// A row of the table. `of`: the member; `initial`: its value when that begins which it lasts for; `used`: by which
/// variants.
template <class Member, class Used>
struct NeuronVariable {
    Member of;
    float initial;
    Lasts lasts;
    Used used;
};
template <class Member, class Used>
NeuronVariable(Member, float, Lasts, Used) -> NeuronVariable<Member, Used>;

// The conditions of the table.
constexpr bool uses_always(NeuronVariant /*variant*/) {
    return true;
}
constexpr bool uses_prediction(NeuronVariant variant) {
    return variant.predictive;
}
constexpr bool uses_first_order(NeuronVariant variant) {
    return integrators(variant.quantizer) >= 1;
}
constexpr bool uses_second_order(NeuronVariant variant) {
    return integrators(variant.quantizer) >= 2;
}
constexpr bool uses_osa(NeuronVariant variant) {
    return variant.step == StepKind::osa;
}
constexpr bool uses_kesten(NeuronVariant variant) {
    return variant.step == StepKind::kesten;
}
constexpr bool uses_average(NeuronVariant variant) {
    return uses_osa(variant) || uses_kesten(variant);
}
constexpr bool uses_restarts(NeuronVariant variant) {
    return variant.restarts;
}

// clang-format off
inline constexpr std::tuple neuron_variables{
    NeuronVariable{[](auto& n) -> auto& { return n.s; },       0, Lasts::presentation, uses_always},
    NeuronVariable{[](auto& n) -> auto& { return n.v; },       0, Lasts::presentation, uses_prediction},
    NeuronVariable{[](auto& n) -> auto& { return n.phi; },     0, Lasts::presentation, uses_first_order},
    NeuronVariable{[](auto& n) -> auto& { return n.phi2; },    0, Lasts::presentation, uses_second_order},
    NeuronVariable{[](auto& n) -> auto& { return n.nu; },      1, Lasts::annealing,    uses_osa},
    NeuronVariable{[](auto& n) -> auto& { return n.avg; },     0, Lasts::annealing,    uses_average},
    NeuronVariable{[](auto& n) -> auto& { return n.bias; },    0, Lasts::annealing,    uses_osa},
    NeuronVariable{[](auto& n) -> auto& { return n.delta; },   0, Lasts::annealing,    uses_osa},
    NeuronVariable{[](auto& n) -> auto& { return n.gain; },    0, Lasts::annealing,    uses_osa},
    NeuronVariable{[](auto& n) -> auto& { return n.k; },       1, Lasts::annealing,    uses_kesten},
    NeuronVariable{[](auto& n) -> auto& { return n.err; },     0, Lasts::annealing,    uses_kesten},
    NeuronVariable{[](auto& n) -> auto& { return n.counter; }, 0, Lasts::annealing,    uses_restarts},
    NeuronVariable{[](auto& n) -> auto& { return n.since; },   0, Lasts::annealing,    uses_restarts},
    NeuronVariable{[](auto& n) -> auto& { return n.m; },       0, Lasts::annealing,    uses_restarts},
    NeuronVariable{[](auto& n) -> auto& { return n.p; },       0, Lasts::presentation, uses_restarts},
    NeuronVariable{[](auto& n) -> auto& { return n.heard; },   0, Lasts::presentation, uses_restarts},
};
// clang-format on

constexpr std::size_t neuron_variable_count = std::tuple_size_v<decltype(neuron_variables)>;
static_assert(sizeof(NeuronMemory<float>) == neuron_variable_count * sizeof(float), "a member has no row");

/// Calls visit(row) for every row of the table.
template <class Visit>
void for_each_variable(const Visit& visit) {
    std::apply([&](const auto&... row) { (visit(row), ...); }, neuron_variables);
}

}  // namespace settle
