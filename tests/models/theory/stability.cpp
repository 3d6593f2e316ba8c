// Eigenvalues of matrices whose spectrum is known, and the critical delay against delay equations that are integrated.
#include "models/theory/stability.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <deque>
#include <numbers>
#include <numeric>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "tests/models/network/pathway_between.hpp"

using namespace settle;

namespace {

using Vector = std::vector<double>;

/// (size x size), symmetric.
SymmetricMap dense(const Vector& matrix, std::size_t size) {
    return {size, [&matrix, size](std::span<const double> in, std::span<double> out) {
                for (std::size_t i = 0; i < size; ++i)
                    out[i] = std::inner_product(in.begin(), in.end(),
                                                matrix.begin() + static_cast<std::ptrdiff_t>(i * size), 0.0);
            }};
}

/// H D H with a reflection H: any spectrum, in a matrix that is full.
Vector with_spectrum(const Vector& eigenvalues, std::uint64_t seed) {
    const std::size_t n = eigenvalues.size();
    const Stream stream(seed, Purpose::random_inputs);
    Vector v(n);
    double length = 0;
    for (std::size_t i = 0; i < n; ++i) {
        v[i] = stream.uniform(i) - 0.5;
        length += v[i] * v[i];
    }
    const auto h = [&](std::size_t i, std::size_t j) { return (i == j ? 1 : 0) - 2 * v[i] * v[j] / length; };
    Vector matrix(n * n);
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
            for (std::size_t k = 0; k < n; ++k) matrix[i * n + j] += h(i, k) * eigenvalues[k] * h(k, j);
        }
    }
    return matrix;
}

void check_least(const SymmetricMap& matrix, double expected) {
    const Eigenpair pair = least_eigenpair(matrix);
    CHECK(pair.value == doctest::Approx(expected).epsilon(1e-9));
    CHECK(std::inner_product(pair.vector.begin(), pair.vector.end(), pair.vector.begin(), 0.0) == doctest::Approx(1));
    Vector product(matrix.size);
    matrix.apply(pair.vector, product);
    double residual = 0;
    for (std::size_t i = 0; i < matrix.size; ++i) residual += std::pow(product[i] - pair.value * pair.vector[i], 2);
    CHECK(std::sqrt(residual) == doctest::Approx(pair.residual));
    CHECK(pair.residual <= 1e-7);
}

/// ds/dt = -s + f(s(t - delay)), plain Euler from a history of `start`; the largest |s - rest| of any neuron in the
/// first and in the last tenth of the time.
struct Amplitudes {
    double early = 0, late = 0;
};

template <class Drive>
Amplitudes integrate(const Vector& start, const Vector& rest, double delay, double time, double step,
                     const Drive& drive) {
    const auto steps = static_cast<int>(time / step);
    std::deque<Vector> history(static_cast<std::size_t>(std::lround(delay / step)) + 1, start);
    Amplitudes amplitudes;
    for (int k = 0; k < steps; ++k) {
        Vector s = history.back();
        const Vector driven = drive(history.front());
        history.pop_front();
        double most = 0;
        for (std::size_t i = 0; i < s.size(); ++i) {
            s[i] += step * (driven[i] - s[i]);
            most = std::max(most, std::abs(s[i] - rest[i]));
        }
        if (k < steps / 10) amplitudes.early = std::max(amplitudes.early, most);
        if (k >= steps - steps / 10) amplitudes.late = std::max(amplitudes.late, most);
        history.push_back(std::move(s));
    }
    return amplitudes;
}

const Vector& weights(const ContinuousNetwork& network, std::size_t source, std::size_t target) {
    return network.weights[static_cast<std::size_t>(
        pathway_between(network.wiring, static_cast<int>(source), static_cast<int>(target)))];
}

/// W s + b, clipped to [0, 1] or not: where the neurons of layers 1..L of a network are drawn to.
Vector drawn_to(const ContinuousNetwork& network, const Vector& clamped, const Vector& s, bool clips) {
    std::vector<std::size_t> first(1, 0);
    for (std::size_t l = 1; l < network.wiring.sizes().size(); ++l)
        first.push_back(first.back() + static_cast<std::size_t>(network.wiring.sizes()[l]));
    Vector out(s.size());
    for (std::size_t l = 1; l < network.wiring.sizes().size(); ++l) {
        const auto size = static_cast<std::size_t>(network.wiring.sizes()[l]);
        for (std::size_t j = 0; j < size; ++j) {
            double d = network.biases[l][j] + (l == 1 ? clamped[j] : 0);
            if (l > 1) {
                for (std::size_t i = first[l - 2]; i < first[l - 1]; ++i)
                    d += weights(network, l - 1, l)[(i - first[l - 2]) * size + j] * s[i];
            }
            if (l + 1 < network.wiring.sizes().size()) {
                for (std::size_t i = first[l]; i < first[l + 1]; ++i)
                    d += weights(network, l + 1, l)[(i - first[l]) * size + j] * s[i];
            }
            out[first[l - 1] + j] = clips ? std::clamp(d, 0.0, 1.0) : d;
        }
    }
    return out;
}

/// A network that rests where it was told to: two of three neurons between 0 and 1, the others pressed against a wall.
struct RestingNetwork {
    ContinuousNetwork network = ideal_network(random_network(chain({9, 23, 12, 5}), 0.55, 5));
    RateStates states{network.wiring.sizes(), 1};

    RestingNetwork() {
        const Stream stream(6, Purpose::random_inputs);
        std::uint64_t draw = 0;
        for (double& s : states.values)
            s = draw % 3 == 2 ? static_cast<double>(draw % 2) : stream.uniform(draw), ++draw;
        const Vector clamped = clamped_drive_of(network, 0, states.of(0, 0)), wanted = free_states();
        const Vector heard = drawn_to(network, clamped, wanted, false);
        std::size_t at = 0;
        for (std::vector<double>& biases : network.biases) {
            for (double& bias : biases) {
                const double s = wanted[at];
                bias = s - heard[at++] + (s == 1 ? 0.3 : 0) - (s == 0 ? 0.3 : 0);
            }
        }
    }

    /// Of layers 1..L.
    Vector free_states() const {
        const auto inputs = static_cast<std::ptrdiff_t>(network.wiring.sizes()[0]);
        return {states.values.begin() + inputs, states.values.end()};
    }
};

}  // namespace

TEST_CASE("the least eigenvalue of matrices whose spectrum is known") {
    check_least(dense({-2.5}, 1), -2.5);
    check_least(dense({0, 0, 0, 0}, 2), 0);
    const Vector coupled = {-0.6, 0.9, 0.9, -0.6};
    check_least(dense(coupled, 2), -1.5);
    const Vector identity = with_spectrum(Vector(30, 1.0), 1);
    check_least(dense(identity, 30), 1);
    const Vector close = with_spectrum({-3, -2.999, -2.9, 4, 0, 0, 0, 1, 2, 3}, 2);
    check_least(dense(close, 10), -3);
    const Vector twice = with_spectrum({-1, -1, 0.5, 7}, 3);
    check_least(dense(twice, 4), -1);
    Vector many;
    for (int i = 0; i < 300; ++i) many.push_back(-1 + 0.01 * i);
    const Vector wide = with_spectrum(many, 4);
    check_least(dense(wide, 300), -1);
    // The second difference of 400 points: its lowest eigenvalues crowd, and one run of Lanczos is not enough.
    const std::size_t points = 400;
    check_least({points,
                 [](std::span<const double> in, std::span<double> out) {
                     for (std::size_t i = 0; i < in.size(); ++i)
                         out[i] = 2 * in[i] - (i > 0 ? in[i - 1] : 0) - (i + 1 < in.size() ? in[i + 1] : 0);
                 }},
                2 - 2 * std::cos(std::numbers::pi / (points + 1)));
}

TEST_CASE("what is no symmetric matrix is refused instead of being given an eigenvalue") {
    const Vector rotation = {0, 1, -1, 0};
    CHECK_THROWS_AS(least_eigenpair(dense(rotation, 2)), Error);
}

TEST_CASE("the critical delay in closed form") {
    using std::numbers::pi;
    CHECK(*critical_delay(-2) == doctest::Approx(2 * pi / 3 / std::sqrt(3.0)));
    CHECK(*critical_delay(-std::numbers::sqrt2) == doctest::Approx(3 * pi / 4));
    // Strong coupling: a quarter of the oscillation at which -s no longer matters.
    CHECK(*critical_delay(-1e4) == doctest::Approx(pi / 2e4).epsilon(1e-3));
    for (const double mu : {-1.0, -0.999, 0.0, 0.5, 3.0}) CHECK_FALSE(critical_delay(mu));
    // The nearer to -1, the later.
    CHECK(*critical_delay(-1.001) > 50);
}

TEST_CASE("a delay slows the slowest mode down, by how much is known") {
    CHECK(decay_rate(0.9, 0) == doctest::Approx(0.1));
    CHECK(decay_rate(0.99, 20) == doctest::Approx(0.01 / (1 + 0.99 * 20)).epsilon(0.01));
    const double mu = 0.8, delay = 3, rate = decay_rate(mu, delay);
    CHECK(1 - rate == doctest::Approx(mu * std::exp(rate * delay)));
    // A pair of neurons, both modes at once: after the history has been forgotten, e-folds are what they should be.
    const auto run = [&](double time) {
        return integrate({1, 0.4}, {0, 0}, delay, time, 0.001, [&](const Vector& s) {
            return Vector{mu * s[1], mu * s[0]};
        });
    };
    const double folds = std::log(run(150).late / run(200).late);
    // The last tenth begins 135 and 180 units in.
    CHECK(folds == doctest::Approx(45 * rate).epsilon(0.01));
}

TEST_CASE("two neurons that inhibit themselves and each other: quiet below the critical delay, restless above") {
    // Eigenvalues -0.6 +- (sqrt 2 - 0.6): the out-of-phase mode is the critical one.
    const double across = std::numbers::sqrt2 - 0.6;
    for (const double sign : {1.0, -1.0}) {
        const Vector weights = {-0.6, sign * across, sign * across, -0.6};
        const SymmetricMap matrix = dense(weights, 2);
        const double critical = *critical_delay(least_eigenpair(matrix).value);
        CHECK(critical == doctest::Approx(3 * std::numbers::pi / 4));
        const auto drive = [&](const Vector& s) {
            Vector out(2);
            matrix.apply(s, out);
            return out;
        };
        const auto run = [&](double delay) { return integrate({1, 0.4}, {0, 0}, delay, 600, 0.002, drive); };
        const Amplitudes below = run(0.96 * critical), above = run(1.04 * critical);
        CHECK(below.late < 0.3 * below.early);
        CHECK(above.late > 3 * above.early);
    }
}

TEST_CASE("the block of unsaturated neurons is what is left of the weights between them") {
    const RestingNetwork resting;
    const ContinuousNetwork& network = resting.network;
    const RateStates& states = resting.states;
    const UnsaturatedBlock block(network, states, 0);
    const SymmetricMap map = block.map();
    CHECK(map.size == 27);  // of 40
    // Neuron by neuron, in the order of the populations.
    struct Member {
        std::size_t population, place;
    };
    std::vector<Member> members;
    for (std::size_t l = 1; l < 4; ++l) {
        const auto s = states.of(static_cast<int>(l), 0);
        for (std::size_t i = 0; i < s.size(); ++i) {
            if (s[i] > 0 && s[i] < 1) members.push_back({l, i});
        }
    }
    REQUIRE(members.size() == map.size);
    Vector unit(map.size), column(map.size);
    for (std::size_t a = 0; a < map.size; ++a) {
        unit[a] = 1;
        map.apply(unit, column);
        unit[a] = 0;
        for (std::size_t b = 0; b < map.size; ++b) {
            const auto [l, i] = members[std::min(a, b)];
            const auto [m, j] = members[std::max(a, b)];
            const double weight =
                m == l + 1 ? weights(network, l, m)[i * static_cast<std::size_t>(network.wiring.sizes()[m]) + j] : 0;
            REQUIRE(column[b] == weight);
        }
    }
}

TEST_CASE("a network of layers that settles without delay settles with any") {
    const RestingNetwork resting;
    const ContinuousNetwork& network = resting.network;
    const RateStates& states = resting.states;
    const UnsaturatedBlock block(network, states, 0);
    const SymmetricMap map = block.map();
    const double least = least_eigenpair(map).value;
    const double greatest = -least_eigenpair({map.size,
                                              [&](std::span<const double> in, std::span<double> out) {
                                                  map.apply(in, out);
                                                  for (double& value : out) value = -value;
                                              }})
                                 .value;
    // Its spectrum is symmetric, and no attractor has an eigenvalue above 1.
    CHECK(least == doctest::Approx(-greatest).epsilon(1e-8));
    CHECK(greatest > 0.5);
    CHECK(greatest < 1);
    CHECK_FALSE(critical_delay(least));
    const Vector clamped = clamped_drive_of(network, 0, states.of(0, 0));
    const Vector rest = resting.free_states();
    const Vector drawn = drawn_to(network, clamped, rest, true);
    for (std::size_t i = 0; i < rest.size(); ++i) REQUIRE(drawn[i] == doctest::Approx(rest[i]).epsilon(1e-12));
    Vector start = rest;
    for (std::size_t i = 0; i < start.size(); ++i) start[i] += i % 2 ? 1e-3 : -1e-3;
    for (const double delay : {0.1, 1.0, 10.0}) {
        const double time = 40 * (1 + delay) / (1 - greatest);
        const Amplitudes found = integrate(start, rest, delay, time, 0.05,
                                           [&](const Vector& s) { return drawn_to(network, clamped, s, true); });
        CHECK(found.late < 0.01 * found.early);
    }
}
