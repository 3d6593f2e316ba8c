#include "models/theory/relaxation.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/draw.hpp"
#include "tests/models/network/pathway_between.hpp"

using namespace settle;

namespace {

const std::vector<int> sizes = {9, 23, 12, 5};
constexpr int batch = 4;
const std::vector<std::int32_t> labels = {3, 0, 4, 1};

Network drawn_network(double scale = 1) {
    Network network = random_network(chain(sizes), scale, 5);
    const Stream stream(6, Purpose::random_inputs);
    std::uint64_t index = 0;
    for (auto& biases : network.biases) {
        for (float& bias : biases) bias = static_cast<float>(stream.uniform(index++)) - 0.4f;
    }
    return network;
}

RateStates drawn_states(std::uint64_t seed) {
    RateStates states(sizes, batch);
    const Stream stream(seed, Purpose::random_inputs, 1);
    for (std::size_t i = 0; i < states.values.size(); ++i) states.values[i] = stream.uniform(i);
    return states;
}

/// The data alone.
RateStates at_rest() {
    RateStates states = drawn_states(7);
    for (int b = 0; b < batch; ++b) {
        for (int l = 1; l < 4; ++l) std::fill(states.of(l, b).begin(), states.of(l, b).end(), 0.0);
    }
    return states;
}

/// A device with these clocks and links.
Device device_of(const Network& network, const ClockSettings& clock, const LinkSettings& link,
                 const FaultSettings& faults = {}) {
    return draw_device(network, {clock, link, faults, 3});
}

/// The weight with which neuron i of population l drives neuron j of a neighbouring one.
double weight(const ContinuousNetwork& network, int l, int i, int m, int j) {
    return network.weights[static_cast<std::size_t>(pathway_between(network.wiring, l, m))]
                          [static_cast<std::size_t>(i * sizes[static_cast<std::size_t>(m)] + j)];
}

/// rho'(s) (W rho(s) + b) + 2 beta (y - s), written down a second time: what a state must be equal to, once clipped.
double pull(const ContinuousNetwork& network, const RateStates& states, int b, int l, int j, double beta) {
    double d = network.biases[static_cast<std::size_t>(l)][static_cast<std::size_t>(j)];
    for (const int m : {l - 1, l + 1}) {
        if (m >= static_cast<int>(sizes.size())) continue;
        for (int i = 0; i < sizes[static_cast<std::size_t>(m)]; ++i)
            d += weight(network, m, i, l, j) * states.of(m, b)[static_cast<std::size_t>(i)];
    }
    const double y = labels[static_cast<std::size_t>(b)] == j ? 1 : 0;
    const bool output = l + 1 == static_cast<int>(sizes.size());
    return d + (output ? 2 * beta * (y - states.of(l, b)[static_cast<std::size_t>(j)]) : 0);
}

}  // namespace

TEST_CASE("the continuous network comes to rest where every state is what its neighbours and its bias ask for") {
    WorkerPool workers(2);
    const ContinuousNetwork network = ideal_network(drawn_network());
    for (const double beta : {0.0, 0.4, -0.4}) {
        RateStates states = at_rest();
        const RateStates before = states;
        const Relaxation end = relax(network, states, labels, {5000, 0.5, beta}, workers);
        CHECK(end.residual <= 1e-15);
        CHECK(end.ticks < 5000);
        int inside = 0;
        for (int b = 0; b < batch; ++b) {
            CHECK(std::equal(states.of(0, b).begin(), states.of(0, b).end(), before.of(0, b).begin()));
            for (int l = 1; l < 4; ++l) {
                for (int j = 0; j < sizes[static_cast<std::size_t>(l)]; ++j) {
                    const double s = states.of(l, b)[static_cast<std::size_t>(j)];
                    CHECK(s ==
                          doctest::Approx(std::clamp(pull(network, states, b, l, j, beta), 0.0, 1.0)).epsilon(1e-12));
                    inside += s > 0 && s < 1 ? 1 : 0;
                }
            }
        }
        CHECK(inside > 20);
    }
}

TEST_CASE("a relaxation reports how far from rest it is when its ticks are over, and a stable one forgets its start") {
    WorkerPool workers(1);
    const ContinuousNetwork network = ideal_network(drawn_network(0.5));
    RateStates few = at_rest(), rest = at_rest(), elsewhere = drawn_states(7);
    const Relaxation early = relax(network, few, {}, {5, 0.5, 0}, workers);
    CHECK(early.ticks == 5);
    CHECK(early.residual > 1e-4);
    RateStates next = few;
    relax(network, next, {}, {1, 0.5, 0}, workers);
    double most = 0;
    for (std::size_t i = 0; i < few.values.size(); ++i) most = std::max(most, std::abs(next.values[i] - few.values[i]));
    CHECK(most < early.residual);
    relax(network, rest, {}, {5000, 0.5, 0}, workers);
    relax(network, elsewhere, {}, {5000, 0.3, 0}, workers);
    for (std::size_t i = 0; i < rest.values.size(); ++i)
        CHECK(elsewhere.values[i] == doctest::Approx(rest.values[i]).epsilon(1e-10));
    CHECK(relax(network, rest, {}, {0, 0.5, 0}, workers).residual == 0);
}

TEST_CASE("the fixed point does not depend on threads") {
    const ContinuousNetwork network = ideal_network(drawn_network());
    RateStates first = at_rest();
    WorkerPool one(1);
    relax(network, first, labels, {300, 0.5, 0.5}, one);
    for (const int threads : {2, 3}) {
        WorkerPool workers(threads);
        RateStates states = at_rest();
        relax(network, states, labels, {300, 0.5, 0.5}, workers);
        CHECK(states.values == first.values);
    }
}

TEST_CASE("on perfect hardware the effective network is the ideal one, whatever latency and jitter") {
    const Network network = drawn_network();
    LinkSettings link;
    link.latency = Uniform{300'000, 600'000};
    link.latency_jitter = Uniform{-200'000, 200'000};
    ClockSettings clock;
    clock.random_phase = true;
    clock.jitter = Uniform{-500'000, 500'000};
    for (const Link kind : {Link::pulse, Link::level, Link::parity, Link::parity_2_held}) {
        link.kind = kind;
        CHECK(effective_network(network, device_of(network, clock, link)) == ideal_network(network));
    }
}

TEST_CASE("pulse links scale a weight by what arrives of it in a tick of the target") {
    const Network network = drawn_network();
    ClockSettings clock;
    clock.drift = Distribution::around_zero(0, 0.1);
    LinkSettings link;
    link.loss = 0.2;
    link.duplication = 0.1;
    const Device device = device_of(network, clock, link);
    const Clocks& clocks = device.clocks;
    const ContinuousNetwork ideal = ideal_network(network), chip = effective_network(network, device);
    for (int l = 0; l < 3; ++l) {
        for (const bool up : {true, false}) {
            if (l == 0 && !up) continue;
            const int source = up ? l : l + 1, target = up ? l + 1 : l;
            for (int i = 0; i < sizes[static_cast<std::size_t>(source)]; ++i) {
                for (int j = 0; j < sizes[static_cast<std::size_t>(target)]; ++j) {
                    const double f_source =
                        1.0 / static_cast<double>(
                                  clocks.period[static_cast<std::size_t>(network.wiring.first_neuron(source) + i)]);
                    const double f_target =
                        1.0 / static_cast<double>(
                                  clocks.period[static_cast<std::size_t>(network.wiring.first_neuron(target) + j)]);
                    CHECK(weight(chip, source, i, target, j) ==
                          doctest::Approx(weight(ideal, source, i, target, j) * 0.8 * 1.1 * f_source / f_target)
                              .epsilon(1e-14));
                }
            }
        }
    }
    CHECK(chip.biases == ideal.biases);
    // A level link holds what it heard last: it is late, and it is not wrong.
    link.kind = Link::level;
    CHECK(effective_network(network, device_of(network, clock, link)) == ideal);
    // Nor does a parity link lose or hear twice; but its pulses come as often as the source ticks.
    link.kind = Link::parity;
    const ContinuousNetwork mended = effective_network(network, device_of(network, clock, link));
    link.kind = Link::pulse;
    link.loss = link.duplication = 0;
    CHECK(mended == effective_network(network, device_of(network, clock, link)));
    link.kind = Link::parity_held;
    link.loss = 1;
    const ContinuousNetwork silent = effective_network(network, device_of(network, clock, link));
    CHECK(std::count(silent.weights[0].begin(), silent.weights[0].end(), 0.0) == std::ssize(silent.weights[0]));
    link.kind = Link::level;
    const ContinuousNetwork deaf = effective_network(network, device_of(network, clock, link));
    for (const auto& weights : deaf.weights)
        CHECK(std::count(weights.begin(), weights.end(), 0.0) == std::ssize(weights));
}

TEST_CASE("in the effective network dead links are deleted weights, and stuck neurons send what they are stuck at") {
    WorkerPool workers(1);
    const Network network = drawn_network();
    const ContinuousNetwork ideal = ideal_network(network);
    FaultSettings settings;
    settings.dead_links = 0.2;
    settings.stuck_at_zero = settings.stuck_at_one = 0.2;
    const Device device = device_of(network, {}, {}, settings);
    const Faults& faults = device.faults;
    const ContinuousNetwork chip = effective_network(network, device);
    int dead = 0;
    for (int l = 0; l < 3; ++l) {
        for (int i = 0; i < sizes[static_cast<std::size_t>(l)]; ++i) {
            for (int j = 0; j < sizes[static_cast<std::size_t>(l) + 1]; ++j) {
                const bool cut = is_dead(faults, static_cast<std::uint32_t>(network.wiring.first_neuron(l) + i),
                                         static_cast<std::uint32_t>(network.wiring.first_neuron(l + 1) + j));
                dead += cut;
                CHECK(weight(chip, l, i, l + 1, j) == (cut ? 0 : weight(ideal, l, i, l + 1, j)));
                if (l > 0) CHECK(weight(chip, l + 1, j, l, i) == (cut ? 0 : weight(ideal, l + 1, j, l, i)));
            }
        }
    }
    CHECK(dead > 0);

    RateStates states = at_rest();
    relax(chip, states, {}, {5000, 0.5, 0}, workers);
    // What the others hear: the outputs in place of the states.
    RateStates heard = states;
    bool evolves = false;
    for (int b = 0; b < batch; ++b) {
        for (int l = 0; l < 4; ++l) {
            const auto outputs = heard.of(l, b);
            for (std::size_t i = 0; i < outputs.size(); ++i) {
                const Stuck stuck = faults.stuck[static_cast<std::size_t>(network.wiring.first_neuron(l)) + i];
                evolves = evolves || (l > 0 && stuck != Stuck::no && outputs[i] > 0 && outputs[i] < 1);
                if (stuck != Stuck::no) outputs[i] = stuck == Stuck::at_one ? 1 : 0;
            }
        }
        for (int l = 1; l < 4; ++l) {
            for (int j = 0; j < sizes[static_cast<std::size_t>(l)]; ++j) {
                CHECK(states.of(l, b)[static_cast<std::size_t>(j)] ==
                      doctest::Approx(std::clamp(pull(chip, heard, b, l, j, 0), 0.0, 1.0)).epsilon(1e-12));
            }
        }
    }
    CHECK(evolves);
}
