// A small network, a minibatch and a plan for engine tests.
#pragma once

#include <mutex>
#include <vector>

#include "core/draw.hpp"
#include "models/network/network.hpp"
#include "sim/engines/lockstep/lockstep.hpp"
#include "sim/runs/session/plans.hpp"

namespace settle {

struct SmallRun {
    Scenario scenario;
    int batch = 5;
    double weight_scale = 1;

    SmallRun() {
        scenario.network.layers = {30, 20, 17, 6};
        scenario.neuron.lambda = Schedule{0.832, 0.584, 0};
        scenario.phases.free = 24;
        scenario.phases.nudged = 11;
        scenario.learning.rates = {0.1, 0.05, 0.02};
        scenario.learning.beta_sign = BetaSign::fixed;
    }

    Minibatch minibatch() const {
        Minibatch minibatch;
        const int inputs = scenario.network.layers.front();
        const auto padded = static_cast<std::size_t>(padded_size(inputs));
        minibatch.x.resize(static_cast<std::size_t>(batch) * padded);
        const Stream stream(11, Purpose::random_inputs);
        for (std::size_t b = 0; b < static_cast<std::size_t>(batch); ++b) {
            for (std::size_t i = 0; i < static_cast<std::size_t>(inputs); ++i) {
                const double draw = stream.uniform(b * 1000 + i);
                minibatch.x[b * padded + i] = draw < 0.4 ? 0 : static_cast<float>(draw);
            }
            minibatch.labels.push_back(static_cast<std::int32_t>(b) % scenario.network.layers.back());
            minibatch.presentations.push_back(PresentationId{PresentationId::Part::train, 3, b}.word());
        }
        return minibatch;
    }

    /// The outcome of one minibatch; every tick's rows, in order, if asked for.
    Outcome run(const Plan& plan, int threads = 1, std::vector<TickRows>* rows = nullptr) const {
        WorkerPool workers(threads);
        Network network = random_network(chain(scenario.network.layers), weight_scale, 21);
        const NeuronModel model = neuron_model(scenario);
        derive_images(network, model.continuous(), 1, workers);
        Lockstep engine(chain(scenario.network.layers), model, scenario.seed, workers);
        std::mutex mutex;
        const TickSink sink = [&](TickRows&& block) {
            const std::lock_guard lock(mutex);
            rows->push_back(std::move(block));
        };
        return engine.run(plan, network, minibatch(), rows ? sink : TickSink());
    }
};

}  // namespace settle
