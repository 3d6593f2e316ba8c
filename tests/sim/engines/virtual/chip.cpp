// Networks on a chip in virtual time: laws of its fabric, and the plain one as a judge of every arrival.
#include <doctest/doctest.h>

#include "tests/sim/engines/virtual/chip_fixture.hpp"

namespace settle {

namespace {

const std::string loihi =
    "chip.mesh=[3, 2]; chip.encode=5.1 ns; chip.link=2 ns; chip.hop_x=4.1 ns; chip.hop_y=6.5 ns; "
    "chip.decode=16 ns; chip.synapse=3.8 ns; timing.period=1 us; timing.phase=random; timing.jitter=0.1";

void judge(const std::string& keys) {
    CAPTURE(keys);
    check_against_plain(VirtualRun(keys));
}

}  // namespace

TEST_CASE("a chip without times and limits changes no bit") {
    for (const std::string keys :
         {"timing.phase=random; timing.jitter=0.2; timing.drift=0.02",
          "timing.phase=random; timing.link=level; phases.splitstream=true",
          "timing.phase=random; timing.jitter=0.2; timing.link=parity; phases.splitstream=true",
          "timing.phase=random; timing.drift=0.1; timing.link=parity-2; timing.burst=3",
          "timing.jitter=0.3; timing.link=parity-held; learning.beta_sign=both",
          "timing.phase=random; timing.link=parity-2-held; faults.stuck_at_one=0.1",
          "timing.jitter={ distribution = \"normal\", width = 0.1, accumulate = true }; learning.beta_sign=both",
          "faults.dead_links=0.2; faults.stuck_at_one=0.1; timing.phase=random"}) {
        CAPTURE(keys);
        const Outcome without = VirtualRun(keys + "; timing.latency=0.3").run();
        for (const std::string chip : {"chip.mesh=[3, 3]; chip.neurons_per_core=6",
                                       "chip.mesh=[2, 4]; chip.neurons_per_core=7; "
                                       "chip.placement=random; chip.multicast=false",
                                       "chip.mesh=[3, 1]; chip.placement=spread"}) {
            const ChipOutcome with = run_on_chip(VirtualRun(keys + "; timing.latency=0.3; " + chip));
            CHECK(same_states(without, with.outcome));
            // Dead links cost additions where rows are added whole; a core without a live one gets no packet.
            const std::uint64_t operations = total(with.outcome.counters).synaptic_operations;
            if (keys.find("dead") == std::string::npos)
                CHECK(total(without.counters).synaptic_operations == operations);
            CHECK(total(without.counters).synaptic_operations >= operations);
            CHECK(conserved(with.outcome.counters));
        }
    }
}

TEST_CASE("a chip whose packets never meet is a chip of constant latencies") {
    // Every neuron has an encoder of its own, which takes 200 ns and has nothing else to do.
    const std::string keys = "timing.phase=random; timing.jitter=0.1; timing.period=1 us; ";
    const Outcome without = VirtualRun(keys + "timing.latency=200 ns").run();
    for (const std::string multicast : {"true", "false; chip.link=0 ns"}) {
        if (multicast != "true") continue;
        const ChipOutcome with = run_on_chip(VirtualRun(
            keys + "chip.mesh=[7, 7]; chip.neurons_per_core=1; chip.encode=200 ns; chip.multicast=" + multicast));
        CHECK(same_states(without, with.outcome));
    }
}

TEST_CASE("every arrival on a chip is where an independent event-by-event program puts it") {
    const std::string congested = loihi + "; chip.neurons_per_core=8; chip.synapse=40 ns; chip.link=60 ns";
    judge(congested);
    for (const std::string full : {"wait", "drop"}) {
        for (const std::string multicast : {"true", "false"}) {
            judge(congested + "; chip.buffer=1; chip.full=" + full + "; chip.multicast=" + multicast);
            judge(congested + "; chip.buffer=2; chip.placement=random; chip.full=" + full +
                  "; chip.multicast=" + multicast + "; chip.slow=0.3");
        }
    }
    judge(congested + "; chip.buffer=16; chip.cores_per_tile=3; chip.mesh=[2, 1]");
    judge(loihi +
          "; chip.neurons_per_core=8; chip.buffer=1; timing.link=level; "
          "faults.dead_links=0.3; timing.loss=0.2; timing.duplication=0.1");
    judge(congested +
          "; chip.buffer=2; chip.full=drop; timing.link=parity-held; timing.loss=0.2; timing.burst=4; "
          "timing.duplication=0.1");
}

TEST_CASE("forks copy what is in queues") {
    for (const std::string fork : {"phases.splitstream=true", "learning.beta_sign=both"}) {
        const VirtualRun run(loihi + "; chip.neurons_per_core=8; chip.synapse=60 ns; chip.buffer=2; " + fork);
        const ChipOutcome one = run_on_chip(run), other = run_on_chip(run, {1, 3, 0, 0});
        CHECK(conserved(one.outcome.counters));
        CHECK(total(one.outcome.counters).duplicated > 0);
        CHECK(one.outcome.fingerprint == other.outcome.fingerprint);
        CHECK(one.outcome.counters == other.outcome.counters);
        CHECK(one.outcome.chip == other.outcome.chip);
    }
}

TEST_CASE("times of a chip scale with its period") {
    const std::string keys =
        "timing.phase=random; timing.jitter=0.1; chip.mesh=[3, 2]; chip.neurons_per_core=8; "
        "chip.buffer=2; ";
    const ChipOutcome one = run_on_chip(VirtualRun(
        keys + "timing.period=1 us; chip.decode=16 ns; chip.synapse=3.8 ns; chip.link=20 ns; chip.hop_x=4 ns"));
    const ChipOutcome other = run_on_chip(VirtualRun(
        keys + "timing.period=1 ms; chip.decode=16 us; chip.synapse=3.8 us; chip.link=20 us; chip.hop_x=4 us"));
    CHECK(one.outcome.fingerprint == other.outcome.fingerprint);
    CHECK(one.outcome.counters == other.outcome.counters);
}

}  // namespace settle
