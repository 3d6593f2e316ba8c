#include "sim/scenario/stream_forms.hpp"

#include <filesystem>
#include <system_error>

#include "sim/scenario/key_forms.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t dwell_limit = 10'000'000;
constexpr std::int64_t int_limit = 1'000'000'000;

/// A file by its absolute path, a built-in scenario by its name: such a name is no path, whatever the folder holds, and
/// needs no folder.
std::optional<std::string> find_scenario_to_train(KeyReader& reader, const Value& value, const std::string& part) {
    const std::string expected = "a path, or a name of `settle list`";
    const auto name = reader.text(value, expected, part);
    if (!name) return std::nullopt;
    std::vector<std::string> names;
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        if (builtin.name == *name) return name;
        names.emplace_back(builtin.name);
    }
    const auto path = reader.file(value);
    if (!path) return std::nullopt;
    std::error_code ignored;
    if (fs::exists(*path, ignored) && !fs::is_directory(*path, ignored)) return path;
    reader.complain_about_name(value, *name, names, expected, part);
    return std::nullopt;
}

}  // namespace

void read_dwell(KeyReader& reader, const Value& value, Scenario& scenario) {
    const std::optional<Ends> ends = read_ends(reader, value);
    if (!ends) return;
    const auto least = reader.integer(*ends->low, 1, dwell_limit, ends->low_part);
    const auto most = ends->low != ends->high && least ? reader.integer(*ends->high, 1, dwell_limit, "high") : least;
    if (!least || !most) return;
    if (*most < *least) return reader.complain(value, "high is below low", "low at most high");
    scenario.stream.dwell_low = static_cast<int>(*least);
    scenario.stream.dwell_high = static_cast<int>(*most);
}

std::optional<Value> write_dwell(const Scenario& scenario) {
    const Value low = make_value(static_cast<std::int64_t>(scenario.stream.dwell_low));
    if (scenario.stream.dwell_low == scenario.stream.dwell_high) return low;
    return make_table({{"low", low}, {"high", make_value(static_cast<std::int64_t>(scenario.stream.dwell_high))}});
}

void read_stream_train(KeyReader& reader, const Value& value, Scenario& scenario) {
    const std::string part = value.is_table() ? "scenario" : "";
    const Value* name = &value;
    if (value.is_table()) {
        reader.only(value, {"scenario", "epochs", "samples"});
        name = value.find("scenario");
        if (!name) return reader.complain(value, "the table has no scenario", "{ scenario, epochs, samples }");
    }
    const auto found = find_scenario_to_train(reader, *name, part);
    if (!found) return;
    std::optional<std::int64_t> epochs, samples;
    if (const Value* count = value.find("epochs")) {
        epochs = reader.integer(*count, 1, int_limit, "epochs");
        if (!epochs) return;
    }
    if (const Value* count = value.find("samples")) {
        samples = reader.integer(*count, 1, int_limit, "samples");
        if (!samples) return;
    }
    scenario.stream.train = *found;
    scenario.stream.train_epochs = epochs;
    scenario.stream.train_samples = samples;
}

std::optional<Value> write_stream_train(const Scenario& scenario) {
    const auto& stream = scenario.stream;
    if (stream.train.empty()) return std::nullopt;
    if (!stream.train_epochs && !stream.train_samples) return make_value(stream.train);
    Value table = make_table({{"scenario", make_value(stream.train)}});
    if (stream.train_epochs) table.table()->emplace_back("epochs", make_value(*stream.train_epochs));
    if (stream.train_samples) table.table()->emplace_back("samples", make_value(*stream.train_samples));
    return table;
}

}  // namespace settle
