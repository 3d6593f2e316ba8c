// Marks of plots: their texts do not run into each other, and events are where they happen.
#include "sim/reports/mark_texts.hpp"

#include <doctest/doctest.h>

#include <string>

#include "sim/reports/event_marks.hpp"
#include "sim/reports/plot_script.hpp"
#include "sim/reports/text_size.hpp"

using namespace settle;

namespace {

Plot marked(std::vector<PlotMark> marks) {
    Plot plot;
    plot.name = "p";
    Series series;
    series.x = {0, 800};
    series.y = {0, 1};
    plot.series.push_back(std::move(series));
    plot.marks = std::move(marks);
    return plot;
}

std::vector<MarkText> texts_of(const Plot& plot) {
    return mark_texts(plot, {}, marks_of(plot, true));
}

}  // namespace

TEST_CASE("texts of marks take the lowest row where they do not run into the one before") {
    const auto texts = texts_of(marked({{600, "bits get lost"}, {250, "a"}, {400, "b"}, {640, "neurons die"}}));
    REQUIRE(texts.size() == 4);
    CHECK(texts[0].words == "a");
    CHECK(texts[1].words == "b");
    CHECK(texts[2].row == 0);
    CHECK(texts[3].row == 1);
    CHECK(rows_of(texts) == 2);
    CHECK(rows_of({}) == 0);
    // At one time: one above the other.
    const auto twice = texts_of(marked({{400, "one"}, {400, "other"}}));
    CHECK(twice[0].row != twice[1].row);
}

TEST_CASE("texts at the edges stay inside, long ones are cut, and marks off the axis are left out") {
    const auto texts =
        texts_of(marked({{0, "begins at once"}, {799, "just before the end"}, {900, "never"}, {-1, "x"}}));
    REQUIRE(texts.size() == 2);
    CHECK(texts[0].side == MarkText::Side::left);
    CHECK(texts[1].side == MarkText::Side::right);
    const auto cut = texts_of(marked({{400, std::string(300, 'm')}}));
    REQUIRE(cut.size() == 1);
    const PlotStyle style;
    CHECK(text_width(cut[0].words) * style.font_size < 0.8 * style.width);
    CHECK(cut[0].words.size() > 8);
    Plot logarithmic = marked({{0, "at 0"}, {10, "at 10"}});
    logarithmic.x.logarithmic = true;
    logarithmic.series[0].x = {1, 800};
    CHECK(texts_of(logarithmic).size() == 1);
}

TEST_CASE("a row says how many marks have no room for their names") {
    std::vector<PlotMark> marks;
    for (int i = 0; i < 8; ++i) marks.push_back({400, "event " + std::to_string(i)});
    const auto texts = texts_of(marked(marks));
    REQUIRE(texts.size() == 6);
    CHECK(texts.back().words == "and 3 more");
    CHECK(rows_of(texts) == 6);
    marks.resize(5);
    CHECK(texts_of(marked(marks)).back().words == "event 4");
}

TEST_CASE("rows of marks make the picture higher, so that the plot is not") {
    const auto height_of = [](const std::vector<PlotMark>& marks) {
        const std::string script = gnuplot_script(marked(marks));
        const std::size_t at = script.find("size 500,") + 9;
        return std::stoi(script.substr(at));
    };
    CHECK(height_of({{400, "one"}}) == height_of({}));
    CHECK(height_of({{400, "one"}, {400, "two"}, {400, "three"}}) == height_of({}) + 45);
}

TEST_CASE("events within presentations are marked at their periods, those between minibatches at their epochs") {
    Scenario scenario;
    for (const auto& [name, at] : std::vector<std::pair<std::string, EventTime>>{
             {"within", AtPeriod{25}}, {"half", AtEpoch{0.5}}, {"counted", AtPresentation{450}}}) {
        Event event;
        event.name = name;
        event.at = at;
        event.action = MarkAction{};
        scenario.events.push_back(event);
    }
    scenario.events[0].in_test = false;
    RunFiles run;
    run.scenario = scenario;
    const std::vector<const RunFiles*> twice = {&run, &run};
    const auto within = marks_within(twice, &Event::in_training, 100);
    REQUIRE(within.size() == 1);
    CHECK(within[0].x == 25);
    CHECK(within[0].text == "within");
    CHECK(marks_within(twice, &Event::in_training, 25).empty());
    CHECK(marks_within(twice, &Event::in_test, 100).empty());
    CHECK(marks_of_training(twice).size() == 1);  // nobody says how many presentations an epoch has
    run.scenario->data.train = 300;
    const auto between = marks_of_training(twice);
    REQUIRE(between.size() == 2);
    CHECK(between[0].x == 0.5);
    CHECK(between[1].x == 1.5);
}
