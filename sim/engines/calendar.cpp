#include "sim/engines/calendar.hpp"

#include <cassert>

namespace settle {

void Calendar::clear() {
    today_ = 0;
    size_ = 0;
    first_.fill(none);
    entries_.clear();
    unused_ = none;
    far_.clear();
}

void Calendar::add(const Message& message) {
    assert(day(message.at) >= today_);
    ++size_;
    if (day(message.at) >= today_ + days) {
        far_.push_back(message);
    } else {
        link(message);
    }
}

void Calendar::link(const Message& message) {
    std::int32_t& first = first_[slot(day(message.at))];
    if (unused_ == none) {
        entries_.push_back({message, first});
        first = static_cast<std::int32_t>(entries_.size()) - 1;
        return;
    }
    const std::int32_t at = unused_;
    Entry& entry = entries_[static_cast<std::size_t>(at)];
    unused_ = entry.next;
    entry = {message, first};
    first = at;
}

/// It is `day` now: days further away come into the ring.
void Calendar::bring_near(std::int64_t day_now) {
    today_ = day_now;
    if (far_.empty()) return;
    auto kept = far_.begin();
    for (const Message& message : far_) {
        if (day(message.at) < today_ + days) {
            link(message);
        } else {
            *kept++ = message;
        }
    }
    far_.erase(kept, far_.end());
}

}  // namespace settle
