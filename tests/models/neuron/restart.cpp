// When the annealing of a neuron begins anew: the rule by hand, and the fast ticks against the plain ones.
#include "models/neuron/restart.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/draw.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/neuron/population.hpp"
#include "tests/models/neuron/step_rules.hpp"

using namespace settle;

namespace {

NeuronModel surprised(SurpriseRestarts rule, StepRule epsilon = Schedule{1, 1}) {
    NeuronModel model;
    model.quantizer = Quantizer::threshold;
    model.epsilon = epsilon;
    model.lambda = Schedule{1, 1};
    model.restart = rule;
    return model;
}

/// One neuron that restarts itself, ticked by hand.
struct RestartingNeuron {
    explicit RestartingNeuron(const NeuronModel& neuron_model)
        : model(neuron_model), population(1, neuron_model), table(tabulate(neuron_model, 200)) {}

    void tick(float u) {
        sums[0] = static_cast<std::int32_t>(std::lround(u / weight_unit));
        PopulationInput in;
        in.sums = sums.data();
        in.biases = biases.data();
        in.table = &table;
        tick_population(population, model, in);
    }
    float tick_clamped(float x) {
        values[0] = x;
        ClampedInput in;
        in.x = values.data();
        in.table = &table;
        in.ticks = 1;
        std::uint64_t word = 0;
        tick_clamped_population(population, model, in, &word, 1);
        return counter();
    }
    float counter() const { return population.memory.counter[0]; }
    float s() const { return population.memory.s[0]; }

    NeuronModel model;
    Population population;
    AnnealingTable table;
    AlignedVector<std::int32_t> sums = AlignedVector<std::int32_t>(panel_width);
    AlignedVector<float> biases = AlignedVector<float>(panel_width);
    AlignedVector<float> values = AlignedVector<float>(panel_width);
};

}  // namespace

TEST_CASE("a surprised neuron's annealing begins anew: by hand, with epsilon and lambda 1/t") {
    RestartingNeuron neuron(surprised({0.5, 0.5, 1, 2, 3, 0.1}));
    for (int t = 1; t <= 3; ++t) {
        neuron.tick(0);
        CHECK(neuron.counter() == static_cast<float>(t));
    }
    // n = 1: m = 1/2, p = 1/2; m^2 = 1/4 is above p / 3. The tick that finds it has t = 3.
    neuron.tick(1);
    CHECK(neuron.counter() == 3);
    CHECK(neuron.population.memory.m[0] == 0);
    CHECK(neuron.population.memory.p[0] == 0.5f);
    CHECK(neuron.population.memory.v[0] == doctest::Approx(1.0 / 3));
    CHECK(neuron.s() == doctest::Approx(1.0 / 9));
    // n = -4/3: m = -2/3, p = 41/36; m^2 = 4/9 is above p / 3, but the last restart was a tick ago. t = 4.
    neuron.tick(-1);
    CHECK(neuron.counter() == 4);
    CHECK(neuron.population.memory.m[0] == doctest::Approx(-2.0 / 3));
    CHECK(neuron.population.memory.p[0] == doctest::Approx(41.0 / 36));
    CHECK(neuron.population.memory.v[0] == doctest::Approx(0.75 / 3 - 0.25).epsilon(1e-6));
    // Still so: two ticks are not more than two.
    neuron.tick(-2);
    CHECK(neuron.counter() == 5);
    neuron.tick(-4);
    CHECK(neuron.counter() == 3);
}

TEST_CASE("a warmed memory of the spread is the plain mean of the presentation's ticks until it is full: by hand") {
    RestartingNeuron neuron(surprised({0.5, 0.25, 1, 0, 1, 0.1, true}));
    const auto p = [&] { return neuron.population.memory.p[0]; };
    // n = 1, and u - v is 0 afterwards, since lambda is 1 at t = 1: p = 1, 1/2, 1/3, 1/4, then a quarter less each
    // tick.
    neuron.tick(1);
    CHECK(p() == 1);
    CHECK(neuron.counter() == 1);  // m = 1/2: not more than one standard deviation, that is sqrt(1/3) of 1
    double expected = 1;
    for (int t = 2; t <= 6; ++t) {
        neuron.tick(1);
        expected *= 1 - std::max(0.25, 1.0 / t);
        CHECK(p() == doctest::Approx(expected).epsilon(1e-6));
    }
    // Without, p = 1/4 is little at the first tick, and m^2 = 1/4 above p / 3.
    RestartingNeuron cold(surprised({0.5, 0.25, 1, 0, 1, 0.1}));
    cold.tick(1);
    CHECK(cold.population.memory.p[0] == 0.25f);
    CHECK(cold.population.memory.since[0] == 0);
    // A restart forgets m alone; the next presentation begins with nothing.
    neuron.tick(-4);
    CHECK(neuron.population.memory.since[0] == 0);
    CHECK(neuron.population.memory.heard[0] == 7);
    CHECK(p() > 1);
    neuron.population.reset();
    CHECK(neuron.population.memory.heard[0] == 0);
    neuron.tick(0.5f);
    CHECK(p() == 0.25f);
}

TEST_CASE("the pause counts from the beginning of the presentation, too") {
    RestartingNeuron neuron(surprised({1, 1, 0.5, 3, 2, 0.1}));
    std::vector<float> counters;
    for (int t = 0; t < 8; ++t) {
        neuron.tick(t % 2 == 0 ? 1.0f : -1.0f);
        counters.push_back(neuron.counter());
    }
    CHECK(counters == std::vector<float>{1, 2, 3, 2, 3, 4, 5, 2});
    neuron.population.reset();
    neuron.tick(1);
    CHECK(neuron.counter() == 1);
}

TEST_CASE("a clamped neuron restarts when its value moves by more than `input`, and after the same pause") {
    RestartingNeuron neuron(surprised({0.1, 0.025, 3, 2, 9, 0.25}));
    // Its first tick has none before it, however far its value is from 0.
    CHECK(neuron.tick_clamped(1) == 1);
    CHECK(neuron.tick_clamped(0.5f) == 2);  // the pause
    CHECK(neuron.tick_clamped(0.5f) == 3);
    CHECK(neuron.tick_clamped(0.25f) == 4);  // no more than 0.25
    CHECK(neuron.tick_clamped(0.5625f) == 9);
    CHECK(neuron.tick_clamped(0.25f) == 10);  // the pause
    CHECK(neuron.tick_clamped(0.5625f) == 11);
    CHECK(neuron.tick_clamped(0.25f) == 9);
    RestartingNeuron hasty(surprised({0.1, 0.025, 3, 0, 5, 0.25}));
    CHECK(hasty.tick_clamped(1) == 1);
    CHECK(hasty.tick_clamped(0) == 5);
    // Its value has moved since the tick before, whoever has restarted its annealing meanwhile.
    hasty.population.restart_annealing();
    CHECK(hasty.tick_clamped(1) == 5);
    hasty.population.restart_annealing();
    CHECK(hasty.tick_clamped(1) == 1);
    hasty.population.reset();
    CHECK(hasty.tick_clamped(0.5f) == 1);
}

TEST_CASE("an adaptive rule begins anew with the restart: OSA takes a full step") {
    for (const int to : {1, 2, 7}) {
        CAPTURE(to);
        RestartingNeuron neuron(surprised({0.2, 0.025, 3, 8, to, 0.1}, Osa{0.05, 1e-7}));
        for (int t = 0; t < 30; ++t) neuron.tick(t % 2 == 0 ? 0.26f : 0.24f);
        CHECK(neuron.counter() == 30);
        neuron.tick(0.875f);
        REQUIRE(neuron.counter() == static_cast<float>(to));
        CHECK(neuron.population.memory.nu[0] == doctest::Approx(1 / (2 - 0.05)));
        CHECK(neuron.s() == std::min(1.0f, neuron.population.memory.v[0]));
        // The second step is that of a rule that began a tick ago, whatever the counter says.
        const float first = neuron.population.memory.avg[0];
        neuron.tick(0.5f);
        CHECK(neuron.counter() == static_cast<float>(to + 1));
        CHECK(neuron.population.memory.nu[0] == doctest::Approx(0.5128205 / (1 + 0.5128205 - 0.05)));
        CHECK(neuron.s() != first);
    }
}

TEST_CASE("a threshold that nothing reaches changes no bit, whatever the variant") {
    const Stream stream(11, Purpose::random_inputs);
    for (const StepRule& rule : {StepRule(Schedule{0.843, 0.0923}), StepRule(Osa{}), StepRule(Kesten{})}) {
        NeuronModel never = surprised({}, rule), model = surprised({0.1, 0.025, 1e6, 8, 2, 1}, rule);
        never.restart = NeverRestarts();
        RestartingNeuron neuron(model);
        Population plain(1, never);
        for (int t = 1; t <= 200; ++t) {
            neuron.tick(unit_float(stream.block(0, static_cast<std::uint32_t>(t))[0]) * 2 - 0.5f);
            PopulationInput in;
            in.sums = neuron.sums.data();
            in.biases = neuron.biases.data();
            in.t = t;
            in.epsilon = neuron.table.epsilon[static_cast<std::size_t>(t - 1)];
            in.lambda = neuron.table.lambda[static_cast<std::size_t>(t - 1)];
            tick_population(plain, never, in);
            REQUIRE(neuron.s() == plain.memory.s[0]);
            REQUIRE(neuron.population.bits[0] == plain.bits[0]);
        }
    }
}

TEST_CASE("the annealing of a population begins anew, and nothing else does") {
    for (const StepRule& rule : {StepRule(Schedule{0.843, 0.0923}), StepRule(Osa{}), StepRule(Kesten{})}) {
        RestartingNeuron neuron(surprised({}, rule));
        for (int t = 0; t < 20; ++t) neuron.tick(0.5f);
        const Population before = neuron.population;
        neuron.population.restart_annealing();
        CHECK(neuron.population.memory.s == before.memory.s);
        CHECK(neuron.population.memory.v == before.memory.v);
        CHECK(neuron.population.memory.p == before.memory.p);
        const Population fresh(1, neuron.model);
        CHECK(neuron.population.memory.nu == fresh.memory.nu);
        CHECK(neuron.population.memory.avg == fresh.memory.avg);
        CHECK(neuron.population.memory.k == fresh.memory.k);
        neuron.tick(0.5f);
        CHECK(neuron.counter() == 1);
        if (rule.index() == static_cast<std::size_t>(StepKind::osa)) CHECK(neuron.s() == 0.5f);
        // The pause, too: the neuron waits for its ninth tick.
        for (int t = 2; t <= 8; ++t) neuron.tick(t % 2 == 0 ? 8.0f : -8.0f);
        CHECK(neuron.counter() == 8);
    }
}

namespace {

/// Ticks two equal populations, the fast and the plain way, with sums that jump now and then; returns restarts.
int compare(const NeuronModel& model, bool clamped) {
    constexpr int neurons = 77, ticks = 60;
    const Stream stream(7, Purpose::random_inputs);
    const AnnealingTable table = tabulate(model, ticks);
    Population fast(neurons, model), plain(neurons, model);
    const auto padded = static_cast<std::size_t>(fast.padded());
    AlignedVector<std::int32_t> sums(padded);
    AlignedVector<float> biases(padded), x(padded), noise(padded);
    int restarts = 0;
    for (int t = 1; t <= ticks; ++t) {
        for (std::size_t i = 0; i < neurons; ++i) {
            const PhiloxBlock draw = stream.block(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(t));
            const float jump = draw[2] % 16 == 0 ? 4.0f : 0.25f;
            sums[i] = static_cast<std::int32_t>((unit_float(draw[0]) - 0.5f) * jump * 0x1p22f);
            if (draw[2] % 16 == 0) x[i] = unit_float(draw[1]);
            noise[i] = unit_float(draw[3]);
        }
        if (clamped) {
            ClampedInput in;
            in.x = x.data();
            in.noise = noise.data();
            in.table = &table;
            in.ticks = 1;
            std::uint64_t fast_bits[2] = {}, plain_bits[2] = {};
            tick_clamped_population(fast, model, in, fast_bits, 2);
            tick_clamped_population_reference(plain, model, in, plain_bits, 2);
            REQUIRE(std::equal(fast_bits, fast_bits + 2, plain_bits));
        } else {
            PopulationInput in;
            in.sums = sums.data();
            in.biases = biases.data();
            in.noise = noise.data();
            in.table = &table;
            tick_population(fast, model, in);
            tick_population_reference(plain, model, in);
            REQUIRE(fast.bits == plain.bits);
        }
        // Padding has no reference.
        for (std::size_t i = 0; i < neurons; ++i) {
            bool same = true;
            for_each_variable([&](const auto& variable) {
                const auto &one = variable.of(fast.memory), &other = variable.of(plain.memory);
                same = same && (one.empty() || one[i] == other[i]);
            });
            REQUIRE(same);
            restarts += t > 1 && plain.memory.since[i] == 0 ? 1 : 0;
        }
    }
    return restarts;
}

}  // namespace

TEST_CASE("every instruction set and the plain reference restart at the same ticks, for every variant") {
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        CAPTURE(instructions);
        for (const QuantizerRow& row : quantizer_table) {
            for (const StepRule& rule : every_step_rule(Schedule{0.8, 0.2})) {
                for (const bool warmed : {false, true}) {
                    NeuronModel model = surprised({0.1, 0.025, warmed ? 2.0 : 3.0, 8, 2, 0.1, warmed}, rule);
                    model.quantizer = row.quantizer;
                    model.lambda = Schedule{0.832, 0.584};
                    CHECK(compare(model, false) > 0);
                    CHECK(compare(model, true) > 0);
                }
            }
        }
    }
    use_instruction_set("");
}
