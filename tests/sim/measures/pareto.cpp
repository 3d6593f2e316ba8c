// The Pareto front of points.
#include "sim/measures/pareto.hpp"

#include <doctest/doctest.h>

using namespace settle;

TEST_CASE("on the front is what no other of its group is as good as in everything, and better in something") {
    using Front = std::vector<bool>;
    CHECK(pareto_front({{"", {1, 3}}, {"", {2, 2}}, {"", {3, 1}}, {"", {3, 3}}}) == Front{true, true, true, false});
    // As good in one and better in another is enough; equals do not beat each other.
    CHECK(pareto_front({{"", {1, 3}}, {"", {1, 2}}}) == Front{false, true});
    CHECK(pareto_front({{"", {1, 2}}, {"", {1, 2}}}) == Front{true, true});
    // A third value can save a point; another group cannot beat it.
    CHECK(pareto_front({{"", {1, 1, 5}}, {"", {2, 2, 4}}}) == Front{true, true});
    CHECK(pareto_front({{"a", {1, 1}}, {"b", {2, 2}}}) == Front{true, true});
    // What has no value is neither on the front nor in the way of another.
    CHECK(pareto_front({{"", {std::nullopt, 0}}, {"", {2, 2}}}) == Front{false, true});
    CHECK(pareto_front({}).empty());
}
