// What one actor says to many: a log that it alone writes and all of them read, each at its own pace. What is said to
// five hundred listeners is said once.
#pragma once

#include <atomic>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace settle {

/// A ring of messages: what is sent up to a time that is promised stands before what is sent later. "Speaker" and
/// "listener" are actors, or whoever takes their place: one turn at a time, on whatever thread. Saying never blocks,
/// never spins and never drops: where the slowest listener has not yet heard half of a full ring, the speaker goes on
/// in one of twice the size. So memory is twice what is on its way, and bounded if something else keeps speakers from
/// running away.
///
/// Protocol. Listeners are told by promises (core/promises.hpp), not by this log: a message is in the log before its
/// time is promised. Each listener publishes up to what time it has heard everybody, after it has done so; the speaker
/// looks at that, before it writes over what is older. A ring that was too small stays until clear(), for listeners
/// that are still in it. Words in brackets, in the code, name steps of the model tests/core/protocol/broadcast.pml.
///
/// T: plain data with a member `Time sent`.
template <class T>
class Broadcast {
    static_assert(std::is_trivially_copyable_v<T>, "a message is plain data");

public:
    /// The first ring holds `capacity` messages (>= 1), rounded up to a power of two; the first message makes it.
    explicit Broadcast(std::uint32_t capacity) : capacity_(std::bit_ceil(capacity)) { assert(capacity >= 1); }
    /// Only while nobody uses it.
    Broadcast(Broadcast&& other) noexcept
        : ring_(other.ring_.exchange(nullptr, std::memory_order_relaxed)),
          said_(other.said_.load(std::memory_order_relaxed)),
          first_(other.first_),
          capacity_(other.capacity_),
          rings_(std::move(other.rings_)) {}
    Broadcast& operator=(Broadcast&&) = delete;

    /// Speaker: `message.sent` is not before any time that has been promised. all_heard() is asked when the ring is
    /// full: all listeners have heard everything that was sent at or before this time.
    template <class AllHeard>
    void say(const T& message, const AllHeard& all_heard);

    /// Listener, whose `next` counts what it has heard: calls hear(const T&) for everything that was sent up to `until`
    /// and is new to it, oldest first. Returns when the next message was sent, or `nothing` where there is none yet.
    /// `until` has been promised: what is sent up to it is in the log.
    template <class Hear>
    Time listen(std::uint32_t& next, Time until, Time nothing, const Hear& hear) const;

    /// While nobody uses it: all have heard everything.
    void clear() {
        first_ = said_.load(std::memory_order_relaxed);
        if (rings_.size() > 1) rings_.erase(rings_.begin(), rings_.end() - 1);
    }
    /// While nobody says anything: messages so far, modulo 2^32; where a listener's `next` is when it has heard all.
    std::uint32_t said() const { return said_.load(std::memory_order_relaxed); }
    /// Of the ring at hand; 0: there is none yet. For the speaker.
    std::uint32_t capacity() const { return rings_.empty() ? 0 : rings_.back()->mask + 1; }

private:
    struct Ring {
        explicit Ring(std::uint32_t size) : mask(size - 1), messages(std::make_unique<T[]>(size)) {}
        T& at(std::uint32_t count) const { return messages[count & mask]; }

        std::uint32_t mask;
        std::unique_ptr<T[]> messages;
    };

    template <class AllHeard>
    void make_room(const AllHeard& all_heard);
    void grow(std::uint32_t size);

    std::atomic<const Ring*> ring_{nullptr};  // the speaker's; read by listeners
    std::atomic<std::uint32_t> said_{0};      // the same
    std::uint32_t first_ = 0;                 // speaker's: the oldest message that somebody may not have heard
    std::uint32_t capacity_;
    std::vector<std::unique_ptr<Ring>> rings_;  // speaker's: the one at hand is the last
};

template <class T>
template <class AllHeard>
void Broadcast<T>::say(const T& message, const AllHeard& all_heard) {
    const std::uint32_t said = said_.load(std::memory_order_relaxed);
    if (said - first_ == capacity()) make_room(all_heard);
    rings_.back()->at(said) = message;
    said_.store(said + 1, std::memory_order_release);  // [say.count]
}

template <class T>
template <class AllHeard>
void Broadcast<T>::make_room(const AllHeard& all_heard) {
    if (rings_.empty()) return grow(capacity_);
    const std::uint32_t said = said_.load(std::memory_order_relaxed), size = capacity();
    const Time heard = all_heard();  // [say.look]
    while (first_ != said && rings_.back()->at(first_).sent <= heard) ++first_;
    // Half of it at least, so that there is a look at all listeners for many messages, not for each.
    if (said - first_ > size / 2) grow(2 * size);
}

template <class T>
void Broadcast<T>::grow(std::uint32_t size) {
    auto ring = std::make_unique<Ring>(size);
    const std::uint32_t said = said_.load(std::memory_order_relaxed);
    for (std::uint32_t count = first_; count != said; ++count) ring->at(count) = rings_.back()->at(count);
    rings_.push_back(std::move(ring));
    // [say.grow] Listeners that know of a later message know of this ring, too.
    ring_.store(rings_.back().get(), std::memory_order_release);
}

template <class T>
template <class Hear>
Time Broadcast<T>::listen(std::uint32_t& next, Time until, Time nothing, const Hear& hear) const {
    const std::uint32_t said = said_.load(std::memory_order_acquire);  // [listen.count]
    if (next == said) return nothing;
    // [listen.ring] After the count: a ring that was there before the last message of the count, or a later one.
    const Ring& ring = *ring_.load(std::memory_order_acquire);
    for (; next != said; ++next) {
        const T& message = ring.at(next);
        if (message.sent > until) return message.sent;
        hear(message);
    }
    return nothing;
}

}  // namespace settle
