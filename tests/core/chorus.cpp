#include "core/chorus.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "core/actor.hpp"
#include "core/phase.hpp"
#include "core/worker_pool.hpp"

using namespace settle;

namespace {

struct VoicedRemark {
    Time sent;
    int voice;
    std::uint32_t number;
};

const auto nobody = [](int) { FAIL("somebody was woken"); };

/// Speakers with two voices each, and listeners that hear all of them, as actors. Time is a count of ticks; a voice
/// says none, one or two things at a tick. No speaker gets further ahead of the slowest listener than `lead`.
class Assembly {
public:
    Assembly(int speakers, int listeners, Time ticks, Time lead, std::uint32_t ring, WorkerPool& workers)
        : ticks_(ticks),
          lead_(lead),
          speakers_(speakers),
          said_(speakers),
          heard_(listeners),
          followed_(numbers(0, speakers)),
          chorus_(said_, pairs(speakers), numbers(speakers, listeners), ring),
          time_(index(speakers), 0),
          numbers_(index(2 * speakers), 0),
          ears_(index(listeners)),
          watchdog_([] { return std::string("assembly"); }),
          actors_(speakers + listeners, workers, work_, failure_, {take_turn, describe, this}) {
        chorus_.restart(lead / 2);
        for (int i = 0; i < listeners; ++i) {
            ears_[index(i)].expected.resize(index(2 * speakers), 0);
            chorus_.restart_listener(i, ears_[index(i)].next);
        }
    }

    void run(WorkerPool& workers) {
        run_phase(workers, work_, watchdog_, failure_, [&] {
            work_.add(static_cast<std::uint32_t>(actors_.count()));
            for (int actor = 0; actor < actors_.count(); ++actor) actors_.poke(actor);
        });
    }

    void check() const {
        std::uint64_t all = 0;
        for (const std::uint32_t number : numbers_) all += number;
        CHECK(all > 0);
        for (const Ears& ears : ears_) {
            CHECK(ears.misplaced == 0);
            CHECK(ears.late == 0);
            CHECK(ears.received == all);
        }
    }

private:
    struct Ears {
        std::vector<std::uint32_t> expected;  // (voices)
        std::uint32_t next = 0;
        Time until = -1;
        std::uint64_t received = 0, misplaced = 0, late = 0;
    };

    static constexpr Time never = Promises::never;
    static std::size_t index(int i) { return static_cast<std::size_t>(i); }
    static std::vector<int> numbers(int first, int count) {
        std::vector<int> all;
        for (int i = 0; i < count; ++i) all.push_back(first + i);
        return all;
    }
    static std::vector<int> pairs(int count) {
        std::vector<int> all;
        for (int i = 0; i < 2 * count; ++i) all.push_back(i / 2);
        return all;
    }
    static void take_turn(void* self, int actor, int) {
        Assembly& assembly = *static_cast<Assembly*>(self);
        actor < assembly.speakers_ ? assembly.speak(actor) : assembly.listen(actor - assembly.speakers_);
    }
    static std::string describe(void*, int actor) { return "actor " + std::to_string(actor); }

    void say(int voice, Time time) {
        const auto times = static_cast<int>((time * 7 + voice) % 3);
        for (int i = 0; i < times; ++i) chorus_.say(voice, {time, voice, numbers_[index(voice)]++});
    }
    void promise(int speaker, Time time) {
        if (said_.raise(speaker, time)) chorus_.promised([this](int actor) { actors_.poke(actor); });
    }

    void speak(int speaker) {
        Time& time = time_[index(speaker)];
        if (time == ticks_) return;
        followed_.wait_no_more(speaker);
        while (time < ticks_) {
            const Time limit = std::min(heard_.least() + lead_ + 1, ticks_);
            if (time >= limit) {
                const Time until = time - 1 - (lead_ - 1) / 2;
                followed_.wait(speaker, until);
                if (heard_.least() < until) return;
                continue;
            }
            for (; time < limit; ++time) {
                say(2 * speaker, time);
                say(2 * speaker + 1, time);
                if (time + 1 < ticks_) promise(speaker, time);
            }
            watchdog_.advanced();
        }
        promise(speaker, never);
        work_.finish();
    }

    void listen(int listener) {
        Ears& ears = ears_[index(listener)];
        if (ears.until == never) return;
        chorus_.wait_no_more(listener);
        const auto wake = [this](int actor) { actors_.poke(actor); };
        do {
            const Time before = ears.until;
            Time latest = -1;
            ears.until = chorus_.listen(listener, ears.next, [&](const VoicedRemark& remark) {
                if (remark.number != ears.expected[index(remark.voice)]++) ++ears.misplaced;
                if (remark.sent <= before) ++ears.late;
                latest = std::max(latest, remark.sent);
                ++ears.received;
            });
            if (latest > ears.until) ++ears.late;
            // The end is not a time to follow from.
            const bool done = ears.until >= ticks_;
            if (heard_.raise(listener, done ? ticks_ : ears.until)) followed_.wake(heard_.least(), wake);
            watchdog_.advanced();
            if (done) ears.until = never;
            if (done) return work_.finish();
            // Some want to hear of every tick, some of a few at a time.
        } while (!chorus_.wait(listener, std::min(ears.until + 1 + listener % std::min<Time>(lead_, 5), ticks_), wake));
    }

    const Time ticks_, lead_;
    const int speakers_;
    Promises said_, heard_;
    Waiters followed_;  // speakers, by listeners
    Chorus<VoicedRemark> chorus_;
    std::vector<Time> time_;
    std::vector<std::uint32_t> numbers_;
    std::vector<Ears> ears_;
    WorkCount work_;
    Failure failure_;
    Watchdog watchdog_;
    Actors actors_;
};

}  // namespace

TEST_CASE("who waits is woken when what it waits for is reached, and not before") {
    Waiters waiters({7, 3});
    CHECK(waiters.count() == 2);
    CHECK(waiters.latest(1000, -1) == -1);
    waiters.wake(1000, nobody);
    waiters.wait(1, 20);
    waiters.wait(0, 10);
    CHECK(waiters.latest(9, -5) == -5);
    CHECK(waiters.latest(15, -1) == 10);
    CHECK(waiters.latest(20, -1) == 20);
    waiters.wake(9, nobody);
    std::vector<int> woken;
    waiters.wake(20, [&](int who) { woken.push_back(who); });
    CHECK(woken == std::vector{7, 3});
    waiters.wait_no_more(1);
    waiters.wake(9, nobody);
    CHECK(waiters.latest(20, -1) == 10);
}

TEST_CASE("a chorus gathers what somebody waits for, a stride beyond it, and nothing that is not promised") {
    Promises promises(2);
    Chorus<VoicedRemark> chorus(promises, {0, 1, 1}, {5, 6}, 1);
    std::uint32_t next[2] = {};
    chorus.restart(3);
    for (int i = 0; i < 2; ++i) chorus.restart_listener(i, next[i]);
    std::vector<Time> heard;
    const auto hear = [&](const VoicedRemark& remark) { heard.push_back(remark.sent); };
    for (Time time = 0; time < 20; ++time) {
        for (int voice = 0; voice < 3; ++voice) chorus.say(voice, {time, voice, 0});
    }
    CHECK(chorus.wait(0, 4, nobody));
    CHECK_FALSE(promises.raise(0, 9));
    CHECK(chorus.gathered() == -1);
    REQUIRE(promises.raise(1, 8));
    std::vector<int> woken;
    const auto wake = [&](int who) { woken.push_back(who); };
    chorus.promised(wake);
    CHECK(woken == std::vector{5});
    CHECK(chorus.gathered() == 7);
    CHECK(chorus.listen(0, next[0], hear) == 7);
    std::sort(heard.begin(), heard.end());
    CHECK(heard == std::vector<Time>{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 6, 7, 7, 7});
    // Who begins to wait for what has been promised gathers it.
    CHECK_FALSE(chorus.wait(1, 8, wake));
    CHECK(chorus.gathered() == 8);
    CHECK(chorus.wait(1, 9, nobody));
    chorus.wait_no_more(1);
    chorus.wait_no_more(0);
    REQUIRE(promises.raise(1, 15));
    chorus.promised(nobody);
    CHECK(chorus.gathered() == 8);
    heard.clear();
    CHECK(chorus.listen(1, next[1], hear) == 8);
    CHECK(heard.size() == 27);
}

TEST_CASE("millions of messages, many listeners, the smallest rings: each is heard once, in order, by everybody") {
    for (const int threads : {1, 2, 4, 8}) {
        for (const auto& [many, listeners] : {std::pair{1, 20}, std::pair{30, 40}, std::pair{50, 1}}) {
            for (const Time lead : {Time{1}, Time{40}}) {
                const int speakers = many;  // a binding cannot be captured
                CAPTURE(threads);
                CAPTURE(speakers);
                CAPTURE(lead);
                WorkerPool workers(threads);
                Assembly assembly(speakers, listeners, 3000 / speakers + 200, lead, 1, workers);
                assembly.run(workers);
                assembly.check();
            }
        }
    }
}
