#include "sim/reports/plot.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include "core/error.hpp"
#include "sim/reports/plot_legend.hpp"
#include "sim/reports/plot_script.hpp"
#include "sim/reports/plot_style.hpp"
#include "sim/reports/text_size.hpp"

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

TEST_CASE("what a logarithmic axis cannot show does not spoil it, and is said") {
    CHECK(range_of(one_line({1, 2}, {0, -1}), false) == std::nullopt);
    CHECK(range_of(one_line({1, 2, 3}, {0, 0.1, 1}), false) == std::pair(0.1, 1.0));
    Plot plot = one_line({1, 2}, {1, 2});
    plot.series[0].left_out = 3;
    say_what_is_left_out(plot);
    CHECK(plot.caption == " 3 values of 0 or below cannot be shown on a logarithmic axis.");
}

TEST_CASE("a series without points has neither a block in the data nor a place in the script") {
    Plot plot = one_line({1, 2}, {1, 2});
    plot.series.insert(plot.series.begin(), 2, Series{});
    plot.series.back().colour = 2;
    plot.series[0].label = "nothing";
    const std::string script = gnuplot_script(plot), data = gnuplot_data(plot);
    CHECK(data == "# : x y\n1 1\n2 2\n\n\n");
    CHECK(script.find("index 0 using 1:2 with lines lw 2.2 dt 1 lc rgb '" + palette()[2]) != std::string::npos);
    CHECK(script.find("index 1") == std::string::npos);
    CHECK(script.find("nothing") == std::string::npos);
}

TEST_CASE("a line of which all is censored has its triangle in the legend, and no block in the data") {
    Plot plot = one_line({1, 2}, {1, 2});
    plot.series[0].label = "settles";
    Series never;
    never.label = "never settles";
    never.style = Series::Style::line_points;
    never.colour = 1;
    plot.series.push_back(never);
    never.label = "not measured";
    never.colour = 2;
    plot.series.push_back(never);
    plot.censored = {{1.5, 1, false}};
    const std::string script = gnuplot_script(plot), triangle = " point pt 8 ps 0.9 lc rgb '" + palette()[1] + "'";
    CHECK(script.find("'never settles'") != std::string::npos);
    CHECK(script.find("'not measured'") == std::string::npos);
    const auto at_edge = script.find(triangle), in_legend = script.find(triangle, at_edge + 1);
    REQUIRE(in_legend != std::string::npos);
    CHECK(script.rfind("at screen", in_legend) > script.rfind('\n', in_legend));
    CHECK(script.find("index 1") == std::string::npos);
    CHECK(gnuplot_data(plot).find("never") == std::string::npos);
}

TEST_CASE("intervals at equal values stand side by side, where they are the data have it") {
    Plot plot = one_line({1, 2}, {1, 2});
    plot.x.logarithmic = plot.y.logarithmic = false;
    plot.series[0].error_bars = true;
    plot.series[0].low = plot.series[0].high = {1, 2};
    CHECK(gnuplot_script(plot).find("($1") == std::string::npos);
    plot.series.push_back(plot.series[0]);
    const std::string script = gnuplot_script(plot);
    CHECK(script.find("index 0 using ($1+-0.007098):3:(0):($4-$3) with vectors") != std::string::npos);
    CHECK(script.find("index 1 using ($1+0.007098):3:(0):($4-$3) with vectors") != std::string::npos);
    CHECK(gnuplot_data(plot) == "# : x y low high\n1 1 1 1\n2 2 2 2\n\n\n# : x y low high\n1 1 1 1\n2 2 2 2\n\n\n");
    plot.series[1].x = {1.5, 1.7};
    CHECK(gnuplot_script(plot).find("($1") == std::string::npos);
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

TEST_CASE("a legend is as wide as the picture at most, and takes no height from the plot") {
    const PlotStyle style;
    for (const std::size_t length : {1, 6, 12, 21, 22, 40, 41, 90, 200}) {
        Plot plot = one_line({1, 2}, {1, 2});
        plot.series[0].label = std::string(length, 'w');
        while (plot.series.size() < 10) plot.series.push_back(plot.series[0]);
        CAPTURE(length);
        const Legend legend = legend_of(plot, style);
        CHECK(legend.entries.size() == 10);
        CHECK(legend.left >= 0);
        CHECK(legend.left + legend.columns * legend.column_width <= style.width + 1.2 * style.font_size);
        for (const LegendEntry& entry : legend.entries) {
            for (const std::string& line : entry.lines) {
                CHECK(text_width(line) * style.font_size <= legend.column_width - 3.4 * style.font_size);
            }
        }
        if (length > 1) CHECK(legend.columns < 4);
        const std::string script = gnuplot_script(plot, style), size = "size 500,";
        const double height = std::stod(script.substr(script.find(size) + size.size()));
        CHECK(height >= plot.height + legend.height - 1);
    }
}

TEST_CASE("lines that are too many for a legend are counted where it would be") {
    const PlotStyle style;
    Plot plot = one_line({1, 2}, {1, 2});
    plot.series[0].label = "a";
    while (plot.series.size() < 24) plot.series.push_back(plot.series[0]);
    CHECK(legend_of(plot, style).entries.size() == 24);
    CHECK(unnamed_lines(plot) == 0);
    plot.series.push_back(plot.series[0]);
    CHECK(unnamed_lines(plot) == 25);
    const Legend legend = legend_of(plot, style);
    CHECK(legend.entries.size() == 1);
    const std::string script = gnuplot_script(plot, style);
    CHECK(script.find("'25 lines; what each is stands in p.dat'") != std::string::npos);
    CHECK(script.find("set arrow") == std::string::npos);
    plot.legend = false;
    CHECK(legend_of(plot, style).entries.empty());
}

TEST_CASE("a plot of which all is censored has axes and triangles, and plots nothing") {
    Plot plot = one_line({}, {});
    plot.x.logarithmic = plot.y.logarithmic = false;
    plot.censored = {{1, 0, false}, {2, 0, false}};
    const std::string script = gnuplot_script(plot);
    CHECK(script.find("\nplot NaN notitle\n") != std::string::npos);
    CHECK(script.find("set label '' at first 2, graph 0.98 point pt 8") != std::string::npos);
    CHECK(gnuplot_data(plot) == "# no value at 1, 2\n");
}

TEST_CASE("styles of papers are read, and what is none is refused") {
    const PlotStyle style = plot_style("pdf,svg", "Times New Roman,9", "8.5cm");
    CHECK(style.formats == std::vector{PlotFormat::pdf, PlotFormat::svg});
    CHECK(style.font == "Times New Roman");
    CHECK(style.font_size == doctest::Approx(12));
    CHECK(style.width == doctest::Approx(321.26).epsilon(1e-4));
    CHECK(plot_style({}, {}, {}).looks_like(PlotStyle{}));
    CHECK(plot_style({}, {}, "500px").looks_like(PlotStyle{}));
    CHECK(plot_style({}, {}, "3 in").width == 288);
    CHECK(plot_style({}, {}, "4cm").font_size == doctest::Approx(7 / 0.75));
    for (const char* bad : {"", "x", ",9", "Times,", "Times,3", "Times,73", "Times,9,9", "Times,nan", "a`b`", "a'"}) {
        CAPTURE(bad);
        if (std::string(bad) != "x") CHECK_THROWS_AS(plot_style({}, bad, {}), Error);
        CHECK_THROWS_AS(plot_style({}, {}, bad), Error);
        CHECK_THROWS_AS(plot_style(bad, {}, {}), Error);
    }
    for (const char* bad : {"8", "cm", "8.5 km", "1cm", "101cm", "-8cm", "1e400cm", "infin", "8,5cm"}) {
        CAPTURE(bad);
        CHECK_THROWS_AS(plot_style({}, {}, bad), Error);
    }
}
