#include "models/network/wiring.hpp"

#include <doctest/doctest.h>

using namespace settle;

TEST_CASE("a chain: each population hears its neighbours, and nobody sends to the input") {
    const Wiring wiring = chain({7, 5, 3, 2});
    CHECK(wiring.populations() == 4);
    CHECK(wiring.input() == 0);
    CHECK(wiring.output() == 3);
    CHECK(wiring.unclamped() == std::vector{1, 2, 3});
    CHECK(wiring.neurons() == 17);
    CHECK(wiring.states() == 10);
    CHECK(wiring.first_neuron(2) == 12);
    CHECK(wiring.first_state(2) == 5);
    CHECK(wiring.population(2).name == "2");
    CHECK(wiring.weight_shape(1) == std::vector<std::int64_t>{5, 3});
    CHECK(wiring.pathways() ==
          std::vector<Pathway>{{0, 1, 0, false}, {1, 2, 1, false}, {2, 1, 1, true}, {2, 3, 2, false}, {3, 2, 2, true}});
    CHECK(wiring.incoming(0).empty());
    CHECK(wiring.incoming(1) == std::vector{0, 2});
    CHECK(wiring.outgoing(1) == std::vector{1});
    CHECK(wiring.outgoing(2) == std::vector{2, 3});
    CHECK(wiring.outgoing(3) == std::vector{4});
    for (const int p : wiring.unclamped()) CHECK(wiring.bias_projection(p) == p - 1);
}

TEST_CASE("any populations, in any order, with shapes; the output need not be the last") {
    const Wiring wiring(
        {{"image", {1, 4, 4}, Role::input}, {"answer", {3}, Role::output}, {"edges", {2, 2, 2}, Role::hidden}},
        {{0, 2, {}}, {1, 2, {}}, {2, 2, {}}});
    CHECK(wiring.sizes() == std::vector{16, 3, 8});
    CHECK(wiring.output() == 1);
    CHECK(wiring.unclamped() == std::vector{1, 2});
    // image -> edges; answer <-> edges; edges to themselves, which is one pathway.
    CHECK(wiring.pathways() ==
          std::vector<Pathway>{{0, 2, 0, false}, {1, 2, 1, false}, {2, 1, 1, true}, {2, 2, 2, false}});
    CHECK(wiring.incoming(2) == std::vector{0, 1, 3});
    CHECK(wiring.heard_by(2) == std::vector{0, 1, 2});
    // Named second by a projection that is not lateral; named first only.
    CHECK(wiring.bias_projection(2) == 0);
    CHECK(wiring.bias_projection(1) == 1);
}
