// The events to come of a fabric: every one comes once, and none before a sooner one.
#include "sim/engines/virtual/soonest.hpp"

#include <doctest/doctest.h>

#include <cstdint>
#include <map>

#include "core/draw.hpp"

namespace settle {

namespace {

struct Coming {
    std::int64_t at = 0;
    int number = 0;
};

}  // namespace

TEST_CASE("of the events to come the soonest is taken first, be they few or many") {
    const Stream draws(7, Purpose::random_inputs);
    std::uint64_t drawn = 0;
    Soonest<Coming> events;
    std::map<int, std::int64_t> there;
    std::int64_t now = 0;
    int added = 0;
    // Crowds grow and dwindle; what is added is near or far, now and then at the same time as others.
    for (int round = 0; round < 20000; ++round) {
        const bool grows = round % 1000 < 480;
        if (draws.below(drawn++, 100) < (grows ? 70u : 30u)) {
            const std::uint64_t span = draws.below(drawn++, 4) == 0 ? 1000 : 20;
            const Coming event{now + static_cast<std::int64_t>(draws.below(drawn++, span)), added++};
            events.add(event);
            there[event.number] = event.at;
        } else if (!events.empty()) {
            const std::int64_t first = events.first().at;
            const Coming event = events.take();
            REQUIRE(event.at == first);
            REQUIRE(event.at >= now);
            REQUIRE(there.at(event.number) == event.at);
            there.erase(event.number);
            for (const auto& [number, at] : there) REQUIRE(at >= event.at);
            now = event.at;
        }
        REQUIRE(events.empty() == there.empty());
    }
    std::size_t seen = 0;
    events.for_each([&](const Coming& event) { seen += there.count(event.number); });
    CHECK(seen == there.size());
    const Soonest<Coming> copy = events;
    events.clear();
    CHECK(events.empty());
    CHECK(copy.empty() == there.empty());
}

}  // namespace settle
