#include "sim/runs/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <ctime>

#include "core/error.hpp"
#include "models/network/contrast.hpp"
#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"
#include "sim/runs/memory.hpp"
#include "sim/runs/ranks/spread.hpp"
#include "sim/runs/session/bare_run.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"

namespace settle {

namespace {

/// The first is measured (docs/scaling.md); the second is what a common cluster has.
constexpr Interconnect networks[] = {{"one host, shared memory (measured: docs/scaling.md)", 1e-6, 3.5e9},
                                     {"hosts joined by Ethernet of 10 Gb/s (stated)", 30e-6, 1.1e9}};

double processor_seconds() {
    timespec time = {};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

/// Seconds of a minibatch of so many presentations, of the processor: what else the machine does adds less to them.
/// Nine minibatches against one, so that what is done once cancels out; the least of a few.
double train_seconds(Scenario scenario, int batch) {
    constexpr int rounds = 4, minibatches = 8;
    scenario.threads = 1;
    scenario.events.clear();
    scenario.expectations.clear();
    scenario.data.train = batch;
    scenario.data.validation = 0;
    scenario.data.test = 0;
    scenario.learning.batch = batch;
    const Dataset data = load_dataset(scenario);
    const auto seconds_of_epochs = [&](int epochs) {
        scenario.learning.epochs = epochs;
        const double start = processor_seconds();
        run_bare(scenario, data, {});
        return processor_seconds() - start;
    };
    double few = seconds_of_epochs(1), many = seconds_of_epochs(1 + minibatches);
    for (int round = 1; round < rounds; ++round) {
        few = std::min(few, seconds_of_epochs(1));
        many = std::min(many, seconds_of_epochs(1 + minibatches));
    }
    return (many - few) / minibatches;
}

/// Seconds of the update after so many presentations, of the processor: what Session does, on states of a network that
/// has not been run.
double update_seconds(const Scenario& scenario, int batch) {
    constexpr int rounds = 20;
    WorkerPool workers(1);
    Network network = initial_network(scenario);
    const Dataset data = load_dataset(scenario);
    const Wiring& wiring = network.wiring;
    BatchStates free(wiring.sizes(), batch);
    for (int b = 0; b < batch; ++b)
        data.train.copy_to(b, std::span(free.of(wiring.input(), b), static_cast<std::size_t>(data.train.inputs)));
    BatchStates nudged = free;
    for (const int p : wiring.unclamped()) {
        std::fill_n(free.populations[static_cast<std::size_t>(p)].begin(),
                    free.populations[static_cast<std::size_t>(p)].size(), 0.5f);
        std::fill_n(nudged.populations[static_cast<std::size_t>(p)].begin(),
                    nudged.populations[static_cast<std::size_t>(p)].size(), 0.501f);
    }
    const bool continuous = neuron_model(scenario).continuous();
    derive_images(network, {}, continuous, 1, workers);
    const Contrast contrast{scenario.learning.update, scenario.learning.beta,
                            std::vector<double>(static_cast<std::size_t>(wiring.projections()), 1e-9)};
    const auto derive = [&](int projection, int block) {
        network.projections[static_cast<std::size_t>(projection)].derive_block(block, mask_of({}, projection),
                                                                               continuous);
    };
    double least = 1e9;
    for (int round = 0; round < rounds; ++round) {
        const double start = processor_seconds();
        apply_contrast(network, {}, free, nudged, contrast, workers, derive);
        finish_images(network, {}, 1);
        least = std::min(least, processor_seconds() - start);
    }
    return scenario.learning.beta_sign == BetaSign::both ? 2 * least : least;
}

std::uint64_t bytes_of_minibatch(const Scenario& scenario, int ranks) {
    const Plan plan = training_plan(scenario, scenario.learning.beta);
    return exchange_bytes(plan, outline_of(scenario), scenario.learning.batch, ranks, Gathered::reads);
}

double seconds_of(const Scenario& scenario, const MinibatchWork& work, int ranks, int threads,
                  const Interconnect& network) {
    return work_seconds(work, ranks, threads) + exchange_seconds(bytes_of_minibatch(scenario, ranks), ranks, network);
}

}  // namespace

MinibatchWork measure_minibatch(const Scenario& scenario) {
    if (scenario.task != Task::train)
        throw input_error("--ranks", "scenario.task", "does not train, and the prediction is of training",
                          "a scenario of the task train");
    constexpr std::int64_t most = 100;
    const std::int64_t there = measure_dataset(scenario).train, batch = scenario.learning.batch;
    const auto measured = static_cast<int>(std::min({there, batch, most}));
    const double all = train_seconds(scenario, measured), update = update_seconds(scenario, measured);
    // An update sums over the presentations.
    const double part = static_cast<double>(batch) / measured;
    return {scenario.learning.batch, std::max(all - update, 1e-9) / measured, update * part};
}

double work_seconds(const MinibatchWork& work, int ranks, int threads) {
    const int share = (work.batch + ranks - 1) / ranks;
    const int turns = (share + threads - 1) / threads;
    return turns * work.presentation + work.update;
}

double exchange_seconds(std::uint64_t bytes, int ranks, const Interconnect& network) {
    if (ranks == 1) return 0;
    const int doublings = std::bit_width(static_cast<unsigned>(ranks - 1));
    return network.alpha * doublings + static_cast<double>(bytes) * (ranks - 1) / ranks / network.beta;
}

int best_ranks(const Scenario& scenario, const MinibatchWork& work, int threads, const Interconnect& network,
               int most) {
    int best = 1;
    double least = seconds_of(scenario, work, 1, threads, network);
    for (int ranks = 2; ranks <= most; ++ranks) {
        const double seconds = seconds_of(scenario, work, ranks, threads, network);
        if (seconds >= least) continue;
        least = seconds;
        best = ranks;
    }
    return best;
}

std::string scaling_text(const Scenario& scenario, int ranks) {
    const MinibatchWork work = measure_minibatch(scenario);
    const int threads = std::max(1, scenario.threads);
    const std::uint64_t bytes = bytes_of_minibatch(scenario, ranks);
    std::string text = fmt::format(
        "\n{} ranks of {} thread{}, each on a core of its own: a minibatch of {} presentations\n"
        "  measured now    a presentation {:.3g} ms, an update of the weights {:.3g} ms, of one processor\n"
        "  work            {:.3g} ms: the greatest share, {} presentations, and the update, which every rank makes\n"
        "  exchange        {} bytes\n",
        ranks, threads, threads == 1 ? "" : "s", work.batch, work.presentation * 1e3, work.update * 1e3,
        work_seconds(work, ranks, threads) * 1e3, (work.batch + ranks - 1) / ranks, bytes);
    for (const Interconnect& network : networks) {
        const double alone = seconds_of(scenario, work, 1, threads, network);
        const int best = best_ranks(scenario, work, threads, network, std::max(ranks, work.batch));
        text += fmt::format(
            "  {}, alpha {:.3g} us, beta {:.3g} GB/s\n"
            "    in it         {:.3g} ms\n"
            "    speed         {:.3g} x one rank; the most, {:.3g} x, with {} ranks\n",
            network.name, network.alpha * 1e6, network.beta / 1e9, exchange_seconds(bytes, ranks, network) * 1e3,
            alone / seconds_of(scenario, work, ranks, threads, network),
            alone / seconds_of(scenario, work, best, threads, network), best);
    }
    return text;
}

}  // namespace settle
