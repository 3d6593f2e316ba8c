// Actors that only pass messages on, along any graph: the runtime with nothing in it.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/actor.hpp"
#include "core/channel.hpp"
#include "core/phase.hpp"

namespace settle {

/// A message has its number within its channel, and how many times it is still to be passed on.
struct Letter {
    std::uint32_t number;
    std::uint32_t hops;
};

using Links = std::vector<std::pair<int, int>>;  // (source, target), one channel each

class Courier {
public:
    Courier(int count, const Links& links, std::uint32_t capacity, Executor& executor)
        : watchdog([] { return std::string("couriers"); }),
          links_(links),
          outgoing_(index(count)),
          incoming_(index(count)),
          letters_(index(count)),
          ends_(links.size()),
          actors(count, executor, work, failure, {take_turn, describe, this}) {
        for (int link = 0; link < static_cast<int>(links.size()); ++link) {
            channels_.emplace_back(capacity);
            outgoing_[index(links[index(link)].first)].push_back(link);
            incoming_[index(links[index(link)].second)].push_back(link);
        }
    }

    /// The actor will put `count` letters of so many hops on each of its channels, `burst` in a turn.
    void order(int actor, std::uint32_t count, std::uint32_t hops) { letters_[index(actor)] = {count, hops}; }

    /// Starts everybody who has letters to send; called in run_phase or under a Hold. All work is counted before the
    /// first poke, because from then on actors run, and wake others who may finish theirs.
    void start() {
        std::vector<int> writers;
        for (int actor = 0; actor < actors.count(); ++actor) {
            if (letters_[index(actor)].number > 0) writers.push_back(actor);
        }
        work.add(static_cast<std::uint32_t>(writers.size()));
        for (const int actor : writers) actors.poke(actor);
    }

    std::uint64_t received() const { return sum(&End::received); }
    std::uint64_t overflows() const { return sum(&End::overflows); }
    bool in_order() const { return sum(&End::misplaced) == 0; }

    WorkCount work;
    Failure failure;
    Watchdog watchdog;
    std::uint32_t burst = 8;
    std::function<void(int actor)> in_turn;  // whatever else a test wants to happen

private:
    /// The two ends of a channel, each written by its own actor.
    struct End {
        std::uint32_t sent = 0, overflows = 0;
        alignas(64) std::uint32_t expected = 0;
        std::uint64_t received = 0, misplaced = 0;
    };

    static std::size_t index(int i) { return static_cast<std::size_t>(i); }
    static void take_turn(void* self, int actor, int) { static_cast<Courier*>(self)->take(actor); }
    static std::string describe(void*, int actor) { return "courier " + std::to_string(actor); }

    template <class Count>
    std::uint64_t sum(Count End::*count) const {
        std::uint64_t total = 0;
        for (const End& end : ends_) total += end.*count;
        return total;
    }

    void take(int actor) {
        if (in_turn) in_turn(actor);
        for (const int link : outgoing_[index(actor)]) {
            if (!channels_[index(link)].overflowing()) continue;
            if (channels_[index(link)].flush()) work.finish();
            actors.poke(links_[index(link)].second);
        }
        for (const int link : incoming_[index(actor)]) receive(actor, link);
        write(actor);
    }

    void receive(int actor, int link) {
        End& end = ends_[index(link)];
        const std::size_t got = channels_[index(link)].drain([&](const Letter& letter) {
            if (letter.number != end.expected++) ++end.misplaced;
            ++end.received;
            if (letter.hops == 0) return;
            const std::vector<int>& out = outgoing_[index(actor)];
            send(out[letter.hops % out.size()], letter.hops - 1);
        });
        if (got == 0) return;
        watchdog.advanced();
        if (channels_[index(link)].sender_waits()) actors.poke(links_[index(link)].first);
    }

    void write(int actor) {
        Letter& left = letters_[index(actor)];
        if (left.number == 0) return;
        const std::uint32_t now = std::min(burst, left.number);
        for (const int link : outgoing_[index(actor)]) {
            for (std::uint32_t i = 0; i < now; ++i) send(link, left.hops);
        }
        left.number -= now;
        left.number > 0 ? actors.poke(actor) : work.finish();
    }

    void send(int link, std::uint32_t hops) {
        End& end = ends_[index(link)];
        if (channels_[index(link)].send({end.sent++, hops})) {
            work.add();
            ++end.overflows;
        }
        actors.poke(links_[index(link)].second);
    }

    const Links links_;
    std::vector<Channel<Letter>> channels_;
    std::vector<std::vector<int>> outgoing_, incoming_;  // channels, by actor
    std::vector<Letter> letters_;                        // by actor: how many are left, and their hops
    std::vector<End> ends_;                              // by channel

public:
    Actors actors;
};

}  // namespace settle
