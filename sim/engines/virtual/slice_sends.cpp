// What a slice sends, once it has ticked: see slice_run.hpp.
#include <algorithm>
#include <bit>
#include <cassert>

#include "sim/engines/virtual/slice_run.hpp"

namespace settle {

/// Whether a bit needs nothing but a time and a place: nobody asks for more, its fate is none, and whoever hears it is
/// in this shard.
bool SliceRun::lists_fired() const {
    if (announces_ || slice_.core >= 0 || partition_.settings.link.scope != Scope::axon || !fates_->none())
        return false;
    if (notes_messages_ || notes_spikes_ || traffic_) return false;
    for (std::size_t number = 0; number < slice_.routes.size(); ++number) {
        if (tracts_[number]) return false;
        for (const SliceRun* near : near_[number]) {
            if (!near) return false;
        }
    }
    return true;
}

/// What has fired in the window.
void SliceRun::send_fired() {
    const std::size_t count = fired_.size();
    if (count == 0) return;
    assert(lists_fired_);
    const Time* times = fired_.times();
    const std::int32_t *lanes = fired_.lanes(), *places = now_->clamped.used.data();
    const std::uint64_t* factors = spike_factors_.data();
    const TraceKey trace = *trace_;
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < count; ++i) sum += trace.at(times[i]) * factors[places[lanes[i]]];
    fingerprint_ += sum;
    (*counters_)[static_cast<std::size_t>(slice_.population)].spikes += count;
    if (counts_sent_) count_bits({lanes, count});
    for (std::size_t number = 0; number < slice_.routes.size(); ++number) {
        (*counters_)[static_cast<std::size_t>(slice_.routes[number].population)].messages += count;
        slice_.routes[number].listed ? send_fired_listed(number) : send_fired_densely(number);
    }
    fired_.clear();
}

void SliceRun::send_fired_densely(std::size_t number) {
    const Time* times = fired_.times();
    const std::int32_t *lanes = fired_.lanes(), *places = now_->clamped.used.data();
    const Route& route = slice_.routes[number];
    const Duration* latency = (*latency_)[number].data();
    for (std::size_t a = 0; a < route.addresses.size(); ++a) {
        SliceRun& near = *near_[number][a];
        const std::int32_t* rows = slice_.neurons.data();
        const std::int32_t first_row = route.addresses[a].first_row;
        near.now_->mailbox.pulses.add_all(fired_.size(), [=, &near](std::size_t i) {
            const std::int32_t source = places[lanes[i]];
            const Time at = arrival_time(times[i], latency[source], 0);
            assert(at > near.time_);
            static_cast<void>(near);
            return std::pair(at, first_row + rows[source]);
        });
    }
}

/// The same where neurons reach different rows.
void SliceRun::send_fired_listed(std::size_t number) {
    const Time* times = fired_.times();
    const std::int32_t *lanes = fired_.lanes(), *places = now_->clamped.used.data();
    const Route& route = slice_.routes[number];
    const Duration* latency = (*latency_)[number].data();
    for (std::size_t i = 0; i < fired_.size(); ++i) {
        const auto source = static_cast<std::size_t>(places[lanes[i]]);
        const Time at = arrival_time(times[i], latency[source], 0);
        for (const auto& [address, row] : route.reaches_of(source)) {
            SliceRun& near = *near_[number][static_cast<std::size_t>(address)];
            assert(at > near.time_);
            near.sparse_mailbox_.receive_pulse(near.now_->sparse_mailbox, at, row);
        }
    }
}

/// For take_sent().
void SliceRun::count_bits(std::span<const std::int32_t> lanes) {
    for (const std::int32_t lane : lanes) {
        std::uint8_t& sent = now_->sent[static_cast<std::size_t>(lane)];
        sent = static_cast<std::uint8_t>(std::min(sent + 1, 255));
    }
}

/// These lanes have ticked, and some of them fired.
void SliceRun::emit(int panel, LaneSet lanes, LaneSet fired) {
    if (!announces_ && fired == 0) return;
    if (lists_fired_) return fired_.add(now_->next.data() + panel * panel_width, fired, panel * panel_width);
    count_spikes(panel, fired);
    if (slice_.core >= 0) return send_packets(panel, announces_ ? lanes : fired, fired);
    if (traffic_) count_packets(panel, announces_ ? lanes : fired);
    const bool by_lane = partition_.settings.link.scope == Scope::synapse;
    const bool plain = !announces_ && !by_lane && fates_->none() && !notes_messages_;
    const LaneSet senders = announces_ ? lanes : fired;
    if (!plain) note_bits(panel, senders, fired);
    for (std::size_t number = 0; number < slice_.routes.size(); ++number) {
        if (plain) {
            send_pulses(panel, fired, number);
        } else if (!by_lane) {
            send_axons(panel, senders, number);
        } else if (wires_ && !slice_.routes[number].listed) {
            send_wires(panel, fired, number);
        } else {
            for_each_lane(senders, [&](int i) {
                const int lane = panel * panel_width + i;
                if (slice_.routes[number].listed) return send_listed_synapses(lane, number);
                send_synapses(lane, number);
            });
        }
    }
}

/// On a chip. Bits that nobody hears stay where they are.
void SliceRun::send_packets(int panel, LaneSet lanes, LaneSet fired) {
    if (slice_.routes.empty()) return;
    note_bits(panel, lanes, fired);
    for_each_lane(lanes, [&](int i) {
        const auto lane = static_cast<std::size_t>(panel * panel_width + i);
        outbox_->fire({now_->next[lane], static_cast<std::int32_t>(neuron(static_cast<int>(lane))),
                       now_->ticks[lane] + 1, bits_[i], lambdas_[i]});
    });
}

/// What these lanes say at this tick.
void SliceRun::note_bits(int panel, LaneSet lanes, LaneSet fired) {
    if (!has_terminals(link_.kind)) {
        for_each_lane(lanes, [&](int lane) { bits_[lane] = fired >> lane & 1; });
        return;
    }
    LaneSet& parities = now_->parities[static_cast<std::size_t>(panel)];
    parities ^= fired;
    const bool own_counters = model_.variant(false).restarts;
    for_each_lane(lanes, [&](int i) {
        const auto lane = static_cast<std::size_t>(panel * panel_width + i);
        const std::int32_t ticks = now_->ticks[lane];
        bits_[i] = parity_bits(parities >> i & 1, std::int64_t{ticks} + 1);
        std::int32_t annealed =
            now_->annealed_from.empty() ? ticks : ticks - now_->annealed_from[place(static_cast<int>(lane))];
        if (own_counters) annealed = static_cast<std::int32_t>(now_->neurons.memory.counter[lane]) - 1;
        constexpr float unannealed = 0.125f;
        lambdas_[i] = model_.lambda ? table_->lambda[static_cast<std::size_t>(annealed)] : unannealed;
    });
}

void SliceRun::count_spikes(int panel, LaneSet fired) {
    const int first = panel * panel_width;
    const Time* times = now_->next.data() + first;
    std::uint64_t sum = 0;
    for_each_lane(fired, [&](int lane) { sum += trace_->at(times[lane]) * spike_factors_[place(first + lane)]; });
    fingerprint_ += sum;
    (*counters_)[static_cast<std::size_t>(slice_.population)].spikes += static_cast<std::uint64_t>(count_of(fired));
    if (notes_spikes_) note_spikes(panel, fired);
    if (!counts_sent_) return;
    for_each_lane(fired, [&](int lane) {
        std::uint8_t& sent = now_->sent[static_cast<std::size_t>(first + lane)];
        sent = static_cast<std::uint8_t>(std::min(sent + 1, 255));
    });
}

/// A packet of each of these lanes.
void SliceRun::count_packets(int panel, LaneSet senders) {
    const PacketTable& packets = input_.packets->table(now_->links);
    const auto population = static_cast<std::size_t>(slice_.population);
    Traffic& own = (*traffic_)[population];
    if (packets.even[population]) {
        own +=
            packets.each[static_cast<std::size_t>(slice_.first_neuron)] * static_cast<std::uint64_t>(count_of(senders));
        return;
    }
    for_each_lane(senders, [&](int lane) { own += packets.each[neuron(panel * panel_width + lane)]; });
}

/// Messages of this slice that are going to arrive, unless they expire.
void SliceRun::count_decodes(std::uint64_t messages) {
    if (traffic_ && input_.packets->decodes_deliveries)
        (*traffic_)[static_cast<std::size_t>(slice_.population)].decodes += messages;
}

/// What was counted when it was sent, and does not arrive after all; or arrives in one branch more. Sums are modulo
/// 2^64: another shard may have counted the sending.
void SliceRun::count_in_flight(const State& state, Time at, bool copied) const {
    if (!input_.packets->decodes_deliveries) return;
    const auto count_all = [&](std::int32_t row, std::uint64_t bits) {
        Traffic& source = (*traffic_)[static_cast<std::size_t>(slice_.afferents.population_of(row))];
        source.decodes += copied ? bits : ~bits + 1;
    };
    if (counts_arrivals()) mailbox_.for_each_in_flight(state.mailbox, [&](std::int32_t row) { count_all(row, 1); });
    sparse_mailbox_.for_each_in_flight(state.sparse_mailbox, [&](std::int32_t row) {
        if (slice_.afferents.counts(row)) count_all(row, 1);
    });
    wire_mailbox_.for_each_in_flight(state.wires, at, count_all);
}

/// Pulses of axons whose messages all share one fate: they arrive.
void SliceRun::send_pulses(int panel, LaneSet fired, std::size_t number) {
    const Route& route = slice_.routes[number];
    (*counters_)[static_cast<std::size_t>(route.population)].messages += static_cast<std::uint64_t>(count_of(fired));
    count_decodes(static_cast<std::uint64_t>(count_of(fired)));
    const Duration* latency = (*latency_)[number].data();
    if (tracts_[number]) {
        return for_each_lane(fired, [&](int i) {
            const std::size_t source = place(panel * panel_width + i);
            Message message;
            message.sent = now_->next[static_cast<std::size_t>(panel * panel_width + i)];
            message.at = arrival_time(message.sent, latency[source], 0);
            say(source, message, number);
        });
    }
    if (route.listed) return send_listed_pulses(panel, fired, number);
    for (std::size_t a = 0; a < route.addresses.size(); ++a) {
        const Route::Address& to = route.addresses[a];
        if (near_[number][a]) {
            send_pulses_near(panel, fired, latency, *near_[number][a], to.first_row);
            continue;
        }
        for_each_lane(fired, [&](int i) {
            const std::size_t source = place(panel * panel_width + i);
            Message message;
            message.sent = now_->next[static_cast<std::size_t>(panel * panel_width + i)];
            message.at = arrival_time(message.sent, latency[source], 0);
            message.slice = to.slice;
            message.row = to.first_row + slice_.neurons[source];
            outbox_->send(message);
        });
    }
}

void SliceRun::send_pulses_near(int panel, LaneSet fired, const Duration* latency, SliceRun& near,
                                std::int32_t first_row) {
    const Time* times = now_->next.data() + panel * panel_width;
    MailboxState& mailbox = near.now_->mailbox;
    for_each_lane(fired, [&](int lane) {
        const std::size_t source = place(panel * panel_width + lane);
        const Time at = arrival_time(times[lane], latency[source], 0);
        assert(at > near.time_);
        mailbox.pulses.add(at, first_row + slice_.neurons[source]);
    });
}

/// The same where neurons reach different rows.
void SliceRun::send_listed_pulses(int panel, LaneSet fired, std::size_t number) {
    const Route& route = slice_.routes[number];
    for_each_lane(fired, [&](int i) {
        const std::size_t source = place(panel * panel_width + i);
        const Time sent = now_->next[static_cast<std::size_t>(panel * panel_width + i)];
        const Time at = arrival_time(sent, (*latency_)[number][source], 0);
        for (const auto& [address, row] : route.reaches_of(source)) {
            SliceRun* near = near_[number][static_cast<std::size_t>(address)];
            if (near) {
                assert(at > near->time_);
                near->sparse_mailbox_.receive_pulse(near->now_->sparse_mailbox, at, row);
                continue;
            }
            Message message;
            message.sent = sent;
            message.at = at;
            message.slice = route.addresses[static_cast<std::size_t>(address)].slice;
            message.row = row;
            outbox_->send(message);
        }
    });
}

/// Of a lane that has ticked; where it goes is still to be said.
Message SliceRun::message_of(int lane) const {
    Message message;
    message.sent = now_->next[static_cast<std::size_t>(lane)];
    message.bit = bits_[lane % panel_width];
    message.lambda = lambdas_[lane % panel_width];
    return message;
}

/// The chain of a neuron and one of its targets, and those of the next targets; null without bursts.
LossChain* SliceRun::chains_of(int lane, std::size_t number, std::size_t target) {
    if (now_->chains.empty()) return nullptr;
    const Route& route = slice_.routes[number];
    std::size_t first = place(lane);
    if (partition_.settings.link.scope == Scope::synapse)
        first = route.listed ? static_cast<std::size_t>(route.first[first])
                             : first * static_cast<std::size_t>(partition_.wiring.size(route.population));
    return now_->chains[number].data() + first + target;
}

void SliceRun::send_axons(int panel, LaneSet lanes, std::size_t number) {
    MessageFate fates[panel_width];
    if (!fates_->none()) draw_fates(panel, lanes, number, fates);
    for_each_lane(lanes, [&](int i) {
        const int lane = panel * panel_width + i;
        send_axon(lane, message_of(lane), fates[i], number);
    });
}

/// Drawn together for lanes that have done as many ticks.
void SliceRun::draw_fates(int panel, LaneSet lanes, std::size_t number, MessageFate* fates) {
    const int population = slice_.routes[number].population;
    const LaneSet all = lanes;
    LossChain chains[panel_width] = {};
    const bool bursts = fates_->bursts();
    for_each_lane(bursts ? all : 0, [&](int i) { chains[i] = *chains_of(panel * panel_width + i, number, 0); });
    const std::int32_t* ticks = now_->ticks.data() + panel * panel_width;
    std::uint32_t sources[panel_width] = {}, targets[panel_width];
    for_each_lane(lanes, [&](int lane) { sources[lane] = neuron(panel * panel_width + lane); });
    std::fill(targets, targets + panel_width, static_cast<std::uint32_t>(population));
    while (lanes != 0) {
        const std::int32_t tick = ticks[std::countr_zero(lanes)];
        LaneSet together = 0;
        for_each_lane(lanes, [&](int lane) { together |= ticks[lane] == tick ? LaneSet{1} << lane : 0; });
        fates_->fates(sources, targets, std::int64_t{tick} + 1, together, fates, chains);
        lanes &= ~together;
    }
    for_each_lane(bursts ? all : 0, [&](int i) { *chains_of(panel * panel_width + i, number, 0) = chains[i]; });
}

void SliceRun::send(const Message& message, SliceRun* near) {
    if (near) {
        assert(message.at > near->time_);
        near->receive(message, *counters_);
    } else {
        outbox_->send(message);
    }
}

/// To all who hear this neuron by a route with a tract.
void SliceRun::say(std::size_t place, const Message& message, std::size_t number) {
    const std::int32_t neuron = slice_.neurons[place];
    tracts_[number]->chorus.say(neuron, {message.at, message.sent, message.lambda, neuron, message.bit, message.copy});
    if (near_[number].empty()) return;
    const Route& route = slice_.routes[number];
    for (std::size_t a = 0; a < route.addresses.size(); ++a) {
        if (!near_[number][a]) continue;
        Message own = message;
        own.slice = route.addresses[a].slice;
        own.row = route.addresses[a].first_row + neuron;
        send(own, near_[number][a]);
    }
}

void SliceRun::send_axon(int lane, Message message, const MessageFate& fate, std::size_t number) {
    const Route& route = slice_.routes[number];
    Counters& counter = (*counters_)[static_cast<std::size_t>(route.population)];
    const std::size_t i = place(lane);
    counter.duplicated += static_cast<std::uint64_t>(fate.duplicated());
    counter.lost += static_cast<std::uint64_t>(fate.lost);
    ++counter.messages;
    count_decodes(static_cast<std::uint64_t>(fate.copies));
    const Duration latency = (*latency_)[number][i];
    if (notes_messages_) note_messages(lane, message.sent, static_cast<std::uint32_t>(route.population), fate, latency);
    const auto send_to = [&](std::size_t address, std::int32_t row) {
        message.slice = route.addresses[address].slice;
        message.row = row;
        send(message, near_[number][address]);
    };
    for (int copy = 0; copy < fate.copies; ++copy) {
        message.copy = static_cast<std::uint8_t>(copy);
        message.at = arrival_time(message.sent, latency, fate.extra[copy]);
        if (tracts_[number]) {
            say(i, message, number);
            continue;
        }
        if (route.listed) {
            for (const auto& [address, row] : route.reaches_of(i)) send_to(static_cast<std::size_t>(address), row);
            continue;
        }
        for (std::size_t a = 0; a < route.addresses.size(); ++a)
            send_to(a, route.addresses[a].first_row + slice_.neurons[i]);
    }
}

/// Of `count` targets of a neuron; the arrays have room for sixteen.
void SliceRun::draw_synapses(int lane, const std::uint32_t* targets, int count, SynapseDraws& draws) {
    std::uint32_t sources[panel_width];
    std::fill(sources, sources + panel_width, neuron(lane));
    synapse_latencies(link_, synapse_latency_, sources[0], targets, draws.latencies);
    const std::int64_t tick = std::int64_t{now_->ticks[static_cast<std::size_t>(lane)]} + 1;
    if (!fates_->none()) fates_->fates(sources, targets, tick, (LaneSet{1} << count) - 1, draws.fates, draws.chains);
}

void SliceRun::send_copies(Message message, const SynapseDraws& draws, int synapse, SliceRun* near, Counters& counter) {
    const MessageFate& fate = draws.fates[synapse];
    counter.duplicated += static_cast<std::uint64_t>(fate.duplicated());
    counter.lost += static_cast<std::uint64_t>(fate.lost);
    count_decodes(static_cast<std::uint64_t>(fate.copies));
    for (int copy = 0; copy < fate.copies; ++copy) {
        message.copy = static_cast<std::uint8_t>(copy);
        message.at = arrival_time(message.sent, draws.latencies[synapse], fate.extra[copy]);
        send(message, near);
    }
}

void SliceRun::send_synapses(int lane, std::size_t number) {
    const Route& route = slice_.routes[number];
    Counters& counter = (*counters_)[static_cast<std::size_t>(route.population)];
    std::uint32_t targets[panel_width] = {};
    Message message = message_of(lane);
    const bool bursts = fates_->bursts();
    for (std::size_t a = 0; a < route.addresses.size(); ++a) {
        const Route::Address& address = route.addresses[a];
        const Slice& slice = partition_.slices[static_cast<std::size_t>(address.slice)];
        message.slice = address.slice;
        message.row = address.first_row + slice_.neurons[place(lane)];
        counter.messages += static_cast<std::uint64_t>(slice.lanes());
        for (int first = 0; first < slice.lanes(); first += panel_width) {
            const int count = std::min(slice.lanes() - first, panel_width);
            for (int i = 0; i < count; ++i) targets[i] = static_cast<std::uint32_t>(slice.neuron(first + i));
            SynapseDraws draws;
            const auto chain = [&](int i) {
                return chains_of(lane, number,
                                 static_cast<std::size_t>(slice.neurons[static_cast<std::size_t>(first + i)]));
            };
            for (int i = 0; bursts && i < count; ++i) draws.chains[i] = *chain(i);
            draw_synapses(lane, targets, count, draws);
            for (int i = 0; bursts && i < count; ++i) *chain(i) = draws.chains[i];
            for (int i = 0; i < count; ++i) {
                message.lane = first + i;
                if (notes_messages_) note_messages(lane, message.sent, targets[i], draws.fates[i], draws.latencies[i]);
                send_copies(message, draws, i, near_[number][a], counter);
            }
        }
    }
}

/// The same where each pair of neurons has a row of its own.
void SliceRun::send_listed_synapses(int lane, std::size_t number) {
    const Route& route = slice_.routes[number];
    Counters& counter = (*counters_)[static_cast<std::size_t>(route.population)];
    const auto reaches = route.reaches_of(place(lane));
    counter.messages += reaches.size();
    Message message = message_of(lane);
    const bool bursts = fates_->bursts();
    for (std::size_t first = 0; first < reaches.size(); first += panel_width) {
        const auto some = reaches.subspan(first, std::min<std::size_t>(reaches.size() - first, panel_width));
        std::uint32_t targets[panel_width] = {};
        for (std::size_t i = 0; i < some.size(); ++i) {
            const auto to = static_cast<std::size_t>(route.addresses[static_cast<std::size_t>(some[i].address)].slice);
            const Slice& slice = partition_.slices[to];
            targets[i] = static_cast<std::uint32_t>(slice.neuron(slice.afferents.lane_of(some[i].row)));
        }
        SynapseDraws draws;
        LossChain* chains = bursts ? chains_of(lane, number, first) : nullptr;
        if (bursts) std::copy(chains, chains + some.size(), draws.chains);
        draw_synapses(lane, targets, static_cast<int>(some.size()), draws);
        if (bursts) std::copy(draws.chains, draws.chains + some.size(), chains);
        for (std::size_t i = 0; i < some.size(); ++i) {
            const auto address = static_cast<std::size_t>(some[i].address);
            message.slice = route.addresses[address].slice;
            message.row = some[i].row;
            if (notes_messages_) note_messages(lane, message.sent, targets[i], draws.fates[i], draws.latencies[i]);
            send_copies(message, draws, static_cast<int>(i), near_[number][address], counter);
        }
    }
}

}  // namespace settle
