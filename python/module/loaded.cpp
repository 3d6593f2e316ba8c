#include "python/module/loaded.hpp"

#include <pybind11/stl.h>

#include "sim/runs/description.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/store/recorded_events.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenario/population_names.hpp"
#include "sim/scenario/words.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle::python {

namespace py = pybind11;

namespace {

/// Their warnings are of no use: what is taken over from the changes is said where they were made.
void load_others(Loaded& result) {
    const bool sweeps = result.command == Command::sweep;
    for (const Expectation& expectation : result.loaded.scenario.expectations) {
        const std::string& than = expectation.than;
        if (than.empty() || expectation.than_point || expectation.point.empty() == sweeps) continue;
        if (result.others.count(than) > 0) continue;
        LoadedScenario other = load_other(than, find_scenario(result.scenario), result.changes);
        for (std::string& note : other.notes) result.loaded.notes.push_back(std::move(note));
        result.others.emplace(than, std::move(other.scenario));
    }
}

py::dict dict_of(const Key& key) {
    py::dict entry;
    entry["key"] = key.path;
    entry["type"] = key.type;
    entry["default"] = key.default_text;
    entry["range"] = key.range;
    entry["unit"] = key.unit;
    entry["engines"] = key.engines.empty() ? "all" : key.engines;
    entry["changes"] = key.change == Change::never       ? "never"
                       : key.change == Change::minibatch ? "between minibatches"
                                                         : "any period";
    entry["help"] = key.help;
    return entry;
}

template <class Word>
std::vector<std::string> words_of(const std::vector<Word>& values) {
    std::vector<std::string> words;
    for (const Word value : values) words.push_back(to_word(value));
    return words;
}

py::dict dict_of(const Metric& metric) {
    py::dict entry;
    entry["metric"] = metric.name;
    entry["unit"] = metric.unit;
    entry["help"] = metric.help;
    entry["tasks"] = words_of(metric.tasks);
    entry["engines"] = words_of(metric.engines);
    return entry;
}

}  // namespace

Loaded load(const std::string& scenario, const std::vector<PythonChange>& changes, const std::string& command) {
    Loaded result;
    result.scenario = scenario;
    for (const auto& [option, key, value] : changes) result.changes.push_back({option, key, value});
    result.command = command == "sweep" ? Command::sweep : Command::run;
    result.loaded = load_scenario(find_scenario(scenario), result.changes, result.command);
    load_others(result);
    return result;
}

void define_loaded(py::module_& module) {
    py::class_<Loaded>(module, "Loaded")
        .def_property_readonly("name", [](const Loaded& self) { return self.loaded.scenario.name; })
        .def_property_readonly("engine", [](const Loaded& self) { return to_word(self.loaded.scenario.engine); })
        .def_property_readonly("task", [](const Loaded& self) { return to_word(self.loaded.scenario.task); })
        .def_property_readonly("toml",
                               [](const Loaded& self) { return scenario_as_toml(self.loaded.scenario, self.command); })
        .def_property_readonly("inputs", [](const Loaded& self) { return self.loaded.scenario.network.inputs(); })
        .def_property_readonly("outputs", [](const Loaded& self) { return self.loaded.scenario.network.outputs(); })
        .def_property_readonly("populations",
                               [](const Loaded& self) {
                                   const NetworkPart& network = self.loaded.scenario.network;
                                   std::vector<std::pair<std::string, int>> populations;
                                   const std::vector<std::string> names = population_names(network);
                                   const std::vector<int> sizes = network.sizes();
                                   for (std::size_t p = 0; p < names.size(); ++p)
                                       populations.emplace_back(names[p], sizes[p]);
                                   return populations;
                               })
        .def_property_readonly("records_spikes",
                               [](const Loaded& self) {
                                   const Scenario& scenario = self.loaded.scenario;
                                   return scenario.record.spikes.on && RecordedEvents::wanted(scenario);
                               })
        .def_property_readonly("records_messages",
                               [](const Loaded& self) {
                                   const Scenario& scenario = self.loaded.scenario;
                                   return scenario.record.messages.on && RecordedEvents::wanted(scenario);
                               })
        .def_property_readonly("biases",
                               [](const Loaded& self) {
                                   const Wiring wiring = wiring_of(self.loaded.scenario);
                                   std::vector<int> sizes;
                                   for (const int p : wiring.unclamped()) sizes.push_back(wiring.biases(p));
                                   return sizes;
                               })
        .def_property_readonly("messages", [](const Loaded& self) {
            std::vector<std::string> messages = self.loaded.warnings;
            messages.insert(messages.end(), self.loaded.notes.begin(), self.loaded.notes.end());
            const auto& record = self.loaded.scenario.record;
            if (record.state.on || record.bits.on || record.weights.on || (record.queues && record.queues->on))
                messages.push_back(
                    "record.state, bits, weights and queues are written into a directory: give `out` for them");
            return messages;
        });
    module.def("load", &load);
    module.def("describe", [](const Loaded& self) { return description_of(self.loaded.scenario); });
    module.def("keys", [] {
        py::list entries;
        for (const Key& key : scenario_keys()) entries.append(dict_of(key));
        return entries;
    });
    module.def("metrics", [] {
        py::list entries;
        for (const Metric& metric : metrics()) entries.append(dict_of(metric));
        return entries;
    });
    module.def("scenarios", [] {
        py::dict descriptions;
        for (const BuiltinScenario& builtin : builtin_scenarios())
            descriptions[py::str(builtin.name)] = load_scenario(source_of(builtin), {}).scenario.description;
        return descriptions;
    });
}

}  // namespace settle::python
