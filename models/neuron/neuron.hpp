// The neuron: the equations of docs/design.md, once, for every engine and every vector width.
//
// O'Connor, Gavves, Welling, "Training a Spiking Neural Network with Equilibrium Propagation" (AISTATS 2019):
// predictive decoder, leaky integration towards the energy gradient, predictive encoder, quantizer. `L` (lanes) is the
// arithmetic: plain floats (ScalarLanes below, the reference) or a vector of them (lanes.hpp). Every operation is
// elementwise float32 in the order written here, so the bits do not depend on the width (law 2).
//
// Highway compiles this header once for every target (SSE4, AVX2, AVX-512 …), each time into a namespace of its own:
// hence the include guard that toggles. Include <hwy/highway.h> first.
#if defined(SETTLE_MODELS_NEURON_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_NEURON_HPP
#undef SETTLE_MODELS_NEURON_HPP
#else
#define SETTLE_MODELS_NEURON_HPP
#endif

#include "models/neuron/neuron_memory.hpp"
#include "models/neuron/neuron_model.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

/// One float at a time: the plain reference.
struct ScalarLanes {
    using V = float;
    using M = bool;
    static V of(float value) { return value; }
    static V select(M mask, V yes, V no) { return mask ? yes : no; }
    static M both(M a, M b) { return a && b; }
    /// values[place] of each lane.
    static V look_up(const float* values, V place) { return values[static_cast<std::ptrdiff_t>(place)]; }
};

/// What reaches a neuron at one tick.
template <class V>
struct NeuronInput {
    V u;         ///< sum of w_ij over received bits
    V b;         ///< bias
    V t;         ///< of the annealing: 1, 2, … own ticks since it began; neurons that restart count themselves
    V epsilon;   ///< step size of the schedule at t (unused by the adaptive rules and by neurons that restart)
    V lambda;    ///< at t (unused without prediction, and by neurons that restart)
    V two_beta;  ///< 2 beta (nudged output only)
    V y;         ///< target (nudged output only)
    V noise;     ///< uniform in [0, 1) (stochastic quantizer only)
};

/// Parameters of the adaptive step rule, in the order of its list in models/neuron/step_rule.hpp.
template <class V>
struct StepParameters {
    V value[most_step_parameters];
};

/// Parameters of the restarts (models/neuron/restart.hpp), and epsilon and lambda at every t.
template <class L>
struct Restarts {
    typename L::V gain, spread, threshold, pause, to, input;
    typename L::V warmth;  ///< 1: the memory of the spread is warmed; 0: it is not
    const float* epsilon = nullptr;
    const float* lambda = nullptr;
};

/// Neurons that do not restart themselves leave everything as it is.
template <class L>
HWY_INLINE void set_restarts(Restarts<L>& restarts, const RestartRule& rule, const AnnealingTable* table) {
    const auto* surprise = std::get_if<SurpriseRestarts>(&rule);
    if (!surprise || !table) return;
    restarts.gain = L::of(static_cast<float>(surprise->gain));
    restarts.spread = L::of(static_cast<float>(surprise->spread));
    restarts.threshold = L::of(static_cast<float>(surprise->threshold));
    restarts.pause = L::of(static_cast<float>(surprise->pause));
    restarts.to = L::of(static_cast<float>(surprise->to));
    restarts.input = L::of(static_cast<float>(surprise->input));
    restarts.warmth = L::of(surprise->warmed ? 1.0f : 0.0f);
    restarts.epsilon = table->epsilon.data();
    restarts.lambda = table->lambda.data();
}

/// For the last branch of a choice: who reaches it does not compile.
template <NeuronVariant variant>
constexpr bool is_forgotten = false;

/// clip(x, 0, 1), with +0 for everything that is not above 0.
template <class L>
HWY_INLINE typename L::V clip01(typename L::V x) {
    const auto zero = L::of(0), one = L::of(1);
    const auto positive = L::select(x > zero, x, zero);
    return L::select(positive < one, positive, one);
}

/// rho(s) = clip(s, 0, 1), whose derivative is 1 on the closed interval. States never leave it (integrate() clips them
/// and data are validated), so for them rho is the identity; another nonlinearity goes here.
template <class L>
HWY_INLINE typename L::V rho(typename L::V s) {
    return s;
}
template <class L>
HWY_INLINE typename L::V rho_derivative(typename L::V /*s*/) {
    return L::of(1);
}

/// Optimal step size adaptation on the signal d (George & Powell 2006).
template <class L>
HWY_INLINE typename L::V osa_step(NeuronMemory<typename L::V>& n, typename L::V d, typename L::V t,
                                  const StepParameters<typename L::V>& p) {
    const auto one = L::of(1), target = p.value[0], floor = p.value[1];
    n.nu = n.nu / (one + n.nu - target);
    const auto err = d - n.avg;
    n.bias = (one - n.nu) * n.bias + n.nu * err;
    n.delta = (one - n.nu) * n.delta + n.nu * (err * err);
    const auto sigma2 = (n.delta - n.bias * n.bias) / (one + n.gain);
    const auto e = L::select(t > one, one - (sigma2 + floor) / (n.delta + floor), one);
    n.gain = (one - e) * (one - e) * n.gain + e * e;
    n.avg = (one - e) * n.avg + e * d;
    return e;
}

/// Kesten's rule: k is raised on the first two ticks, then whenever the error changes sign.
template <class L>
HWY_INLINE typename L::V kesten_step(NeuronMemory<typename L::V>& n, typename L::V d, typename L::V t,
                                     const StepParameters<typename L::V>& p) {
    const auto zero = L::of(0), one = L::of(1);
    const auto err = d - n.avg;
    const auto changed = L::select(n.err * err < zero, one, zero);
    n.k = n.k + L::select(t > L::of(2), changed, one);
    n.err = err;
    const auto e = p.value[0] / (p.value[1] + n.k);
    n.avg = (one - e) * n.avg + e * d;
    return e;
}

/// What a neuron receives surprises it: the running mean m of the innovation n = u - v, which is around 0 while nothing
/// moves, is further from it than the spread of n explains. A mean of gain g over independent n has the variance
/// p g / (2 - g), p that of n. Where p starts at 0 with little weight, a neuron that hears something for the first time
/// is surprised by less than the threshold says; warmed, p is the plain mean over the presentation's ticks until its
/// memory is full.
template <class L>
HWY_INLINE typename L::M is_surprised(NeuronMemory<typename L::V>& n, typename L::V u, const Restarts<L>& r) {
    const auto one = L::of(1), two = L::of(2);
    const auto innovation = u - n.v;
    n.heard = n.heard + one;
    const auto alike = r.warmth / n.heard;
    const auto spread = L::select(alike > r.spread, alike, r.spread);
    n.m = (one - r.gain) * n.m + r.gain * innovation;
    n.p = (one - spread) * n.p + spread * (innovation * innovation);
    return n.m * n.m > r.threshold * r.threshold * (n.p * r.gain / (two - r.gain) + L::of(1e-6f));
}

/// The value of a clamped neuron has moved since its previous tick; the first one has none. It receives nothing, and p
/// is 1 from its first tick on: unlike the counter, that lasts for the presentation.
template <class L>
HWY_INLINE typename L::M is_moved(NeuronMemory<typename L::V>& n, typename L::V x, const Restarts<L>& r) {
    const auto change = x - n.s;
    const auto size = L::select(change < L::of(0), L::of(0) - change, change);
    const auto moved = L::both(size > r.input, n.p > L::of(0));
    n.p = L::of(1);
    return moved;
}

/// What lasts for the annealing begins anew where the mask says so.
template <class L, NeuronVariant variant, std::size_t row = 0>
HWY_INLINE void begin_anew(typename L::M where, NeuronMemory<typename L::V>& n) {
    if constexpr (row < neuron_variable_count) {
        constexpr auto& variable = std::get<row>(neuron_variables);
        if constexpr (variable.used(variant) && variable.lasts == Lasts::annealing) {
            auto& value = variable.of(n);
            value = L::select(where, L::of(variable.initial), value);
        }
        begin_anew<L, variant, row + 1>(where, n);
    }
}

/// The counter of the schedules goes on by one, or becomes `to` where there is reason for a restart and more than
/// `pause` ticks have passed since the last one. Looks up what it says. A rule that adapts counts from its own start.
template <class L, NeuronVariant variant>
HWY_INLINE void anneal(NeuronMemory<typename L::V>& n, typename L::M reason, NeuronInput<typename L::V>& in,
                       const Restarts<L>& r) {
    const auto one = L::of(1);
    n.counter = n.counter + one;
    n.since = n.since + one;
    const auto restarts = L::both(reason, n.since > r.pause);
    begin_anew<L, variant>(restarts, n);
    n.counter = L::select(restarts, r.to, n.counter);
    // The presentation's beginning is before the first tick, a restart is one.
    in.t = L::select(n.counter > n.since, n.since + one, n.since);
    if constexpr (variant.step == StepKind::scheduled) in.epsilon = L::look_up(r.epsilon, n.counter - one);
    in.lambda = L::look_up(r.lambda, n.counter - one);
}

/// The quantizer Q: the bit for the activation a.
template <class L, NeuronVariant variant>
HWY_INLINE typename L::M quantize(NeuronMemory<typename L::V>& n, typename L::V a, typename L::V noise) {
    const auto zero = L::of(0), half = L::of(0.5f), one = L::of(1);
    if constexpr (variant.quantizer == Quantizer::stochastic) {
        return noise < clip01<L>(a);
    } else if constexpr (variant.quantizer == Quantizer::sigma_delta) {
        const auto phi = n.phi + a;
        const auto fires = phi > half;
        n.phi = phi - L::select(fires, one, zero);
        return fires;
    } else if constexpr (variant.quantizer == Quantizer::second_order_sigma_delta) {
        const auto phi1 = n.phi + a;
        const auto phi2 = n.phi2 + phi1;
        const auto fires = phi2 > half;
        const auto q = L::select(fires, one, zero);
        n.phi = phi1 - q;
        n.phi2 = phi2 - q;
        return fires;
    } else if constexpr (variant.quantizer == Quantizer::threshold) {
        return a > half;
    } else if constexpr (variant.quantizer == Quantizer::none) {
        return zero > one;  // sends no bits
    } else {
        static_assert(is_forgotten<variant>, "a quantizer without equations");
    }
}

/// The step size epsilon(t, d).
template <class L, NeuronVariant variant>
HWY_INLINE typename L::V step_size(NeuronMemory<typename L::V>& n, typename L::V d,
                                   const NeuronInput<typename L::V>& in, const StepParameters<typename L::V>& p) {
    if constexpr (variant.step == StepKind::scheduled) {
        return in.epsilon;
    } else if constexpr (variant.step == StepKind::osa) {
        return osa_step<L>(n, d, in.t, p);
    } else if constexpr (variant.step == StepKind::kesten) {
        return kesten_step<L>(n, d, in.t, p);
    } else {
        static_assert(is_forgotten<variant>, "a step rule without equations");
    }
}

/// The predictive encoder: the bit that announces rho_s, given rho(s) of the tick before.
template <class L, NeuronVariant variant>
HWY_INLINE typename L::M encode(NeuronMemory<typename L::V>& n, typename L::V rho_s, typename L::V x_prev,
                                const NeuronInput<typename L::V>& in) {
    if constexpr (variant.predictive) {
        const auto a = (rho_s - (L::of(1) - in.lambda) * x_prev) / in.lambda;
        return quantize<L, variant>(n, a, in.noise);
    } else {
        return quantize<L, variant>(n, rho_s, in.noise);
    }
}

/// Decoder and integration: the new state s. This is the whole update of a continuous neuron.
template <class L, NeuronVariant variant>
HWY_INLINE void integrate(NeuronMemory<typename L::V>& n, const NeuronInput<typename L::V>& in,
                          const StepParameters<typename L::V>& p) {
    const auto one = L::of(1);
    if constexpr (variant.predictive) {
        n.v = (one - in.lambda) * n.v + in.lambda * in.u;
    } else {
        n.v = in.u;
    }
    auto d = rho_derivative<L>(n.s) * (n.v + in.b);
    if constexpr (variant.nudged) d = d + in.two_beta * (in.y - n.s);
    const auto e = step_size<L, variant>(n, d, in, p);
    n.s = clip01<L>((one - e) * n.s + e * d);
}

/// One tick of a neuron: returns its bit.
template <class L, NeuronVariant variant>
HWY_INLINE typename L::M tick(NeuronMemory<typename L::V>& n, NeuronInput<typename L::V> in,
                              const StepParameters<typename L::V>& p, const Restarts<L>& r) {
    if constexpr (variant.restarts) anneal<L, variant>(n, is_surprised<L>(n, in.u, r), in, r);
    const auto x_prev = rho<L>(n.s);
    integrate<L, variant>(n, in, p);
    return encode<L, variant>(n, rho<L>(n.s), x_prev, in);
}

/// One tick of a clamped neuron (layer 0), whose state is the data x.
template <class L, NeuronVariant variant>
HWY_INLINE typename L::M tick_clamped(NeuronMemory<typename L::V>& n, typename L::V x, NeuronInput<typename L::V> in,
                                      const Restarts<L>& r) {
    if constexpr (variant.restarts) anneal<L, variant>(n, is_moved<L>(n, x, r), in, r);
    const auto x_prev = rho<L>(n.s);
    n.s = x;
    return encode<L, variant>(n, rho<L>(x), x_prev, in);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles
