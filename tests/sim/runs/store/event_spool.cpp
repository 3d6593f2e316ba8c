// Events that do not fit in memory leave a spool sorted, as those that do.
#include "sim/runs/store/event_spool.hpp"

#include <doctest/doctest.h>

#include "core/draw.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

using Spikes = std::vector<std::tuple<int, int, std::int64_t, int>>;

Spikes leaving(EventSpool<SpikeRow>& spool) {
    Spikes seen;
    spool.visit([&](std::span<const Spooled<SpikeRow>> some) {
        for (const Spooled<SpikeRow>& one : some)
            seen.emplace_back(one.presentation, one.branch, one.row.time, one.row.neuron);
    });
    return seen;
}

}  // namespace

TEST_CASE(
    "a spool sorts what it is given, in memory or through its file, and keeps the first where no more are wanted") {
    const TemporaryFolder folder;
    const Stream draws(3, Purpose::random_inputs);
    for (const std::int64_t memory : {std::int64_t{1}, std::int64_t{2400}, EventSpool<SpikeRow>::usual_memory}) {
        CAPTURE(memory);
        EventSpool<SpikeRow> spool(folder.path(), memory), few(folder.path(), memory);
        for (int round = 0; round < 2; ++round) {
            Spikes expected;
            const std::uint64_t all = 5000;
            for (std::uint64_t i = 0; i < all; ++i) {
                const auto draw = [&](std::uint64_t n, std::uint64_t below) {
                    return draws.below(4 * i + n + 40'000 * static_cast<std::uint64_t>(round), below);
                };
                const Spooled<SpikeRow> item{
                    static_cast<std::int32_t>(draw(0, 3)),
                    static_cast<std::uint8_t>(draw(1, 2)),
                    {static_cast<std::int64_t>(draw(2, 1000)), static_cast<std::int32_t>(draw(3, 100'000))}};
                expected.emplace_back(item.presentation, item.branch, item.row.time, item.row.neuron);
                spool.add(item);
                few.add(item);
                if (i % 100 == 0) few.keep_first(300);
            }
            std::sort(expected.begin(), expected.end());
            CHECK(spool.added() == static_cast<std::int64_t>(all));
            CHECK(leaving(spool) == expected);
            const Spikes first = leaving(few);
            CHECK(few.added() == static_cast<std::int64_t>(all));
            REQUIRE(first.size() >= 300);
            if (memory < 10'000) CHECK(first.size() < 2000);
            CHECK(std::equal(expected.begin(), expected.begin() + 300, first.begin()));
            spool.clear();
            few.clear();
            CHECK(spool.added() == 0);
        }
    }
    // Nothing is left of it, nor would be if the process were killed.
    CHECK(std::filesystem::is_empty(folder.path()));
}
