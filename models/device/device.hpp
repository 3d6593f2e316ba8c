// The device: everything that is drawn once for a chip, from its seed, and stays while it runs. One network can be
// tried on another device; a session may replace it between minibatches.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "models/device/clock.hpp"
#include "models/device/fault.hpp"
#include "models/device/link.hpp"
#include "models/network/network.hpp"

namespace settle {

struct ChipSettings;

/// What the scenario says about the device.
struct DeviceSettings {
    ClockSettings clock;
    LinkSettings link;
    FaultSettings faults;
    std::uint64_t device_seed = 1;                  ///< of the chip
    std::shared_ptr<const ChipSettings> chip = {};  ///< where the neurons live; null: nowhere in particular
    std::int64_t unit_ps = 1000;                    ///< picoseconds of a unit of time; with a chip
};

/// A period of at least 2 units, latencies of at least 1, widths and probabilities in their ranges, fractions of stuck
/// neurons that add up to 1 at most. Keys are those of a scenario.
/// All throw Error (input).
void check_device(const DeviceSettings& device);

struct Device {
    DeviceSettings settings;
    Clocks clocks;   ///< one entry a neuron
    Faults faults;   ///< of the neurons
    DeadLinks dead;  ///< by projection
    /// (pathways x neurons of the source) how long a bit takes to all its targets, ns; empty with scope synapse, where
    /// every pair of neurons has a latency of its own (models/device/link).
    std::vector<std::vector<Duration>> latency;

    Duration least_period() const;
    Duration greatest_period() const;
    /// No bit arrives sooner than this after it was sent: how far everybody may look ahead (conservative
    /// synchronization; Chandy and Misra 1979, Bryant 1977).
    Duration lookahead() const;
};

/// The only place that draws a device (what a mesh has beside that: models/chip). `network`: its wiring and kinds of
/// projections; weights are not looked at. Throws as check_device() does.
Device draw_device(const Network& network, const DeviceSettings& settings);
/// The same, but for its dead links, which are given: of all that is drawn they take the longest.
Device draw_device(const Wiring& wiring, const DeviceSettings& settings, DeadLinks dead);

}  // namespace settle
