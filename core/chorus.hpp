// What many say to many: each message is said once, all of them are put into one list once, and every listener reads
// that list at its own pace.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/broadcast.hpp"
#include "core/promises.hpp"
#include "core/time.hpp"
#include "core/waiters.hpp"

namespace settle {

/// Voices, each of a speaker who promises; listeners that hear all of them. "Speakers" and "listeners" are actors: one
/// turn at a time, on whatever thread. Nobody blocks, and nobody spins.
///
/// A voice says into a log of its own. What has been promised by all is gathered, on demand: moved from these logs into
/// the common one, up to a time. Whoever raises the least promise, or begins to wait, and finds that somebody waits for
/// what has been promised, asks for it; who asks while nobody else gathers does so itself, also for those who ask
/// meanwhile. Words in brackets, in the code, name steps of the model tests/core/protocol/promises.pml.
///
/// T: plain data with a member `Time sent`.
template <class T>
class Chorus {
public:
    static constexpr std::uint32_t log_at_first = 4;

    /// `speakers` (voices): whose promise covers each. `listeners`: numbers that they are woken by; everywhere else one
    /// is its place in this list. `ring`: messages that the common log has room for at first; that of a voice, which
    /// has few on their way, has no more than log_at_first.
    Chorus(const Promises& promises, std::vector<int> speakers, std::vector<int> listeners, std::uint32_t ring)
        : promises_(promises), voices_(speakers.size()), all_(ring), waiters_(std::move(listeners)) {
        logs_.reserve(speakers.size());
        for (std::size_t i = 0; i < speakers.size(); ++i) {
            voices_[i].speaker = speakers[i];
            logs_.emplace_back(std::min(ring, log_at_first));
        }
        heard_ = AlignedVector<std::atomic<Time>>(waiters_.count());
        // Who never listens holds up nobody.
        for (auto& heard : heard_) heard.store(Promises::never, std::memory_order_relaxed);
    }

    /// While nobody runs, and all have heard everything: time begins anew. It is gathered up to `stride` beyond what is
    /// asked for.
    void restart(Duration stride);
    /// The same, for a listener, whose `next` counts what it has heard.
    void restart_listener(int listener, std::uint32_t& next) {
        heard_[static_cast<std::size_t>(listener)].store(-1, std::memory_order_relaxed);
        next = all_.said();
    }

    /// Speaker: `message.sent` is not before that of the same voice's message before.
    void say(int voice, const T& message) {
        logs_[static_cast<std::size_t>(voice)].say(message, [this] { return gathered(); });
    }
    /// Who has raised the least promise: gathers if somebody waits for it; calls wake(number) for all who have waited
    /// for what is gathered then.
    template <class Wake>
    void promised(const Wake& wake) {
        if (waiters_.latest(promises_.least(), -1) > gathered()) gather(wake);
    }

    /// Any thread: everything that was sent up to this time can be heard.
    Time gathered() const { return gathered_.load(std::memory_order_seq_cst); }

    /// Listener: calls hear(const T&) for everything that has been gathered and is new, in any order of time. Returns
    /// up to when it has heard everything.
    template <class Hear>
    Time listen(int listener, std::uint32_t& next, const Hear& hear) {
        const Time until = gathered();
        all_.listen(next, until, Promises::never, hear);
        heard_[static_cast<std::size_t>(listener)].store(until, std::memory_order_release);
        return until;
    }
    /// Listener: wants to be woken once everything up to `until` is gathered. False: it is already, and nobody may come
    /// to wake it.
    template <class Wake>
    bool wait(int listener, Time until, const Wake& wake) {
        waiters_.wait(listener, until);
        if (promises_.least() >= until && gathered() < until) gather(wake);  // [wait.again]
        return gathered() < until;
    }
    /// Listener: has no need to be woken, though it still may be.
    void wait_no_more(int listener) { waiters_.wait_no_more(listener); }

private:
    /// For whoever gathers.
    struct Voice {
        Time silent_until = -1;  ///< nothing new was sent at or before this time
        std::uint32_t next = 0;  ///< of its log
        int speaker = 0;
    };

    template <class Wake>
    void gather(const Wake& wake);
    void move_up_to(Time until);
    Time all_heard() const {
        Time least = Promises::never;
        for (const auto& heard : heard_) least = std::min(least, heard.load(std::memory_order_acquire));
        return least;
    }

    const Promises& promises_;
    std::vector<Voice> voices_;
    std::vector<Broadcast<T>> logs_;          ///< (voices)
    Broadcast<T> all_;                        ///< gathered: what was sent up to some time before what was sent later
    AlignedVector<std::atomic<Time>> heard_;  ///< (listeners) up to when each has heard everything
    Waiters waiters_;                         ///< listeners
    Duration stride_ = 0;
    alignas(64) std::atomic<Time> gathered_{-1};
    std::atomic<std::uint32_t> asked_{0};  ///< since somebody began to gather; 0: nobody does
};

template <class T>
void Chorus<T>::restart(Duration stride) {
    stride_ = stride;
    for (std::size_t i = 0; i < voices_.size(); ++i) {
        voices_[i].next = logs_[i].said();
        voices_[i].silent_until = -1;
        logs_[i].clear();
    }
    all_.clear();
    gathered_.store(-1, std::memory_order_relaxed);
}

template <class T>
template <class Wake>
void Chorus<T>::gather(const Wake& wake) {
    // [gather.ask] Whoever is at it goes on until nobody has asked since it looked.
    if (asked_.fetch_add(1, std::memory_order_seq_cst) != 0) return;
    std::uint32_t asked = asked_.load(std::memory_order_seq_cst);
    do {
        const Time promised = promises_.least();
        const Time wanted = waiters_.latest(promised, -1);
        if (wanted <= gathered()) continue;
        const Time until = wanted < promised - stride_ ? wanted + stride_ : promised;
        move_up_to(until);
        gathered_.store(until, std::memory_order_seq_cst);  // [gather.publish]
        waiters_.wake(until, wake);
    } while (!asked_.compare_exchange_strong(asked, 0, std::memory_order_seq_cst));  // [gather.end]
}

template <class T>
void Chorus<T>::move_up_to(Time until) {
    for (std::size_t i = 0; i < voices_.size(); ++i) {
        Voice& voice = voices_[i];
        if (voice.silent_until >= until) continue;
        // [gather.promise] The promise first, the log after: what a promise covers is in the log by then.
        const Time promised = promises_.of(voice.speaker);
        const Time next = logs_[i].listen(voice.next, until, Promises::never, [this](const T& message) {
            all_.say(message, [this] { return all_heard(); });
        });
        voice.silent_until = next == Promises::never ? promised : next - 1;
    }
}

}  // namespace settle
