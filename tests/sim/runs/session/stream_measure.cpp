#include "sim/runs/session/stream_measure.hpp"

#include <doctest/doctest.h>

using namespace settle;

namespace {

/// One stream: an input for 2 periods, then changes of 5 and of 8. The answer to the first comes right, goes wrong and
/// is right from period 4 on; that to the second is never right.
struct ByHand {
    InputCourse course{{7, 3, 9}, {0, 2, 7, 15}};
    std::vector<std::int32_t> labels = {0, 1, 2};
    std::vector<StreamTrace::Seen> seen;

    ByHand() {
        for (int k = 0; k < 2; ++k) seen.push_back({1000, 999, 5});
        for (const int answer : {0, 1, 0, 1, 1}) seen.push_back({0, 0, answer});
        for (int k = 0; k < 8; ++k) seen.push_back({0, 0, 1});
        for (std::size_t k = 2; k < 7; ++k) seen[k].distance = 7.0 - static_cast<double>(k);
        for (std::size_t k = 7; k < 15; ++k) seen[k].distance = 15.0 - static_cast<double>(k);
        for (std::size_t k = 2; k < 15; ++k) seen[k].bits = 2 * static_cast<std::uint32_t>(seen[k].distance);
    }

    StreamFigures figures(int every = 1, bool spiking = true) const {
        StreamMeasure measure(2, spiking);
        CHECK(measure.error() == 0);
        measure.add(4, course, labels, seen);
        CHECK(measure.error() == 0.5);
        return measure.conclude(every);
    }
};

}  // namespace

TEST_CASE("Figures of a stream by hand: every change by itself, and the mean over them") {
    const StreamFigures figures = ByHand().figures();
    REQUIRE(figures.by_change.size() == 2);
    const InputChange first{4, 1, 3, 1, 5, 4, 1, 3, 5, 1};
    CHECK(figures.by_change[0] == first);
    const InputChange second{4, 2, 9, 2, 8, std::nullopt, 1.5, 4.5, 7.5, 1.5};
    CHECK(figures.by_change[1] == second);
    CHECK(figures.changes == 2);
    CHECK(figures.correct_after_median == 6);  // of 4, and 8 for never
    CHECK(figures.correct_after_p90 == 8);
    CHECK(figures.never_correct == 0.5);
    CHECK(figures.stream_error == 0.5);
    CHECK(figures.static_distance == 1.25);
    CHECK(figures.tracking_distance == 3.75);
    CHECK(figures.bits_moving == 6.25);
    CHECK(figures.bits_still == 1.25);
}

TEST_CASE("Recovery from an event in a stream: until the next one, or until the input that is there goes") {
    const ByHand one;
    StreamMeasure measure(2, true,
                          {{"first", 0, 2}, {"second", 2, 4}, {"third", 4, 13}, {"fourth", 13, 40}, {"late", 20, 40}});
    measure.add(0, one.course, one.labels, one.seen);
    const auto recoveries = measure.conclude(1).recoveries;
    REQUIRE(recoveries.size() == 4);  // the stream has ended before the last
    CHECK(recoveries[0] == RecoveryFigures{"first", std::nullopt, std::nullopt, 1});
    CHECK(recoveries[1] == RecoveryFigures{"second", 2, 2, 0});
    CHECK(recoveries[2] == RecoveryFigures{"third", 2, 2, 0});  // to period 7, where the next input comes
    CHECK(recoveries[3] == RecoveryFigures{"fourth", std::nullopt, std::nullopt, 1});
}

TEST_CASE("A period since the change is averaged over the changes whose dwell reaches it") {
    const StreamFigures figures = ByHand().figures();
    REQUIRE(figures.samples.size() == 8);
    CHECK(figures.samples[0] == TrackingSample{1, 2, 6.5, 1, 6.5});
    CHECK(figures.samples[3] == TrackingSample{4, 2, 3.5, 0.5, 3.5});
    CHECK(figures.samples[5] == TrackingSample{6, 1, 3, 1, 3});
    const StreamFigures every_third = ByHand().figures(3);
    REQUIRE(every_third.samples.size() == 3);
    CHECK(every_third.samples[1] == figures.samples[5]);
    CHECK(every_third.samples[2] == figures.samples.back());
    // The last period is there, however seldom samples are wanted.
    const StreamFigures every_fourth = ByHand().figures(4), seldom = ByHand().figures(1000);
    REQUIRE(every_fourth.samples.size() == 2);
    CHECK(every_fourth.samples[1] == figures.samples.back());
    REQUIRE(seldom.samples.size() == 1);
    CHECK(seldom.samples[0] == figures.samples.back());
}

TEST_CASE("A continuous network sends no bits, and streams without a change are refused") {
    const StreamFigures figures = ByHand().figures(1, false);
    CHECK(!figures.bits_moving);
    CHECK(!figures.by_change[0].bits_still);
    CHECK(!figures.samples[0].bits);
    CHECK_THROWS(StreamMeasure(2, true).conclude(1));
    ByHand wrong;
    wrong.seen.pop_back();
    CHECK_THROWS(wrong.figures());
}

TEST_CASE("Nine of ten changes: the nearest rank, whatever their number") {
    for (const int changes : {1, 9, 10, 11, 19, 20, 21}) {
        InputCourse course{{0}, {0, 1}};
        std::vector<std::int32_t> labels = {0};
        std::vector<StreamTrace::Seen> seen(1);
        for (int change = 1; change <= changes; ++change) {  // change number n is right from period n on
            course.samples.push_back(change);
            course.begins.push_back(course.begins.back() + 30);
            labels.push_back(1);
            for (int k = 1; k <= 30; ++k) seen.push_back({0, 0, static_cast<std::uint16_t>(k >= change ? 1 : 0)});
        }
        StreamMeasure measure(1, true);
        measure.add(0, course, labels, seen);
        const StreamFigures figures = measure.conclude(1);
        CAPTURE(changes);
        CHECK(10 * figures.correct_after_p90 >= 9 * changes);
        CHECK(10 * (figures.correct_after_p90 - 1) < 9 * changes);
        CHECK(figures.correct_after_median == (changes + 1) / 2.0);
        CHECK(figures.never_correct == 0);
    }
}
