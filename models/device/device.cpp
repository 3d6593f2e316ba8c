#include "models/device/device.hpp"

#include <algorithm>
#include <cmath>
#include <sstream>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace settle {

namespace {

[[noreturn]] void refuse(const std::string& key, double value, double low, double high) {
    std::ostringstream text, range;
    text << value << " is out of range";
    range << "a number, " << low << " to " << high;
    throw input_error("", key, text.str(), range.str());
}

/// Written so that a nan fails.
void check_number(const char* key, double value, double low, double high) {
    if (std::isfinite(value) && value >= low && value <= high) return;
    refuse(key, value, low, high);
}

void check_time(const char* key, Duration value, Duration least) {
    constexpr Duration most = Duration{1} << 61;
    if (value >= least && value <= most) return;
    throw input_error("", key, std::to_string(value) + " is out of range",
                      std::to_string(least) + " to 2^61 units of time");
}

/// What is drawn, from low to high.
void check_draws(const char* key, const Distribution& draws, double low, double high) {
    check_number(key, draws.width(), 0, high);
    check_number(key, draws.least(), low, high);
    check_number(key, draws.greatest(), draws.least(), high);
}

void check_burst(const LinkSettings& link) {
    check_number("timing.burst", link.burst, 1, 1e9);
    if (link.burst == 1 || link.burst * (1 - link.loss) >= 1) return;
    std::ostringstream text, range;
    text << link.burst << " is too short for a loss of " << link.loss;
    range << "1, or at least 1/(1 - timing.loss) = " << 1 / (1 - link.loss);
    throw input_error("", "timing.burst", text.str(), range.str());
}

}  // namespace

void check_device(const DeviceSettings& device) {
    const auto& clock = device.clock;
    const auto& link = device.link;
    const auto& faults = device.faults;
    constexpr double below_one = 0x1.fffffffffffffp-1, longest = 0x1p60;
    check_time("timing.period", clock.period, 2);
    check_time("timing.period", link.period, 2);
    check_draws("timing.jitter", clock.jitter, -longest, longest);
    check_number("timing.drift", clock.drift.width(), 0, below_one);
    // A drift is drawn until it is within a period.
    check_number("timing.drift", clock.drift.mean(), -below_one + clock.drift.width(), below_one - clock.drift.width());
    check_draws("timing.latency_jitter", link.latency_jitter, -longest, longest);
    check_draws("timing.latency", link.latency, device.chip ? 0 : 1, longest);
    check_number("timing.loss", link.loss, 0, 1);
    check_number("timing.duplication", link.duplication, 0, 1);
    check_burst(link);
    check_number("faults.stuck_at_zero", faults.stuck_at_zero, 0, 1);
    check_number("faults.stuck_at_one", faults.stuck_at_one, 0, 1 - faults.stuck_at_zero + 1e-12);
    check_number("faults.dead_links", faults.dead_links, 0, 1);
}

Duration Device::least_period() const {
    return *std::min_element(clocks.period.begin(), clocks.period.end());
}

Duration Device::greatest_period() const {
    return *std::max_element(clocks.period.begin(), clocks.period.end());
}

Duration Device::lookahead() const {
    return settle::lookahead(settings.link);
}

Device draw_device(const Network& network, const DeviceSettings& settings) {
    Device device = draw_device(network.wiring, settings, {});
    device.dead = draw_dead_links(device.faults, network);
    return device;
}

Device draw_device(const Wiring& wiring, const DeviceSettings& settings, DeadLinks dead) {
    check_device(settings);
    Device device{settings, {}, {}, std::move(dead), {}};
    device.clocks = draw_clocks(settings.clock, wiring.neurons(), settings.device_seed);
    device.faults = draw_faults(settings.faults, wiring.neurons(), settings.device_seed);
    if (settings.link.scope != Scope::axon) return device;
    for (const Pathway& pathway : wiring.pathways()) {
        const int first = wiring.first_neuron(pathway.source), size = wiring.size(pathway.source);
        std::vector<Duration>& latency = device.latency.emplace_back();
        for (int i = 0; i < size; ++i)
            latency.push_back(axon_latency(settings.link, settings.device_seed, static_cast<std::uint32_t>(first + i),
                                           static_cast<std::uint32_t>(pathway.target)));
    }
    return device;
}

}  // namespace settle
