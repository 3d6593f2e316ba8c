// The calendar of a mailbox: bits in flight, by the time when they arrive.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/time.hpp"
#include "models/timed_sum.hpp"

namespace settle {

/// A ring of days, each with a few places and a chain for those that find them taken; what is for a day beyond the ring
/// waits in one list more.
/// `Item` has a Time `at`, when it arrives.
template <class Item>
class Calendar {
public:
    static constexpr int days = Timetable::days;

    /// Without days: nothing can be added yet.
    Calendar() = default;
    /// Empty, with days of 2^shift ns.
    explicit Calendar(int shift) { reset(shift); }

    std::size_t size() const { return size_; }
    std::int64_t day(Time time) const { return time >> shift_; }
    /// Empties it; days have 2^shift ns from now on.
    void reset(int shift);

    /// `item.at` must lie after everything that has been taken.
    void add(const Item& item);
    /// Calls visit(item) for everything that arrives on a day up to and including `to`, in any order, and forgets it.
    /// Days must be taken in order; none may be left out.
    template <class Visit>
    void take(std::int64_t day, Time to, const Visit& visit);

private:
    static constexpr int places = 8;
    static constexpr std::int32_t nobody = -1;
    struct Link {
        Item item;
        std::int32_t next;
    };
    static std::size_t slot(std::int64_t day) { return static_cast<std::size_t>(day) % days; }
    void bring_near();
    void chain(std::size_t day, const Item& item);

    int shift_ = 0;
    std::int64_t today_ = 0;  ///< the ring holds the days [today_, today_ + days)
    std::size_t size_ = 0;
    std::vector<std::uint8_t> counts_;  ///< (days) items in the places of a day
    std::vector<std::int32_t> chains_;  ///< (days) the first link of a day's chain, or nobody
    std::vector<Item> items_;           ///< (days x places)
    std::vector<Link> links_;           ///< of all chains
    std::int32_t unused_ = nobody;      ///< the first of the links that are in no chain; they form one themselves
    std::vector<Item> far_;             ///< of days that were beyond the ring when they came
    std::int64_t first_far_day_ = 0;
};

template <class Item>
void Calendar<Item>::reset(int shift) {
    shift_ = shift;
    today_ = 0;
    size_ = 0;
    counts_.assign(days, 0);
    chains_.assign(days, nobody);
    items_.resize(days * places);
    links_.clear();
    unused_ = nobody;
    far_.clear();
}

template <class Item>
void Calendar<Item>::add(const Item& item) {
    const std::int64_t its_day = day(item.at);
    assert(its_day >= today_);
    ++size_;
    if (its_day >= today_ + days) {
        first_far_day_ = far_.empty() ? its_day : std::min(first_far_day_, its_day);
        return far_.push_back(item);
    }
    std::uint8_t& count = counts_[slot(its_day)];
    if (count < places) {
        items_[slot(its_day) * places + count++] = item;
    } else {
        chain(slot(its_day), item);
    }
}

template <class Item>
void Calendar<Item>::chain(std::size_t day, const Item& item) {
    std::int32_t link = unused_;
    if (link == nobody) {
        link = static_cast<std::int32_t>(links_.size());
        links_.emplace_back();
    } else {
        unused_ = links_[static_cast<std::size_t>(link)].next;
    }
    links_[static_cast<std::size_t>(link)] = {item, chains_[day]};
    chains_[day] = link;
}

template <class Item>
template <class Visit>
void Calendar<Item>::take(std::int64_t day_taken, Time to, const Visit& visit) {
    today_ = day_taken;
    // As late as can be: who runs far ahead fills this list, and it is searched once for a whole ring of days.
    if (!far_.empty() && first_far_day_ <= today_) bring_near();
    Item* items = items_.data() + slot(day_taken) * places;
    std::uint8_t& count = counts_[slot(day_taken)];
    std::uint8_t kept = 0;
    for (std::uint8_t i = 0; i < count; ++i) {
        if (items[i].at <= to) {
            visit(items[i]);
        } else {
            items[kept++] = items[i];
        }
    }
    size_ -= static_cast<std::size_t>(count - kept);
    count = kept;
    for (std::int32_t* at = &chains_[slot(day_taken)]; *at != nobody;) {
        Link& link = links_[static_cast<std::size_t>(*at)];
        if (link.item.at > to) {
            at = &link.next;
            continue;
        }
        visit(link.item);
        --size_;
        const std::int32_t next = link.next;
        link.next = std::exchange(unused_, *at);
        *at = next;
    }
}

/// Days that were further away come into the ring.
template <class Item>
void Calendar<Item>::bring_near() {
    std::size_t left = 0;
    first_far_day_ = std::numeric_limits<std::int64_t>::max();
    for (std::size_t i = 0; i < far_.size(); ++i) {
        const Item item = far_[i];
        if (day(item.at) >= today_ + days) {
            first_far_day_ = std::min(first_far_day_, day(item.at));
            far_[left++] = item;
            continue;
        }
        --size_;
        add(item);
    }
    far_.resize(left);
}

}  // namespace settle
