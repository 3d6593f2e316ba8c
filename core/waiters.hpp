// Who waits for a time that is reached some time, and is to be woken then, and not before.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/time.hpp"

namespace settle {

/// Protocol. A waiter says what it waits for, then looks once more how far it has got; whoever gets it further looks,
/// after that, who waits. One of the two sees the other, if how far it has got is one order with these (sequentially
/// consistent). Words in brackets, in the code, name steps of tests/core/protocol/promises.pml.
class Waiters {
public:
    static constexpr Time never = std::numeric_limits<Time>::max();

    /// `numbers`: that wake() calls them by; everywhere else a waiter is its place in this list. Nobody waits.
    explicit Waiters(std::vector<int> numbers) : numbers_(std::move(numbers)), until_(numbers_.size()) {
        for (auto& until : until_) until.store(never, std::memory_order_relaxed);
    }
    Waiters(const Waiters&) = delete;
    Waiters& operator=(const Waiters&) = delete;

    std::size_t count() const { return numbers_.size(); }

    /// Waiter: wants to be woken once `until` is reached. It must look again whether it is.
    void wait(int waiter, Time until) {
        until_[static_cast<std::size_t>(waiter)].store(until, std::memory_order_seq_cst);  // [wait.say]
    }
    /// Waiter: has no need to be woken, though it still may be.
    void wait_no_more(int waiter) { until_[static_cast<std::size_t>(waiter)].store(never, std::memory_order_relaxed); }

    /// Any thread: the latest time up to `reached` that somebody waits for; `nobody` where there is none.
    Time latest(Time reached, Time nobody) const {
        Time latest = nobody;
        for (const auto& one : until_) {
            const Time until = one.load(std::memory_order_seq_cst);  // [wake.look]
            if (until <= reached && until != never) latest = std::max(latest, until);
        }
        return latest;
    }
    /// Any thread: calls call(number) for all who wait for what is `reached`.
    template <class Call>
    void wake(Time reached, const Call& call) const {
        for (std::size_t waiter = 0; waiter < until_.size(); ++waiter) {
            // [wake.call]
            const Time until = until_[waiter].load(std::memory_order_seq_cst);
            if (until <= reached && until != never) call(numbers_[waiter]);
        }
    }

private:
    std::vector<int> numbers_;
    AlignedVector<std::atomic<Time>> until_;  ///< (waiters) what each waits for; never: nothing
};

}  // namespace settle
