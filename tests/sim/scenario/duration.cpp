#include "sim/scenario/duration.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace settle;

namespace {

constexpr TimeUnit nanosecond{-9};

/// "UNIT: COUNT" of a period.
std::string period_of(const std::string& text) {
    const auto period = parse_period(text);
    return period ? unit_text(period->unit) + ": " + std::to_string(period->count.units) : "none";
}

}  // namespace

TEST_CASE("durations are numbers with a unit, counted exactly") {
    const auto count = [](const std::string& text) { return count_units(text, nanosecond).value().units; };
    CHECK(count("1 ms") == 1'000'000);
    CHECK(count("250us") == 250'000);
    CHECK(count("2000 ps") == 2);
    CHECK(count("0.5 s") == 500'000'000);
    CHECK(count("1.5min") == 90'000'000'000);
    CHECK(count("1.5e-3 ms") == 1500);
    CHECK(count("-3 ns") == -3);
    // Beyond what a double tells apart.
    CHECK(count("9007199.254740993 s") == 9'007'199'254'740'993);
    CHECK(count("9223372036854775807 ns") == 9'223'372'036'854'775'807);
    for (const char* text : {"", "ms", "1", "1 m", "1 hour", "1 ms 2", "ms 1", "1e4000 s", "nan s", "inf ns", "0x1 ms",
                             "1,5 s", "- s", ". s", "1e s", "1e+-3 s", "+1 s", "--1 s", "1.2.3 s"}) {
        CAPTURE(text);
        CHECK(!count_units(text, nanosecond));
        CHECK(!parse_period(text));
        CHECK(!parse_wall_duration(text));
    }
}

TEST_CASE("what is no whole number of units is rounded, halves away from 0, and says so") {
    const auto check = [](const std::string& text, Duration units, double exact, bool whole) {
        CAPTURE(text);
        const UnitCount count = count_units(text, nanosecond).value();
        CHECK(count.units == units);
        CHECK(count.exact == exact);
        CHECK(count.whole == whole);
    };
    check("1.5 ns", 2, 1.5, false);
    check("-1.5 ns", -2, -1.5, false);
    check("1.4999999999999999999999 ns", 1, 1.5, false);
    check("400 ps", 0, 0.4, false);
    check("0.000001 ms", 1, 1, true);
    check("1e-400 s", 0, 0, false);
    check("1.000000000000000000000000000001 ns", 1, 1, false);
}

TEST_CASE("a number of periods is the decimal that was written") {
    CHECK(count_units(0.3, 1'000'000).units == 300'000);
    CHECK(count_units(0.3, 1'000'000).whole);
    // 0.1234565 x 10^6 as doubles lies below the half.
    CHECK(count_units(0.1234565, 1'000'000).units == 123'457);
    CHECK(!count_units(0.1234565, 1'000'000).whole);
    CHECK(count_units(1e-7, 1'000'000).exact == 0.1);
    CHECK(count_units(-2.0, 1'000'000).units == -2'000'000);
    // A whole number of units, written as the nearest number of periods, is that number of units.
    for (const Duration period : {1'000, 1'234'567, 3'000'000, 9'999'999}) {
        for (const Duration units : {1, 2, 3, 1'000, 7'777'777}) {
            const UnitCount count = count_units(static_cast<double>(units) / static_cast<double>(period), period);
            CHECK(count.units == units);
            CHECK(count.whole);
        }
    }
}

TEST_CASE("the unit of time follows the period: 10^6 to 10^7 of them, or picoseconds") {
    CHECK(period_of("1 ms") == "1 ns: 1000000");
    CHECK(period_of("9.999999 ms") == "1 ns: 9999999");
    CHECK(period_of("10 ms") == "10 ns: 1000000");
    CHECK(period_of("500 us") == "100 ps: 5000000");
    CHECK(period_of("1 us") == "1 ps: 1000000");
    CHECK(period_of("999 ns") == "1 ps: 999000");
    CHECK(period_of("10 ns") == "1 ps: 10000");
    CHECK(period_of("1 ns") == "1 ps: 1000");
    CHECK(period_of("20 s") == "10 us: 2000000");
    CHECK(period_of("1 min") == "10 us: 6000000");
    CHECK(period_of("1e12 s") == "1000000 s: 1000000");
    // Rounded, it would have 10^7.
    CHECK(period_of("999.99999 us") == "1 ns: 1000000");
    CHECK(period_of("0.9999999 ms") == "100 ps: 9999999");
    for (const char* text : {"0.5 ns", "0 s", "-1 ms", "1e13 s"}) {
        const double seconds = parse_period(text).value().seconds;
        CHECK((seconds < 1e-9 || seconds > Period::longest));
    }
}

TEST_CASE("a duration is written so that it reads back the same, in any unit") {
    CHECK(duration_text(600'000'000'000, nanosecond) == "10 min");
    CHECK(duration_text(1'000'001, nanosecond) == "1000001 ns");
    CHECK(duration_text(300'001, TimeUnit{-5}) == "3000010 us");
    CHECK(duration_text(0, nanosecond) == "0 ps");
    CHECK(wall_duration_text(WallDuration(0)) == "0 ns");
    CHECK(wall_duration_text(std::chrono::milliseconds(-5)) == "-5 ms");
    for (const Duration duration :
         {Duration{0}, Duration{1}, Duration{999}, Duration{90'000'000'000}, Duration{9'007'199'254'740'993},
          std::numeric_limits<Duration>::max(), Duration{-5}}) {
        CHECK(parse_wall_duration(wall_duration_text(WallDuration(duration))) == WallDuration(duration));
        for (int exponent = -12; exponent <= 6; ++exponent) {
            const UnitCount count = count_units(duration_text(duration, {exponent}), {exponent}).value();
            CHECK(count.units == duration);
            CHECK(count.whole);
        }
    }
    CHECK(!parse_wall_duration("9223372036854775808 ns"));
    CHECK(!parse_wall_duration("5 ps"));
}
