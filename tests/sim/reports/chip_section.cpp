// What a report says of a chip, from the tables that a run leaves.
#include "sim/reports/chip_section.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace settle;

namespace {

const std::string head =
    "kind,tile,core,direction,packets,busy,queue_mean,queue_max,wait_mean,wait_p99,drops,blocked,energy,factor\n";

ChipSettings square() {
    ChipSettings chip;
    chip.columns = chip.rows = 2;
    return chip;
}

}  // namespace

TEST_CASE("a report names the bottleneck of a chip") {
    // A decoder is busier, but three quarters of the waiting are before a link.
    const auto section =
        chip_section(square(),
                     head + "encoder,0,0,,10,0.05,0.1,1,2,3,0,0,,1\n" + "decoder,3,3,,10,0.97,0.1,1,8,9,0,0,,1\n" +
                         "link,1,,S,30,0.94,2,9,10,40,0,0,,1\n",
                     "from,below,bits\n100,101,5\n200,202,15\n");
    REQUIRE(section);
    CHECK(section->words == "link (1,0)→S is 94 % busy and makes 75 % of the waiting.");
    REQUIRE(section->busiest.rows.size() == 3);
    CHECK(section->busiest.rows[0][0] == "decoder of core 3");
    // Without joules there is a map of work and a histogram.
    REQUIRE(section->plots.size() == 2);
    const HeatMap& map = *section->plots[0].map;
    REQUIRE(map.values.size() == 9);
    // Rows from below: tiles 2 and 3, links between rows, tiles 0 and 1.
    CHECK(map.rows == std::vector<std::string>{"1", "", "0"});
    CHECK(*map.values[2] == doctest::Approx(97));
    CHECK(*map.values[3 + 2] == doctest::Approx(94));
    CHECK(*map.values[6] == doctest::Approx(5));
    CHECK(!map.values[4]);
    const Series& bins = section->plots[1].series[0];
    CHECK(*std::max_element(bins.y.begin(), bins.y.end()) == doctest::Approx(75));
    double sum = 0;
    for (const double share : bins.y) sum += share;
    CHECK(sum == doctest::Approx(100));
}

TEST_CASE("where nobody waits, or nobody sends, a report says so") {
    const auto section =
        chip_section(square(), head + "decoder,0,0,,10,0.2,0.1,1,0,0,0,0,0.000001,1\n" + "core,0,0,,,,,,,,,,0.5,\n",
                     "from,below,bits\n");
    REQUIRE(section);
    CHECK(section->words == "decoder of core 0 is 20 % busy, more than any other server, and nobody waits.");
    // Joules of a tile: its servers and its cores. No latency, no histogram.
    REQUIRE(section->plots.size() == 2);
    CHECK(*section->plots[1].map->values[6] == doctest::Approx(500001));
    CHECK(chip_section(square(), head + "decoder,0,0,,0,0,0,0,0,0,0,0,,1\n", "")->words ==
          "No packet has entered the chip.");
    // Of another mesh, or none.
    CHECK(!chip_section(square(), head + "decoder,9,9,,0,0,0,0,0,0,0,0,,1\n", ""));
    CHECK(!chip_section(square(), "", ""));
}
