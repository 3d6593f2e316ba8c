#include <doctest/doctest.h>

#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

TEST_CASE("sums of 64 bits are the same where 32 suffice, and stop the run as diverged only once they reach 512") {
    const std::string noise =
        "timing.jitter=0.4; timing.phase=random; timing.latency={low=0.2,high=1.1}; timing.duplication=0.2;"
        "phases.splitstream=true; timing.link=";
    for (const std::string keys : {"pulse", "level", "pulse; timing.scope=synapse", "level; timing.scope=synapse"}) {
        CAPTURE(keys);
        VirtualRun run(noise + keys);
        const Outcome expected = run.run();
        run.unbounded = true;
        check_same(run.run(), expected);
        check_same(run.run({7, 2, 1'000'000 / 7, 1}), expected);
        // Each weight is below 512 and two are not: what counts is what comes at once. It may come or not.
        VirtualRun heavy("phases.free=3; phases.nudged=1; timing.link=" + keys, {2, 1});
        heavy.unbounded = true;
        const std::size_t padded = panel_width;
        for (std::size_t i = 0; i < 2; ++i) {
            heavy.network.projections[0].dense().weights.at(static_cast<int>(i), 0) = 300;
            heavy.minibatch.x[i] = heavy.minibatch.x[padded + i] = i == 0 ? 1 : 0;
        }
        CHECK(total(heavy.run().counters).spikes > 0);
        heavy.minibatch.x[padded + 1] = 1;
        CHECK_THROWS_WITH_AS(heavy.run(), doctest::Contains("neuron 0 of layer 1: diverged"), Error);
        CHECK_THROWS_WITH_AS(heavy.run({1, 2}), doctest::Contains("adds up to 600"), Error);
        for (std::size_t i = 0; i < 2; ++i)
            heavy.network.projections[0].dense().weights.at(static_cast<int>(i), 0) = -256;
        CHECK_THROWS_WITH_AS(heavy.run(), doctest::Contains("adds up to -512"), Error);
        heavy.network.projections[0].dense().weights.at(0, 0) = -255.75f;
        CHECK(total(heavy.run().counters).spikes > 0);
    }
}
