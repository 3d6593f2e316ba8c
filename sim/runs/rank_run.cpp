#include "sim/runs/rank_run.hpp"

#include <utility>

#include "sim/runs/available_memory.hpp"
#include "sim/runs/ranks/row_letters.hpp"
#include "sim/runs/session/agreement.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/runs/store/build_info.hpp"
#include "sim/runs/store/checkpoint.hpp"
#include "sim/runs/store/recorded_events.hpp"
#include "sim/runs/store/recorder.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

namespace {

/// What is compared: what is judged, saved and how many threads do it, may differ.
Intent intent_to_run(const Scenario& scenario, const Dataset& data) {
    const BuildInfo build = build_info();
    return intent_of(build.version + " " + build.commit, scenario_as_toml(scenario), hash_of(data));
}

TrainingState received_state(Ranks& ranks) {
    return from_checkpoint(ranks.broadcast(""), "what " + ranks.name_of(0) + " has sent");
}

}  // namespace

void lead(Ranks& ranks, const Scenario& scenario, const Dataset& data, const std::optional<TrainingState>& state,
          const Session& session) {
    if (ranks.alone()) return;
    agree(ranks, intent_to_run(scenario, data));
    if (state) return void(ranks.broadcast(to_checkpoint(*state)));
    hand_over(ranks, to_arrays(session.network()));
}

void hand_over(Ranks& ranks, const NetworkArrays& weights) {
    if (ranks.alone()) return;
    TrainingState beginning;
    beginning.network = weights;
    ranks.broadcast(to_checkpoint(beginning));
}

RunResult follow(const Run& run, const RunObserver& observer) {
    Ranks& ranks = *run.ranks;
    const Scenario& scenario = run.scenario;
    require_memory(scenario);
    RunResult result;
    result.end = RunEnd::stopped;
    result.data = load_dataset(scenario);
    const Wiring wiring = wiring_of(scenario);
    if (!agree(ranks, intent_to_run(scenario, result.data))) return result;
    const TrainingState state = received_state(ranks);
    WorkerPool workers(ranks.threads(scenario.threads));
    Session session(scenario, result.data, to_network(wiring, state.network), workers, &ranks);
    if (state.minibatches > 0 || state.presentations > 0) session.resume(state);
    if (observer.validated) observer.validated();
    if (trains_first(scenario)) {
        Run first;
        first.scenario = training_for(scenario);
        first.ranks = run.ranks;
        if (follow(first, observer).totals.stopped) {
            result.totals.stopped = true;
            return result;
        }
        session.use(to_network(wiring, received_state(ranks).network));
    }
    Observer own;
    own.stop = observer.stop;
    own.drop = observer.drop;
    const RecordedEvents events(scenario);
    // As on rank 0, where nobody looks at what is not recorded.
    if (Recorder::wanted(scenario)) {
        // Rows that somebody wants go to rank 0; this only says that somebody does.
        own.ticks = [](TickRows&&) {};
        own.records = [&scenario](std::int64_t minibatch) { return Recorder::records(scenario.record, minibatch); };
        own.events = [&](std::int64_t minibatch) {
            return events.sink(minibatch, [&ranks](EventRows&& rows) { send_events(ranks, rows); });
        };
    }
    result.totals = session.perform(own);
    return result;
}

void count_ranks(const Ranks& ranks, Summary& summary) {
    if (!ranks.wired()) return;
    summary.ranks = ranks.count();
    summary.exchange_bytes = ranks.exchanged().bytes;
    summary.exchange_seconds = ranks.exchanged().seconds;
}

}  // namespace settle
