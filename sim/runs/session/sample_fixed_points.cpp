#include "sim/runs/session/sample_fixed_points.hpp"

#include <algorithm>

#include "models/theory/relaxation.hpp"

namespace settle {

SampleFixedPoints::SampleFixedPoints(const Network& network, const Samples& samples, std::vector<std::int64_t> wanted,
                                     std::int64_t ticks, WorkerPool& workers, const StopCheck& stop)
    : states_(static_cast<std::size_t>(network.wiring.states())), samples_(std::move(wanted)) {
    constexpr std::size_t group = 256;  // relaxed at a time: states of all neurons are held for these alone
    std::sort(samples_.begin(), samples_.end());
    samples_.erase(std::unique(samples_.begin(), samples_.end()), samples_.end());
    values_.resize(samples_.size() * states_);
    const Wiring& wiring = network.wiring;
    const ContinuousNetwork ideal = ideal_network(network);
    RelaxationSettings settings;
    settings.ticks = ticks;
    std::vector<float> x(static_cast<std::size_t>(samples.inputs));
    for (std::size_t first = 0; first < samples_.size(); first += group) {
        const std::size_t count = std::min(group, samples_.size() - first);
        RateStates states(wiring.sizes(), static_cast<int>(count));
        for (std::size_t i = 0; i < count; ++i) {
            samples.copy_to(samples_[first + i], x);
            std::copy(x.begin(), x.end(), states.of(wiring.input(), static_cast<int>(i)).begin());
        }
        residual_ = std::max(residual_, relax(ideal, states, {}, settings, workers, stop).residual);
        for (std::size_t i = 0; i < count; ++i) {
            double* values = values_.data() + (first + i) * states_;
            for (const int p : wiring.unclamped()) {
                const auto s = states.of(p, static_cast<int>(i));
                std::copy(s.begin(), s.end(), values + wiring.first_state(p));
            }
        }
    }
}

std::span<const double> SampleFixedPoints::of(std::int64_t sample) const {
    const auto at = std::lower_bound(samples_.begin(), samples_.end(), sample) - samples_.begin();
    return std::span(values_).subspan(static_cast<std::size_t>(at) * states_, states_);
}

}  // namespace settle
