#include "core/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace settle;

TEST_CASE("an error names place, key, what is wrong, what was expected and the nearest name") {
    Problem problem{"a.toml", 3, 7, "neuron.lamda", "unknown key", "a key of [neuron]", "neuron.lambda"};
    CHECK(to_text(problem) ==
          "a.toml:3:7: neuron.lamda: unknown key; expected a key of [neuron]; did you mean neuron.lambda?");
}

TEST_CASE("the nearest name is what was meant, or none") {
    const std::vector<std::string> keys = {
        "scenario.seed",        "network.layers", "network.weights", "network.seed",         "neuron.epsilon",
        "neuron.epsilon.floor", "neuron.lambda",  "learning.batch",  "learning.rates",       "learning.beta",
        "timing.loss",          "timing.jitter",  "timing.latency",  "timing.latency_jitter"};
    const std::vector<std::string> words = {"digits",  "mnist",   "fashion-mnist", "random",      "lockstep",
                                            "virtual", "uniform", "normal",        "sigma-delta", "osa",
                                            "kesten",  "train",   "infer",         "converge"};
    using Meant = std::pair<const char*, const char*>;  // what was written, what it should have been
    for (const auto& [spelled, right] :
         {Meant{"neuron.lamda", "neuron.lambda"}, Meant{"neuron.lambad", "neuron.lambda"},
          Meant{"nueron.lambda", "neuron.lambda"}, Meant{"network.layrs", "network.layers"},
          Meant{"network.wieghts", "network.weights"}, Meant{"netwrok.seeds", "network.seed"},
          Meant{"learning.rate", "learning.rates"}, Meant{"learning.bacth", "learning.batch"},
          Meant{"learning.batch_size", "learning.batch"}, Meant{"neuron.epsilom", "neuron.epsilon"},
          Meant{"neuron-lambda", "neuron.lambda"}, Meant{"epsilon.floor", "neuron.epsilon.floor"},
          Meant{"timing.latencyjitter", "timing.latency_jitter"}, Meant{"timing.lat", "timing.latency"},
          Meant{"timing.Loss", "timing.loss"}}) {
        const char* const wrong = spelled;
        CAPTURE(wrong);
        CHECK(nearest_name(wrong, keys) == right);
    }
    for (const char* wrong : {"network.mesh", "network.type", "learning.momentum", "timing.hops", "learning.gamma",
                              "timing.lambda", "neuron.batch", "x", ""}) {
        CAPTURE(wrong);
        CHECK(nearest_name(wrong, keys).empty());
    }
    for (const auto& [spelled, right] :
         {Meant{"digit", "digits"}, Meant{"mnsit", "mnist"}, Meant{"MNIST", "mnist"},
          Meant{"fashion_mnist", "fashion-mnist"}, Meant{"fashion", "fashion-mnist"}, Meant{"lock-step", "lockstep"},
          Meant{"virtaul", "virtual"}, Meant{"norm", "normal"}, Meant{"conv", "converge"},
          Meant{"sigmadelta", "sigma-delta"}, Meant{"kestem", "kesten"}, Meant{"lamda", ""}}) {
        const char* const wrong = spelled;
        CAPTURE(wrong);
        CHECK(nearest_name(wrong, words) == right);
    }
    for (const char* wrong : {"adam", "sgd", "cifar", "gpu", "gaussian", "cats", "o"}) {
        CAPTURE(wrong);
        CHECK(nearest_name(wrong, words).empty());
    }
}
