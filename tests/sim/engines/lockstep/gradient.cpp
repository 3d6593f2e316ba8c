// Equilibrium Propagation's theorem (Scellier & Bengio 2017): as beta -> 0 the contrastive update, divided by beta, is
// the negative gradient of the cost at the free fixed point.
#include <doctest/doctest.h>

#include <cmath>

#include "models/theory/energy.hpp"
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
