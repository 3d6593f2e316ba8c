// Networks that are no chain, free-running: convolution, sparse and lateral projections.
#include <doctest/doctest.h>

#include <cmath>

#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/free/free_fixture.hpp"

using namespace settle;

namespace {

FreeRun graph_run(const std::string& which, const std::string& keys, int batch = 2) {
    Network network = graph_network(which);
    FreeRun run(keys, network.wiring.sizes(), batch);
    run.network = std::move(network);
    return run;
}

}  // namespace

TEST_CASE("one shard that holds a network that is no chain is lockstep, bit for bit") {
    for (const std::string which : {"mixed", "twins"}) {
        for (const std::string keys : {"phases.splitstream=true", "faults.dead_links=0.2; phases.readout={mean=4}"}) {
            CAPTURE(which);
            CAPTURE(keys);
            const FreeRun run = graph_run(which, keys);
            std::vector<TickRows> expected_rows, rows;
            const Outcome expected = run.run_lockstep(&expected_rows);
            const Outcome found = run.run_recorded({1000, 1, 0, 0}, rows);
            CHECK(found.answers == expected.answers);
            check_same(rows, expected_rows);
            for (std::size_t p = 0; p < expected.counters.size(); ++p) {
                CHECK(found.counters[p].spikes == expected.counters[p].spikes);
                CHECK(found.counters[p].messages == expected.counters[p].messages);
                CHECK(found.counters[p].deliveries == found.counters[p].messages);
            }
        }
    }
}

TEST_CASE("law 6: free-running networks that are no chain lose no message, and add every weight that is there") {
    for (const std::string which : {"mixed", "twins"}) {
        for (const std::string keys : {"phases.nudged=0; scenario.task=infer", "timing.loss=0.3; free.max_lead=1"}) {
            const FreeRun run = graph_run(which, keys, 3);
            const Wiring& wiring = run.network.wiring;
            for (const int threads : {1, 2, 8}) {
                for (const FreeExecution& how :
                     {FreeExecution{0, threads, 0, 0}, {1, threads, 1, 1}, {7, threads, 2, 3}, {70, threads, 1, 50}}) {
                    CAPTURE(which);
                    CAPTURE(keys);
                    CAPTURE(threads);
                    CAPTURE(how.shard);
                    std::vector<TickRows> rows;
                    const Outcome outcome = run.run_recorded(how, rows);
                    CHECK(conserved(outcome.counters));
                    // Of what was sent, neuron by neuron.
                    std::vector<std::uint64_t> messages(outcome.counters.size()), links(messages);
                    for (const TickRows& block : rows) {
                        for (std::size_t i = 0; i < block.bits.size(); ++i) {
                            const int neuron = static_cast<int>(i) % wiring.neurons();
                            int p = 0;
                            while (neuron >= wiring.first_neuron(p) + wiring.size(p)) ++p;
                            for (const int target : wiring.hearers_of(p))
                                messages[static_cast<std::size_t>(target)] += block.bits[i];
                            for (const int number : wiring.outgoing(p)) {
                                const Pathway& pathway = wiring.pathway(number);
                                const int each = run.network.over(pathway).links_from(pathway.transposed,
                                                                                      neuron - wiring.first_neuron(p));
                                links[static_cast<std::size_t>(pathway.target)] +=
                                    block.bits[i] * static_cast<std::uint64_t>(each);
                            }
                        }
                    }
                    for (std::size_t p = 0; p < messages.size(); ++p) {
                        const Counters& counter = outcome.counters[p];
                        CHECK(counter.messages == messages[p]);
                        CHECK(counter.messages == counter.deliveries + counter.lost);
                        CHECK((counter.lost > 0) == (p > 0 && run.scenario.timing.loss > 0));
                        if (run.scenario.timing.loss == 0) CHECK(counter.synaptic_operations == links[p]);
                    }
                }
            }
        }
    }
}

TEST_CASE("free-running networks that are no chain settle close to where they do in lockstep") {
    for (const std::string which : {"mixed", "twins"}) {
        FreeRun run = graph_run(which, "phases.free=300; phases.nudged=100; phases.readout={mean=100}", 3);
        // Weak enough to have one place to settle alone.
        run.network = graph_network(which, 0.2);
        const BatchStates expected = run.run_lockstep().reads[0];
        for (const int shard : {1, 9}) {
            CAPTURE(which);
            CAPTURE(shard);
            const BatchStates found = run.run({shard, 2, 0, 0}).reads[0];
            double difference = 0, spread = 0;
            int states = 0;
            for (const int p : run.network.wiring.unclamped()) {
                for (int b = 0; b < 3; ++b) {
                    for (int i = 0; i < run.network.wiring.size(p); ++i) {
                        const double a = static_cast<double>(expected.of(p, b)[i]);
                        difference += std::abs(a - static_cast<double>(found.of(p, b)[i]));
                        spread += a;
                        ++states;
                    }
                }
            }
            CHECK(difference / states < 0.01);
            CHECK(spread / states > 0.1);
        }
    }
}

TEST_CASE("bits that are packed lie side by side, in their order") {
    CHECK(packed(0, ~std::uint64_t{0}) == 0);
    CHECK(packed(0b1011, ~std::uint64_t{0}) == 0b1011);
    CHECK(packed(~std::uint64_t{0}, 0b1010010) == 0b111);
    CHECK(packed(0b1000010, 0b1010010) == 0b101);
    CHECK(packed(std::uint64_t{1} << 63, std::uint64_t{1} << 63) == 1);
    CHECK(packed(0b101, 0b010) == 0);
}
