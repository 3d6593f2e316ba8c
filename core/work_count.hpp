// Counted work: a phase ends when nothing is left to do, which is known by counting, never by sleeping or polling.
#pragma once

#include <atomic>
#include <cstdint>

namespace settle {

/// Two counts in one word, so that one operation sees both:
/// turns: actors that are scheduled or running, and whoever else holds the phase open (Hold);
/// units: what must be done before the phase may end (a shard that is not at the end yet, a non-empty overflow, …).
/// Units change only while somebody has a turn, so the phase is over exactly when the last turn ends. If units are left
/// then, nobody will ever do them: the actors wait for each other, and stalled() says so at once. Modelled in
/// tests/core/protocol/runtime.pml, by the words in brackets.
class alignas(64) WorkCount {
public:
    WorkCount() = default;
    WorkCount(const WorkCount&) = delete;
    WorkCount& operator=(const WorkCount&) = delete;

    /// Who is told when the last turn has ended: call(context), once each time, on the thread that ended it and as the
    /// last thing that touches this object; it may destroy it, or start the next phase. Set it while nothing runs.
    void on_end(void (*call)(void* context), void* context) {
        call_ = call;
        context_ = context;
    }

    /// Units of work more, or less.
    void add(std::uint32_t units = 1);
    void finish(std::uint32_t units = 1);

    /// A turn more (by one who has a turn, or holds), or less.
    void begin_turn();
    void end_turn();

    /// Keeps the phase open while it is being started, or while somebody outside is still to poke an actor (a timer).
    class Hold {
    public:
        explicit Hold(WorkCount& work) : work_(work) { work_.count_.fetch_add(one_turn, std::memory_order_acq_rel); }
        ~Hold() { work_.end_turn(); }
        Hold(const Hold&) = delete;
        Hold& operator=(const Hold&) = delete;

    private:
        WorkCount& work_;
    };

    std::uint32_t units() const { return static_cast<std::uint32_t>(count_.load(std::memory_order_acquire)); }
    std::uint32_t turns() const { return static_cast<std::uint32_t>(count_.load(std::memory_order_acquire) >> 32); }
    /// Nothing is queued or running, yet work is left.
    bool stalled() const {
        const std::uint64_t count = count_.load(std::memory_order_acquire);
        return count != 0 && count >> 32 == 0;
    }
    /// While nothing runs: forgets the units that a failed phase has left.
    void reset();

private:
    static constexpr std::uint64_t one_turn = std::uint64_t{1} << 32;
    std::atomic<std::uint64_t> count_{0};
    void (*call_)(void* context) = nullptr;
    void* context_ = nullptr;
};

}  // namespace settle
