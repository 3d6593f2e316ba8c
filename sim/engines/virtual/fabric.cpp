#include "sim/engines/virtual/fabric.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>
#include <utility>

namespace settle {

Fabric::Fabric(const Mesh& mesh, const ChipSettings& chip, const Services& services, std::int64_t unit_ps,
               Picoseconds least_encode, std::vector<Picoseconds> least_decode)
    : mesh_(mesh),
      chip_(chip),
      services_(services),
      unit_ps_(unit_ps),
      waits_(chip.buffer > 0 && chip.full == WhenFull::wait),
      least_encode_(least_encode),
      decoding_takes_time_(*std::min_element(least_decode.begin(), least_decode.end()) > 0),
      known_ahead_(least_decode.size(), 0) {
    // What begins to be decoded at a time or after it leaves so much later.
    for (std::size_t core = 0; decoding_takes_time_ && core < least_decode.size(); ++core)
        known_ahead_[core] = (least_decode[core] - 1) / unit_ps;
    for (int server = 0; server < mesh.servers(); ++server) {
        Site& one = sites_.emplace_back();
        one.kind = mesh.kind(server);
        one.limited = chip.buffer > 0 && one.kind != ServerKind::encoder;
        if (one.kind == ServerKind::encoder) one.service = services.encode(mesh.core(server));
        if (one.kind != ServerKind::link) continue;
        one.service = services.link(server);
        one.hop = services.hop(server);
        one.along_row = mesh.direction(server) == Direction::west || mesh.direction(server) == Direction::east;
    }
    figures.servers.resize(static_cast<std::size_t>(mesh.servers()));
    figures.cores.resize(static_cast<std::size_t>(mesh.cores()));
    begin();
}

void Fabric::begin() {
    now_ = states_.data();
    State& state = *now_;
    state.packets.clear();
    state.free_packets.clear();
    state.parts.clear();
    state.free_part = nobody;
    state.servers.assign(static_cast<std::size_t>(mesh_.servers()), Server());
    state.events.clear();
    state.heading.assign(static_cast<std::size_t>(mesh_.cores()), 0);
    state.arriving.clear();
    state.order = 0;
    state.forked_at = 0;
    state.changed.clear();
    state.changed_at = 0;
}

void Fabric::fork(Branch branch, Time at) {
    State& copy = states_[static_cast<std::size_t>(branch)];
    if (queues) show_changes();
    copy = states_[0];
    copy.forked_at = at;
    const Picoseconds now = at * unit_ps_;
    copy.changed_at = now;
    for (std::size_t i = 0; i < copy.servers.size(); ++i) {
        Server& server = copy.servers[i];
        figures.servers[i].queued -= WideCount{now} * server.held;
        if (server.serving) figures.servers[i].busy += std::max<Picoseconds>(server.until - now, 0);
        if (server.blocked) server.until = now;
        server.shown = 0;
        server.shown_busy = false;
        if (queues) copy.changed.push_back(static_cast<std::int32_t>(i));
    }
}

void Fabric::end(Time at) {
    const Picoseconds now = at * unit_ps_;
    for (std::size_t i = 0; i < now_->servers.size(); ++i) {
        const Server& server = now_->servers[i];
        ServerFigures& figure = figures.servers[i];
        figure.queued += WideCount{now} * server.held;
        if (server.serving) figure.busy -= std::max<Picoseconds>(server.until - now, 0);
        if (server.blocked) figure.blocked += now - server.until;
    }
    figures.time += now - now_->forked_at * unit_ps_;
    if (queues) show_changes();
    settle(at);
}

bool Fabric::comes_before(std::int32_t a, std::int32_t b) const {
    const auto key = [&](std::int32_t part) {
        const auto number = static_cast<std::size_t>(now_->parts[static_cast<std::size_t>(part)].packet);
        const Packet& packet = now_->packets[number];
        return std::make_tuple(packet.bit.source, packet.bit.tick, packet.bit.copy, packet.core);
    };
    return key(a) < key(b);
}

inline std::int32_t Fabric::new_part(std::int32_t packet, const PacketTree::Node* node) {
    State& state = *now_;
    ++state.packets[static_cast<std::size_t>(packet)].parts;
    std::int32_t part = state.free_part;
    if (part == nobody) {
        part = static_cast<std::int32_t>(state.parts.size());
        state.parts.emplace_back();
    } else {
        state.free_part = state.parts[static_cast<std::size_t>(part)].next;
    }
    state.parts[static_cast<std::size_t>(part)] = {node, packet, nobody, 0};
    return part;
}

inline void Fabric::free_part(std::int32_t part) {
    State& state = *now_;
    Part& one = state.parts[static_cast<std::size_t>(part)];
    one.next = std::exchange(state.free_part, part);
    Packet& packet = state.packets[static_cast<std::size_t>(one.packet)];
    if (--packet.parts > 0) return;
    packet.tree.reset();
    state.free_packets.push_back(one.packet);
}

void Fabric::inject(const Injection& bit, std::span<const PacketTarget> targets,
                    std::shared_ptr<const PacketTree> tree) {
    State& state = *now_;
    std::int32_t number;
    if (state.free_packets.empty()) {
        number = static_cast<std::int32_t>(state.packets.size());
        state.packets.emplace_back();
    } else {
        number = state.free_packets.back();
        state.free_packets.pop_back();
    }
    Packet& packet = state.packets[static_cast<std::size_t>(number)];
    packet.bit = bit;
    packet.targets = targets;
    packet.core = chip_.multicast ? 0 : targets[static_cast<std::size_t>(tree->order[0])].core;
    packet.tree = std::move(tree);
    packet.parts = 0;
    packet.population = population_of[static_cast<std::size_t>(bit.source)];
    ++figures.packets;
    for (const std::int32_t target : packet.tree->order)
        ++state.heading[static_cast<std::size_t>(targets[static_cast<std::size_t>(target)].core)];
    push(bit.enters, new_part(number, packet.tree->nodes.data()));
}

void Fabric::run(Time at, const Deliver& deliver) {
    const Picoseconds now = at * unit_ps_;
    if (decoding_takes_time_) return advance(now - 1, false, deliver);
    // What enters now cannot leave now if encoding it takes time.
    advance(now, least_encode_ > 0, deliver);
}

void Fabric::run_through(Time at, const Deliver& deliver) {
    advance(at * unit_ps_, false, deliver);
}

void Fabric::advance(Picoseconds to, bool holds_entries, const Deliver& deliver) {
    Soonest<Event>& events = now_->events;
    const bool shows = static_cast<bool>(queues);
    held_.clear();
    while (!events.empty() && events.first().at <= to) {
        const Picoseconds at = events.first().at;
        // Whatever is still to come at the same time makes one row with what was.
        if (shows && at > now_->changed_at) {
            show_changes();
            now_->changed_at = at;
        }
        const Event first = events.take();
        if (!shows && !holds_entries && (events.empty() || events.first().at > at)) {
            happen_alone(first.part, at, deliver);
        } else {
            note(first, holds_entries && at == to);
            while (!events.empty() && events.first().at == at) note(events.take(), holds_entries && at == to);
        }
        if (!next_joining_.empty() || !next_over_.empty()) happen(at, shows, deliver);
    }
    for (const Event& event : held_) push(event.at, event.part);
}

void Fabric::note(const Event& event, bool holds_entries) {
    if (event.part < 0) {
        next_over_.push_back(~event.part);
    } else if (holds_entries && enters(event.part)) {
        held_.push_back(event);
    } else {
        next_joining_.push_back(event.part);
    }
}

/// What follows at the same picosecond.
void Fabric::happen(Picoseconds at, bool shows, const Deliver& deliver) {
    while (!next_joining_.empty() || !next_over_.empty()) {
        if (!shows && next_joining_.size() == 1 && next_over_.empty()) {
            const std::int32_t part = next_joining_.front();
            next_joining_.clear();
            happen_alone(part, at, deliver);
            continue;
        }
        joining_.swap(next_joining_);
        over_.swap(next_over_);
        next_joining_.clear();
        next_over_.clear();
        round(at, deliver);
    }
}

/// A round of one event, as nearly all of them are.
inline void Fabric::happen_alone(std::int32_t what, Picoseconds at, const Deliver& deliver) {
    if (what >= 0) {
        const std::int32_t server = node(what).server;
        if (join(what, at)) begin_if_free(server, at, deliver);
        return;
    }
    ask(~what, 1, at);
    if (!places_.empty()) give_places(at);
    begin_if_free(~what, at, deliver);
    for (const std::int32_t server : touched_) begin_if_free(server, at, deliver);
    touched_.clear();
}

void Fabric::round(Picoseconds at, const Deliver& deliver) {
    if (joining_.size() > 1)
        std::sort(joining_.begin(), joining_.end(),
                  [this](std::int32_t a, std::int32_t b) { return comes_before(a, b); });
    for (const std::int32_t part : joining_) {
        const std::int32_t server = node(part).server;
        if (join(part, at)) touch(server);
    }
    for (const std::int32_t server : over_) {
        ask(server, static_cast<std::int32_t>(over_.size()), at);
        touch(server);
    }
    give_places(at);
    // Beginning touches nobody else.
    for (const std::int32_t server : touched_) begin_if_free(server, at, deliver);
    if (queues) note_changes();
    touched_.clear();
}

/// Servers that something has joined or left, or whose service is over.
void Fabric::note_changes() {
    std::vector<std::int32_t>& changed = now_->changed;
    changed.insert(changed.end(), touched_.begin(), touched_.end());
}

/// What is different at the end of a picosecond, by server.
void Fabric::show_changes() {
    std::vector<std::int32_t>& changed = now_->changed;
    std::sort(changed.begin(), changed.end());
    changed.erase(std::unique(changed.begin(), changed.end()), changed.end());
    for (const std::int32_t number : changed) {
        Server& server = now_->servers[static_cast<std::size_t>(number)];
        if (server.held == server.shown && server.serving == server.shown_busy) continue;
        server.shown = server.held;
        server.shown_busy = server.serving;
        queues({now_->changed_at, number, server.held, static_cast<std::uint8_t>(server.serving ? 1 : 0)});
    }
    changed.clear();
}

/// False: it is lost.
inline bool Fabric::join(std::int32_t part, Picoseconds at) {
    State& state = *now_;
    Part& one = state.parts[static_cast<std::size_t>(part)];
    const std::int32_t number = one.node->server;
    Server& server = state.servers[static_cast<std::size_t>(number)];
    if (site(number).limited) {
        if (waits_) {
            --server.coming;
        } else if (server.held >= chip_.buffer) {
            drop(part, number);
            return false;
        }
    }
    one.joined = at;
    one.next = nobody;
    if (server.first == nobody) {
        server.first = part;
    } else {
        state.parts[static_cast<std::size_t>(server.last)].next = part;
    }
    server.last = part;
    ++server.held;
    ServerFigures& its = figure(number);
    its.queued -= at;
    its.queue_max = std::max<std::int64_t>(its.queue_max, server.held);
    return true;
}

PacketEnd Fabric::end_of(const Packet& packet, std::int32_t target, std::int32_t hops) const {
    PacketEnd end;
    end.sent = packet.bit.sent;
    end.source = packet.bit.source;
    end.tick = packet.bit.tick;
    end.core = packet.targets[static_cast<std::size_t>(target)].core;
    end.hops = hops;
    end.copy = packet.bit.copy;
    return end;
}

/// It found a queue full: lost, with all target cores that it was for.
void Fabric::drop(std::int32_t part, std::int32_t server) {
    const Part& one = now_->parts[static_cast<std::size_t>(part)];
    const PacketTree::Node& at = *one.node;
    const Packet& packet = now_->packets[static_cast<std::size_t>(one.packet)];
    const std::int32_t hops = at.hops - (mesh_.kind(server) == ServerKind::link ? 1 : 0);
    ++figure(server).drops;
    figures.dropped += static_cast<std::uint64_t>(at.targets);
    for (std::int32_t i = at.first_target; i < at.first_target + at.targets; ++i) {
        const std::int32_t target = packet.tree->order[static_cast<std::size_t>(i)];
        const PacketTarget& lost = packet.targets[static_cast<std::size_t>(target)];
        ++counts.dropped[static_cast<std::size_t>(lost.population)];
        --now_->heading[static_cast<std::size_t>(lost.core)];
        if (!ends) continue;
        PacketEnd end = end_of(packet, target, hops);
        end.fate = PacketEnd::Fate::dropped;
        ends(end);
    }
    free_part(part);
}

/// Its service is over: the packet parts, and each part goes on or asks for a place. So many servers ask in this round.
inline void Fabric::ask(std::int32_t number, std::int32_t asking, Picoseconds at) {
    State& state = *now_;
    Server& server = state.servers[static_cast<std::size_t>(number)];
    server.serving = false;
    Part& done = state.parts[static_cast<std::size_t>(server.first)];
    const std::int32_t packet = done.packet;
    const PacketTree::Node& parent = *done.node;
    const PacketTree::Node* children =
        state.packets[static_cast<std::size_t>(packet)].tree->nodes.data() + parent.first_child;
    if (parent.children == 1 && takes_place(children->server, asking)) {
        // The packet does not part.
        done.node = children;
        return send(leave(number, at), number, at);
    }
    std::int32_t left = 0;
    for (const PacketTree::Node* child = children; child < children + parent.children; ++child) {
        const std::int32_t part = new_part(packet, child);
        if (takes_place(child->server, asking)) {
            send(part, number, at);
            continue;
        }
        state.servers[static_cast<std::size_t>(child->server)].waiters.push_back({at, part, number});
        places_.push_back(child->server);
        ++left;
    }
    if (left == 0) return free_part(leave(number, at));
    server.pending = left;
    server.blocked = true;
    server.until = at;
}

/// Each of those whose service is over asks a queue for one place at most: where there are as many, nobody's turn
/// depends on who asks first.
inline bool Fabric::takes_place(std::int32_t number, std::int32_t asking) {
    if (!waits_) return true;
    Server& server = now_->servers[static_cast<std::size_t>(number)];
    if (!server.waiters.empty() || server.held + server.coming + asking > chip_.buffer) return false;
    ++server.coming;
    return true;
}

/// A part flies to its next queue.
inline void Fabric::send(std::int32_t part, std::int32_t from, Picoseconds at) {
    const Picoseconds hop = site(from).hop;
    if (hop > 0) {
        push(at + hop, part);
    } else {
        next_joining_.push_back(part);
    }
}

/// All parts of its packet have left. Returns the one that the packet was here.
inline std::int32_t Fabric::leave(std::int32_t number, Picoseconds at) {
    State& state = *now_;
    Server& server = state.servers[static_cast<std::size_t>(number)];
    ServerFigures& one = figure(number);
    const std::int32_t part = server.first;
    server.first = state.parts[static_cast<std::size_t>(part)].next;
    if (server.first == nobody) server.last = nobody;
    --server.held;
    one.queued += at;
    if (server.blocked) one.blocked += at - server.until;
    server.blocked = false;
    if (!server.waiters.empty()) places_.push_back(number);
    return part;
}

void Fabric::give_places(Picoseconds at) {
    while (!places_.empty()) {
        const std::int32_t number = places_.back();
        places_.pop_back();
        Server& server = now_->servers[static_cast<std::size_t>(number)];
        while (!server.waiters.empty() && server.held + server.coming < chip_.buffer) {
            const auto longest = std::min_element(
                server.waiters.begin(), server.waiters.end(), [this](const Waiter& a, const Waiter& b) {
                    return a.since != b.since ? a.since < b.since : comes_before(a.part, b.part);
                });
            const Waiter waiter = *longest;
            *longest = server.waiters.back();
            server.waiters.pop_back();
            ++server.coming;
            send(waiter.part, waiter.server, at);
            if (--now_->servers[static_cast<std::size_t>(waiter.server)].pending > 0) continue;
            free_part(leave(waiter.server, at));
            touch(waiter.server);
        }
    }
}

/// With the first of its queue.
inline void Fabric::begin_service(std::int32_t number, Picoseconds at, const Deliver& deliver) {
    State& state = *now_;
    Server& server = state.servers[static_cast<std::size_t>(number)];
    const Part& part = state.parts[static_cast<std::size_t>(server.first)];
    const Packet& packet = state.packets[static_cast<std::size_t>(part.packet)];
    TrafficFigures& traffic = figures.populations[static_cast<std::size_t>(packet.population)];
    const Site& here = site(number);
    Picoseconds service = here.service;
    switch (here.kind) {
        case ServerKind::encoder:
            ++traffic.encoded;
            break;
        case ServerKind::link:
            ++(here.along_row ? traffic.hops_x : traffic.hops_y);
            break;
        case ServerKind::decoder: {
            const std::int32_t target = packet.tree->order[static_cast<std::size_t>(part.node->first_target)];
            service = decode(number, packet.targets[static_cast<std::size_t>(target)].targets);
            ++traffic.decoded;
            break;
        }
    }
    ServerFigures& one = figure(number);
    ++one.packets;
    one.busy += service;
    one.waited += at - part.joined;
    one.waits.add(at - part.joined);
    server.serving = true;
    server.until = at + service;
    if (service > 0) {
        push(server.until, ~number);
    } else {
        next_over_.push_back(number);
    }
    if (here.kind == ServerKind::decoder) deliver_bit(server.first, server.until, deliver);
}

inline void Fabric::deliver_bit(std::int32_t part, Picoseconds leaves, const Deliver& deliver) {
    const Part& one = now_->parts[static_cast<std::size_t>(part)];
    const PacketTree::Node& here = *one.node;
    const Packet& packet = now_->packets[static_cast<std::size_t>(one.packet)];
    const std::int32_t number = packet.tree->order[static_cast<std::size_t>(here.first_target)];
    const PacketTarget& target = packet.targets[static_cast<std::size_t>(number)];
    Arrival arrival{end_of(packet, number, here.hops), target.population};
    // At the first whole unit, and not at once.
    arrival.end.arrived = std::max((leaves + unit_ps_ - 1) / unit_ps_, packet.bit.sent + 1);
    now_->arriving.push_back(arrival);
    --now_->heading[static_cast<std::size_t>(target.core)];
    deliver(target, packet.bit, arrival.end.arrived, ++now_->order);
}

void Fabric::settle(Time at) {
    std::vector<Arrival>& arriving = now_->arriving;
    std::size_t left = 0;
    for (const Arrival& one : arriving) {
        if (one.end.arrived > at) {
            arriving[left++] = one;
            continue;
        }
        ++counts.delivered[static_cast<std::size_t>(one.population)];
        ++figures.delivered;
        figures.hops += static_cast<std::uint64_t>(one.end.hops);
        const Picoseconds latency = (one.end.arrived - one.end.sent) * unit_ps_;
        figures.latency += latency;
        figures.latencies.add(latency);
        if (ends) ends(one.end);
    }
    arriving.resize(left);
}

void Fabric::visit_in_flight(Time at, const std::function<void(const PacketEnd&, std::int32_t)>& visit) const {
    const State& state = *now_;
    for (const Arrival& one : state.arriving) {
        if (one.end.arrived > at) visit(one.end, one.population);
    }
    const auto visit_part = [&](std::int32_t number, bool served) {
        const Part& part = state.parts[static_cast<std::size_t>(number)];
        const PacketTree::Node& here = *part.node;
        const Packet& packet = state.packets[static_cast<std::size_t>(part.packet)];
        const std::int32_t hops = here.hops - (!served && mesh_.kind(here.server) == ServerKind::link ? 1 : 0);
        for (std::int32_t i = here.first_target; i < here.first_target + here.targets; ++i) {
            const std::int32_t target = packet.tree->order[static_cast<std::size_t>(i)];
            visit(end_of(packet, target, hops), packet.targets[static_cast<std::size_t>(target)].population);
        }
    };
    state.events.for_each([&](const Event& event) {
        if (event.part >= 0) visit_part(event.part, false);
    });
    for (std::size_t number = 0; number < state.servers.size(); ++number) {
        const Server& server = state.servers[number];
        for (const Waiter& waiter : server.waiters) visit_part(waiter.part, false);
        std::int32_t part = server.first;
        // What is being decoded is among those that arrive; the parts of a blocked one are wherever they are.
        const bool decodes = server.serving && mesh_.kind(static_cast<int>(number)) == ServerKind::decoder;
        if (part != nobody && (server.blocked || decodes)) part = state.parts[static_cast<std::size_t>(part)].next;
        for (; part != nobody; part = state.parts[static_cast<std::size_t>(part)].next)
            visit_part(part, part == server.first && server.serving);
    }
}

}  // namespace settle
