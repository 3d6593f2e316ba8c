// The equations of docs/design.md, one at a time, against values computed by hand.
#include "models/neuron/population.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <vector>

#include "core/draw.hpp"
#include "models/kernels/instruction_set.hpp"
#include "tests/models/neuron/step_rules.hpp"

using namespace settle;

namespace {

/// One neuron, ticked by hand: returns its bit.
struct OneNeuron {
    explicit OneNeuron(const NeuronModel& neuron_model) : model(neuron_model), population(1, neuron_model) {}

    bool tick(float u) {
        sums.assign(panel_width, 0);
        sums[0] = static_cast<std::int32_t>(std::lround(u / weight_unit));
        drive.assign(panel_width, 0);
        drive[0] = u;
        const AnnealingTable table = tabulate(model, ++t);
        PopulationInput in;
        in.sums = sums.data();
        in.drive = drive.data();
        in.biases = biases.data();
        in.noise = noise.data();
        in.y = nudged ? y.data() : nullptr;
        in.two_beta = 2 * beta;
        in.t = t;
        in.epsilon = table.epsilon.back();
        in.lambda = table.lambda.back();
        tick_population(population, model, in);
        return (population.bits[0] & 1) != 0;
    }
    float s() const { return population.memory.s[0]; }

    NeuronModel model;
    Population population;
    AlignedVector<std::int32_t> sums;
    AlignedVector<float> drive;
    AlignedVector<float> biases = AlignedVector<float>(panel_width);
    AlignedVector<float> noise = AlignedVector<float>(panel_width);
    AlignedVector<float> y = AlignedVector<float>(panel_width);
    std::int64_t t = 0;
    bool nudged = false;
    float beta = 0;
};

NeuronModel model_of(Quantizer quantizer, StepRule epsilon, std::optional<Schedule> lambda = std::nullopt) {
    NeuronModel model;
    model.quantizer = quantizer;
    model.epsilon = epsilon;
    model.lambda = lambda;
    return model;
}

std::vector<bool> bits_of_constant(Quantizer quantizer, float s, int ticks) {
    OneNeuron neuron(model_of(quantizer, Schedule{1}));
    std::vector<bool> bits;
    for (int t = 0; t < ticks; ++t) bits.push_back(neuron.tick(s));
    return bits;
}

}  // namespace

TEST_CASE("a leaky neuron moves by epsilon towards its input and is clipped to [0, 1]") {
    OneNeuron neuron(model_of(Quantizer::threshold, Schedule{0.5}));
    neuron.tick(0.5f);
    CHECK(neuron.s() == 0.25f);
    neuron.tick(0.5f);
    CHECK(neuron.s() == 0.375f);
    neuron.tick(100);
    CHECK(neuron.s() == 1);
    neuron.tick(-100);
    CHECK(neuron.s() == 0);
    CHECK_FALSE(std::signbit(neuron.s()));
}

TEST_CASE("the bias adds to the input, and the nudge pulls the output towards its target by 2 beta (y - s)") {
    OneNeuron neuron(model_of(Quantizer::threshold, Schedule{0.5}));
    neuron.biases[0] = 0.5f;
    neuron.tick(0);
    CHECK(neuron.s() == 0.25f);
    neuron.nudged = true;
    neuron.beta = 0.25f;
    neuron.y[0] = 1;
    neuron.tick(0);  // d = 0.5 + 0.5 (1 - 0.25) = 0.875; s = 0.125 + 0.4375
    CHECK(neuron.s() == 0.5625f);
}

TEST_CASE("sigma-delta keeps what it has not sent yet, so its bits add up to the activation") {
    CHECK(bits_of_constant(Quantizer::sigma_delta, 0.25f, 8) ==
          std::vector<bool>{false, false, true, false, false, false, true, false});
    CHECK(bits_of_constant(Quantizer::sigma_delta, 1, 3) == std::vector<bool>{true, true, true});
    CHECK(bits_of_constant(Quantizer::sigma_delta, 0, 3) == std::vector<bool>{false, false, false});
}

TEST_CASE("second-order sigma-delta integrates twice") {
    // a = 0.25: p1 .25 .5 .75|-.25 0 …; p2 .25 .75|1 …
    // tick 1: p1 .25, p2 .25 -> 0; tick 2: p1 .5, p2 .75 -> 1, p1 -.5, p2 -.25; tick 3: p1 -.25, p2 -.5 -> 0;
    // tick 4: p1 0, p2 -.5 -> 0; tick 5: p1 .25, p2 -.25 -> 0; tick 6: p1 .5, p2 .25 -> 0; tick 7: p1 .75, p2 1 -> 1.
    CHECK(bits_of_constant(Quantizer::second_order_sigma_delta, 0.25f, 7) ==
          std::vector<bool>{false, true, false, false, false, false, true});
}

TEST_CASE("threshold fires strictly above one half") {
    CHECK(bits_of_constant(Quantizer::threshold, 0.5f, 1) == std::vector<bool>{false});
    CHECK(bits_of_constant(Quantizer::threshold, 0.5000001f, 1) == std::vector<bool>{true});
}

TEST_CASE("stochastic fires when its draw is below the activation") {
    OneNeuron neuron(model_of(Quantizer::stochastic, Schedule{1}));
    neuron.noise[0] = 0.3f;
    CHECK_FALSE(neuron.tick(0.3f));
    CHECK(neuron.tick(0.31f));
    neuron.noise[0] = 0;
    CHECK_FALSE(neuron.tick(0));
}

TEST_CASE("predictive coding: lambda = 1 is exactly no prediction; below 1 the encoder sends the change") {
    for (const Quantizer quantizer :
         {Quantizer::sigma_delta, Quantizer::threshold, Quantizer::second_order_sigma_delta}) {
        OneNeuron plain(model_of(quantizer, Schedule{0.7, 0.3}));
        OneNeuron one(model_of(quantizer, Schedule{0.7, 0.3}, Schedule{1}));
        for (int t = 0; t < 200; ++t) {
            const float u = 0.8f * static_cast<float>(t % 7) / 7;
            CHECK(plain.tick(u) == one.tick(u));
            CHECK(plain.s() == one.s());
        }
    }
    OneNeuron neuron(model_of(Quantizer::threshold, Schedule{1}, Schedule{0.5}));
    CHECK_FALSE(neuron.tick(0.5f));  // v = 0.25 = s; a = 0.25 / 0.5 = 0.5, not above
    CHECK(neuron.s() == 0.25f);
    CHECK(neuron.tick(1));  // v = 0.625; a = (0.625 - 0.125) / 0.5 = 1
    CHECK(neuron.s() == 0.625f);
}

TEST_CASE("a schedule is tabulated until somebody stops it") {
    const Schedule schedule{0.843, 0.0923, 0};
    int looks = 0;
    const std::int64_t ticks = 1 << 20;
    CHECK(tabulate(schedule, ticks, [&] { return ++looks < 0; }) == tabulate(schedule, ticks));
    CHECK(looks >= 10);
    looks = 0;
    CHECK_THROWS_AS(tabulate(schedule, ticks, [&] { return ++looks == 3; }), Stopped);
    CHECK(looks == 3);
}

TEST_CASE("schedules: max(floor, a / t^b) in double, rounded once") {
    CHECK(schedule_value({0.843, 0.0923, 0}, 1) == 0.843f);
    CHECK(schedule_value({0.843, 0.0923, 0}, 10) == static_cast<float>(0.843 / std::pow(10.0, 0.0923)));
    CHECK(schedule_value({1, 1, 0.25}, 100) == 0.25f);
    CHECK(parse_schedule("0.843/t^0.0923") == Schedule{0.843, 0.0923, 0});
    CHECK(parse_schedule("1/t") == Schedule{1, 1, 0});
    CHECK(parse_schedule("0.5") == Schedule{0.5, 0, 0});
    CHECK_FALSE(parse_schedule("1/t^").has_value());
    CHECK_FALSE(parse_schedule("1/s^2").has_value());
    CHECK_FALSE(parse_schedule("inf").has_value());
    CHECK_FALSE(parse_schedule("").has_value());
}

TEST_CASE("OSA takes a full first step, and small ones when its signal is noise around a constant") {
    OneNeuron neuron(model_of(Quantizer::threshold, Osa{0.05, 1e-7}));
    neuron.tick(0.75f);
    CHECK(neuron.s() == 0.75f);
    // Second tick by hand, in double: d = 0.25 after d = 0.75.
    const double nu1 = 1 / (2 - 0.05), err1 = 0.75;
    double bias = nu1 * err1, delta = nu1 * err1 * err1;
    const double gain = 1, avg = 0.75;
    const double nu2 = nu1 / (1 + nu1 - 0.05), err2 = 0.25 - avg;
    bias = (1 - nu2) * bias + nu2 * err2;
    delta = (1 - nu2) * delta + nu2 * err2 * err2;
    const double sigma2 = (delta - bias * bias) / (1 + gain);
    const double e = 1 - (sigma2 + 1e-7) / (delta + 1e-7);
    neuron.tick(0.25f);
    CHECK(neuron.s() == doctest::Approx((1 - e) * 0.75 + e * 0.25).epsilon(1e-6));
    for (int t = 0; t < 500; ++t) neuron.tick(t % 2 == 0 ? 0.9f : 0.1f);
    CHECK(neuron.s() == doctest::Approx(0.5).epsilon(0.1));
}

TEST_CASE("Kesten's k is raised on the first two ticks, then only when the error changes sign") {
    OneNeuron neuron(model_of(Quantizer::threshold, Kesten{1, 2}));
    neuron.tick(0.5f);  // k = 2: e = 1/4
    CHECK(neuron.s() == 0.125f);
    neuron.tick(0.5f);  // k = 3: e = 1/5
    CHECK(neuron.s() == doctest::Approx(0.2));
    neuron.tick(0.5f);  // same sign: k stays 3
    CHECK(neuron.s() == doctest::Approx(0.26));
    CHECK(neuron.population.memory.k[0] == 3);
    neuron.tick(0);  // below the average: k = 4, e = 1/6
    CHECK(neuron.population.memory.k[0] == 4);
    CHECK(neuron.s() == doctest::Approx(0.26 * 5 / 6));
}

TEST_CASE("every instruction set and the plain reference give the same bits, for every variant") {
    const std::vector<StepRule> rules = every_step_rule(Schedule{0.8, 0.2});
    const std::array<std::optional<Schedule>, 2> lambdas = {std::nullopt, Schedule{0.8, 0.5}};
    constexpr int neurons = 77, ticks = 30;
    const Stream stream(7, Purpose::random_inputs);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        CAPTURE(instructions);
        for (const QuantizerRow& quantizer : quantizer_table) {
            for (const StepRule& rule : rules) {
                for (const auto& lambda : lambdas) {
                    const NeuronModel model = model_of(quantizer.quantizer, rule, lambda);
                    const AnnealingTable table = tabulate(model, ticks);
                    Population fast(neurons, model), plain(neurons, model);
                    const auto padded = static_cast<std::size_t>(fast.padded());
                    AlignedVector<std::int32_t> sums(padded);
                    AlignedVector<float> biases(padded), y(padded), noise(padded);
                    for (int t = 1; t <= ticks; ++t) {
                        for (std::size_t i = 0; i < neurons; ++i) {
                            const PhiloxBlock draw =
                                stream.block(static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(t));
                            sums[i] = static_cast<std::int32_t>(draw[0] % (3u << 22)) - (1 << 22);
                            biases[i] = unit_float(draw[1]) - 0.5f;
                            y[i] = draw[2] % 2 == 0 ? 1.0f : 0.0f;
                            noise[i] = unit_float(draw[3]);
                        }
                        PopulationInput in;
                        in.sums = sums.data();
                        in.biases = biases.data();
                        in.noise = noise.data();
                        in.t = t;
                        in.epsilon = table.epsilon[static_cast<std::size_t>(t - 1)];
                        in.lambda = table.lambda[static_cast<std::size_t>(t - 1)];
                        if (t > ticks / 2) in.y = y.data();
                        in.two_beta = -0.5f;
                        tick_population(fast, model, in);
                        tick_population_reference(plain, model, in);
                        REQUIRE(fast.memory.s == plain.memory.s);
                        REQUIRE(fast.bits == plain.bits);
                    }
                    CHECK(fast.memory.phi == plain.memory.phi);
                    CHECK(fast.memory.avg == plain.memory.avg);
                }
            }
        }
    }
    use_instruction_set("");
}
