// Ranks that are threads of one process: what MPI does, without MPI, so that sanitizers see it.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "sim/runs/ranks/ranks.hpp"

namespace settle {

class ThreadWires {
public:
    explicit ThreadWires(int ranks) : ranks_(ranks), boxes_(at(ranks) * 2) {}

    Wire wire(int rank) {
        Wire wire;
        wire.rank = rank;
        wire.ranks = ranks_;
        wire.host = "thread";
        wire.gather = [this, rank, rounds = std::make_shared<std::size_t>(0)](
                          std::span<const std::uint64_t> own, const std::vector<std::size_t>& counts, Words& all,
                          const std::function<void()>& look) {
            CHECK(own.size() == counts[at(rank)]);
            all = together((*rounds)++, rank, own, look);
        };
        wire.broadcast = [this, rank, rounds = std::make_shared<std::size_t>(0)](Words& words,
                                                                                 const std::function<void()>& look) {
            const std::span<const std::uint64_t> own(words.data(), rank == 0 ? words.size() : 0);
            words = together(1000000 + (*rounds)++, rank, own, look);
        };
        wire.send = [this, rank](int to, MailKind kind, const std::string& bytes) {
            const std::lock_guard lock(mutex_);
            box(to, kind).push_back({rank, bytes});
        };
        wire.receive = [this, rank](MailKind kind) -> std::optional<Mail> {
            const std::lock_guard lock(mutex_);
            auto& letters = box(rank, kind);
            if (letters.empty()) return std::nullopt;
            Mail letter = std::move(letters.front());
            letters.pop_front();
            return letter;
        };
        return wire;
    }

private:
    struct Round {
        std::vector<Words> parts;
        int arrived = 0;
    };

    static std::size_t at(int index) { return static_cast<std::size_t>(index); }
    std::deque<Mail>& box(int rank, MailKind kind) { return boxes_[at(rank) * 2 + (kind == MailKind::work ? 1 : 0)]; }

    Words together(std::size_t number, int rank, std::span<const std::uint64_t> own,
                   const std::function<void()>& look) {
        std::unique_lock lock(mutex_);
        Round& round = rounds_[number];
        round.parts.resize(at(ranks_));
        round.parts[at(rank)].assign(own.begin(), own.end());
        ++round.arrived;
        while (round.arrived < ranks_) {
            lock.unlock();
            look();
            std::this_thread::yield();
            lock.lock();
        }
        Words all;
        for (const Words& part : round.parts) all.insert(all.end(), part.begin(), part.end());
        return all;
    }

    const int ranks_;
    std::mutex mutex_;  ///< for what follows
    std::map<std::size_t, Round> rounds_;
    std::vector<std::deque<Mail>> boxes_;
};

/// Runs `work` on so many ranks at once, the last of which ends when all have.
inline void on_ranks(int ranks, const std::function<void(Ranks&)>& work) {
    ThreadWires wires(ranks);
    std::vector<std::thread> threads;
    for (int rank = 0; rank < ranks; ++rank)
        threads.emplace_back([&, rank] {
            Ranks here(wires.wire(rank));
            work(here);
        });
    for (std::thread& thread : threads) thread.join();
}

}  // namespace settle
