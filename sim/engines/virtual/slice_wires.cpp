// Bits that a slice says once to wires with a latency each, and those that it hears so: see slice_run.hpp.
#include <algorithm>
#include <bit>

#include "models/device/message_kernel.hpp"
#include "sim/engines/virtual/slice_run.hpp"

namespace settle {

/// What becomes of a bit on each of its wires is found out where it is heard.
void SliceRun::send_wires(int panel, LaneSet fired, std::size_t number) {
    const Route& route = slice_.routes[number];
    (*counters_)[static_cast<std::size_t>(route.population)].messages +=
        static_cast<std::uint64_t>(count_of(fired)) *
        static_cast<std::uint64_t>(partition_.wiring.size(route.population));
    for (std::size_t a = 0; a < route.addresses.size(); ++a) {
        for (LaneSet lanes = fired; lanes != 0; lanes &= lanes - 1) {
            const int lane = panel * panel_width + std::countr_zero(lanes);
            Message message;
            message.sent = now_->next[static_cast<std::size_t>(lane)];
            message.at = arrival_time(message.sent, partition_.lookahead, 0);
            message.slice = route.addresses[a].slice;
            message.row = route.addresses[a].first_row + slice_.neurons[place(lane)];
            message.tick = now_->ticks[static_cast<std::size_t>(lane)] + 1;
            send(message, near_[number][a]);
        }
    }
}

void SliceRun::receive_wires(const Message& message, PopulationCounters& counters) {
    const std::uint64_t before = now_->wires.in_flight;
    if (draws_delays_) {
        draw_delays(message, counters[static_cast<std::size_t>(slice_.population)]);
    } else {
        wire_mailbox_.receive(now_->wires, message.sent, message.row);
    }
    if (traffic_ && input_.packets->decodes_deliveries)
        (*traffic_)[static_cast<std::size_t>(slice_.afferents.population_of(message.row))].decodes +=
            now_->wires.in_flight - before;
}

/// One bit on all its wires, and another one where some of them carry it twice.
void SliceRun::draw_delays(const Message& message, Counters& counter) {
    const auto least = static_cast<std::int32_t>(lookahead(link_)),
               greatest = static_cast<std::int32_t>(farthest(link_));
    const auto draw = [&](bool duplicates) {
        fill_delays(message, duplicates, counter,
                    wire_mailbox_.receive_drawn(now_->wires, message.sent, message.row, least, greatest));
    };
    draw(false);
    if (std::any_of(duplicated_.begin(), duplicated_.end(), [](LaneSet lanes) { return lanes != 0; })) draw(true);
}

/// `delays` (lanes, padded). Of the originals, it notes who gets them twice.
void SliceRun::fill_delays(const Message& message, bool duplicates, Counters& counter, std::int32_t* delays) {
    const int population = slice_.afferents.population_of(message.row);
    std::uint32_t sources[panel_width];
    std::fill(sources, sources + panel_width,
              static_cast<std::uint32_t>(partition_.wiring.first_neuron(population) + message.row -
                                         slice_.afferents.first_row(population)));
    const bool own_latencies = link_.latency == partition_.settings.link.latency, draws = !fates_->none();
    int twice = 0, lost = 0, arrived = 0;
    for (int panel = 0; panel < static_cast<int>(duplicated_.size()); ++panel, delays += panel_width) {
        const std::uint32_t* targets = lanes_neurons_.data() + panel * panel_width;
        LaneSet& copied = duplicated_[static_cast<std::size_t>(panel)];
        const LaneSet sent = duplicates ? copied : used_of(panel);
        alignas(64) std::int32_t drawn[panel_width];
        if (!own_latencies) {
            Duration times[panel_width];
            synapse_latencies(link_, synapse_latency_, sources[0], targets, times);
            std::copy(times, times + panel_width, drawn);
        }
        const MessagesPassed passed =
            draws && sent != 0 ? fates_->pass(sources, targets, message.tick, duplicates) : MessagesPassed{};
        const LaneSet arrive = sent & ~passed.lost;
        if (!duplicates) copied = sent & passed.duplicated;
        twice += duplicates ? 0 : count_of(copied);
        lost += count_of(sent & passed.lost);
        arrived += count_of(arrive);
        delay_messages(own_latencies ? slice_.delays.of(panel, message.row) : drawn, passed.extra, arrive,
                       never_arrives, delays);
    }
    counter.duplicated += static_cast<std::uint64_t>(twice);
    counter.lost += static_cast<std::uint64_t>(lost);
    now_->wires.in_flight += static_cast<std::uint64_t>(arrived);
}

}  // namespace settle
