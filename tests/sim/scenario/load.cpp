#include "sim/scenario/load.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "core/draw.hpp"
#include "sim/scenario/duration.hpp"

using namespace settle;

namespace {

const std::string base = R"(
[network]
layers = [12, 10, 6, 4]
[learning]
rates = [0.1, 0.05, 0.02]
[data]
set = "random"
)";

LoadedScenario load(const std::string& text, const std::vector<std::string>& sets = {}) {
    std::vector<Override> overrides;
    for (const std::string& set : sets) overrides.push_back(parse_set(set));
    return load_scenario({"test.toml", "test", "/somewhere/deep", text}, overrides);
}

}  // namespace

TEST_CASE("a resolved scenario, written with every default, loads again to the same scenario") {
    const std::vector<std::vector<std::string>> variants = {
        {},
        {"scenario.description=\"quotes \\\" and \\\\ and \\n lines\"", "scenario.seed=9223372036854775807"},
        {"neuron.epsilon={rule=\"osa\",target=0.0346,floor=1e-15}", "neuron.lambda=0.275"},
        {"neuron.epsilon={rule=\"kesten\",a=6.81,b=2.64}", "neuron.quantizer=second-order-sigma-delta"},
        {"neuron.epsilon={initial=0.843,exponent=0.0923,floor=0.01}", "neuron.lambda=0.832/t^0.584"},
        {"neuron.epsilon=1/t", "phases.readout={mean=7}", "phases.splitstream=true", "learning.update=full"},
        {"neuron.kind=continuous", "neuron.epsilon=0.5", "learning.beta_sign=both"},
        {"record.state=true", "record.bits={layers=[1,2],neurons=5,from=3,to=9,every=2}", "data.test=0",
         "data.train=17"},
        {"record.state={neurons=2}", "record.bits={layers=[0]}", "record.weights={from=2}"},
        {"record.bits={to=4}", "record.weights={every=5}"},
        {"scenario.task=infer", "network.weights=some/weights.h5", "network.seed=12", "timing.period=250us"},
        {"phases.free=3", "phases.nudged=1", "learning.beta=-0.25", "data.shuffle=false", "network.init_scale=0.1"},
    };
    for (const auto& sets : variants) {
        const Scenario first = load(base, sets).scenario;
        const std::string text = scenario_as_toml(first);
        CAPTURE(text);
        const Scenario second = load_scenario({"again.toml", "again", "/elsewhere", text}, {}).scenario;
        CHECK(differing_keys(first, second).empty());
        CHECK(scenario_as_toml(second) == text);
    }
}

TEST_CASE("every built-in scenario loads, says what it is, and allows the engine that it names") {
    CHECK(builtin_scenarios().size() >= 5);
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        const LoadedScenario loaded = load_scenario(source_of(builtin), {});
        CAPTURE(loaded.scenario.name);
        CHECK(loaded.scenario.name == builtin.name);
        CHECK(loaded.scenario.description.size() > 20);
        const std::vector<EngineKind> engines = allowed_engines(loaded.scenario);
        CHECK(std::find(engines.begin(), engines.end(), loaded.scenario.engine) != engines.end());
        CHECK(loaded.warnings.empty());
    }
}

TEST_CASE("a scenario allows the engines that honour its keys") {
    CHECK(allowed_engines(load(base).scenario).size() == 3);
    CHECK(allowed_engines(load(base, {"neuron.kind=continuous", "neuron.epsilon=0.5"}).scenario).size() == 1);
    Scenario lossy = load(base).scenario;
    lossy.timing.loss = 0.1;
    CHECK(allowed_engines(lossy) == std::vector{EngineKind::virtual_time, EngineKind::free_running});
    lossy.timing.jitter = Uniform{-1e5, 1e5};
    CHECK(allowed_engines(lossy) == std::vector{EngineKind::virtual_time});
}

TEST_CASE("paths of a file are relative to it, those of options to the working directory") {
    const std::string with_path = base + "[record]\nstate = true\n[scenario]\ntask = \"infer\"\n";
    const Scenario in_file =
        load("[network]\nweights = \"../w.h5\"\nlayers = [3, 2]\n[learning]\nrates = [0.1]\n").scenario;
    CHECK(in_file.network.weights == "/somewhere/w.h5");
    CHECK(load(with_path, {"network.weights=/a/b/../w.h5"}).scenario.network.weights == "/a/w.h5");
    CHECK(load(with_path, {"network.weights=w.h5"}).scenario.network.weights.find("/somewhere") == std::string::npos);
}

TEST_CASE("seeds, and what is counted in periods, default to what they depend on") {
    const Scenario scenario = load(base, {"scenario.seed=5", "timing.period=2 ms"}).scenario;
    CHECK(scenario.network.seed == 5);
    CHECK(scenario.timing.device_seed == 5);
    CHECK(scenario.timing.latency == Uniform{2e6, 2e6});
    CHECK(load(base, {"timing.latency=1"}).scenario.timing.latency == Uniform{1e6, 1e6});
}

TEST_CASE("every key reads back what it writes, and its parts are addressable") {
    for (const Key& key : scenario_keys()) {
        CAPTURE(key.path);
        CHECK_FALSE(key.help.empty());
        CHECK(find_key(key.path) == &key);
        CHECK(key.parts.empty() == !key.expand);
        for (const std::string& part : key.parts) {
            std::string found;
            CHECK(find_key(key.path + "." + part, &found) == &key);
            CHECK(found == part);
        }
    }
    CHECK(find_key("neuron.epsilon.nonsense") == nullptr);
    CHECK(find_key("neuron") == nullptr);
}

TEST_CASE("a scenario with random damage is refused or loaded, and never crashes") {
    const std::string good = std::string(builtin_scenarios().front().text);
    const Stream stream(3, Purpose::random_inputs);
    int refused = 0;
    for (std::uint64_t i = 0; i < 3000; ++i) {
        std::string text = good;
        for (std::uint64_t change = 0; change < 1 + i % 3; ++change) {
            const auto at = static_cast<std::size_t>(stream.below(i * 8 + change, text.size()));
            const auto byte = static_cast<char>(stream.below(i * 8 + 4 + change, 256));
            if (i % 4 == 0) {
                text.erase(at, 1 + at % 7);
            } else {
                text[at] = byte;
            }
        }
        try {
            load_scenario({"damaged.toml", "damaged", "/", text}, {});
        } catch (const Error& error) {
            ++refused;
            CHECK(error.blame() == Blame::input);
            CHECK(std::string(error.what()).size() > 10);
        }
    }
    CHECK(refused > 1000);
    CHECK(refused < 3000);
}
