// Promises of many speakers, and the least of them: one look tells a listener how far all have come whom it hears.
#pragma once

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cstddef>
#include <limits>
#include <vector>

#include "core/aligned.hpp"
#include "core/time.hpp"

namespace settle {

/// A promise is a time: what its speaker says at or before it has been said, where listeners find it. Promises only
/// rise while anybody runs, and so does the least of them.
///
/// Protocol. The promises are the leaves of a tree in which every node is the least of its children. A speaker stores
/// its leaf, then looks at the leaves beside it, and raises their node if their least has risen; so on up to the root.
/// Of those that raise children of one node at the same time the last one sees what all the others have stored; a node
/// is never above the least of its children. All of it is in one order (sequentially consistent). Words in brackets, in
/// the code, name steps of the model tests/core/protocol/promises.pml.
class Promises {
public:
    static constexpr Time never = std::numeric_limits<Time>::max();

    /// All promises are -1.
    explicit Promises(int speakers);
    Promises(const Promises&) = delete;
    Promises& operator=(const Promises&) = delete;

    /// While nobody else uses it: a promise that may be lower than before.
    void reset(int speaker, Time promise);

    /// Speaker: promises more, or as much. True: the least has risen, and this is who must tell those that wait for it.
    bool raise(int speaker, Time promise);

    /// Any thread: the least promise. Who sees it sees all that was said up to it.
    Time least() const { return nodes_.back().load(std::memory_order_seq_cst); }
    /// Any thread: of one speaker. Not less than a least() that was seen before.
    Time of(int speaker) const { return nodes_[static_cast<std::size_t>(speaker)].load(std::memory_order_acquire); }

private:
    /// Children of a node: two lines of the cache.
    static constexpr std::size_t width = 16;

    Time least_of(std::size_t first) const {
        Time least = never;
        for (std::size_t i = first; i < first + width; ++i)
            least = std::min(least, nodes_[i].load(std::memory_order_seq_cst));
        return least;
    }

    std::vector<std::size_t> levels_;  ///< where each begins in nodes_; the root is the last one
    /// Level by level, each filled up to a multiple of `width` with `never`, but for the root.
    AlignedVector<std::atomic<Time>> nodes_;
};

}  // namespace settle
