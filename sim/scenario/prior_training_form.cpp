#include "sim/scenario/prior_training_form.hpp"

#include <filesystem>
#include <system_error>

#include "sim/scenario/key_forms.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

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

/// Of a table; false where it is wrong.
bool read_count(KeyReader& reader, const Value& table, const std::string& part, std::optional<std::int64_t>& count) {
    const Value* value = table.find(part);
    if (!value) return true;
    count = reader.integer(*value, 1, int_limit, part);
    return count.has_value();
}

}  // namespace

std::optional<PriorTraining> read_prior_training(KeyReader& reader, const Value& value) {
    const std::string part = value.is_table() ? "scenario" : "";
    if (const std::string* text = value.string(); text && text->empty()) return PriorTraining();
    const Value* name = &value;
    if (value.is_table()) {
        reader.only(value, {"scenario", "epochs", "samples"});
        name = value.find("scenario");
        if (!name) {
            reader.complain(value, "the table has no scenario", "{ scenario, epochs, samples }");
            return std::nullopt;
        }
    }
    const auto found = find_scenario_to_train(reader, *name, part);
    if (!found) return std::nullopt;
    PriorTraining training{*found, {}, {}};
    if (!read_count(reader, value, "epochs", training.epochs)) return std::nullopt;
    if (!read_count(reader, value, "samples", training.samples)) return std::nullopt;
    return training;
}

std::optional<Value> write_prior_training(const PriorTraining& training) {
    if (training.empty()) return std::nullopt;
    if (!training.epochs && !training.samples) return make_value(training.scenario);
    Value table = make_table({{"scenario", make_value(training.scenario)}});
    if (training.epochs) table.table()->emplace_back("epochs", make_value(*training.epochs));
    if (training.samples) table.table()->emplace_back("samples", make_value(*training.samples));
    return table;
}

}  // namespace settle
