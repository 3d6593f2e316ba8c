// Equilibrium Propagation's theorem (Scellier & Bengio 2017): as beta -> 0 the contrastive update, divided by beta, is
// the negative gradient of the cost at the free fixed point.
#include <doctest/doctest.h>

#include <cmath>

#include "models/theory/energy.hpp"
#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/lockstep/fixture.hpp"

using namespace settle;

namespace {

struct Fixture {
    Fixture() {
        run.batch = 1;
        run.scenario.network.layers = {8, 7, 6, 3};
        run.scenario.neuron.kind = NeuronKind::continuous;
        run.scenario.neuron.lambda.reset();
        run.scenario.neuron.epsilon = Schedule{0.2};
        run.scenario.phases.free = 400;
        run.scenario.phases.nudged = 400;
        // A network whose neurons are inside (0, 1), where the cost is smooth.
        network = random_network(chain(run.scenario.network.layers), 0.3, 4);
        for (auto& biases : network.biases) {
            for (float& b : biases) b = 0.3f;
        }
    }

    Outcome settle(const Network& source, const Plan& plan) {
        WorkerPool workers(1);
        Network copy = source;
        const NeuronModel model = neuron_model(run.scenario);
        derive_images(copy, true, 1, workers);
        Lockstep engine(chain(run.scenario.network.layers), model, 1, workers);
        return engine.run(plan, copy, run.minibatch());
    }

    double free_cost(const Network& source) {
        const Outcome outcome = settle(source, evaluation_plan(run.scenario));
        return cost({outcome.reads[Slots::free].of(3, 0), 3}, run.minibatch().labels[0]);
    }

    /// -dC/dw by central differences.
    double descent(int l, int i, int j) {
        constexpr float step = 0.02f;
        Network up = network, down = network;
        up.projections[static_cast<std::size_t>(l)].dense().weights.at(i, j) += step;
        down.projections[static_cast<std::size_t>(l)].dense().weights.at(i, j) -= step;
        return -(free_cost(up) - free_cost(down)) / (2.0 * step);
    }

    /// The update with rate 1, which is dW / beta.
    Network updated(double beta, UpdateForm form) {
        const Outcome outcome = settle(network, training_plan(run.scenario, beta));
        WorkerPool workers(1);
        Network after = network;
        apply_contrast(after, {}, outcome.reads[Slots::free], outcome.reads[Slots::nudged], {form, beta, {1, 1, 1}},
                       workers);
        return after;
    }

    SmallRun run;
    Network network;
};

}  // namespace

TEST_CASE("the contrastive update approaches the finite-difference gradient of the cost as beta -> 0") {
    Fixture fixture;
    const Outcome free = fixture.settle(fixture.network, evaluation_plan(fixture.run.scenario));
    for (int l = 1; l < 4; ++l) {
        for (int i = 0; i < fixture.network.wiring.sizes()[static_cast<std::size_t>(l)]; ++i) {
            REQUIRE(free.reads[Slots::free].of(l, 0)[i] > 0.05f);
            REQUIRE(free.reads[Slots::free].of(l, 0)[i] < 0.95f);
        }
    }
    const Network large = fixture.updated(0.2, UpdateForm::full);
    for (const UpdateForm form : {UpdateForm::full, UpdateForm::bidirectional}) {
        const Network small = fixture.updated(0.004, form);
        double scale = 0, error_small = 0, error_large = 0;
        for (int l = 0; l < 3; ++l) {
            const auto at = static_cast<std::size_t>(l);
            for (int i = 0; i < fixture.network.wiring.sizes()[at]; i += 2) {
                for (int j = 0; j < fixture.network.wiring.sizes()[at + 1]; j += 2) {
                    const double descent = fixture.descent(l, i, j);
                    const float before = fixture.network.projections[at].dense().weights.at(i, j);
                    scale = std::max(scale, std::abs(descent));
                    error_small = std::max(error_small,
                                           std::abs(small.projections[at].dense().weights.at(i, j) - before - descent));
                    error_large = std::max(error_large,
                                           std::abs(large.projections[at].dense().weights.at(i, j) - before - descent));
                }
            }
        }
        CHECK(scale > 0.05);
        CHECK(error_small < 0.02 * scale);
        CHECK(error_large > 3 * error_small);
    }
}

namespace {

/// A network of every kind, whose weights are known by their place in files.
struct MixedFixture {
    MixedFixture() : wiring(mixed_wiring()), weights(to_arrays(random_network(wiring, 0.1, 4))) {
        run.batch = 1;
        run.scenario.neuron.kind = NeuronKind::continuous;
        run.scenario.neuron.lambda.reset();
        run.scenario.neuron.epsilon = Schedule{0.2};
        run.scenario.phases.free = 400;
        run.scenario.phases.nudged = 400;
        run.scenario.network.layers = wiring.sizes();  // for the minibatch alone
        for (auto& biases : weights.biases) std::fill(biases.begin(), biases.end(), 0.4f);
    }

    Outcome settle(const NetworkArrays& arrays, const Plan& plan) const {
        WorkerPool workers(1);
        Network network = to_network(wiring, arrays);
        derive_images(network, true, 1, workers);
        return Lockstep(wiring, neuron_model(run.scenario), 1, workers).run(plan, network, run.minibatch());
    }

    double free_cost(const NetworkArrays& arrays) const {
        const Outcome outcome = settle(arrays, evaluation_plan(run.scenario));
        return cost({outcome.reads[Slots::free].of(3, 0), 4}, run.minibatch().labels[0]);
    }

    /// -dC/dw by central differences, of an item of one array and, where the array is symmetric, of its other half.
    double descent(std::vector<std::vector<float>> NetworkArrays::*part, std::size_t k, std::size_t item,
                   std::size_t other) const {
        constexpr float step = 0.02f;
        NetworkArrays up = weights, down = weights;
        for (const std::size_t one : {item, other}) {
            (up.*part)[k][one] = (weights.*part)[k][one] + step;
            (down.*part)[k][one] = (weights.*part)[k][one] - step;
        }
        return -(free_cost(up) - free_cost(down)) / (2.0 * step);
    }

    NetworkArrays updated(double beta, UpdateForm form) const {
        const Outcome outcome = settle(weights, training_plan(run.scenario, beta));
        WorkerPool workers(1);
        Network after = to_network(wiring, weights);
        apply_contrast(after, {}, outcome.reads[Slots::free], outcome.reads[Slots::nudged],
                       {form, beta, std::vector<double>(7, 1.0)}, workers);
        return to_arrays(after);
    }

    Wiring wiring;
    SmallRun run;
    NetworkArrays weights;
};

}  // namespace

TEST_CASE(
    "every kind of projection learns the gradient: convolution, sparse, lateral, and biases that channels share") {
    const MixedFixture fixture;
    const Outcome free = fixture.settle(fixture.weights, evaluation_plan(fixture.run.scenario));
    for (const int p : fixture.wiring.unclamped()) {
        for (int i = 0; i < fixture.wiring.size(p); ++i) {
            REQUIRE(free.reads[Slots::free].of(p, 0)[i] > 0.01f);
            REQUIRE(free.reads[Slots::free].of(p, 0)[i] < 0.99f);
        }
    }
    const NetworkArrays small = fixture.updated(0.004, UpdateForm::bidirectional),
                        large = fixture.updated(0.2, UpdateForm::bidirectional);
    const auto check = [&](std::vector<std::vector<float>> NetworkArrays::*part, std::size_t k, std::size_t neurons) {
        CAPTURE(k);
        const std::vector<float>& before = (fixture.weights.*part)[k];
        double scale = 0, error_small = 0, error_large = 0;
        const std::size_t stride = before.size() / 9 + 1;
        for (std::size_t item = 1; item < before.size(); item += stride) {
            if (neurons > 0 && item % (neurons + 1) == 0) continue;  // the diagonal of a lateral one
            const std::size_t other = neurons > 0 ? item % neurons * neurons + item / neurons : item;
            const double descent = fixture.descent(part, k, item, other);
            const auto off = [&](const NetworkArrays& learnt) {
                return std::abs(static_cast<double>((learnt.*part)[k][item]) - static_cast<double>(before[item]) -
                                descent);
            };
            scale = std::max(scale, std::abs(descent));
            error_small = std::max(error_small, off(small));
            error_large = std::max(error_large, off(large));
        }
        CHECK(scale > 0.005);
        CHECK(error_small < 0.03 * scale);
        CHECK(error_large > 2 * error_small);
    };
    for (std::size_t k = 0; k < 7; ++k) check(&NetworkArrays::weights, k, k == 3 ? 17 : 0);
    for (std::size_t p = 0; p < 3; ++p) check(&NetworkArrays::biases, p, 0);
}
