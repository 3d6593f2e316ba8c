// What `describe` says about delay: of fixed points that are known without simulating anything.
#include "sim/runs/session/stability_guide.hpp"

#include <doctest/doctest.h>

#include "sim/formats/weights_file.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

/// A chain 4-2-2 without inputs: hidden neuron i and output i pull at each other with weight w_i and rest at bias / (1
/// - w_i).
std::string weights_of(const TemporaryFolder& folder, float first, float second) {
    NetworkArrays arrays;
    arrays.weights = {std::vector<float>(8), {first, 0, 0, second}};
    arrays.biases = {{0.1f, 0.1f}, {0.1f, 0.1f}};
    write_weights(folder.file("w.h5"), arrays, chain({4, 2, 2}));
    return "[network]\nlayers = [4, 2, 2]\nweights = \"" + folder.file("w.h5") + "\"\n";
}

StabilityGuide guide_of(const std::string& network) {
    WorkerPool workers(2);
    const std::string rest = "[learning]\nrates = [0.1, 0.1]\nbatch = 3\n[data]\nset = \"random\"\n";
    return stability_guide(load_scenario({"s.toml", "s", "/", network + rest}, {}).scenario, workers);
}

}  // namespace

TEST_CASE("eigenvalues of a network whose neurons are coupled in pairs") {
    const TemporaryFolder folder;
    const StabilityGuide guide = guide_of(weights_of(folder, 0.5f, -0.75f));
    CHECK(guide.settled);
    CHECK(guide.presentations == 3);
    CHECK(guide.neurons == 4);
    CHECK(guide.fewest_unsaturated == 4);
    CHECK(guide.most_unsaturated == 4);
    CHECK(guide.certificate.least == doctest::Approx(-0.75));
    CHECK(guide.certificate.greatest == doctest::Approx(0.75));
    CHECK_FALSE(guide.critical_delay);
}

TEST_CASE("the cost of a sparse network is that of its links: as many samples as of a small one") {
    const auto population = [](const std::string& rest) { return "[[population]]\nname = " + rest + "\n"; };
    const auto projection = [](const std::string& rest) {
        return "[[projection]]\nrate = 0.1\nbetween = " + rest + "\n";
    };
    const std::string network = population("\"in\"\nsize = 4\nrole = \"input\"") + population("\"many\"\nsize = 3000") +
                                population("\"out\"\nsize = 2\nrole = \"output\"") +
                                projection("[\"in\", \"many\"]\nkind = \"sparse\"\nlinks = { fan_in = 1 }") +
                                projection("[\"many\", \"many\"]\nkind = \"sparse\"\nlinks = { fan_in = 1 }") +
                                projection("[\"many\", \"out\"]\nkind = \"sparse\"\nlinks = { fan_in = 5 }");
    WorkerPool workers(1);
    const std::string rest = "[learning]\nbatch = 20\n[data]\nset = \"random\"\n";
    const Scenario scenario = load_scenario({"s.toml", "s", "/", network + rest}, {}).scenario;
    CHECK(stability_guide(scenario, workers).presentations == 20);
}

TEST_CASE("a pair that is coupled too strongly saturates, and no longer counts") {
    const TemporaryFolder folder;
    const StabilityGuide guide = guide_of(weights_of(folder, 0.5f, 2.0f));
    CHECK(guide.settled);
    CHECK(guide.most_unsaturated == 2);
    CHECK(guide.certificate.greatest == doctest::Approx(0.5));
}
