#include "sim/runs/run_outputs.hpp"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <utility>

#include "models/chip/placement.hpp"
#include "sim/runs/session/chip_tables.hpp"
#include "sim/runs/session/script.hpp"
#include "sim/runs/session/summary.hpp"
#include "sim/runs/store/event_log.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

namespace {

using Text = std::optional<std::string>;

bool always(const Scenario&, const std::string&) {
    return true;
}

bool has_events(const Scenario& scenario, const std::string&) {
    return !scenario.events.empty();
}

bool has_chip(const Scenario& scenario, const std::string&) {
    return scenario.chip.has_value();
}

/// Metrics that stand in the summary of a run only where there is something behind them.
bool measured_a_chip(const Scenario&, const std::string& summary) {
    return summary.find("\"busiest\"") != std::string::npos;
}

bool evaluated(const Scenario&, const std::string& summary) {
    return summary.find("\"test_error\"") != std::string::npos || summary.find("\"train_error\"") != std::string::npos;
}

bool is_stream(const Scenario& scenario, const std::string&) {
    return scenario.task == Task::stream;
}

Text manifest(const EndedRun& ended) {
    if (!ended.state) return std::nullopt;
    const InputFiles inputs = ended.state->inputs.value_or(InputFiles());
    return manifest_json({ended.command_line, inputs, &ended.scenario, true, "", &ended.wiring});
}

Text resolved_scenario(const EndedRun& ended) {
    return ended.state ? Text(scenario_as_toml(ended.scenario)) : std::nullopt;
}

Text metrics(const EndedRun& ended) {
    return ended.state ? Text(ended.state->metrics) : std::nullopt;
}

/// Of a run that has come to the end of an epoch.
Text events(const EndedRun& ended) {
    if (!ended.state || ended.scenario.events.empty()) return std::nullopt;
    const TrainingState& state = *ended.state;
    const Network network = to_network(ended.wiring, state.network);
    const Script script(ended.scenario, network.wiring, state.epoch > 0 ? state.trained / state.epoch : 0);
    return event_lines(script, state.trained, network);
}

Text places(const EndedRun& ended) {
    const Scenario& scenario = ended.scenario;
    if (!scenario.chip) return std::nullopt;
    return to_csv(place(*scenario.chip, ended.wiring.sizes(), scenario.timing.device_seed));
}

Text settling(const EndedRun& ended) {
    if (!ended.evaluated || ended.evaluated->presentations == 0) return std::nullopt;
    return settling_lines(*ended.evaluated);
}

Text changes(const EndedRun& ended) {
    return ended.stream ? Text(change_lines(*ended.stream)) : std::nullopt;
}

Text servers(const EndedRun& ended) {
    const auto tables = chip_tables(ended.scenario, ended.chip, ended.branch_periods);
    return tables ? Text(tables->servers) : std::nullopt;
}

Text latencies(const EndedRun& ended) {
    const auto tables = chip_tables(ended.scenario, ended.chip, ended.branch_periods);
    return tables ? Text(tables->latencies) : std::nullopt;
}

using Written = RunOutput::Written;

constexpr RunOutput outputs[] = {
    {"manifest.json", Written::at_first, always, manifest},
    {"scenario.toml", Written::at_first, always, resolved_scenario},
    {"place.csv", Written::at_first, has_chip, places},
    {"metrics.jsonl", Written::meanwhile, always, metrics},
    {"events.jsonl", Written::meanwhile, has_events, events},
    {"settling.jsonl", Written::at_last, evaluated, settling},
    {"changes.jsonl", Written::at_last, is_stream, changes},
    {"chip.csv", Written::at_last, measured_a_chip, servers},
    {"latencies.csv", Written::at_last, measured_a_chip, latencies},
};

/// As long as it should be: what is longer, somebody has added to.
bool is_there(const std::string& directory, const std::string& name, std::size_t bytes) {
    std::error_code failure;
    const std::string path = directory + "/" + name;
    if (!std::filesystem::is_regular_file(path, failure)) return false;
    const auto size = std::filesystem::file_size(path, failure);
    return !failure && size >= bytes;
}

}  // namespace

EndedRun ended_run(const Scenario& scenario, const Wiring& wiring, std::vector<std::string> command_line,
                   const TrainingState& state) {
    const auto& read_early = state.last_test ? state.last_test : state.last_train;
    return {.scenario = scenario,
            .wiring = wiring,
            .command_line = std::move(command_line),
            .chip = state.chip,
            .branch_periods = state.branch_periods,
            .evaluated = read_early ? &*read_early : nullptr,
            .stream = nullptr,
            .state = &state};
}

EndedRun ended_run(const Scenario& scenario, const Wiring& wiring, std::vector<std::string> command_line,
                   const RunTotals& totals) {
    const auto& read_early = totals.test ? totals.test : totals.train;
    return {.scenario = scenario,
            .wiring = wiring,
            .command_line = std::move(command_line),
            .chip = totals.chip,
            .branch_periods = totals.branch_periods,
            .evaluated = read_early ? &*read_early : nullptr,
            .stream = totals.stream ? &*totals.stream : nullptr,
            .state = nullptr};
}

std::span<const RunOutput> run_outputs() {
    return outputs;
}

std::vector<std::string> last_outputs() {
    std::vector<std::string> names;
    for (const RunOutput& output : outputs) {
        if (output.written == Written::at_last) names.push_back(output.name);
    }
    return names;
}

std::vector<std::string> missing_outputs(const std::string& directory, const EndedRun& ended,
                                         const std::string& summary) {
    std::vector<std::string> missing;
    for (const RunOutput& output : outputs) {
        // What was written at first takes long to make anew (a manifest draws the chip), and is only looked for.
        std::size_t least = 1;
        if (output.written == Written::at_first) {
            if (!output.is_due(ended.scenario, summary)) continue;
        } else {
            const Text text = output.text(ended);
            if (!text) continue;
            least = text->size();
        }
        if (!is_there(directory, output.name, least)) missing.push_back(output.name);
    }
    return missing;
}

bool has_outputs(const std::string& directory, const Scenario& scenario, const std::string& summary) {
    return std::all_of(std::begin(outputs), std::end(outputs), [&](const RunOutput& output) {
        return !output.is_due(scenario, summary) || is_there(directory, output.name, 0);
    });
}

}  // namespace settle
