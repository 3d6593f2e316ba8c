// The crowd on the C++ Actor Framework (0.17), as its manual would have it: event-based actors, typed messages, its own
// work-stealing scheduler. A sender's clock is a message to itself.
#include <vector>

#include <caf/all.hpp>

#include "tools/benchmarks/messages/crowd.hpp"

namespace {

using Tick = caf::atom_constant<caf::atom("tick")>;
using Done = caf::atom_constant<caf::atom("done")>;

caf::behavior receiver(caf::event_based_actor* self, caf::actor judge, std::uint32_t ticks) {
    const std::uint64_t all = std::uint64_t{crowd::senders} * ticks;
    return {[self, judge, all, sum = crowd::Received()](std::uint32_t /*source*/, bool value) mutable {
        ++sum.messages;
        sum.ones += value;
        if (sum.messages == all) {
            self->send(judge, Done::value, sum.messages, sum.ones);
            self->quit();
        }
    }};
}

caf::behavior sender(caf::event_based_actor* self, std::uint32_t source, std::vector<caf::actor> targets,
                     std::uint32_t ticks) {
    return {[self, source, targets, ticks, tick = std::uint32_t{0}](Tick) mutable {
        // One message, shared by all who get it: a little faster than one for each.
        const caf::message bit = caf::make_message(source, crowd::bit(source, tick));
        for (const caf::actor& target : targets) self->send(target, bit);
        if (++tick < ticks) {
            self->send(self, Tick::value);
        } else {
            self->quit();
        }
    }};
}

std::chrono::nanoseconds play(caf::actor_system& system, std::uint32_t ticks, crowd::Received* received) {
    caf::scoped_actor judge(system);
    std::vector<caf::actor> targets, sources;
    for (int i = 0; i < crowd::receivers; ++i) targets.push_back(system.spawn(receiver, caf::actor(judge), ticks));
    for (std::uint32_t i = 0; i < crowd::senders; ++i) sources.push_back(system.spawn(sender, i, targets, ticks));
    const auto start = std::chrono::steady_clock::now();
    for (const caf::actor& source : sources) judge->send(source, Tick::value);
    int next = 0;
    judge->receive_for(next, crowd::receivers)([&](Done, std::uint64_t messages, std::uint64_t ones) {
        received[next] = {messages, ones};
    });
    return std::chrono::steady_clock::now() - start;
}

}  // namespace

int main(int argc, char** argv) {
    return crowd::measure(argc, argv, [](int threads, std::uint32_t ticks, crowd::Received* received) {
        caf::actor_system_config config;
        config.set("scheduler.max-threads", static_cast<std::size_t>(threads));
        caf::actor_system system(config);
        return play(system, ticks, received);
    });
}
