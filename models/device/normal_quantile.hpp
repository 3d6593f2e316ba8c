// The inverse of the normal distribution for words of 32 bits: Wichura (1988), algorithm AS 241, PPND16. `L` (lanes) is
// the arithmetic, plain doubles or vectors of them; only + - x / and square roots, in the order written here, so the
// bits do not depend on machine and width. Compiled once per Highway target, like neuron.hpp.
#if defined(SETTLE_MODELS_NORMAL_QUANTILE_HPP) == defined(HWY_TARGET_TOGGLE)
#ifdef SETTLE_MODELS_NORMAL_QUANTILE_HPP
#undef SETTLE_MODELS_NORMAL_QUANTILE_HPP
#else
#define SETTLE_MODELS_NORMAL_QUANTILE_HPP
#endif

#include <bit>
#include <cmath>
#include <cstdint>

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

/// One double at a time: the plain reference.
struct ScalarDoubles {
    using V = double;
    using U = std::uint64_t;
    static V of(double value) { return value; }
    static U of(std::uint64_t value) { return value; }
    static U bits(V value) { return std::bit_cast<U>(value); }
    static V from_bits(U value) { return std::bit_cast<V>(value); }
    static U shift_up(U value) { return value << 52; }
    static U shift_down(U value) { return value >> 52; }
    static U either(U a, U b) { return a | b; }
    static V root(V value) { return std::sqrt(value); }
};

/// An integer below 2^52, exactly: the trick works in every width.
template <class L>
HWY_INLINE typename L::V to_double(typename L::U integer) {
    return L::from_bits(L::either(integer, L::of(std::uint64_t{0x4330000000000000}))) - L::of(0x1p52);
}

/// c[0] + c[1] x + c[2] x^2 …
template <class L, int count>
HWY_INLINE typename L::V polynomial(const double (&c)[count], typename L::V x) {
    typename L::V sum = L::of(c[count - 1]);
    for (int i = count - 2; i >= 0; --i) sum = sum * x + L::of(c[i]);
    return sum;
}

/// Natural logarithm of u in [2^-60, 2): u = 2^e m with m in [sqrt(1/2), sqrt(2)), log m = 2 artanh((m - 1) / (m + 1)).
template <class L>
HWY_INLINE typename L::V natural_log(typename L::V u) {
    static constexpr double series[] = {1.0,      1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9, 1.0 / 11,
                                        1.0 / 13, 1.0 / 15, 1.0 / 17, 1.0 / 19, 1.0 / 21};
    constexpr std::uint64_t root_half = 0x3fe6a09e667f3bcd, sixty_four = std::uint64_t{64} << 52;
    const auto bits = L::bits(u);
    const auto exponent = L::shift_down(bits + L::of(sixty_four - root_half));  // e + 64, so that it is positive
    const auto m = L::from_bits(bits + L::of(sixty_four) - L::shift_up(exponent));
    const auto s = (m - L::of(1.0)) / (m + L::of(1.0));
    const auto log_m = L::of(2.0) * s * polynomial<L>(series, s * s);
    return (to_double<L>(exponent) - L::of(64.0)) * L::of(0.6931471805599453) + log_m;
}

/// (word + 1/2) / 2^32 - 1/2, exactly: the distance of a word's probability from the median.
template <class L>
HWY_INLINE typename L::V from_median(typename L::U word) {
    return (to_double<L>(word) + L::of(0.5)) * L::of(0x1p-32) - L::of(0.5);
}

/// Up to this |from_median| `central_quantile` holds, beyond it `tail_quantile`.
constexpr double central_limit = 0.425;

template <class L>
HWY_INLINE typename L::V central_quantile(typename L::V q) {
    static constexpr double over[] = {3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
                                      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
                                      3.3430575583588128105e4, 2.5090809287301226727e3};
    static constexpr double under[] = {1.0,
                                       4.2313330701600911252e1,
                                       6.8718700749205790830e2,
                                       5.3941960214247511077e3,
                                       2.1213794301586595867e4,
                                       3.9307895800092710610e4,
                                       2.8729085735721942674e4,
                                       5.2264952788528545610e3};
    const auto r = L::of(0.180625) - q * q;
    return q * polynomial<L>(over, r) / polynomial<L>(under, r);
}

/// Minus the quantile of the probability p, 2^-33 to 0.075. (AS 241 has a third form for p below e^-25.)
template <class L>
HWY_INLINE typename L::V tail_quantile(typename L::V p) {
    static constexpr double over[] = {1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
                                      3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
                                      2.27238449892691845833e-2, 7.74545014278341407640e-4};
    static constexpr double under[] = {1.0,
                                       2.05319162663775882187e0,
                                       1.67638483018380384940e0,
                                       6.89767334985100004550e-1,
                                       1.48103976427480074590e-1,
                                       1.51986665636164571966e-2,
                                       5.47593808499534494600e-4,
                                       1.05075007164441684324e-9};
    const auto r = L::root(L::of(0.0) - natural_log<L>(p)) - L::of(1.6);
    return polynomial<L>(over, r) / polynomial<L>(under, r);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // include guard that toggles
