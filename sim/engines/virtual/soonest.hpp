// Events to come, of which the soonest is wanted: what is near stands in order, and a heap has the rest.
#pragma once

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <vector>

namespace settle {

/// Event: has `at`, when it happens; of those that happen at the same time any may come first. In a fabric that has
/// little to do there are two or three, and a heap costs several times as much as to keep those in order.
template <class Event>
class Soonest {
public:
    bool empty() const { return near_count_ == 0; }
    const Event& first() const {
        assert(!empty());
        return near_[near_count_ - 1];
    }

    void clear() {
        near_count_ = 0;
        far_.clear();
    }

    void add(const Event& event) {
        if (!far_.empty() && event.at >= far_.front().at) return add_far(event);
        if (near_count_ == places) {
            if (event.at >= near_[0].at) return add_far(event);
            add_far(near_[0]);
            std::copy(near_.begin() + 1, near_.end(), near_.begin());
            --near_count_;
        }
        std::size_t place = near_count_++;
        for (; place > 0 && near_[place - 1].at < event.at; --place) near_[place] = near_[place - 1];
        near_[place] = event;
    }

    Event take() {
        assert(!empty());
        const Event event = near_[--near_count_];
        if (near_count_ == 0 && !far_.empty()) bring_near();
        return event;
    }

    /// Calls visit(event) for all, in any order.
    template <class Visit>
    void for_each(const Visit& visit) const {
        for (std::size_t i = 0; i < near_count_; ++i) visit(near_[i]);
        for (const Event& event : far_) visit(event);
    }

private:
    static constexpr std::size_t places = 16;
    static bool later(const Event& a, const Event& b) { return a.at > b.at; }

    void add_far(const Event& event) {
        far_.push_back(event);
        std::push_heap(far_.begin(), far_.end(), later);
    }

    void bring_near() {
        std::pop_heap(far_.begin(), far_.end(), later);
        near_[0] = far_.back();
        near_count_ = 1;
        far_.pop_back();
    }

    std::array<Event, places> near_{};  ///< the last of those that are there is the soonest
    std::size_t near_count_ = 0;        ///< 0: there are none at all
    std::vector<Event> far_;            ///< a heap; none of them comes before any that is near
};

}  // namespace settle
