// What happened in a run, counted: the noise and the faults are as frequent as the scenario says.
#include <doctest/doctest.h>

#include "tests/models/statistics.hpp"
#include "tests/sim/engines/virtual/virtual_fixture.hpp"

using namespace settle;

namespace {

double probability_of(std::uint64_t hits, std::uint64_t trials, double probability) {
    return binomial(static_cast<std::int64_t>(hits), static_cast<std::int64_t>(trials), probability);
}

/// Bits of each neuron over a whole run, all presentations together.
std::vector<int> bits_by_neuron(const VirtualRun& run, int* ticks = nullptr) {
    std::vector<TickRows> rows;
    run.run({7, 2, 0, 0}, &rows);
    std::vector<int> bits(static_cast<std::size_t>(run.network.wiring.neurons()));
    for (const TickRows& block : rows) {
        if (ticks) *ticks += block.rows;
        for (std::size_t i = 0; i < block.bits.size(); ++i) bits[i % bits.size()] += block.bits[i];
    }
    return bits;
}

void set_all_inputs(VirtualRun& run, float x) {
    const int inputs = run.network.wiring.size(0), padded = padded_size(inputs);
    for (int b = 0; b < run.minibatch.batch(); ++b) std::fill_n(run.minibatch.x.begin() + b * padded, inputs, x);
}

}  // namespace

TEST_CASE("a running network loses and duplicates as many bits as its links are said to") {
    for (const std::string link : {"pulse", "level"}) {
        for (const std::string scope : {"axon", "synapse"}) {
            const VirtualRun run(std::string("timing.loss=0.1; timing.duplication=0.2; timing.jitter=0.1;"
                                             "timing.phase=random; timing.latency=0.4; timing.link=") +
                                     link + "; timing.scope=" + scope,
                                 {100, 80, 20}, 5);
            const Counters counted = total(run.run().counters);
            CAPTURE(link);
            CAPTURE(scope);
            CHECK(counted.messages > 2'000);
            CHECK(probability_of(counted.duplicated, counted.messages, 0.2) > improbable);
            CHECK(probability_of(counted.lost, counted.messages + counted.duplicated, 0.1) > improbable);
            CHECK(counted.lost + counted.expired + counted.deliveries == counted.messages + counted.duplicated);
        }
    }
}

TEST_CASE(
    "a neuron that is stuck at one fires at every tick, one that is stuck at zero never, and they are as many as "
    "the scenario says") {
    // Nobody has a reason to fire.
    VirtualRun silent("faults.stuck_at_one=0.1; timing.phase=random; phases.nudged=0; scenario.task=infer",
                      {300, 250, 50});
    silent.network = Network(silent.network.wiring);
    set_all_inputs(silent, 0);
    int ticks = 0;
    std::uint64_t stuck = 0;
    for (const int bits : bits_by_neuron(silent, &ticks)) {
        CHECK((bits == 0 || bits == ticks));
        stuck += bits > 0;
    }
    CHECK(ticks == 2 * 13);
    CHECK(probability_of(stuck, 600, 0.1) > improbable);
    // Everybody has.
    VirtualRun loud("faults.stuck_at_zero=0.2; timing.phase=random; phases.nudged=0; scenario.task=infer",
                    {300, 250, 50});
    loud.network = Network(loud.network.wiring);
    for (auto& biases : loud.network.biases) std::fill(biases.begin(), biases.end(), 1.0f);
    set_all_inputs(loud, 1);
    std::uint64_t mute = 0;
    for (const int bits : bits_by_neuron(loud)) {
        CHECK((bits == 0 || bits > 5));
        mute += bits == 0;
    }
    CHECK(probability_of(mute, 600, 0.2) > improbable);
}

TEST_CASE("a stuck neuron's output is stuck, its state evolves and is read") {
    VirtualRun run("faults.stuck_at_zero=1; phases.nudged=0; scenario.task=infer", {20, 18, 6});
    const Outcome stuck = run.run();
    CHECK(total(stuck.counters).spikes == 0);
    bool moved = false;
    for (int i = 0; i < 18; ++i) {
        // Nobody hears anybody: what is left is the bias.
        const float s = stuck.reads[Slots::free].of(1, 0)[i], b = run.network.biases[1][static_cast<std::size_t>(i)];
        CHECK(s == doctest::Approx(std::max(b, 0.0f)).epsilon(1e-3));
        moved = moved || s > 0;
    }
    CHECK(moved);
}

TEST_CASE("a dead link carries nothing, and the links that do are as many as the scenario says") {
    // In presentation i, input i alone fires: whoever hears it has a link to it.
    constexpr int inputs = 60, targets = 50;
    VirtualRun run(
        "faults.dead_links=0.3; neuron.quantizer=threshold; neuron.epsilon=1; neuron.lambda=1;"
        "phases.free=4; phases.nudged=0; scenario.task=infer; timing.phase=random; timing.latency=0.5",
        {inputs, targets}, inputs);
    run.network = Network(chain({inputs, targets}));
    set_all_inputs(run, 0);
    for (int i = 0; i < inputs; ++i) {
        run.minibatch.x[static_cast<std::size_t>(i * padded_size(inputs) + i)] = 1;
        for (int j = 0; j < targets; ++j) run.network.projections[0].dense().weights.at(i, j) = 0.5f;
    }
    const Outcome outcome = run.run({7, 2, 0, 0});
    const Faults faults = draw_faults({0, 0, 0.3}, inputs + targets, run.scenario.timing.device_seed);
    std::uint64_t dead = 0;
    for (int i = 0; i < inputs; ++i) {
        for (int j = 0; j < targets; ++j) {
            const bool hears = outcome.reads[Slots::free].of(1, i)[j] > 0;
            CHECK(hears != is_dead(faults, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(inputs + j)));
            dead += !hears;
        }
    }
    CHECK(probability_of(dead, inputs * targets, 0.3) > improbable);
}

TEST_CASE("the chip is drawn from the device seed, the noise from the run's") {
    const std::string chip =
        "timing.phase=random; timing.drift=0.1; timing.latency={low=0.3,high=0.9};"
        "faults.stuck_at_one=0.1; timing.device_seed=";
    const Outcome one = VirtualRun(chip + "5").run();
    // Without noise, another seed of the run is the same run on the same chip.
    check_same(VirtualRun(chip + "5; scenario.seed=77").run(), one);
    CHECK(VirtualRun(chip + "6").run().fingerprint != one.fingerprint);
    const std::string noisy = chip + "5; timing.jitter=0.1; scenario.seed=";
    CHECK(VirtualRun(noisy + "1").run().fingerprint != VirtualRun(noisy + "2").run().fingerprint);
}

TEST_CASE("branches of a splitstream draw noise of their own, and differ by nothing else") {
    // beta 1e-30 moves nothing: what differs is the noise.
    for (const std::string noise : {"timing.jitter=0.2", "timing.loss=0.2", "timing.latency_jitter=0.4"}) {
        CAPTURE(noise);
        const std::string keys = std::string("phases.splitstream=true; timing.phase=random; ") + noise;
        VirtualRun run(keys);
        run.scenario.learning.beta = 1e-30;
        const Outcome split = run.run();
        CHECK(split.reads[Slots::free].populations != split.reads[Slots::nudged].populations);
    }
    VirtualRun quiet("phases.splitstream=true; timing.phase=random; timing.drift=0.1; timing.latency=0.4");
    quiet.scenario.learning.beta = 1e-30;
    const Outcome split = quiet.run();
    CHECK(split.reads[Slots::free].populations == split.reads[Slots::nudged].populations);
}
