// The calendar of a mailbox: bits in flight, by the time when they arrive.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "models/timed_sum.hpp"
#include "sim/engines/message.hpp"

namespace settle {

/// A ring of days, each a list of messages in any order. Beyond the
/// ring, messages wait in one more list until their day comes into it.
class Calendar {
public:
    static constexpr int days = Timetable::days;

    /// Days of 2^shift ns.
    explicit Calendar(int shift = 0) : shift_(shift) { first_.fill(none); }

    /// At the beginning of a presentation.
    void clear();
    std::size_t size() const { return size_; }
    std::int64_t day(Time time) const { return time >> shift_; }

    /// `message.at` must lie after everything that has been taken.
    void add(const Message& message);
    /// Calls visit(message) for every message of a day that arrives up to and including `to`, in any order, and forgets
    /// them. Days must be taken in order; none may be left out.
    template <class Visit>
    void take(std::int64_t day, Time to, const Visit& visit);

private:
    static constexpr std::int32_t none = -1;
    struct Entry {
        Message message;
        std::int32_t next;
    };

    static std::size_t slot(std::int64_t day) { return static_cast<std::size_t>(day) % days; }
    void link(const Message& message);
    void bring_near(std::int64_t day);

    int shift_;
    std::int64_t today_ = 0;  ///< the ring holds the days [today_, today_ + days)
    std::size_t size_ = 0;
    std::array<std::int32_t, days> first_;
    std::vector<Entry> entries_;
    std::int32_t unused_ = none;  ///< list of entries that can be used again
    std::vector<Message> far_;
};

template <class Visit>
void Calendar::take(std::int64_t day, Time to, const Visit& visit) {
    if (day > today_) bring_near(day);
    std::int32_t* link = &first_[slot(day)];
    while (*link != none) {
        Entry& entry = entries_[static_cast<std::size_t>(*link)];
        if (entry.message.at > to) {
            link = &entry.next;
            continue;
        }
        visit(entry.message);
        const std::int32_t taken = *link;
        *link = entry.next;
        entry.next = unused_;
        unused_ = taken;
        --size_;
    }
}

}  // namespace settle
