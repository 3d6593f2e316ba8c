#include "sim/engines/lockstep/lockstep.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "core/fingerprint.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/neuron/population.hpp"
#include "models/theory/energy.hpp"
#include "tests/sim/engines/lockstep/fixture.hpp"

using namespace settle;

namespace {

/// The same network, as plainly as it can be written: every neuron of layer 0 ticks, every row is added.
struct PlainRun {
    explicit PlainRun(const SmallRun& run) : layers(run.scenario.network.layers), model(neuron_model(run.scenario)) {
        WorkerPool workers(1);
        network = random_network(chain(layers), run.weight_scale, 21);
        derive_images(network, model.continuous(), 1, workers);
        for (const int size : layers) populations.emplace_back(size, model);
        table = tabulate(model, 1000);
    }

    static std::vector<std::int32_t> fired(const Population& population) {
        std::vector<std::int32_t> spikes;
        for (int i = 0; i < population.size; ++i) {
            if (population.bits[static_cast<std::size_t>(i / 64)] >> (i % 64) & 1) spikes.push_back(i);
        }
        return spikes;
    }

    void tick(const float* x, int label, float beta) {
        const std::size_t last = layers.size() - 1;
        std::vector<AlignedVector<std::int32_t>> sums;
        for (std::size_t l = 1; l <= last; ++l) {
            AlignedVector<std::int32_t> sum(static_cast<std::size_t>(padded_size(layers[l])));
            add_rows_reference(network.projections[l - 1].dense().forward, fired(populations[l - 1]), nullptr, 0,
                               sum.data());
            if (l < last) {
                add_rows_reference(network.projections[l].dense().backward, fired(populations[l + 1]), sum.data(),
                                   panel_width, sum.data());
            }
            sums.push_back(sum);
        }
        const auto at = static_cast<std::size_t>(t++);
        ClampedInput in;
        in.x = x;
        in.ticks = 1;
        if (model.lambda) in.lambda = std::span(table.lambda).subspan(at, 1);
        Population& input = populations[0];
        tick_clamped_population_reference(input, model, in, input.bits.data(),
                                          static_cast<std::ptrdiff_t>(input.bits.size()));
        AlignedVector<float> y(static_cast<std::size_t>(padded_size(layers.back())));
        y[static_cast<std::size_t>(label)] = 1;
        for (std::size_t l = 1; l <= last; ++l) {
            PopulationInput tick;
            tick.sums = sums[l - 1].data();
            tick.biases = network.biases[l].data();
            tick.t = t;
            tick.epsilon = table.epsilon[at];
            tick.lambda = table.lambda[at];
            if (l == last && beta != 0) tick.y = y.data();
            tick.two_beta = 2 * beta;
            tick_population_reference(populations[l], model, tick);
        }
    }

    std::vector<int> layers;
    NeuronModel model;
    Network network;
    std::vector<Population> populations;
    AnnealingTable table;
    std::int64_t t = 0;
};

std::vector<StepRule> step_rules() {
    return {Schedule{0.843, 0.0923}, Schedule{0.5}, Osa{0.0346, 1e-15}, Kesten{6.81, 2.64}};
}

}  // namespace

TEST_CASE("the lockstep engine equals a plain simulation of every neuron, tick by tick") {
    SmallRun run;
    for (const std::vector<int>& layers : {std::vector<int>{30, 20, 17, 6}, {30, 6}, {70, 33, 5}}) {
        run.scenario.network.layers = layers;
        for (const Quantizer quantizer :
             {Quantizer::sigma_delta, Quantizer::threshold, Quantizer::second_order_sigma_delta}) {
            for (const StepRule& rule : step_rules()) {
                run.scenario.neuron.quantizer = quantizer;
                run.scenario.neuron.epsilon = rule;
                const Plan plan = training_plan(run.scenario, 0.5);
                std::vector<TickRows> rows;
                const Outcome outcome = run.run(plan, 1, &rows);
                const Minibatch minibatch = run.minibatch();
                std::size_t block = 0;
                for (int b = 0; b < run.batch; ++b) {
                    PlainRun plain(run);
                    const float* x = minibatch.x.data() + b * padded_size(layers[0]);
                    REQUIRE(rows[block].presentation == b);
                    REQUIRE(rows[block].rows == plan.periods);
                    const float* states = rows[block].states.data();
                    const std::uint8_t* bits = rows[block].bits.data();
                    for (std::int64_t t = 1; t <= plan.periods; ++t) {
                        plain.tick(x, minibatch.labels[static_cast<std::size_t>(b)], t > plan.free ? 0.5f : 0.0f);
                        for (std::size_t l = 0; l < layers.size(); ++l) {
                            std::vector<std::int32_t> fired;
                            for (int i = 0; i < layers[l]; ++i) {
                                if (*bits++) fired.push_back(i);
                                if (l > 0)
                                    REQUIRE(*states++ == plain.populations[l].memory.s[static_cast<std::size_t>(i)]);
                            }
                            REQUIRE(fired == PlainRun::fired(plain.populations[l]));
                        }
                        if (t != plan.free && t != plan.periods) continue;
                        const BatchStates& read = outcome.reads[t == plan.free ? Slots::free : Slots::nudged];
                        for (int l = 1; l < static_cast<int>(layers.size()); ++l) {
                            for (int i = 0; i < layers[static_cast<std::size_t>(l)]; ++i) {
                                REQUIRE(read.of(l, b)[i] == plain.populations[static_cast<std::size_t>(l)]
                                                                .memory.s[static_cast<std::size_t>(i)]);
                            }
                        }
                    }
                    ++block;
                }
            }
        }
    }
}

TEST_CASE("the fingerprint and every read state are the same for any number of threads and any instruction set") {
    SmallRun run;
    run.batch = 13;
    run.scenario.phases.splitstream = true;
    run.scenario.phases.readout_mean = 3;
    for (const Quantizer quantizer : {Quantizer::stochastic, Quantizer::sigma_delta}) {
        run.scenario.neuron.quantizer = quantizer;
        const Plan plan = training_plan(run.scenario, 0.5);
        const Outcome first = run.run(plan);
        for (const std::string& instructions : instruction_sets()) {
            use_instruction_set(instructions);
            for (const int threads : {1, 2, 3, 8}) {
                const Outcome other = run.run(plan, threads);
                CHECK(other.fingerprint == first.fingerprint);
                CHECK(other.counters == first.counters);
                CHECK(other.answers == first.answers);
                for (std::size_t slot = 0; slot < first.reads.size(); ++slot) {
                    CHECK(other.reads[slot].populations == first.reads[slot].populations);
                }
            }
        }
        use_instruction_set("");
    }
}

TEST_CASE("the fingerprint is the sum over all spikes and all states read") {
    SmallRun run;
    run.scenario.phases.readout_mean = 4;
    const Plan plan = training_plan(run.scenario, 0.5);
    std::vector<TickRows> rows;
    const Outcome outcome = run.run(plan, 1, &rows);
    const Minibatch minibatch = run.minibatch();
    const auto& layers = run.scenario.network.layers;
    const int all = std::accumulate(layers.begin(), layers.end(), 0);
    std::uint64_t expected = 0;
    for (const TickRows& block : rows) {
        const TraceKey spikes(Trace::spike, minibatch.presentations[static_cast<std::size_t>(block.presentation)], 0);
        for (int row = 0; row < block.rows; ++row) {
            for (int i = 0; i < all; ++i) {
                const bool fired = block.bits[static_cast<std::size_t>(row * all + i)] != 0;
                const Time time = lockstep_tick_time(block.first_row + row + 1, plan.period);
                if (fired) expected += spikes.spike(time, static_cast<std::uint64_t>(i));
            }
        }
    }
    for (int b = 0; b < run.batch; ++b) {
        const TraceKey states(Trace::state, minibatch.presentations[static_cast<std::size_t>(b)], 0);
        for (const auto& [slot, period] : {std::pair{Slots::free, plan.free}, std::pair{Slots::nudged, plan.periods}}) {
            int neuron = layers[0];
            for (int l = 1; l < static_cast<int>(layers.size()); ++l) {
                for (int i = 0; i < layers[static_cast<std::size_t>(l)]; ++i, ++neuron) {
                    const float s = outcome.reads[static_cast<std::size_t>(slot)].of(l, b)[i];
                    expected += states.state(period * plan.period, static_cast<std::uint64_t>(neuron), s);
                }
            }
        }
    }
    CHECK(outcome.fingerprint == expected);
}

TEST_CASE("law 6: messages are conserved in every population, and counted by who listens") {
    SmallRun run;
    for (const bool splitstream : {false, true}) {
        run.scenario.phases.splitstream = splitstream;
        std::vector<TickRows> rows;
        const Plan plan = training_plan(run.scenario, 0.5);
        const Outcome outcome = run.run(plan, 1, &rows);
        std::uint64_t spikes[4] = {};
        for (const TickRows& block : rows) {
            const std::uint8_t* bit = block.bits.data();
            for (int row = 0; row < block.rows; ++row) {
                for (std::size_t l = 0; l < 4; ++l) {
                    for (int i = 0; i < run.scenario.network.layers[l]; ++i, ++bit) spikes[l] += *bit;
                }
            }
        }
        const std::uint64_t ticks = splitstream ? 24 + 2 * 11 : 24 + 11;
        REQUIRE(outcome.counters.size() == 4);
        CHECK(total(outcome.counters).spikes == spikes[0] + spikes[1] + spikes[2] + spikes[3]);
        CHECK(total(outcome.counters).ticks == ticks * 73 * 5);
        for (std::size_t l = 0; l < 4; ++l) {
            CAPTURE(l);
            const Counters& counters = outcome.counters[l];
            const auto size = static_cast<std::uint64_t>(run.scenario.network.layers[l]);
            CHECK(counters.ticks == ticks * size * 5);
            CHECK(counters.spikes == spikes[l]);
            CHECK(counters.conserved());
            CHECK(counters.synaptic_operations == counters.deliveries * size);
            // Nobody sends to the clamped layer 0.
            CHECK(counters.messages == (l == 0 ? 0 : spikes[l - 1] + (l < 3 ? spikes[l + 1] : 0)));
            CHECK((counters.duplicated > 0) == (splitstream && l > 0));
            CHECK((counters.expired > 0) == (l > 0));
        }
    }
}

TEST_CASE("splitstream: main is as without it, and the free branch goes on as if nobody had nudged") {
    SmallRun run;
    const Plan plain = training_plan(run.scenario, 0.5);
    const Outcome expected = run.run(plain);
    run.scenario.phases.splitstream = true;
    const Outcome split = run.run(training_plan(run.scenario, 0.5));
    CHECK(split.reads[Slots::nudged].populations == expected.reads[Slots::nudged].populations);
    CHECK(split.reads[Slots::answer].populations == expected.reads[Slots::free].populations);
    SmallRun longer;
    longer.scenario.phases.free = 24 + 11;
    const Outcome free = longer.run(evaluation_plan(longer.scenario));
    CHECK(split.reads[Slots::free].populations == free.reads[Slots::free].populations);
}

TEST_CASE("both signs: the minus branch is what a run with -beta gives") {
    SmallRun run;
    const Outcome negative = run.run(training_plan(run.scenario, -0.5));
    run.scenario.learning.beta_sign = BetaSign::both;
    const Outcome both = run.run(training_plan(run.scenario, 0.5));
    CHECK(both.reads[Slots::minus].populations == negative.reads[Slots::nudged].populations);
}

TEST_CASE("branches draw their own noise") {
    SmallRun run;
    run.scenario.neuron.quantizer = Quantizer::stochastic;
    run.scenario.phases.splitstream = true;
    Plan plan = training_plan(run.scenario, 0);  // beta 0: branches differ by their noise alone
    const Outcome outcome = run.run(plan);
    CHECK(outcome.reads[Slots::free].populations != outcome.reads[Slots::nudged].populations);
    run.scenario.neuron.quantizer = Quantizer::sigma_delta;
    const Outcome same = run.run(plan);
    CHECK(same.reads[Slots::free].populations == same.reads[Slots::nudged].populations);
}

TEST_CASE("the mean readout is the mean of the last states") {
    SmallRun run;
    run.scenario.phases.readout_mean = 5;
    std::vector<TickRows> rows;
    const Outcome outcome = run.run(training_plan(run.scenario, 0.5), 1, &rows);
    for (const TickRows& block : rows) {
        float sum = 0;
        for (int row = 19; row < 24; ++row) sum += block.states[static_cast<std::size_t>(row * 43)];
        CHECK(outcome.reads[Slots::free].of(1, block.presentation)[0] == sum / 5);
    }
}

TEST_CASE("the free phase of the continuous network lowers the energy for a small step") {
    SmallRun run;
    run.scenario.neuron.kind = NeuronKind::continuous;
    run.scenario.neuron.lambda.reset();
    run.scenario.neuron.epsilon = Schedule{0.05};
    run.scenario.phases.free = 64;
    run.scenario.phases.nudged = 0;
    std::vector<TickRows> rows;
    run.run(evaluation_plan(run.scenario), 1, &rows);
    const Network network = random_network(chain(run.scenario.network.layers), 1, 21);
    const Minibatch minibatch = run.minibatch();
    for (const TickRows& block : rows) {
        const float* x = minibatch.x.data() + block.presentation * padded_size(30);
        double before = 0;
        // At the first tick nobody has sent anything yet; the descent begins at the second.
        for (int row = 1; row < block.rows; ++row) {
            const float* s = block.states.data() + row * 43;
            const double now = energy(network, {{x, 30}, {s, 20}, {s + 20, 17}, {s + 37, 6}});
            if (row > 1) CHECK(now <= before + 1e-6);
            before = now;
        }
        CHECK(block.rows == 64);
    }
}
