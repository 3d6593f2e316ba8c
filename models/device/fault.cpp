#include "models/device/fault.hpp"

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

bool is_dead(const Faults& faults, std::uint32_t one, std::uint32_t other) {
    if (faults.dead_links == 0) return false;
    const auto [pre, post] = std::minmax(one, other);
    const PhiloxBlock words = Stream(faults.device_seed, Purpose::dead_link).block(pre, post);
    return unit_double(words[0], words[1]) < faults.dead_links;
}

DeadLinks draw_dead_links(const Faults& faults, const Network& network) {
    DeadLinks dead;
    if (faults.dead_links == 0) return dead;
    for (int k = 0; k < network.wiring.projections(); ++k) {
        const auto& [pre, post, kind] = network.wiring.projection(k);
        const int first_pre = network.wiring.first_neuron(pre), first_post = network.wiring.first_neuron(post);
        dead.push_back(network.projections[static_cast<std::size_t>(k)].mask_where([&](int i, int j) {
            return is_dead(faults, static_cast<std::uint32_t>(first_pre + i),
                           static_cast<std::uint32_t>(first_post + j));
        }));
    }
    return dead;
}

}  // namespace settle
