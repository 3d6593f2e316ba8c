// Which engines honour all that a scenario says.
#include <algorithm>

#include "sim/scenario/checks.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/keys.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

std::vector<EngineKind> allowed_engines(const Scenario& scenario) {
    std::vector<EngineKind> engines;
    for (const auto& [word, engine] : engine_words) {
        if (scenario.neuron.kind == NeuronKind::continuous && engine != EngineKind::lockstep) continue;
        const bool honours =
            std::all_of(scenario_keys().begin(), scenario_keys().end(), [&, e = engine](const Key& key) {
                return key.path == "scenario.shard" || key.honoured_by(e) || at_default(key, scenario);
            });
        const bool obeys =
            std::all_of(scenario.events.begin(), scenario.events.end(),
                        [&, e = engine](const Event& event) { return why_not_honoured(event, scenario, e).empty(); });
        if (honours && obeys) engines.push_back(engine);
    }
    return engines;
}

}  // namespace settle
