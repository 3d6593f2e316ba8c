#include "sim/scenario/duration.hpp"

#include <doctest/doctest.h>

using namespace settle;

TEST_CASE("durations are numbers with a unit") {
    CHECK(parse_duration("1 ms") == 1'000'000);
    CHECK(parse_duration("250us") == 250'000);
    CHECK(parse_duration("2 ns") == 2);
    CHECK(parse_duration("0.5 s") == 500'000'000);
    CHECK(parse_duration("1.5min") == 90'000'000'000);
    CHECK(parse_duration("-3 ns") == -3);
    CHECK(parse_duration("9223372036854775807 ns") == 9'223'372'036'854'775'807);
    for (const char* text : {"", "ms", "1", "1 m", "1 hour", "1 ms 2", "ms 1", "1e400 s", "nan s", "inf ns", "0x1 ms",
                             "1,5 s", "9223372036854775807 s", "9223372036854775808 ns"}) {
        CAPTURE(text);
        CHECK(!parse_duration(text));
    }
}

TEST_CASE("a duration is written so that it reads back the same") {
    CHECK(duration_text(600'000'000'000) == "10 min");
    CHECK(duration_text(1'000'001) == "1000001 ns");
    CHECK(duration_text(0) == "0 ns");
    for (const Duration duration :
         {Duration{0}, Duration{1}, Duration{999}, Duration{90'000'000'000}, Duration{9'007'199'254'740'993},
          Duration{9'223'372'036'854'775'807}, Duration{-5}}) {
        CHECK(parse_duration(duration_text(duration)) == duration);
    }
}
