#include "sim/scenario/keys.hpp"

#include <algorithm>
#include <set>

#include "sim/formats/toml.hpp"
#include "tests/sim/scenario/fixture.hpp"

using namespace settle;

TEST_CASE("every key of the design is in the table, once") {
    const std::vector<std::string> expected = {"scenario.name",
                                               "scenario.description",
                                               "scenario.task",
                                               "scenario.engine",
                                               "scenario.seed",
                                               "scenario.threads",
                                               "scenario.shard",
                                               "network.layers",
                                               "network.weights",
                                               "network.train",
                                               "network.init_scale",
                                               "network.seed",
                                               "population",
                                               "projection",
                                               "neuron.kind",
                                               "neuron.quantizer",
                                               "neuron.epsilon",
                                               "neuron.lambda",
                                               "neuron.restart",
                                               "phases.free",
                                               "phases.nudged",
                                               "phases.readout",
                                               "phases.splitstream",
                                               "phases.settle_tolerance",
                                               "learning.beta",
                                               "learning.beta_sign",
                                               "learning.update",
                                               "learning.rates",
                                               "learning.decay",
                                               "learning.batch",
                                               "learning.epochs",
                                               "data.set",
                                               "data.path",
                                               "data.scale",
                                               "data.train",
                                               "data.test",
                                               "data.validation",
                                               "data.shuffle",
                                               "data.repeats",
                                               "timing.period",
                                               "timing.jitter",
                                               "timing.drift",
                                               "timing.latency_jitter",
                                               "timing.phase",
                                               "timing.link",
                                               "timing.device_seed",
                                               "timing.latency",
                                               "timing.scope",
                                               "timing.loss",
                                               "timing.burst",
                                               "timing.duplication",
                                               "faults.stuck_at_zero",
                                               "faults.stuck_at_one",
                                               "faults.dead_links",
                                               "chip.mesh",
                                               "chip.cores_per_tile",
                                               "chip.neurons_per_core",
                                               "chip.placement",
                                               "chip.multicast",
                                               "chip.encode",
                                               "chip.link",
                                               "chip.hop_x",
                                               "chip.hop_y",
                                               "chip.decode",
                                               "chip.synapse",
                                               "chip.buffer",
                                               "chip.full",
                                               "chip.slow",
                                               "energy.preset",
                                               "energy.update",
                                               "energy.spike",
                                               "energy.encode",
                                               "energy.hop_x",
                                               "energy.hop_y",
                                               "energy.decode",
                                               "energy.synapse",
                                               "energy.static",
                                               "record.state",
                                               "record.bits",
                                               "record.weights",
                                               "record.spikes",
                                               "record.messages",
                                               "record.queues",
                                               "record.limit",
                                               "record.metrics_every",
                                               "checkpoint.every",
                                               "free.max_lead",
                                               "free.pace",
                                               "stream.dwell",
                                               "stream.inputs",
                                               "stream.streams",
                                               "stream.order",
                                               "stream.train",
                                               "sweep.repeats",
                                               "sweep.over",
                                               "sweep.against",
                                               "sweep.show",
                                               "sweep.plot",
                                               "search.method",
                                               "search.trials",
                                               "search.objective",
                                               "search.over"};
    std::vector<std::string> paths;
    for (const Key& key : scenario_keys()) paths.push_back(key.path);
    CHECK(std::set<std::string>(paths.begin(), paths.end()).size() == paths.size());
    CHECK(paths == expected);
}

TEST_CASE("every key says what it is, and reads what it writes") {
    Scenario defaults;
    defaults.name = "name";
    defaults.network.layers = {6, 5, 3};
    defaults.learning.rates = {0.1, 0.05};
    defaults.search.objective = "test_error";
    for (const Key& key : scenario_keys()) {
        CAPTURE(key.path);
        CHECK(!key.help.empty());
        CHECK(!key.type.empty());
        CHECK(!key.default_text.empty());
        CHECK(key.parts.empty() == !key.expand);
        const auto value = key.write(defaults);
        if (!value) continue;
        Scenario again;
        Problems problems;
        KeyReader reader(key.path, "/", problems);
        key.read(reader, *value, again);
        CHECK(problems.in_order().empty());
        const auto reread = key.write(again);
        REQUIRE(reread);
        CHECK(to_toml(*reread) == to_toml(*value));
    }
}

TEST_CASE("keys and their parts are found by name") {
    std::string part;
    CHECK(find_key("neuron.epsilon", &part)->path == "neuron.epsilon");
    CHECK(part.empty());
    CHECK(find_key("neuron.epsilon.rule", &part)->path == "neuron.epsilon");
    CHECK(part == "rule");
    CHECK(find_key("neuron.epsilon.") == nullptr);
    CHECK(find_key("neuron.epsilonn") == nullptr);
    CHECK(find_key("neuron") == nullptr);
    CHECK(find_key("") == nullptr);
    for (const std::string& name : key_names()) CHECK(find_key(name) != nullptr);
}

TEST_CASE("the table as Markdown has a line for every key and no broken cell") {
    const std::string table = keys_as_markdown();
    CHECK(static_cast<std::size_t>(std::count(table.begin(), table.end(), '\n')) == scenario_keys().size() + 2);
    std::size_t begin = 0;
    for (std::size_t end = table.find('\n'); end != std::string::npos; begin = end + 1, end = table.find('\n', begin)) {
        const std::string line = table.substr(begin, end - begin);
        CAPTURE(line);
        CHECK(std::count(line.begin(), line.end(), '|') == 9);
    }
    CHECK(contains(table, "| `timing.loss` | number | `0.0` | 0 to 1 |  | virtual, free | period | "));
}
