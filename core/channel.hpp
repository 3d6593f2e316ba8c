// A channel between two actors: a lock-free ring with one sender and one receiver, and behind it the sender's overflow.
// Sending never blocks, never spins and never drops: what does not fit into the ring waits, in order, at its sender.
#pragma once

#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace settle {

/// The first message makes the ring, so a channel that stays idle costs 16 bytes. "Sender" and "receiver" are actors:
/// one turn at a time, on whatever thread. Messages are delivered in the order in which they were sent, each once.
///
/// Protocol. The sender pokes the receiver after it has sent, and after a flush that moved anything. The receiver
/// drains in its turn, and if it got anything and sender_waits(), pokes the sender, who flushes in its turn. No wake-up
/// is lost: the sender raises its flag before it tries the ring once more, and the receiver makes room before it reads
/// the flag, so that at least one of them sees the other. Words in brackets, in the code, name steps of the model
/// tests/core/protocol/ring.pml: spin proves it there, and finds the error when a step is taken out.
template <class T>
class Channel {
    static_assert(std::is_trivially_copyable_v<T>, "a message is plain data");

public:
    /// The ring holds `capacity` messages (>= 1).
    explicit Channel(std::uint32_t capacity) : capacity_(capacity) { assert(capacity >= 1); }
    ~Channel() { delete open_.load(std::memory_order_relaxed); }
    /// Only while neither side uses it.
    Channel(Channel&& other) noexcept
        : open_(other.open_.exchange(nullptr, std::memory_order_relaxed)), capacity_(other.capacity_) {}
    Channel& operator=(Channel&&) = delete;

    /// Sender: into the ring if it fits and nothing waits before it, else into the overflow. True when this message
    /// began an overflow, which counts as work until flush() has returned true.
    bool send(const T& message);

    /// Sender: moves the overflow into the ring as far as it fits; true when nothing is left.
    bool flush();

    /// Sender: something waits for room.
    bool overflowing() const { return first_unsent() != nullptr; }

    /// Sender: the oldest message that waits for room, or null.
    const T* first_unsent() const {
        const Open* open = open_.load(std::memory_order_relaxed);
        return open != nullptr && open->waiting() > 0 ? &open->overflow[open->head] : nullptr;
    }

    /// Receiver: calls receive(const T&) for everything that is in the ring now, oldest first; returns how many that
    /// were. `receive` must not throw.
    template <class F>
    std::size_t drain(F&& receive);

    /// Receiver, after a drain that got something: the sender had an overflow and must be poked, so that it flushes.
    /// May be true in vain, never false in vain.
    bool sender_waits() const {
        const Open* open = open_.load(std::memory_order_acquire);
        return open != nullptr && open->waits.load(std::memory_order_relaxed);  // [drain.waits]
    }

    /// While neither side uses it: discards everything in ring and overflow; returns how many messages that were.
    std::size_t clear();

    std::uint32_t capacity() const { return capacity_; }

private:
    /// What a channel has once it is in use.
    struct Open {
        explicit Open(std::size_t capacity) : ring(capacity) {}
        std::size_t waiting() const { return overflow.size() - head; }

        std::vector<T> overflow;         // sender's: messages [head, size) wait
        std::size_t head = 0;            // sender's
        std::atomic<bool> waits{false};  // written by the sender: the overflow is not empty
        std::atomic<bool> sending{false}, receiving{false};
        boost::lockfree::spsc_queue<T> ring;
    };

    /// Catches two turns on the same side at once. Relaxed, so that it orders nothing and hides no race from the
    /// sanitizer.
    class Alone {
    public:
#ifdef NDEBUG
        explicit Alone(std::atomic<bool>&) {}
#else
        explicit Alone(std::atomic<bool>& busy) : busy_(busy) {
            const bool taken = busy_.exchange(true, std::memory_order_relaxed);
            assert(!taken);
            static_cast<void>(taken);
        }
        ~Alone() {
            busy_.store(false, std::memory_order_relaxed);
        }

    private:
        std::atomic<bool>& busy_;
#endif
    };

    Open& opened() {
        if (Open* open = open_.load(std::memory_order_relaxed)) return *open;
        Open* fresh = std::make_unique<Open>(capacity_).release();
        open_.store(fresh, std::memory_order_release);
        return *fresh;
    }

    static bool push_waiting(Open& open);

    std::atomic<Open*> open_{nullptr};  // made by the sender, seen by the receiver
    std::uint32_t capacity_;
};

template <class T>
bool Channel<T>::send(const T& message) {
    Open& open = opened();
    const Alone alone(open.sending);
    if (open.waiting() > 0) {  // [send.behind]
        open.overflow.push_back(message);
        return false;
    }
    if (open.ring.push(message)) return false;  // [send.push]
    open.overflow.push_back(message);
    open.waits.store(true, std::memory_order_relaxed);  // [send.flag]
    // The receiver may have drained between the push that failed and the flag, and then pokes nobody: try once more.
    // The fence pairs with the one in drain().
    std::atomic_thread_fence(std::memory_order_seq_cst);  // [send.fence]
    return !push_waiting(open);                           // [send.retry]
}

template <class T>
bool Channel<T>::flush() {
    Open* open = open_.load(std::memory_order_relaxed);
    if (open == nullptr) return true;
    const Alone alone(open->sending);
    return open->waiting() == 0 || push_waiting(*open);
}

template <class T>
bool Channel<T>::push_waiting(Open& open) {
    const T* first = open.overflow.data() + open.head;  // [push.look] the push reads the receiver's index once
    const T* last = open.overflow.data() + open.overflow.size();
    open.head += static_cast<std::size_t>(open.ring.push(first, last) - first);
    const bool done = open.waiting() == 0;
    // The part already sent is dropped when it is the larger one: constant cost a message, and bounded memory.
    if (done || open.head > open.overflow.size() / 2) {
        open.overflow.erase(open.overflow.begin(), open.overflow.begin() + static_cast<std::ptrdiff_t>(open.head));
        open.head = 0;
    }
    if (done) open.waits.store(false, std::memory_order_relaxed);  // [push.done]
    return done;
}

template <class T>
template <class F>
std::size_t Channel<T>::drain(F&& receive) {
    Open* open = open_.load(std::memory_order_acquire);
    if (open == nullptr) return 0;
    const Alone alone(open->receiving);
    // [drain.look] The sender's index is read once, and [drain.room] the receiver's written once, at the end.
    const std::size_t received = open->ring.consume_all(receive);
    // [drain.fence] Room first, then the sender's flag. Without new room nobody can have been kept waiting for it.
    if (received > 0) std::atomic_thread_fence(std::memory_order_seq_cst);
    return received;
}

template <class T>
std::size_t Channel<T>::clear() {
    Open* open = open_.load(std::memory_order_relaxed);
    if (open == nullptr) return 0;
    const std::size_t discarded = open->waiting() + open->ring.consume_all([](const T&) {});
    open->overflow.clear();
    open->head = 0;
    open->waits.store(false, std::memory_order_relaxed);
    return discarded;
}

}  // namespace settle
