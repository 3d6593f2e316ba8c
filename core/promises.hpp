// Promises of many speakers, the least of them, and who waits for it: one look tells a listener how far all have come
// whom it hears, and nobody is woken who has nothing to do yet.
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/time.hpp"

namespace settle {

/// A promise is a time: what its speaker says at or before it has been said, where listeners find it. Promises only
/// rise while speakers and waiters run, and so does the least of them.
///
/// Protocol. The promises are the leaves of a tree in which every node is the least of its children. A speaker stores
/// its leaf, then looks at the leaves beside it, and raises their node if their least has risen; so on up to the root.
/// Of those that raise children of one node at the same time the last one sees what all the others have stored; a node
/// is never above the least of its children. Whoever raises the root then looks who waits for what has been reached. A
/// waiter says what it waits for, then looks at the root once more: one of the two sees the other. All these are in one
/// order (sequentially consistent). Words in brackets, in the code, name steps of tests/core/protocol/promises.pml.
class Promises {
public:
    static constexpr Time never = std::numeric_limits<Time>::max();

    /// `waiters`: numbers that raise() calls them by; everywhere else a waiter is its place in this list. All promises
    /// are -1.
    Promises(int speakers, std::vector<int> waiters);
    Promises(const Promises&) = delete;
    Promises& operator=(const Promises&) = delete;

    /// While nobody else uses it: a promise that may be lower than before.
    void reset(int speaker, Time promise);

    /// Speaker: promises more, or as much. Calls wake(number) for everybody who waits for what has been reached.
    template <class Wake>
    void raise(int speaker, Time promise, const Wake& wake);

    /// Any thread: the least promise. Who sees it sees all that was said up to it.
    Time least() const { return nodes_.back().load(std::memory_order_acquire); }
    /// Any thread: of one speaker. Not less than a least() that was seen before.
    Time of(int speaker) const { return nodes_[static_cast<std::size_t>(speaker)].load(std::memory_order_acquire); }

    /// Waiter: wants to be woken once least() is `until` or more. False: it is, and nobody may come to wake it.
    bool wait(int waiter, Time until) {
        until_[static_cast<std::size_t>(waiter)].store(until, std::memory_order_seq_cst);  // [wait.say]
        return nodes_.back().load(std::memory_order_seq_cst) < until;                      // [wait.again]
    }
    /// Waiter: has no need to be woken, though it still may be.
    void wait_no_more(int waiter) { until_[static_cast<std::size_t>(waiter)].store(never, std::memory_order_relaxed); }

private:
    /// Children of a node: two lines of the cache.
    static constexpr std::size_t width = 16;

    Time least_of(std::size_t first) const {
        Time least = never;
        for (std::size_t i = first; i < first + width; ++i)
            least = std::min(least, nodes_[i].load(std::memory_order_seq_cst));
        return least;
    }

    std::vector<int> waiters_;
    std::vector<std::size_t> levels_;  ///< where each begins in nodes_; the root is the last one
    /// Level by level, each filled up to a multiple of `width` with `never`, but for the root.
    AlignedVector<std::atomic<Time>> nodes_;
    AlignedVector<std::atomic<Time>> until_;  ///< (waiters) what each waits for
};

template <class Wake>
void Promises::raise(int speaker, Time promise, const Wake& wake) {
    auto at = static_cast<std::size_t>(speaker);
    assert(promise >= nodes_[at].load(std::memory_order_relaxed));
    nodes_[at].store(promise, std::memory_order_seq_cst);  // [raise.leaf]
    for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
        // [raise.look] What is read may rise meanwhile: then whoever raises it looks as well.
        const Time least = least_of(levels_[level] + at / width * width);
        at /= width;
        std::atomic<Time>& node = nodes_[levels_[level + 1] + at];
        Time seen = node.load(std::memory_order_seq_cst);
        do {
            if (least <= seen) return;
        } while (!node.compare_exchange_weak(seen, least, std::memory_order_seq_cst));  // [raise.node]
        promise = least;
    }
    for (std::size_t waiter = 0; waiter < waiters_.size(); ++waiter) {
        // [raise.wake]
        if (until_[waiter].load(std::memory_order_seq_cst) <= promise) wake(waiters_[waiter]);
    }
}

}  // namespace settle
