// The conditions that a device runs under: what of its settings may change while a presentation runs.
#pragma once

#include "models/device/device.hpp"

namespace settle {

struct Conditions {
    Distribution jitter;                       ///< of a tick
    Distribution latency = Uniform{1e6, 1e6};  ///< of an axon or a synapse, by the draws that the chip has for it
    Distribution latency_jitter;               ///< of a message
    double loss = 0;                           ///< probability, 0 to 1
    double duplication = 0;                    ///< probability, 0 to 1

    bool operator==(const Conditions&) const = default;
};

inline Conditions conditions_of(const DeviceSettings& device) {
    return {device.clock.jitter, device.link.latency, device.link.latency_jitter, device.link.loss,
            device.link.duplication};
}

/// The settings of the same device under other conditions.
inline DeviceSettings under(DeviceSettings device, const Conditions& conditions) {
    device.clock.jitter = conditions.jitter;
    device.link.latency = conditions.latency;
    device.link.latency_jitter = conditions.latency_jitter;
    device.link.loss = conditions.loss;
    device.link.duplication = conditions.duplication;
    return device;
}

}  // namespace settle
