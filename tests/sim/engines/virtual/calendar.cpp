#include "sim/engines/virtual/calendar.hpp"

#include <doctest/doctest.h>

#include <map>
#include <random>
#include <vector>

using namespace settle;

TEST_CASE("a calendar gives everything once, on its day and not before its time, however full and far the days are") {
    std::mt19937 random(8);
    for (int trial = 0; trial < 60; ++trial) {
        const int shift = static_cast<int>(random() % 6);
        const Time day_length = Time{1} << shift, ring = Calendar<int>::days * day_length;
        Calendar<int> calendar(shift), copy;
        std::multimap<Time, int> expected;
        Time now = -1;
        int number = 0;
        for (int window = 0; window < 60; ++window) {
            std::vector<std::pair<Time, int>> added;
            for (auto more = random() % 80; more > 0; --more) {
                // Near, all on one day, anywhere in the ring, or beyond it.
                const Time reach[] = {4, day_length, ring, 3 * ring};
                const Time at = now + 1 + static_cast<Time>(random() % static_cast<std::uint64_t>(reach[random() % 4]));
                added.emplace_back(at, number++);
            }
            expected.insert(added.begin(), added.end());
            // One by one, or all at once.
            if (random() % 2) {
                for (const auto& [at, item] : added) calendar.add(at, item);
            } else {
                calendar.add_all(added.size(), [&](std::size_t i) { return added[i]; });
            }
            REQUIRE(calendar.size() == expected.size());
            const Time to = now + 1 + static_cast<Time>(random() % static_cast<std::uint64_t>(random() % 3 ? 9 : ring));
            std::multimap<Time, int> taken;
            for (std::int64_t day = calendar.day(now + 1); day <= calendar.day(to); ++day) {
                // A day that is over can be taken as a whole.
                if (day < calendar.day(to) && random() % 2) {
                    std::vector<std::pair<Time, int>> out(calendar.size() + Calendar<int>::places);
                    const std::size_t count = calendar.take_whole(day, out.data(), [&](std::int32_t after, int item) {
                        return std::pair((day << shift) + after, item);
                    });
                    taken.insert(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(count));
                    continue;
                }
                calendar.take(day, to, [&](Time at, int item) {
                    REQUIRE(calendar.day(at) == day);
                    taken.emplace(at, item);
                });
            }
            const auto end = expected.upper_bound(to);
            std::vector<std::pair<Time, int>> a(taken.begin(), taken.end()), b(expected.begin(), end);
            std::sort(a.begin(), a.end());
            std::sort(b.begin(), b.end());
            REQUIRE(a == b);
            expected.erase(expected.begin(), end);
            REQUIRE(calendar.size() == expected.size());
            now = to;
            // A fork goes on with a copy.
            if (window % 7 == 0) {
                copy = calendar;
                calendar = copy;
            }
        }
        calendar.reset(shift);
        CHECK(calendar.size() == 0);
        calendar.take(0, 100 * ring, [](Time, int) { FAIL("nothing is left"); });
    }
}
