// Networks that are no chain: every kind of projection in lockstep is the dense one with zeros, bit for bit.
#include <doctest/doctest.h>

#include <mutex>

#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/lockstep/fixture.hpp"

using namespace settle;

namespace {

struct GraphRun {
    explicit GraphRun(NeuronKind kind) {
        run.scenario.neuron.kind = kind;
        if (kind == NeuronKind::continuous) {
            run.scenario.neuron.lambda.reset();
            run.scenario.neuron.epsilon = Schedule{0.4};
        }
        run.scenario.phases.splitstream = true;
        run.scenario.network.layers = {60, 27, 17, 4};  // for the minibatch alone
    }

    Outcome operator()(Network network, int threads, std::vector<TickRows>* rows = nullptr) const {
        WorkerPool workers(threads);
        const NeuronModel model = neuron_model(run.scenario);
        derive_images(network, model.continuous(), 1, workers);
        std::mutex mutex;
        const TickSink sink = [&](TickRows&& block) {
            const std::lock_guard lock(mutex);
            rows->push_back(std::move(block));
        };
        Lockstep engine(network.wiring, model, 1, workers);
        return engine.run(training_plan(run.scenario, 0.5), network, run.minibatch(), rows ? sink : TickSink());
    }

    SmallRun run;
};

}  // namespace

TEST_CASE("convolution, sparse and lateral projections settle as the dense ones with zeros do, bit for bit") {
    const Network network = drawn_network(), dense = unrolled(network);
    for (const NeuronKind kind : {NeuronKind::binary, NeuronKind::continuous}) {
        const GraphRun run(kind);
        const Outcome mixed = run(network, 2), plain = run(dense, 1);
        CHECK(mixed.fingerprint == plain.fingerprint);
        for (std::size_t slot = 0; slot < mixed.reads.size(); ++slot)
            CHECK(mixed.reads[slot].populations == plain.reads[slot].populations);
        for (std::size_t p = 0; p < 4; ++p) {
            CHECK(mixed.counters[p].spikes == plain.counters[p].spikes);
            CHECK(mixed.counters[p].messages == plain.counters[p].messages);
            CHECK(mixed.counters[p].deliveries == plain.counters[p].deliveries);
        }
        if (kind == NeuronKind::binary) CHECK(mixed.counters[1].spikes > 100);
    }
}

TEST_CASE("a bit is one message to each population that it reaches, and as many operations as it has links there") {
    const Network network = drawn_network();
    const Wiring& wiring = network.wiring;
    GraphRun run(NeuronKind::binary);
    run.run.scenario.phases.splitstream = false;
    std::vector<TickRows> rows;
    const Outcome outcome = run(network, 1, &rows);
    std::vector<std::uint64_t> messages(4), operations(4);
    for (const TickRows& block : rows) {
        for (int row = 0; row < block.rows; ++row) {
            const std::uint8_t* bits = block.bits.data() + static_cast<std::ptrdiff_t>(row) * wiring.neurons();
            for (const int p : wiring.unclamped()) {
                for (const int source : wiring.heard_by(p)) {
                    for (int i = 0; i < wiring.size(source); ++i)
                        messages[static_cast<std::size_t>(p)] += bits[wiring.first_neuron(source) + i];
                }
            }
            if (block.first_row + row + 1 == 35) continue;  // delivered nowhere
            for (const Pathway& pathway : wiring.pathways()) {
                for (int i = 0; i < wiring.size(pathway.source); ++i) {
                    if (bits[wiring.first_neuron(pathway.source) + i] == 0) continue;
                    network.over(pathway).visit_row(pathway.transposed, i, {}, [&](int /*target*/, float /*weight*/) {
                        ++operations[static_cast<std::size_t>(pathway.target)];
                    });
                }
            }
        }
    }
    for (std::size_t p = 1; p < 4; ++p) {
        CHECK(outcome.counters[p].messages == messages[p]);
        CHECK(outcome.counters[p].synaptic_operations == operations[p]);
    }
}

TEST_CASE("names of populations change nothing but names") {
    const Network network = drawn_network();
    std::vector<PopulationSpec> populations;
    std::vector<ProjectionSpec> projections;
    for (int p = 0; p < 4; ++p) {
        populations.push_back(network.wiring.population(p));
        populations.back().name = "x" + std::to_string(9 - p);
    }
    for (int k = 0; k < 7; ++k) projections.push_back(network.wiring.projection(k));
    const Network renamed = to_network(Wiring(populations, projections), to_arrays(network));
    const GraphRun run(NeuronKind::binary);
    CHECK(run(renamed, 1).fingerprint == run(network, 2).fingerprint);
}
