#include "models/fault.hpp"

#include <algorithm>
#include <cassert>
#include <cstddef>

namespace settle {

Faults draw_faults(const FaultSettings& settings, int neurons, std::uint64_t device_seed) {
    assert(settings.stuck_at_zero + settings.stuck_at_one <= 1 + 1e-12);
    Faults faults{{}, settings.dead_links, device_seed};
    if (settings.stuck_at_zero == 0 && settings.stuck_at_one == 0) return faults;
    const Stream stream(device_seed, Purpose::stuck_neuron);
    faults.stuck.assign(static_cast<std::size_t>(neurons), Stuck::no);
    for (std::size_t i = 0; i < faults.stuck.size(); ++i) {
        // From both ends, so that more of one kind leaves the other kind as it is.
        const double u = stream.uniform(i);
        if (u < settings.stuck_at_zero) {
            faults.stuck[i] = Stuck::at_zero;
        } else if (u >= 1 - settings.stuck_at_one) {
            faults.stuck[i] = Stuck::at_one;
        }
    }
    return faults;
}

bool is_dead(const Faults& faults, std::uint32_t pre, std::uint32_t post) {
    assert(pre < post);
    if (faults.dead_links == 0) return false;
    const PhiloxBlock words = Stream(faults.device_seed, Purpose::dead_link).block(pre, post);
    return unit_double(words[0], words[1]) < faults.dead_links;
}

void cut_dead_links(Network& network, const Faults& faults) {
    if (faults.dead_links == 0) return;
    for (int l = 0; l < network.last(); ++l) {
        Projection& projection = network.projections[static_cast<std::size_t>(l)];
        assert(projection.dead.empty());
        const int first_pre = network.first_neuron(l), first_post = network.first_neuron(l + 1);
        for (int panel = 0; panel < projection.weights.panels(); ++panel) {
            const int end = std::min((panel + 1) * panel_width, projection.post);
            for (int i = 0; i < projection.pre; ++i) {
                for (int j = panel * panel_width; j < end; ++j) {
                    if (!is_dead(faults, static_cast<std::uint32_t>(first_pre + i),
                                 static_cast<std::uint32_t>(first_post + j)))
                        continue;
                    projection.dead.push_back({i, j, projection.weights.at(i, j)});
                    projection.weights.at(i, j) = 0;
                }
            }
        }
    }
}

}  // namespace settle
