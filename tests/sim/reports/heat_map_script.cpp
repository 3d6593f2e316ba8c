#include "sim/reports/heat_map_script.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "sim/reports/plot_script.hpp"
#include "sim/reports/text_size.hpp"

using namespace settle;

namespace {

MapNames names_of(int count) {
    MapNames names;
    for (int i = 0; i < count; ++i) names.emplace_back(fmt::format("{:.2f}", 0.1 + 0.01 * i), i);
    return names;
}

Plot map_of(int columns, int rows, bool numbered) {
    Plot plot{"map", "", "", {"x"}, {"y"}};
    plot.x.names = names_of(columns);
    plot.y.names = names_of(rows);
    plot.x.low = plot.y.low = -0.5;
    plot.x.high = columns - 0.5;
    plot.y.high = rows - 0.5;
    HeatMap map;
    for (const auto& [name, value] : plot.x.names) map.columns.push_back(name);
    for (const auto& [name, value] : plot.y.names) map.rows.push_back(name);
    map.values.assign(static_cast<std::size_t>(columns * rows), 1.5);
    map.numbered = numbered;
    plot.map = std::move(map);
    return plot;
}

}  // namespace

TEST_CASE("names along a map do not touch, and no more of them go than that needs") {
    for (const int count : {2, 12, 20, 30, 72}) {
        for (const double cell : {0.3, 0.5, 1.0, 2.0, 3.0}) {
            for (const bool level : {true, false}) {
                CAPTURE(count);
                CAPTURE(cell);
                CAPTURE(level);
                MapNames names = names_of(count);
                thin_names(names, cell, level);
                REQUIRE(names.size() >= 2);
                CHECK(names[0].second == 0);
                const double every = names[1].second, needed = level ? text_width("0.10") + 0.6 : 1.3;
                for (std::size_t i = 0; i < names.size(); ++i) CHECK(names[i].second == static_cast<double>(i) * every);
                CHECK((every * cell >= needed || names.size() == 2));
                CHECK((every - 1) * cell < needed);
            }
        }
    }
}

TEST_CASE("the names of a numbered map's columns stand upright where they would touch, and those of others do not") {
    CHECK_FALSE(stand_upright(*map_of(4, 2, true).map, names_of(4), 5));
    CHECK(stand_upright(*map_of(12, 2, true).map, names_of(12), 2));
    CHECK_FALSE(stand_upright(*map_of(12, 2, true).map, names_of(12), 1));
    CHECK_FALSE(stand_upright(*map_of(30, 2, false).map, names_of(30), 2));
    const std::string few = gnuplot_script(map_of(12, 2, true)), many = gnuplot_script(map_of(30, 2, false));
    CHECK(few.find("set xtics rotate by 90 right scale 0 ('0.10' 0, '0.11' 1, '0.12' 2,") != std::string::npos);
    CHECK(few.find("set xlabel 'x'") == std::string::npos);
    CHECK(few.find("set label 'x' at graph 0.5, screen") != std::string::npos);
    CHECK(many.find("set xtics offset 0, character 0.4 scale 0 ('0.10' 0, '0.15' 5, '0.20' 10,") != std::string::npos);
    CHECK(many.find("set xlabel 'x'") != std::string::npos);
}
