#include "sim/runs/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "core/error.hpp"
#include "sim/data/dataset.hpp"
#include "sim/runs/memory.hpp"
#include "sim/runs/ranks/spread.hpp"
#include "sim/runs/session/bare_run.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"

namespace settle {

namespace {

/// The first is measured (docs/scaling.md); the second is what a common cluster has.
constexpr Interconnect networks[] = {{"one host, shared memory (measured: docs/scaling.md)", 2e-6, 2.5e9},
                                     {"hosts joined by Ethernet of 10 Gb/s (stated)", 30e-6, 1.1e9}};

/// Seconds of a minibatch of so many presentations.
double train_seconds(Scenario scenario, int batch) {
    constexpr int minibatches = 4;
    scenario.threads = 1;
    scenario.events.clear();
    scenario.expectations.clear();
    scenario.data.train = batch;
    scenario.data.validation = 0;
    scenario.data.test = 0;
    scenario.learning.batch = batch;
    scenario.learning.epochs = minibatches;
    const auto run = run_bare(scenario, load_dataset(scenario), {});
    return static_cast<double>(batch) / run->summary.samples_per_second.value_or(1);
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
    const DatasetSize there = measure_dataset(scenario);
    const int batch = scenario.learning.batch;
    const int measured = static_cast<int>(std::clamp<std::int64_t>(std::min<std::int64_t>(there.train, batch), 2, 20));
    const double one = train_seconds(scenario, 1), many = train_seconds(scenario, measured);
    const double each = std::max((many - one) / (measured - 1), 1e-9);
    return {batch, each, std::max(one - each, 0.0)};
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
        "  measured now    a presentation {:.3g} ms, an update of the weights {:.3g} ms, on one thread\n"
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
