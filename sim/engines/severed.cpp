#include "sim/engines/severed.hpp"

namespace settle {

void derive_severed(const Plan& plan, const Network& network, bool continuous, double bits_a_window,
                    WorkerPool& workers, std::vector<Network>& severed) {
    const std::size_t count = plan.tables ? plan.tables->dead.size() : 0;
    severed.resize(count);
    for (std::size_t i = 0; i < count; ++i) {
        severed[i] = network;
        derive_images(severed[i], plan.tables->dead[i], continuous, bits_a_window, workers);
    }
}

}  // namespace settle
