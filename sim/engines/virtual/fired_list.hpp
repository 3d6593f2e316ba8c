// What fires in a slice during one window, panel by panel: bits that need nothing but a time and a place are sent all
// at once, when the window ends.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/time.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

class FiredList {
public:
    /// Lanes first + i of those in the set, which is not empty, have fired, at these times (16).
    void add(const Time* times, LaneSet set, std::int32_t first) {
        // Four at a time, there or not: how many fire cannot be guessed, and seldom are they more.
        constexpr int together = 4;
        constexpr LaneSet last = LaneSet{1} << (panel_width - 1);
        if (times_.size() < size_ + panel_width + together) make_room();
        Time* at = times_.data() + size_;
        std::int32_t* lanes = lanes_.data() + size_;
        std::size_t count = 0;
        do {
            for (int i = 0; i < together; ++i) {
                const int lane = std::countr_zero(set | last);
                at[count] = times[lane];
                lanes[count] = first + lane;
                count += set != 0;
                set &= set - 1;
            }
        } while (set != 0);
        size_ += count;
    }
    void clear() { size_ = 0; }

    std::size_t size() const { return size_; }
    /// (size)
    const Time* times() const { return times_.data(); }
    const std::int32_t* lanes() const { return lanes_.data(); }

private:
    void make_room() {
        times_.resize(2 * times_.size() + 64);
        lanes_.resize(times_.size());
    }

    std::size_t size_ = 0;
    std::vector<Time> times_;
    std::vector<std::int32_t> lanes_;
};

}  // namespace settle
