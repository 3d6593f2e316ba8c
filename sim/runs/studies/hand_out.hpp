// Runs of a batch, handed out to ranks one by one: a slow one does not hold up the rest.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/runs/ranks/ranks.hpp"
#include "sim/runs/studies/batch.hpp"

namespace settle {

/// On rank 0: has the numbers of the runs, and gives the next one to whoever asks, here or elsewhere.
class HandOut {
public:
    struct Calls {
        std::function<void(int run, const BatchRun& ended)> ended;  ///< somewhere else; on the thread of serve()
        std::function<bool()> stopped;                              ///< whether all are to give up
        std::function<void()> stop;                                 ///< another rank has been asked to stop
    };

    HandOut(Ranks& ranks, std::vector<int> numbers, Calls calls);

    /// Any thread. nullopt: there are none left.
    std::optional<int> next();

    /// Answers the other ranks until all have left. Throws what they fail with.
    void serve();

private:
    void answer(const Mail& letter);

    Ranks& ranks_;
    const std::vector<int> numbers_;
    const Calls calls_;
    std::mutex mutex_;  ///< for what follows
    std::size_t next_ = 0;
    int away_;
};

/// Elsewhere: asks rank 0 for runs, and gives it what has come of them.
class HandedOut {
public:
    /// `stopped`: whether this rank has been asked to stop.
    HandedOut(Ranks& ranks, std::function<bool()> stopped);

    /// Any thread, which waits for the answer. nullopt: there are none left.
    std::optional<int> next();
    /// Any thread.
    void give(int run, const BatchRun& ended);
    /// Any thread: whether rank 0 has said that all are to give up, or has gone.
    bool given_up();
    /// Nobody here will ask any more.
    void leave();
    /// Any thread: something has gone wrong here that is no result of a run. Nobody here goes on; rank 0, which waits
    /// for what has been handed out, hears of it by Ranks::end().
    void fail();

    /// Talks to rank 0 until leave() or fail() has been called. Throws what Ranks throws.
    void serve();

private:
    std::deque<std::string> take_outbox();
    void hear(const std::string& bytes);
    bool failed();

    Ranks& ranks_;
    const std::function<bool()> stopped_;
    std::mutex mutex_;  ///< for what follows
    std::condition_variable changed_;
    std::deque<std::string> outbox_;
    std::deque<int> runs_;
    bool no_more_ = false, given_up_ = false, left_ = false, failed_ = false;
};

}  // namespace settle
