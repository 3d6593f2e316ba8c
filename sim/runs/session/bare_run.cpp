#include "sim/runs/session/bare_run.hpp"

#include <chrono>
#include <utility>

#include "sim/runs/session/initial_network.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

/// The network that it begins with; nullopt: stopped, since large ones take long to draw.
static std::optional<Network> network_for(const Scenario& scenario, const std::optional<NetworkArrays>& weights,
                                          const StopCheck& stop) {
    try {
        Network network = weights ? to_network(wiring_of(scenario, stop), *weights) : initial_network(scenario, stop);
        if (stop && stop()) return std::nullopt;
        return network;
    } catch (const Stopped&) {
        return std::nullopt;
    }
}

std::optional<BareRun> run_bare(const Scenario& scenario, const Dataset& data, const Observer& observer,
                                TrainedNetworks* trained) {
    const auto started = std::chrono::steady_clock::now();
    check_scenario(scenario);
    BareRun run;
    Observer own;
    own.progress = observer.progress;
    own.stop = own.drop = observer.stop;  // nothing is saved
    own.presented = observer.presented;
    own.records = observer.records;
    own.ticks = observer.ticks;
    own.events = observer.events;
    own.epoch = [&](const EpochMetrics& metrics) { run.lines.push_back(to_json(metrics, scenario)); };
    own.sample = [&](const SettlingSample& sample) { run.lines.push_back(to_json(sample)); };
    own.tracking = [&](const TrackingSample& sample) { run.lines.push_back(to_json(sample)); };
    TrainedNetworks alone;
    std::optional<NetworkArrays> weights;
    if (trains_first(scenario)) {
        weights = (trained ? *trained : alone).of(scenario, observer);
        if (!weights) return std::nullopt;
    }
    WorkerPool workers(scenario.threads);
    std::optional<Network> network = network_for(scenario, weights, own.stop);
    if (!network) return std::nullopt;
    Session session(scenario, data, std::move(*network), workers);
    run.totals = session.perform(own);
    if (run.totals.stopped) return std::nullopt;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    run.summary = summarize(scenario, run.totals, workers.threads(), seconds);
    run.metrics = metrics_of(run.summary);
    run.fingerprint = run.summary.fingerprint;
    run.wiring = session.network().wiring;
    run.weights = to_arrays(session.network());
    return run;
}

}  // namespace settle
