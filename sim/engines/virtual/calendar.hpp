// The calendar queue of a mailbox (Brown 1988): bits in flight, by the time when they arrive.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/aligned.hpp"
#include "core/time.hpp"
#include "models/kernels/timed_sum.hpp"

namespace settle {

/// A ring of days, each with a few places and a chain for those that find them taken; what is for a day beyond the ring
/// waits in one list more.
template <class Item>
class Calendar {
public:
    static constexpr int days = Timetable::days;
    /// Days have at most 2^22 units.
    static constexpr int longest_day = 22;
    /// Of a day.
    static constexpr int places = 8;

    /// Without days: nothing can be added yet.
    Calendar() = default;
    /// Empty, with days of 2^shift units.
    explicit Calendar(int shift) { reset(shift); }

    std::size_t size() const { return size_; }
    std::int64_t day(Time time) const { return time >> shift_; }
    /// Empties it; days have 2^shift units from now on.
    void reset(int shift);

    /// Item{fields…} arrives at `at`, after everything that has been taken.
    template <class... Fields>
    void add(Time at, Fields... fields);
    /// The same for `count` of them: for i = 0, 1, … next(i) is one, {at, item}.
    template <class Next>
    void add_all(std::size_t count, const Next& next);
    /// Calls visit(at, item) for everything that arrives on a day up to and including `to`, in any order, and forgets
    /// it. Days must be taken in order; none may be left out.
    template <class Visit>
    void take(std::int64_t day, Time to, const Visit& visit);
    /// The same for a whole day: out[i] = convert(units after the day has begun, item). Returns how many there were.
    /// `out` has room for size() + places: behind them it is overwritten.
    template <class Out, class Convert>
    std::size_t take_whole(std::int64_t day, Out* out, const Convert& convert);

    /// Calls visit(item) for everything that is there, in any order.
    template <class Visit>
    void for_each(const Visit& visit) const;

private:
    static constexpr std::int32_t nobody = -1;
    struct Entry {
        std::int32_t after;  ///< units after its day has begun
        Item item;
    };
    struct Link {
        Entry entry;
        std::int32_t next;
    };
    struct Far {
        Time at;
        Item item;
    };
    static std::size_t slot(std::int64_t day) { return static_cast<std::size_t>(day) % days; }
    template <class... Fields>
    void put(std::int64_t day, std::int32_t after, Fields... fields);
    void chain(std::size_t day, const Entry& entry);
    void begin_day(std::int64_t day);
    void bring_near();
    template <class Visit>
    void take_chain(std::size_t day, std::int32_t to, const Visit& visit);

    int shift_ = 0;
    std::int64_t today_ = 0;  ///< the ring holds the days [today_, today_ + days)
    std::size_t size_ = 0;
    std::vector<std::uint8_t> counts_;  ///< (days) items in the places of a day
    std::vector<std::int32_t> chains_;  ///< (days) the first link of a day's chain, or nobody
    AlignedVector<Entry> entries_;      ///< (days x places)
    std::vector<Link> links_;           ///< of all chains
    std::int32_t unused_ = nobody;      ///< the first of the links that are in no chain; they form one themselves
    std::vector<Far> far_;              ///< of days that were beyond the ring when they came
    std::int64_t first_far_day_ = 0;
};

template <class Item>
void Calendar<Item>::reset(int shift) {
    assert(shift <= longest_day);
    shift_ = shift;
    today_ = 0;
    size_ = 0;
    counts_.assign(days, 0);
    chains_.assign(days, nobody);
    entries_.resize(days * places);
    links_.clear();
    unused_ = nobody;
    far_.clear();
}

template <class Item>
template <class... Fields>
inline void Calendar<Item>::add(Time at, Fields... fields) {
    const std::int64_t its_day = day(at);
    assert(its_day >= today_);
    ++size_;
    if (its_day < today_ + days) return put(its_day, static_cast<std::int32_t>(at - (its_day << shift_)), fields...);
    first_far_day_ = far_.empty() ? its_day : std::min(first_far_day_, its_day);
    far_.push_back({at, Item{fields...}});
}

template <class Item>
template <class Next>
void Calendar<Item>::add_all(std::size_t count, const Next& next) {
    // Copies: what is written below is no reason to load them again.
    std::uint8_t* const counts = counts_.data();
    Entry* const entries = entries_.data();
    const int shift = shift_;
    const std::int64_t today = today_;
    std::size_t placed = 0;
    for (std::size_t i = 0; i < count; ++i) {
        const auto [at, item] = next(i);
        const std::int64_t its_day = at >> shift;
        assert(its_day >= today);
        std::uint8_t& taken = counts[slot(its_day)];
        if (its_day >= today + days || taken == places) {
            add(at, item);
            continue;
        }
        Entry& entry = entries[slot(its_day) * places + taken];
        entry.after = static_cast<std::int32_t>(at - (its_day << shift));
        entry.item = item;
        ++taken;
        ++placed;
    }
    size_ += placed;
}

template <class Item>
template <class... Fields>
inline void Calendar<Item>::put(std::int64_t day, std::int32_t after, Fields... fields) {
    std::uint8_t& count = counts_[slot(day)];
    if (count == places) return chain(slot(day), {after, Item{fields...}});
    // In its place: an item that is put together elsewhere waits for itself on its way through memory.
    Entry& entry = entries_[slot(day) * places + count];
    entry.after = after;
    entry.item = Item{fields...};
    ++count;
}

template <class Item>
void Calendar<Item>::chain(std::size_t day, const Entry& entry) {
    std::int32_t link = unused_;
    if (link == nobody) {
        link = static_cast<std::int32_t>(links_.size());
        links_.emplace_back();
    } else {
        unused_ = links_[static_cast<std::size_t>(link)].next;
    }
    links_[static_cast<std::size_t>(link)] = {entry, chains_[day]};
    chains_[day] = link;
}

template <class Item>
void Calendar<Item>::begin_day(std::int64_t day) {
    today_ = day;
    // As late as can be: who runs far ahead fills this list, and it is searched once for a whole ring of days.
    if (!far_.empty() && first_far_day_ <= today_) bring_near();
}

template <class Item>
template <class Visit>
void Calendar<Item>::take(std::int64_t day, Time to, const Visit& visit) {
    begin_day(day);
    const Time begin = day << shift_;
    const auto last = static_cast<std::int32_t>(std::min(to - begin, Time{1} << shift_));
    Entry* entries = entries_.data() + slot(day) * places;
    std::uint8_t& count = counts_[slot(day)];
    std::uint8_t kept = 0;
    for (std::uint8_t i = 0; i < count; ++i) {
        if (entries[i].after <= last) {
            visit(begin + entries[i].after, entries[i].item);
        } else {
            entries[kept++] = entries[i];
        }
    }
    size_ -= static_cast<std::size_t>(count - kept);
    count = kept;
    take_chain(slot(day), last, [&](const Entry& entry) { visit(begin + entry.after, entry.item); });
}

template <class Item>
template <class Out, class Convert>
std::size_t Calendar<Item>::take_whole(std::int64_t day, Out* out, const Convert& convert) {
    begin_day(day);
    const Entry* entries = entries_.data() + slot(day) * places;
    // All places, taken or not: a loop of fixed length costs less than to find out, every time, when to stop.
    for (int i = 0; i < places; ++i) out[i] = convert(entries[i].after, entries[i].item);
    std::size_t count = std::exchange(counts_[slot(day)], std::uint8_t{0});
    size_ -= count;
    take_chain(slot(day), std::numeric_limits<std::int32_t>::max(),
               [&](const Entry& entry) { out[count++] = convert(entry.after, entry.item); });
    return count;
}

template <class Item>
template <class Visit>
void Calendar<Item>::take_chain(std::size_t day, std::int32_t to, const Visit& visit) {
    for (std::int32_t* at = &chains_[day]; *at != nobody;) {
        Link& link = links_[static_cast<std::size_t>(*at)];
        if (link.entry.after > to) {
            at = &link.next;
            continue;
        }
        visit(link.entry);
        --size_;
        const std::int32_t next = link.next;
        link.next = std::exchange(unused_, *at);
        *at = next;
    }
}

template <class Item>
template <class Visit>
void Calendar<Item>::for_each(const Visit& visit) const {
    for (std::size_t slot = 0; slot < counts_.size(); ++slot) {
        for (std::size_t i = 0; i < counts_[slot]; ++i) visit(entries_[slot * places + i].item);
        for (std::int32_t at = chains_[slot]; at != nobody; at = links_[static_cast<std::size_t>(at)].next)
            visit(links_[static_cast<std::size_t>(at)].entry.item);
    }
    for (const Far& far : far_) visit(far.item);
}

/// Days that were further away come into the ring.
template <class Item>
void Calendar<Item>::bring_near() {
    std::size_t left = 0;
    first_far_day_ = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < far_.size(); ++i) {
        const Far far = far_[i];
        const std::int64_t its_day = day(far.at);
        if (its_day >= today_ + days) {
            first_far_day_ = std::min(first_far_day_, its_day);
            far_[left++] = far;
            continue;
        }
        put(its_day, static_cast<std::int32_t>(far.at - (its_day << shift_)), far.item);
    }
    far_.resize(left);
}

}  // namespace settle
