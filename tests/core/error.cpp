#include "core/error.hpp"

#include <doctest/doctest.h>

using namespace settle;

TEST_CASE("an error names place, key, what is wrong, what was expected and the nearest name") {
    Problem problem{"a.toml", 3, 7, "neuron.lamda", "unknown key", "a key of [neuron]", "neuron.lambda"};
    CHECK(to_text(problem) ==
          "a.toml:3:7: neuron.lamda: unknown key; expected a key of [neuron]; did you mean neuron.lambda?");
}

TEST_CASE("the nearest name is close, or there is none") {
    CHECK(nearest_name("lamda", {"epsilon", "lambda", "kind"}) == "lambda");
    CHECK(nearest_name("zzzzzz", {"epsilon", "lambda"}).empty());
}
