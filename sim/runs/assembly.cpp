#include "sim/runs/assembly.hpp"

#include <algorithm>

#include "sim/runs/coordinator.hpp"

namespace settle {

Engine make_engine(const Scenario& scenario, WorkerPool& workers) {
    const NeuronModel model = neuron_model(scenario);
    if (scenario.engine == EngineKind::virtual_time)
        return VirtualTime(scenario.network.layers, model, virtual_settings(scenario), workers);
    if (scenario.engine == EngineKind::free_running)
        return FreeRunning(scenario.network.layers, model, free_settings(scenario), workers);
    return Lockstep(scenario.network.layers, model, scenario.seed, workers);
}

Network on_chip(const Scenario& scenario, Network network) {
    const auto has_dead = [](const Projection& projection) { return !projection.dead.empty(); };
    if (std::any_of(network.projections.begin(), network.projections.end(), has_dead))
        network = to_network(network.sizes, to_arrays(network));
    const DeviceSettings device = device_settings(scenario);
    if (device.faults.dead_links > 0)
        cut_dead_links(network, draw_faults(device.faults, network.neurons(), device.device_seed));
    return network;
}

}  // namespace settle
