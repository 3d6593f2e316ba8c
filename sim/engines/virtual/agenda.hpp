// Pulses on their way to a slice, by the day when they arrive: what a calendar queue (Brown 1988; calendar.hpp) is
// where days have so many that a few places each would not do.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/time.hpp"

namespace settle {

/// When a pulse arrives, and in which row.
struct PulseArrival {
    Time at;
    std::int32_t row;
};

/// A ring of days, each with a chain of pages, all of them from one pool; what is for a day beyond the ring waits in
/// one list more. So a pulse is written and read where others of its day are.
class Agenda {
public:
    static constexpr int days = 256;
    /// Days have at most 2^30 units.
    static constexpr int longest_day = 30;

    /// Empties it; days have 2^shift units from now on.
    void reset(int shift) {
        assert(shift <= longest_day);
        shift_ = shift;
        today_ = 0;
        size_ = 0;
        days_.assign(days, Day());
        pages_.clear();
        unused_ = nobody;
        far_.clear();
    }
    std::size_t size() const { return size_; }

    /// A pulse arrives at `at`, after everything that has been taken.
    void add(Time at, std::int32_t row) {
        const std::int64_t day = at >> shift_;
        assert(day >= today_);
        ++size_;
        if (day >= today_ + days) return far_.push_back({at, row});
        put(day, at, row);
    }

    /// Moves all that arrives after `from`, which is where it was taken up to, up to and including `to`, to the end of
    /// `out`, in any order.
    void take(Time from, Time to, std::vector<PulseArrival>& out) {
        const std::int64_t last = to >> shift_;
        for (std::int64_t day = (from + 1) >> shift_; day <= last; ++day) {
            begin_day(day);
            take_day(day, day < last ? (std::int64_t{1} << shift_) - 1 : to - (day << shift_), out);
        }
    }

    /// Calls visit(row) for everything that is there, in any order.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (const Day& day : days_) {
            std::int32_t count = day.count;
            for (std::int32_t at = day.page; at != nobody; at = page(at).next, count = room) {
                for (std::int32_t i = 0; i < count; ++i) visit(page(at).entries[i].row);
            }
        }
        for (const PulseArrival& far : far_) visit(far.row);
    }

private:
    static constexpr std::int32_t nobody = -1;
    static constexpr std::int32_t room = 31;
    struct Entry {
        std::int32_t after;  ///< units after its day has begun
        std::int32_t row;
    };
    struct Page {
        Entry entries[room];
        std::int32_t next;  ///< of the same day, or of those that are unused
    };
    /// Its pages are full, but for the first.
    struct Day {
        std::int32_t page = nobody;
        std::int32_t count = room;  ///< entries of that page
    };
    const Page& page(std::int32_t number) const { return pages_[static_cast<std::size_t>(number)]; }
    Page& page(std::int32_t number) { return pages_[static_cast<std::size_t>(number)]; }
    static std::size_t slot(std::int64_t day) { return static_cast<std::size_t>(day) % days; }

    void put(std::int64_t number, Time at, std::int32_t row) {
        append(days_[slot(number)], {static_cast<std::int32_t>(at - (number << shift_)), row});
    }

    void append(Day& day, const Entry& entry) {
        if (day.count == room) day = {new_page(day.page), 0};
        page(day.page).entries[day.count++] = entry;
    }

    std::int32_t new_page(std::int32_t next) {
        std::int32_t number = unused_;
        if (number == nobody) {
            number = static_cast<std::int32_t>(pages_.size());
            pages_.emplace_back();
        } else {
            unused_ = page(number).next;
        }
        page(number).next = next;
        return number;
    }

    /// Entries that come later are put back.
    void take_day(std::int64_t number, std::int64_t last, std::vector<PulseArrival>& out) {
        const Time begin = number << shift_;
        const Day day = std::exchange(days_[slot(number)], Day());
        std::int32_t count = day.count;
        for (std::int32_t at = day.page; at != nobody; count = room) {
            // A copy: what is put back may take the page.
            const Page from = page(at);
            page(at).next = std::exchange(unused_, at);
            at = from.next;
            for (std::int32_t i = 0; i < count; ++i) {
                const Entry entry = from.entries[i];
                if (entry.after <= last) {
                    out.push_back({begin + entry.after, entry.row});
                    --size_;
                } else {
                    append(days_[slot(number)], entry);
                }
            }
        }
    }

    void begin_day(std::int64_t day) {
        today_ = day;
        if (far_.empty()) return;
        std::erase_if(far_, [&](const PulseArrival& far) {
            const std::int64_t its_day = far.at >> shift_;
            if (its_day >= today_ + days) return false;
            put(its_day, far.at, far.row);
            return true;
        });
    }

    int shift_ = 0;
    std::int64_t today_ = 0;  ///< the ring holds the days [today_, today_ + days)
    std::size_t size_ = 0;
    std::vector<Day> days_;
    std::vector<Page> pages_;
    std::int32_t unused_ = nobody;
    std::vector<PulseArrival> far_;
};

}  // namespace settle
