#include "core/broadcast.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "core/actor.hpp"
#include "core/phase.hpp"
#include "core/promises.hpp"
#include "core/worker_pool.hpp"

using namespace settle;

namespace {

struct Remark {
    Time sent;
    std::uint32_t number;
};

constexpr Time nothing = std::numeric_limits<Time>::max();

std::vector<std::uint32_t> heard(const Broadcast<Remark>& log, std::uint32_t& next, Time until, Time later = nothing) {
    std::vector<std::uint32_t> numbers;
    const Time found = log.listen(next, until, nothing, [&](const Remark& one) { numbers.push_back(one.number); });
    CHECK(found == later);
    return numbers;
}

using Numbers = std::vector<std::uint32_t>;

/// Speakers with a log each, and listeners that hear all of them, as actors. Time is a count of ticks; a speaker says
/// none, one or two things at a tick. Nobody listens further than all have promised; no speaker gets further ahead of
/// the slowest listener than `lead`.
class Assembly {
public:
    Assembly(int speakers, int listeners, Time ticks, Time lead, std::uint32_t ring, WorkerPool& workers)
        : ticks_(ticks),
          lead_(lead),
          speakers_(speakers),
          said_(speakers, numbers(speakers, listeners)),
          heard_(listeners, numbers(0, speakers)),
          time_(static_cast<std::size_t>(speakers), 0),
          numbers_(static_cast<std::size_t>(speakers), 0),
          watchdog_([] { return std::string("assembly"); }),
          actors_(speakers + listeners, workers, work_, failure_, {take_turn, describe, this}) {
        for (int i = 0; i < speakers; ++i) logs_.emplace_back(ring);
        for (int i = 0; i < listeners; ++i) {
            Ears ears;
            ears.next.resize(index(speakers), 0);
            ears_.push_back(ears);
        }
    }

    void run(WorkerPool& workers) {
        run_phase(workers, work_, watchdog_, failure_, [&] {
            work_.add(static_cast<std::uint32_t>(actors_.count()));
            for (int actor = 0; actor < actors_.count(); ++actor) actors_.poke(actor);
        });
    }

    void check() const {
        const std::uint64_t all = messages();
        for (const Ears& ears : ears_) {
            CHECK(ears.misplaced == 0);
            CHECK(ears.early == 0);
            CHECK(ears.received == all);
        }
    }
    std::uint64_t messages() const {
        std::uint64_t sum = 0;
        for (const std::uint32_t number : numbers_) sum += number;
        return sum;
    }
    std::uint32_t largest_ring() const {
        std::uint32_t most = 0;
        for (const auto& log : logs_) most = std::max(most, log.capacity());
        return most;
    }

private:
    struct Ears {
        std::vector<std::uint32_t> next;
        Time until = -1;
        std::uint64_t received = 0, misplaced = 0, early = 0;
    };

    static std::size_t index(int i) { return static_cast<std::size_t>(i); }
    static std::vector<int> numbers(int first, int count) {
        std::vector<int> all;
        for (int i = 0; i < count; ++i) all.push_back(first + i);
        return all;
    }
    static void take_turn(void* self, int actor, int) {
        Assembly& assembly = *static_cast<Assembly*>(self);
        actor < assembly.speakers_ ? assembly.speak(actor) : assembly.listen(actor - assembly.speakers_);
    }
    static std::string describe(void*, int actor) { return "actor " + std::to_string(actor); }

    void speak(int speaker) {
        Time& time = time_[index(speaker)];
        if (time == ticks_) return;
        heard_.wait_no_more(speaker);
        const auto wake = [this](int actor) { actors_.poke(actor); };
        while (time < ticks_) {
            const Time limit = heard_.least() + lead_ + 1;
            if (time >= limit) {
                if (heard_.wait(speaker, time - 1 - (lead_ - 1) / 2)) return;
                continue;
            }
            for (; time < std::min(limit, ticks_); ++time) {
                const auto times = static_cast<int>((time * 7 + speaker) % 3);
                for (int i = 0; i < times; ++i)
                    logs_[index(speaker)].say({time, numbers_[index(speaker)]++}, [this] { return heard_.least(); });
                if (time + 1 < ticks_) said_.raise(speaker, time, wake);
            }
            watchdog_.advanced();
        }
        said_.raise(speaker, nothing, wake);
        work_.finish();
    }

    void listen(int listener) {
        Ears& ears = ears_[index(listener)];
        if (ears.until == nothing) return;
        said_.wait_no_more(listener);
        do {
            ears.until = said_.least();
            for (int speaker = 0; speaker < speakers_; ++speaker) {
                std::uint32_t& next = ears.next[index(speaker)];
                logs_[index(speaker)].listen(next, ears.until, nothing, [&](const Remark& remark) {
                    // `next` is the number of the message at hand.
                    if (remark.number != next) ++ears.misplaced;
                    if (remark.sent > ears.until) ++ears.early;
                    ++ears.received;
                });
            }
            heard_.raise(listener, ears.until, [this](int actor) { actors_.poke(actor); });
            watchdog_.advanced();
            if (ears.until == nothing) return work_.finish();
            // Some want to hear of every tick, some of a few at a time.
        } while (!said_.wait(listener, ears.until + 1 + listener % std::min<Time>(lead_, 5)));
    }

    const Time ticks_, lead_;
    const int speakers_;
    Promises said_, heard_;
    std::deque<Broadcast<Remark>> logs_;
    std::vector<Time> time_;
    std::vector<std::uint32_t> numbers_;
    std::vector<Ears> ears_;
    WorkCount work_;
    Failure failure_;
    Watchdog watchdog_;
    Actors actors_;
};

}  // namespace

TEST_CASE("what is said once is heard by everybody, in order, up to the time asked for") {
    for (const std::uint32_t capacity : {1u, 2u, 3u, 8u}) {
        Broadcast<Remark> log(capacity);
        CHECK(log.capacity() == 0);
        std::uint32_t first = 0, second = 0;
        CHECK(heard(log, first, 100) == Numbers());
        for (std::uint32_t i = 0; i < 5; ++i) log.say({10 * i, i}, [] { return Time{-1}; });
        CHECK(heard(log, first, 9, 10) == Numbers{0});
        CHECK(heard(log, second, 20, 30) == Numbers{0, 1, 2});
        CHECK(heard(log, second, 29, 30) == Numbers());
        CHECK(heard(log, first, 40) == Numbers{1, 2, 3, 4});
        CHECK(heard(log, second, 1000) == Numbers{3, 4});
        CHECK(log.said() == 5);
    }
}

TEST_CASE("a ring is used again once all have heard it, and grows while somebody has not") {
    Broadcast<Remark> log(4);
    std::uint32_t next = 0, asked = 0;
    Time until = -1;
    const auto all_heard = [&] {
        ++asked;
        return until;
    };
    for (std::uint32_t i = 0; i < 1000; ++i) {
        log.say({i, i}, all_heard);
        CHECK(heard(log, next, i) == Numbers{i});
        until = i;
    }
    CHECK(log.capacity() == 4);
    CHECK(asked == 999 / 4);
    for (std::uint32_t i = 1000; i < 1100; ++i) log.say({i, i}, all_heard);
    CHECK(log.capacity() == 128);
    Numbers all(100);
    for (std::uint32_t i = 0; i < 100; ++i) all[i] = 1000 + i;
    CHECK(heard(log, next, 5000) == all);
    log.clear();
    log.say({7, 1100}, all_heard);  // time may begin anew
    CHECK(heard(log, next, 7) == Numbers{1100});
}

TEST_CASE("millions of messages, many listeners, the smallest rings: each is heard once, in order, by everybody") {
    for (const int threads : {1, 2, 4, 8}) {
        for (const auto& [many, listeners] : {std::pair{1, 20}, std::pair{30, 40}, std::pair{50, 1}}) {
            const int speakers = many;
            for (const Time lead : {Time{1}, Time{40}}) {
                CAPTURE(threads);
                CAPTURE(speakers);
                CAPTURE(lead);
                WorkerPool workers(threads);
                Assembly assembly(speakers, listeners, 6000 / speakers + 200, lead, 1, workers);
                assembly.run(workers);
                assembly.check();
                // Twice what is said in the lead, but for what comes in one batch; and that for a full half.
                CHECK(assembly.largest_ring() <= 8 * static_cast<std::uint32_t>(lead));
            }
        }
    }
}
