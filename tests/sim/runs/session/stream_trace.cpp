#include "sim/runs/session/stream_trace.hpp"

#include <doctest/doctest.h>

#include "sim/runs/session/stream_measure.hpp"

using namespace settle;

namespace {

/// A 1-2-2 network without weights from the input: its fixed point is that of its biases, 0.5 and 0.5, 0.25 and 0.25,
/// whatever is shown. Two streams of two inputs.
struct ByHand {
    Network network{chain({1, 2, 2})};
    Samples samples;
    WorkerPool workers{2};
    std::vector<InputCourse> courses = {{{0, 1}, {0, 2, 4}}, {{1, 0}, {0, 1, 6}}};

    ByHand() {
        network.biases[1][0] = network.biases[1][1] = 0.5f;
        network.biases[2][0] = network.biases[2][1] = 0.25f;
        samples.count = 2;
        samples.inputs = 1;
        samples.x = std::vector<float>{0.25f, 0.75f};
        samples.labels = {0, 1};
    }

    SampleFixedPoints points() { return {network, samples, {1, 0, 1}, 200, workers, nullptr}; }

    /// Rows of stream 1, whose period k has these states and k bits of value 1 above the input, which sends one always.
    static TickRows rows(std::int64_t first, int count) {
        TickRows rows;
        rows.presentation = 1;
        rows.batch = 2;
        rows.first_row = first;
        rows.rows = count;
        for (std::int64_t k = first + 1; k <= first + count; ++k) {
            for (const float s : {0.5f, 0.75f, 0.25f, static_cast<float>(k) / 8}) rows.states.push_back(s);
            rows.bits.push_back(1);
            for (int i = 0; i < 4; ++i) rows.bits.push_back(static_cast<std::uint8_t>(i < k ? 1 : 0));
        }
        return rows;
    }
};

}  // namespace

TEST_CASE("What a stream does is measured period by period: distance by populations, bits above the input, answer") {
    ByHand hand;
    const SampleFixedPoints points = hand.points();
    CHECK(points.residual() < 1e-12);
    for (const std::int64_t sample : {0, 1}) {
        CHECK(points.of(sample).size() == 4);
        CHECK(points.of(sample)[1] == doctest::Approx(0.5));
        CHECK(points.of(sample)[3] == doctest::Approx(0.25));
    }
    StreamTrace trace(hand.network.wiring, hand.courses, points);
    trace.add(ByHand::rows(0, 4));
    trace.add(ByHand::rows(4, 2));
    const auto& seen = trace.stream(1);
    REQUIRE(seen.size() == 6);
    CHECK(seen[0].distance == 0);  // of the first input nothing is asked
    for (std::size_t k = 2; k <= 6; ++k) {
        const double hidden = 0.25 / 2, output = std::abs(static_cast<double>(k) / 8 - 0.25) / 2;
        CHECK(seen[k - 1].distance == doctest::Approx((hidden + output) / 2));
        CHECK(seen[k - 1].bits == std::min<std::size_t>(k, 4));
        CHECK(seen[k - 1].answer == (k > 2 ? 1 : 0));  // the lowest index on a tie
    }
}

TEST_CASE("Rows of another network, stream or time are refused") {
    ByHand hand;
    const SampleFixedPoints points = hand.points();
    StreamTrace trace(hand.network.wiring, hand.courses, points);
    CHECK_THROWS(trace.add(ByHand::rows(4, 3)));
    TickRows other = ByHand::rows(0, 1);
    other.presentation = 2;
    CHECK_THROWS(trace.add(other));
    other = ByHand::rows(0, 1);
    other.states.pop_back();
    CHECK_THROWS(trace.add(other));
}
