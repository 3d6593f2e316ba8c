#include "models/neuron/dormant.hpp"

#include <doctest/doctest.h>

#include <array>
#include <vector>

#include "core/draw.hpp"

using namespace settle;

TEST_CASE("clamped neurons that are left out at 0 and come back are as if they had ticked all the time") {
    constexpr int neurons = 40, ticks = 12, stages = 6;
    const Stream draws(3, Purpose::random_inputs);
    constexpr std::size_t kinds = quantizer_table.size();
    for (std::size_t number = 0; number < 2 * kinds; ++number) {
        NeuronModel model;
        model.quantizer = quantizer_table[number % kinds].quantizer;
        // Their counters go on while they sleep, so that they know what they restart from, and when.
        if (number >= kinds) model.restart = SurpriseRestarts{0.1, 0.025, 3, 8, 2, 0.3};
        model.lambda = Schedule{0.832, 0.584, 0};
        const AnnealingTable table = tabulate(model, stages * ticks);
        Population everybody(neurons, model), some(neurons, model);
        Dormant others;
        others.begin(neurons, model);
        std::vector<std::int32_t> lanes;
        for (std::int32_t i = 0; i < neurons; ++i) lanes.push_back(i);
        const std::vector<std::int32_t> all = lanes;
        int left_out = 0;
        for (int stage = 0; stage < stages; ++stage) {
            std::vector<float> x(neurons);
            for (std::size_t i = 0; i < x.size(); ++i) {
                const double value = draws.uniform(static_cast<std::uint64_t>(stage) * 100 + i);
                x[i] = value < 0.5 ? 0 : static_cast<float>(value);
            }
            for (int tick = 0; tick < ticks; ++tick) {
                // Who has come to rest may leave at any tick but the first with another value.
                if (tick < 2) {
                    const std::vector<std::int32_t> done(neurons, stage * ticks + tick);
                    if (stage == 3 && tick == 0) {
                        others.restart_annealing(done);
                        some.restart_annealing();
                        everybody.restart_annealing();
                    }
                    others.put(some, lanes, done);
                    lanes.clear();
                    for (std::int32_t i = 0; i < neurons; ++i) {
                        if (x[static_cast<std::size_t>(i)] > 0 || !others.rests(i)) lanes.push_back(i);
                    }
                    others.take(some, lanes, done);
                }
                left_out += neurons - static_cast<int>(lanes.size());
                const auto run = [&](Population& population, const std::vector<std::int32_t>& who) {
                    AlignedVector<float> own(static_cast<std::size_t>(padded_size(neurons)));
                    AlignedVector<float> noise(own.size());
                    const auto t = static_cast<std::size_t>(stage * ticks + tick);
                    for (std::size_t k = 0; k < who.size(); ++k) {
                        own[k] = x[static_cast<std::size_t>(who[k])];
                        noise[k] = static_cast<float>(draws.uniform(5000 + t * 100 + static_cast<std::size_t>(who[k])));
                    }
                    ClampedInput in;
                    in.x = own.data();
                    in.table = &table;
                    in.ticks = 1;
                    in.noise = noise.data();
                    in.lambda = std::span(table.lambda).subspan(t, 1);
                    std::uint64_t bits = 0, fired = 0;
                    tick_clamped_population(population, model, in, &bits, 1);
                    for (std::size_t k = 0; k < who.size(); ++k) fired |= (bits >> k & 1) << who[k];
                    return fired;
                };
                CHECK(run(some, lanes) == run(everybody, all));
                for (std::size_t k = 0; number >= kinds && k < lanes.size(); ++k)
                    CHECK(some.memory.counter[k] == everybody.memory.counter[static_cast<std::size_t>(lanes[k])]);
            }
        }
        CHECK(left_out > stages * ticks * neurons / 8);
    }
}

TEST_CASE("an input that is at 0 from the beginning is silent and stays as it is: engines leave it out") {
    for (const QuantizerRow& row : quantizer_table) {
        CAPTURE(row.word);
        NeuronModel model;
        model.quantizer = row.quantizer;
        Dormant all;
        all.begin(3, model);
        CHECK(all.rests(2));
    }
}

TEST_CASE("an input that came in with a small lambda and left with a large one does not rest: it has bits to send") {
    NeuronModel model;
    model.lambda = Schedule{0.05, 0, 0};
    AnnealingTable table = tabulate(model, 2);
    table.lambda = {0.05f, 0.832f};
    Population inputs(2, model);
    Dormant others;
    others.begin(2, model);
    AlignedVector<float> x(static_cast<std::size_t>(padded_size(2)));
    std::uint64_t bits = 0;
    for (std::size_t t = 0; t < 2; ++t) {
        x[0] = t == 0 ? 1 : 0;
        ClampedInput in;
        in.x = x.data();
        in.table = &table;
        in.ticks = 1;
        in.lambda = std::span(table.lambda).subspan(t, 1);
        tick_clamped_population(inputs, model, in, &bits, 1);
    }
    CHECK(inputs.memory.phi[0] > 0.5f);
    others.put(inputs, std::vector<std::int32_t>{0, 1}, std::vector<std::int32_t>{2, 2});
    CHECK(!others.rests(0));
    CHECK(others.rests(1));
}
