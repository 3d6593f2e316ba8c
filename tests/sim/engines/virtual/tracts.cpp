// Tracts: small shards, with and without them, and whatever else is in a shard, give what one large shard gives.
#include "sim/engines/virtual/tract.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

TEST_CASE("tracts are where many small slices are joined by a matrix, and each target hears the same") {
    const VirtualRun axons("timing.phase=random", {60, 40, 3});
    const VirtualRun synapses("timing.phase=random; timing.scope=synapse", {60, 40, 3});
    const auto between = [](const VirtualRun& run, int shard, int source, int target) {
        const Partition partition(run.network.wiring, run.device(), Cut::every(shard));
        return has_tract(partition, source, target);
    };
    CHECK(between(axons, 1, 0, 1));
    CHECK(between(axons, 1, 1, 2));
    CHECK(between(axons, 1, 2, 1));
    CHECK(between(axons, 5, 0, 1));
    CHECK_FALSE(between(axons, 5, 2, 1));
    CHECK_FALSE(between(axons, 16, 0, 1));
    CHECK_FALSE(between(axons, 1000, 0, 1));
    CHECK_FALSE(between(synapses, 1, 0, 1));
}

TEST_CASE("law 4: shards of a few neurons, some of two or three populations, give what one shard gives") {
    for (const std::string keys :
         {"timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
          "timing.jitter=0.4; timing.drift=0.2; timing.phase=random; timing.latency=\"1 ns\"; timing.duplication=0.3",
          "timing.latency=3.7; timing.loss=0.1; timing.burst=2; timing.latency_jitter=2; timing.phase=random",
          "timing.link=level; timing.jitter=0.2; timing.latency={low=0.05,high=2}; phases.splitstream=true", ""}) {
        CAPTURE(keys);
        for (const std::vector<int>& layers : {std::vector{50, 37, 11}, std::vector{23, 70, 30, 9}}) {
            const VirtualRun run(keys, layers, 2);
            const Outcome expected = run.run();
            for (const int shard : {1, 2, 3, 4, 5, 6, 8}) {
                CAPTURE(shard);
                check_same(run.run({shard, 1 + shard % 3, 0, shard % 2 == 0 ? 1u : 0u}), expected);
                if (shard % 3 == 2) check_same(run.run({shard, 1, run.scenario.timing.period / 9, 2}), expected);
            }
        }
    }
}
