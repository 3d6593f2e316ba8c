#include "sim/runs/session/settling.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>

#include "core/error.hpp"

using namespace settle;

namespace {

/// Two presentations of a 1-2-1 network without weights: free for 60 periods, nudged for 3. All fixed points are at 0.5
/// (the effective ones at 0.25), and the states come to s_k = 0.5 + 0.5^k (the second presentation: 0.5 - 0.5^k), but
/// the output neuron stays at 1.
struct ByHand {
    const std::vector<int> sizes = {1, 2, 1};
    static constexpr std::int64_t free = 60, periods = 63;
    Network network{chain(sizes)};
    Minibatch minibatch;
    FixedPoints ideal, effective;

    ByHand() {
        minibatch.presentations = {1, 2};
        minibatch.labels = {0, 0};
        minibatch.x.resize(2 * static_cast<std::size_t>(padded_size(1)));
        for (const bool chip : {false, true}) {
            FixedPoints& points = chip ? effective : ideal;
            points.points = {{0, RateStates(sizes, 2)}};
            for (double& s : points.points[0].states.values) s = chip ? 0.25 : 0.5;
            points.points.push_back({free, points.points[0].states});
        }
    }

    static float state(int presentation, std::int64_t k) {
        return static_cast<float>(0.5 + (presentation == 0 ? 1 : -1) * std::pow(0.5, static_cast<double>(k)));
    }

    TickRows rows(int presentation, std::int64_t first, int count, Branch branch = Branch::main) const {
        TickRows rows;
        rows.presentation = presentation;
        rows.batch = 2;
        rows.branch = branch;
        rows.first_row = first;
        rows.rows = count;
        for (std::int64_t k = first + 1; k <= first + count; ++k) {
            for (const float s : {state(presentation, k), state(presentation, k), 1.0f}) rows.states.push_back(s);
            for (const int bit : {1, k % 2 == 0 ? 1 : 0, 0, presentation})
                rows.bits.push_back(static_cast<std::uint8_t>(bit));
        }
        return rows;
    }

    SettlingTrace trace() const { return {network, minibatch, ideal, effective, free, periods}; }

    /// In the order in which workers might hand them over.
    void fill(SettlingTrace& trace, std::array<int, 2> order) const {
        for (const int b : order) trace.add(rows(b, 0, 17));
        trace.add(rows(0, 0, 3, Branch::free));
        for (const int b : order) trace.add(rows(b, 17, 46));
    }
};

}  // namespace

TEST_CASE("distance is the mean over populations of the mean over neurons, and then over presentations") {
    const ByHand by_hand;
    SettlingTrace trace = by_hand.trace();
    by_hand.fill(trace, {0, 1});
    for (const std::int64_t k : {1, 2, 3, 10, 60, 61}) {
        const SettlingSample sample = trace.sample(k);
        const double d = std::pow(0.5, static_cast<double>(k));
        CHECK(sample.period == k);
        CHECK(sample.nudged == (k > 60));
        CHECK(sample.by_population[0] == doctest::Approx(d).epsilon(1e-5));
        CHECK(sample.by_population[1] == 0.5);
        CHECK(sample.distance == doctest::Approx((d + 0.5) / 2).epsilon(1e-6));
        // |0.25 + d| and |0.25 - d|; the output is 0.75 away.
        const double effective = (0.25 + d + std::abs(0.25 - d)) / 2;
        CHECK(sample.distance_effective == doctest::Approx((effective + 0.75) / 2).epsilon(1e-6));
        const double energy = (0.5 + d) * (0.5 + d) / 2 + (0.5 - d) * (0.5 - d) / 2 + 0.5;
        CHECK(sample.hopfield_energy == doctest::Approx(energy).epsilon(1e-6));
        CHECK(sample.spikes == static_cast<std::uint64_t>(2 * k + 2 * (k / 2) + k));
    }
}

TEST_CASE("bias is what stays of the mean of the last 50 period ends, fluctuation what moves around it") {
    const ByHand by_hand;
    SettlingTrace trace = by_hand.trace();
    by_hand.fill(trace, {1, 0});
    double mean = 0, moves = 0;
    for (int k = 11; k <= 60; ++k) mean += std::pow(0.5, k) / 50;
    for (int k = 11; k <= 60; ++k) moves += std::abs(std::pow(0.5, k) - mean) / 50;
    CHECK(trace.mean_states(false).of(1, 0)[1] == doctest::Approx(0.5 + mean).epsilon(1e-6));
    CHECK(trace.mean_states(false).of(2, 1)[0] == 1);
    const Steadiness steadiness = trace.steadiness();
    // The nudged phase is shorter than 50, and its states no longer move.
    CHECK(steadiness.bias == doctest::Approx(((mean + 0.5) / 2 + 0.25) / 2).epsilon(1e-6));
    CHECK(steadiness.fluctuation == doctest::Approx(moves / 2 / 2).epsilon(1e-3));
}

TEST_CASE("a presentation has settled when its distance from the effective fixed point stays under the tolerance") {
    const ByHand by_hand;
    SettlingTrace trace = by_hand.trace();
    by_hand.fill(trace, {0, 1});
    // The first one comes from above, (0.25 + 0.5^k + 0.75) / 2; the second one from below.
    using Settled = std::vector<std::optional<std::int64_t>>;
    CHECK(trace.settled_at(0.5001) == Settled{13, 1});
    CHECK(trace.settled_at(0.6) == Settled{3, 1});
    CHECK(trace.settled_at(0.4) == Settled{std::nullopt, std::nullopt});
}

TEST_CASE("what is added up does not depend on which worker was faster") {
    const ByHand by_hand;
    SettlingTrace one = by_hand.trace(), other = by_hand.trace();
    by_hand.fill(one, {0, 1});
    by_hand.fill(other, {1, 0});
    for (std::int64_t k = 1; k <= ByHand::periods; ++k) {
        const SettlingSample a = one.sample(k), b = other.sample(k);
        CHECK(a.distance == b.distance);
        CHECK(a.distance_effective == b.distance_effective);
        CHECK(a.hopfield_energy == b.hopfield_energy);
        CHECK(a.spikes == b.spikes);
    }
}

namespace {

/// One presentation of a 1-1 network of weight 2 whose input changes at 4 and whose chip at 8, free for 12 periods. Its
/// neuron is where it is told.
struct Moving {
    const std::vector<int> sizes = {1, 1};
    Network network{chain(sizes)};
    Minibatch minibatch;
    FixedPoints ideal, effective;

    Moving() {
        minibatch.presentations = {1};
        minibatch.labels = {0};
        minibatch.x.resize(static_cast<std::size_t>(padded_size(1)));
        network = to_network(network.wiring, {{{2.0f}}, {{0.0f}}});
        ideal.points = {point(0, 0.25, 0.5), point(4, 0.5, 1)};
        effective.points = {point(0, 0.25, 0.5), point(4, 0.5, 1), point(8, 0.5, 0.75)};
    }

    FixedPoint point(std::int64_t from, double x, double s) const {
        FixedPoint point{from, RateStates(sizes, 1)};
        point.states.values = {x, s};
        return point;
    }

    SettlingTrace trace(const std::vector<float>& states) const {
        SettlingTrace trace{network, minibatch, ideal, effective, 12, 12};
        TickRows rows;
        rows.batch = 1;
        rows.rows = static_cast<int>(states.size());
        rows.states = states;
        trace.add(rows);
        return trace;
    }
};

}  // namespace

TEST_CASE("after an event the distances are those from where the fixed point then is, and so is the energy") {
    const Moving moving;
    const SettlingTrace trace = moving.trace({0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.75f, 1, 1, 1, 0.75f, 0.75f, 0.75f});
    // What is read at the end of period 4 is from before the event there.
    CHECK(trace.sample(4).distance == 0);
    CHECK(trace.sample(5).distance == 0.5);
    CHECK(trace.sample(8).distance_effective == 0);
    CHECK(trace.sample(9).distance_effective == 0.25);
    CHECK(trace.sample(9).distance == 0);
    CHECK(trace.sample(12).distance == 0.25);
    // 1/2 s^2 - 2 x s with x = 0.25, then 0.5.
    CHECK(trace.sample(4).hopfield_energy == doctest::Approx(0.125 - 0.25));
    CHECK(trace.sample(5).hopfield_energy == doctest::Approx(0.125 - 0.5));
    // Bias is of the periods since the last change: 1, .75, .75, .75 about 1.
    CHECK(trace.mean_states(false).of(1, 0)[0] == doctest::Approx(0.8125));
    CHECK(trace.mean_states(false).of(0, 0)[0] == 0.5);
    CHECK(trace.steadiness().bias == doctest::Approx(0.1875));
}

TEST_CASE("a presentation has recovered when its distance stays under the tolerance to the end of the event's window") {
    const Moving moving;
    const SettlingTrace trace = moving.trace({0.5f, 0.5f, 0.5f, 0.5f, 0.5f, 0.75f, 1, 1, 1, 0.75f, 0.75f, 0.75f});
    using Recovered = std::vector<std::optional<std::int64_t>>;
    CHECK(trace.recovered_after({"input", 4, 8}, 0.1) == Recovered{3});  // .5, .25, 0, 0
    CHECK(trace.recovered_after({"input", 4, 8}, 0.3) == Recovered{2});
    CHECK(trace.recovered_after({"input", 4, 8}, 0.25) == Recovered{3});  // under it, not at it
    CHECK(trace.recovered_after({"input", 4, 6}, 0.1) == Recovered{std::nullopt});
    CHECK(trace.recovered_after({"chip", 8, 12}, 0.1) == Recovered{2});  // .25, 0, 0, 0
    CHECK(trace.recovered_after({"nothing", 2, 4}, 0.1) == Recovered{1});
    CHECK(trace.recovered_after({"whole", 4, 12}, 0.1) == Recovered{6});  // the second event is part of this window
    CHECK_THROWS_AS(trace.recovered_after({"late", 8, 13}, 0.1), Error);
}
