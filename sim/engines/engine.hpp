// Any of the engines: one interface, no inheritance.
#pragma once

#include <type_traits>
#include <variant>

#include "sim/engines/free/free_running.hpp"
#include "sim/engines/lockstep/lockstep.hpp"
#include "sim/engines/virtual/virtual_time.hpp"

namespace settle {

using Engine = std::variant<Lockstep, VirtualTime, FreeRunning>;

/// Presents a minibatch to the network, whose images must be derived, as the plan says. Throws Stopped, and is ready
/// for another minibatch, once `stop` asks for it.
inline Outcome run(Engine& engine, const Plan& plan, const Network& network, const Minibatch& minibatch,
                   const TickSink& sink = nullptr, const StopCheck& stop = nullptr, const EventSink& events = {}) {
    return std::visit([&](auto& one) { return one.run(plan, network, minibatch, sink, stop, events); }, engine);
}

/// From now on the engine runs on another device; in lockstep all clocks are one and nothing gets lost, on any device.
inline void use(Engine& engine, const Device& device) {
    std::visit(
        [&]<class One>(One& one) {
            if constexpr (!std::is_same_v<One, Lockstep>) one.use(device);
        },
        engine);
}

/// The most bits that one source can land between two ticks of a target.
inline double bits_a_window(const Engine& engine) {
    return std::visit([](const auto& one) { return one.bits_a_window(); }, engine);
}

}  // namespace settle
