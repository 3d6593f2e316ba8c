#include "sim/reports/plot.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace settle;

namespace {

Plot one_line(std::vector<double> x, std::vector<double> y) {
    Plot plot;
    plot.name = "p";
    plot.x.logarithmic = plot.y.logarithmic = true;
    Series series;
    series.x = std::move(x);
    series.y = std::move(y);
    plot.series.push_back(std::move(series));
    return plot;
}

}  // namespace

TEST_CASE("logarithmic axes end at 1, 2 or 5 times a power of ten") {
    const Plot plot = one_line({1, 10, 500}, {0.3, 0.03, 0.0021});
    CHECK(range_of(plot, true) == std::pair(1.0, 500.0));  // time as it is
    CHECK(range_of(plot, false)->first == doctest::Approx(0.002));
    CHECK(range_of(plot, false)->second == doctest::Approx(0.5));
    CHECK(range_of(one_line({1, 2}, {0.01, 0.01}), false)->second == doctest::Approx(0.1));
}

TEST_CASE("what a logarithmic axis cannot show does not spoil it") {
    CHECK(range_of(one_line({1, 2}, {0, -1}), false) == std::nullopt);
    CHECK(range_of(one_line({1, 2, 3}, {0, 0.1, 1}), false)->first == doctest::Approx(0.1));
}

TEST_CASE("texts of a plot run no command of gnuplot") {
    Plot plot = one_line({1, 2}, {1, 2});
    plot.title = "first\nsystem('touch pwned')";
    plot.x.label = "it's `touch pwned` and\nmore";
    plot.series[0].label = "a' ; system('touch pwned') ; '";
    const std::string script = gnuplot_script(plot), data = gnuplot_data(plot);
    CHECK(script.find("'it''s `touch pwned` and\\nmore'") != std::string::npos);
    CHECK(script.find("'a'' ; system(''touch pwned'') ; '''") != std::string::npos);
    CHECK(script.find("\nsystem") == std::string::npos);
    CHECK(data == "# a' ; system('touch pwned') ; ': x y\n1 1\n2 2\n\n\n");
}

TEST_CASE("two dozen lines differ in colour or dash, and the two halves of the palette in print") {
    CHECK(palette().size() == 8);
    std::set<std::string> looks;
    for (int colour = 0; colour < 24; ++colour) {
        Plot plot = one_line({1, 2}, {1, 2});
        plot.series[0].colour = colour;
        const std::string script = gnuplot_script(plot), line = "lw 2.2 dt ";
        looks.insert(script.substr(script.find(line) + line.size(), std::string("1 lc rgb '#0072b2'").size()));
    }
    CHECK(looks.size() == 24);
    CHECK(looks.contains("1 lc rgb '" + palette()[0] + "'"));
    CHECK(looks.contains("2 lc rgb '" + palette()[5] + "'"));
}

TEST_CASE("a legend has the columns that gnuplot makes of it, and takes no height from the plot") {
    const auto script_of = [](std::size_t texts, std::size_t length) {
        Plot plot = one_line({1, 2}, {1, 2});
        plot.series[0].label = std::string(length, 'x');
        while (plot.series.size() < texts) plot.series.push_back(plot.series[0]);
        return gnuplot_script(plot);
    };
    for (const auto& [length, columns] : {std::pair{6, 4}, {12, 3}, {21, 2}, {22, 1}}) {
        const std::string script = script_of(10, static_cast<std::size_t>(length));
        const int rows = (10 + columns - 1) / columns;
        CAPTURE(rows);
        CHECK(script.find("maxcols " + std::to_string(columns) + "\n") != std::string::npos);
        CHECK(script.find("size 500," + std::to_string(345 + 26 * rows) + " ") != std::string::npos);
    }
}
