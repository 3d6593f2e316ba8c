#include "sim/runs/session/assembly.hpp"

#include "sim/runs/session/plans.hpp"

namespace settle {

Engine make_engine(const Scenario& scenario, const Wiring& wiring, const Device& device, WorkerPool& workers,
                   const ScriptedConditions& script) {
    const NeuronModel model = neuron_model(scenario);
    switch (scenario.engine) {
        case EngineKind::virtual_time: {
            VirtualSettings settings = virtual_settings(scenario);
            settings.script = script;
            return VirtualTime(wiring, model, device, settings, workers);
        }
        case EngineKind::free_running:
            return FreeRunning(wiring, model, device, free_settings(scenario), workers);
        case EngineKind::lockstep:
            break;
    }
    return Lockstep(wiring, model, scenario.seed, workers);
}

}  // namespace settle
