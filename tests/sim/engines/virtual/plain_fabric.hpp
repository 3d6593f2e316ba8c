// The fabric of a chip as plainly as it can be written: a list of what flies, servers with queues, and at every
// picosecond everything is looked at. It obeys the rules of docs/chip.md to the letter and judges the fabric, with
// which it shares the service times only. It knows no trees: a packet has a set of target cores, and is routed tile by
// tile.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "models/chip/service.hpp"

namespace settle {

struct PlainPacket {
    std::int64_t sent = 0, enters = 0;  ///< units; ps
    int source = 0, tick = 0, copy = 0, core = 0, hops = 0;
    std::map<int, int> targets;  ///< of each core

    auto order(bool multicast) const {
        return std::make_tuple(source, tick, copy, multicast ? 0 : targets.begin()->first);
    }
};

/// (source, tick, copy, core): how a bit ended.
struct PlainEnd {
    int source, tick, copy, core;
    std::int64_t leaves;  ///< ps; -1 - t: it was dropped at t
    int hops;
    auto operator<=>(const PlainEnd&) const = default;
};

class PlainFabric {
public:
    PlainFabric(const ChipSettings& chip, std::uint64_t device_seed) : chip_(chip), services_(chip, device_seed) {}

    /// All that ends with these packets, each from its core.
    std::vector<PlainEnd> run(const std::vector<std::pair<int, PlainPacket>>& packets) {
        for (const auto& [core, packet] : packets) flying_.push_back({packet.enters, encoder(core), packet});
        for (std::int64_t now = next(); now != never; now = next()) {
            while (step(now)) {
            }
        }
        std::sort(ends_.begin(), ends_.end());
        return ends_;
    }
    /// Packets that are anywhere once nothing happens any more.
    bool empty() const {
        return std::all_of(servers_.begin(), servers_.end(), [](const auto& one) { return one.second.queue.empty(); });
    }

private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
    // Kind, then where: 0 an encoder, 1 a decoder (core), 2 to 5 links (tile) west, east, north, south.
    using Name = std::pair<int, int>;
    struct Flight {
        std::int64_t at;
        Name to;
        PlainPacket packet;
    };
    struct Server {
        std::deque<PlainPacket> queue;
        bool serves = false;
        std::int64_t until = 0;
        std::int64_t asked = 0;
        std::map<Name, PlainPacket> unsent;
    };

    static Name encoder(int core) { return {0, core}; }
    int tile(const Name& name) const { return name.first < 2 ? name.second / chip_.cores_per_tile : name.second; }
    int number(const Name& link) const { return 2 * chip_.cores() + 4 * link.second + link.first - 2; }
    bool limited(const Name& name) const { return chip_.buffer > 0 && name.first != 0; }

    std::int64_t next() const {
        std::int64_t least = never;
        for (const Flight& one : flying_) least = std::min(least, one.at);
        for (const auto& [name, one] : servers_) {
            if (one.serves) least = std::min(least, one.until);
        }
        return least;
    }

    Name next_of(int here, int core) const {
        const int there = core / chip_.cores_per_tile;
        const int x = there % chip_.columns - here % chip_.columns, y = there / chip_.columns - here / chip_.columns;
        if (x != 0) return {x < 0 ? 2 : 3, here};
        if (y != 0) return {y < 0 ? 4 : 5, here};
        return {1, core};
    }
    int neighbour(const Name& link) const {
        const int step[] = {-1, 1, -chip_.columns, chip_.columns};
        return link.second + step[link.first - 2];
    }

    std::int64_t service(const Name& name, const PlainPacket& packet) const {
        if (name.first == 0) return services_.encode(name.second);
        if (name.first == 1) return services_.decode(name.second, packet.targets.at(name.second));
        return services_.link(number(name));
    }

    std::size_t queued(const Name& name) const {
        const auto found = servers_.find(name);
        return found == servers_.end() ? 0 : found->second.queue.size();
    }
    std::size_t coming(const Name& name) const {
        return static_cast<std::size_t>(
            std::count_if(flying_.begin(), flying_.end(), [&](const Flight& one) { return one.to == name; }));
    }

    bool step(std::int64_t now) {
        bool happened = false;
        std::vector<Flight> arrived;
        std::erase_if(flying_, [&](const Flight& one) {
            if (one.at == now) arrived.push_back(one);
            return one.at == now;
        });
        std::stable_sort(arrived.begin(), arrived.end(), [&](const Flight& a, const Flight& b) {
            return a.packet.order(chip_.multicast) < b.packet.order(chip_.multicast);
        });
        const auto most = static_cast<std::size_t>(chip_.buffer);
        for (const Flight& one : arrived) {
            happened = true;
            auto& queue = servers_[one.to].queue;
            if (limited(one.to) && chip_.full == WhenFull::drop && queue.size() >= most) {
                for (const auto& target : one.packet.targets) end(one.packet, target.first, -1 - now);
            } else {
                queue.push_back(one.packet);
            }
        }
        for (auto& [name, one] : servers_) {
            if (!one.serves || one.until != now) continue;
            happened = true;
            one.serves = false;
            one.asked = now;
            part(name, one);
        }
        while (give_one(now)) happened = true;
        for (auto& [name, one] : servers_) {
            if (one.serves || !one.unsent.empty() || one.queue.empty()) continue;
            happened = true;
            one.serves = true;
            one.until = now + service(name, one.queue.front());
        }
        return happened;
    }

    void part(const Name& name, Server& one) {
        const PlainPacket packet = one.queue.front();
        if (name.first == 1) {
            end(packet, name.second, one.until);
            one.queue.pop_front();
            return;
        }
        const int here = name.first == 0 ? tile(name) : neighbour(name);
        for (const auto& target : packet.targets) {
            const int core = target.first;
            one.unsent.try_emplace(next_of(here, core), packet);
        }
        for (auto& [to, copy] : one.unsent) {
            copy.targets.clear();
            for (const auto& [core, targets] : packet.targets) {
                if (next_of(here, core) == to) copy.targets[core] = targets;
            }
            copy.hops = packet.hops + (name.first > 1 ? 1 : 0);
        }
    }

    /// Of all parts that could go somewhere, the one that has waited longest goes.
    bool give_one(std::int64_t now) {
        Server* best = nullptr;
        Name from, to;
        for (auto& [name, one] : servers_) {
            for (auto& [next, packet] : one.unsent) {
                const bool waits = limited(next) && chip_.full == WhenFull::wait;
                if (waits && queued(next) + coming(next) >= static_cast<std::size_t>(chip_.buffer)) continue;
                if (best && std::make_tuple(best->asked, best->unsent.at(to).order(chip_.multicast)) <=
                                std::make_tuple(one.asked, packet.order(chip_.multicast)))
                    continue;
                best = &one;
                from = name;
                to = next;
            }
        }
        if (!best) return false;
        const std::int64_t hop = from.first == 0 ? 0 : services_.hop(number(from));
        flying_.push_back({now + hop, to, best->unsent.at(to)});
        best->unsent.erase(to);
        if (best->unsent.empty()) best->queue.pop_front();
        return true;
    }

    void end(const PlainPacket& packet, int core, std::int64_t leaves) {
        ends_.push_back({packet.source, packet.tick, packet.copy, core, leaves, packet.hops});
    }

    ChipSettings chip_;
    Services services_;
    std::vector<Flight> flying_;
    std::map<Name, Server> servers_;
    std::vector<PlainEnd> ends_;
};

}  // namespace settle
