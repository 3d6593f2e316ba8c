#include "sim/scenario/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <climits>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "sim/formats/toml.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/words.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

Problem problem_at(const Place& place, const std::string& key, const std::string& message,
                   const std::string& expected = "") {
    Problem problem;
    problem.place = place.name;
    problem.line = place.line;
    problem.column = place.column;
    problem.key = key;
    problem.message = message;
    problem.expected = expected;
    return problem;
}

Problem unknown_key(const Place& place, const std::string& path, const std::string& expected) {
    Problem problem = problem_at(place, path, "unknown key", expected);
    problem.suggestion = nearest_name(path, key_names());
    return problem;
}

std::vector<std::string> sections() {
    std::vector<std::string> names;
    for (const Key& key : scenario_keys()) {
        if (std::find(names.begin(), names.end(), key.section()) == names.end()) names.push_back(key.section());
    }
    return names;
}

/// Sections that hold no keys of the table; what each of them is for.
struct OtherSection {
    const char* name;
    bool ignored;  ///< by `settle run`, which says so; otherwise it is refused until it works
};
constexpr OtherSection other_sections[] = {{"sweep", true}, {"search", true}, {"events", false}, {"expect", false}};

/// Sorts the file's values by key.
class FileReader {
public:
    FileReader(std::vector<Problem>& unknown, std::vector<Problem>& problems, std::vector<std::string>& notes)
        : unknown_(unknown), problems_(problems), notes_(notes) {}

    GivenValues read(const Value& file) {
        GivenValues given;
        for (const auto& [section, content] : *file.table()) read_section(section, content, given);
        return given;
    }

private:
    void read_section(const std::string& section, const Value& content, GivenValues& given) {
        for (const OtherSection& other : other_sections) {
            if (section == other.name) return read_other(other, content);
        }
        const std::vector<std::string> names = sections();
        if (std::find(names.begin(), names.end(), section) == names.end()) {
            std::string all;
            for (const std::string& name : names) all += (all.empty() ? "[" : ", [") + name + "]";
            Problem problem =
                problem_at(content.place, section, content.is_table() ? "unknown section" : "unknown key", all);
            problem.suggestion = nearest_name(section, names);
            unknown_.push_back(problem);
        } else if (!content.is_table()) {
            problems_.push_back(problem_at(content.place, section, "is not a table", "[" + section + "]"));
        } else {
            for (const auto& [name, value] : *content.table()) {
                const std::string path = section + "." + name;
                if (find_key(path)) {
                    given.emplace(path, value);
                } else {
                    unknown_.push_back(unknown_key(value.place, path, "a key of [" + section + "]"));
                }
            }
        }
    }

    void read_other(const OtherSection& other, const Value& content) {
        const bool is_array = std::string(other.name) == "events" || std::string(other.name) == "expect";
        const std::string form = is_array ? fmt::format("[[{}]]", other.name) : fmt::format("[{}]", other.name);
        if (is_array ? content.array() == nullptr : !content.is_table()) {
            problems_.push_back(problem_at(content.place, other.name, "is of another kind", form));
        } else if (other.ignored) {
            notes_.push_back(form + " is ignored by run");
        } else {
            problems_.push_back(problem_at(content.place, other.name, form + " is not available in this version yet",
                                           "a scenario without it"));
        }
    }

    std::vector<Problem>& unknown_;
    std::vector<Problem>& problems_;
    std::vector<std::string>& notes_;
};

/// Sets a part of a composite value, whichever form it had.
void set_part(const Key& key, const std::string& part, const Value& value, GivenValues& given) {
    const auto found = given.find(key.path);
    // What is neither given nor there by default starts as an empty table.
    const auto written = key.write(Scenario());
    const Value before = found != given.end() ? found->second : written.value_or(Value{Value::Table(), {}});
    Value whole = key.expand(before);
    if (!whole.is_table()) whole.data = Value::Table();
    whole.place = value.place;
    auto& entries = *whole.table();
    // A new rule has other parts than a schedule.
    if (part == "rule") entries.clear();
    const auto entry = std::find_if(entries.begin(), entries.end(), [&](const auto& e) { return e.first == part; });
    if (entry != entries.end()) {
        entry->second = value;
    } else {
        entries.emplace_back(part, value);
    }
    given[key.path] = whole;
}

void apply(const Override& change, GivenValues& given, std::vector<Problem>& unknown, std::vector<Problem>& problems) {
    const Place place{change.option, 0, 0};
    const std::string section = change.key.substr(0, change.key.find('.'));
    for (const OtherSection& other : other_sections) {
        if (section != other.name) continue;
        problems.push_back(problem_at(place, change.key, "cannot be set here",
                                      "a scenario key; [" + section + "] is part of the file"));
        return;
    }
    std::string part;
    const Key* key = find_key(change.key, &part);
    if (!key) {
        unknown.push_back(unknown_key(place, change.key, "a scenario key"));
        return;
    }
    Value value = parse_toml_value(change.value, place).value_or(Value{change.value, place});
    if (part.empty()) {
        given[key->path] = value;
    } else {
        set_part(*key, part, value, given);
    }
}

/// Reads all given keys; the period first, since others are in periods.
Scenario read_all(const ScenarioSource& source, const GivenValues& given, std::vector<Problem>& problems) {
    Scenario scenario;
    scenario.name = source.stem;
    const auto read = [&](const Key& key) {
        const auto found = given.find(key.path);
        if (found == given.end()) return;
        KeyReader reader(key.path, source.folder, problems);
        key.read(reader, found->second, scenario);
    };
    read(*find_key("timing.period"));
    read(*find_key("scenario.seed"));
    scenario.timing.latency = {scenario.timing.period, scenario.timing.period};
    scenario.network.seed = scenario.seed;
    scenario.timing.device_seed = scenario.seed;
    for (const Key& key : scenario_keys()) {
        if (key.path != "timing.period" && key.path != "scenario.seed") read(key);
    }
    return scenario;
}

std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (in.bad() || !in.is_open()) throw input_error(path, "", "cannot be read", "a scenario file");
    return text;
}

}  // namespace

ScenarioSource source_of(const BuiltinScenario& scenario) {
    const std::string name(scenario.name);
    return {name, name, fs::current_path().string(), std::string(scenario.text)};
}

ScenarioSource find_scenario(const std::string& path_or_name) {
    std::error_code failure;
    if (fs::is_regular_file(path_or_name, failure)) {
        constexpr std::uintmax_t limit = 1 << 20;
        if (fs::file_size(path_or_name, failure) > limit)
            throw input_error(path_or_name, "", "is larger than 1 MB", "a scenario file");
        const fs::path path(path_or_name);
        std::string stem = path.stem().string();
        // A file name may hold anything; the run's name may not.
        for (char& c : stem) {
            if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-')) c = '_';
        }
        if (stem.find_first_not_of('.') == std::string::npos) stem = "scenario";
        const std::string folder = fs::absolute(path).parent_path().lexically_normal().string();
        return {path_or_name, stem, folder, read_file(path_or_name)};
    }
    std::vector<std::string> names;
    for (const BuiltinScenario& scenario : builtin_scenarios()) {
        names.emplace_back(scenario.name);
        if (scenario.name == path_or_name) return source_of(scenario);
    }
    Problem problem;
    problem.place = path_or_name;
    problem.message = fs::exists(path_or_name, failure)
                          ? "is not a file"
                          : "there is neither a file nor a built-in scenario of this name";
    problem.expected = "a path, or a name of `settle list`";
    problem.suggestion = nearest_name(path_or_name, names);
    throw Error(Blame::input, {problem});
}

Override parse_set(const std::string& argument) {
    const std::size_t equals = argument.find('=');
    if (equals == std::string::npos || equals == 0) {
        throw input_error("--set", "", "\"" + argument + "\" sets nothing", "KEY=VALUE");
    }
    return {"--set", argument.substr(0, equals), argument.substr(equals + 1)};
}

LoadedScenario load_scenario(const ScenarioSource& source, const std::vector<Override>& overrides) {
    LoadedScenario loaded;
    std::vector<Problem> unknown, problems;
    GivenValues given = FileReader(unknown, problems, loaded.notes).read(parse_toml(source.text, source.name));
    for (const Override& change : overrides) apply(change, given, unknown, problems);
    loaded.scenario = read_all(source, given, problems);
    check_together(loaded.scenario, given, source.name, problems);
    check_engine(loaded.scenario, given, problems, loaded.warnings);
    refuse_unavailable(loaded.scenario, given, source.name, problems);
    if (loaded.scenario.neuron.kind == NeuronKind::continuous) {
        if (loaded.scenario.record.bits.on)
            loaded.notes.push_back("record.bits writes nothing: continuous neurons send no bits");
        loaded.scenario.neuron.lambda.reset();
    }
    // In the order of the file; what has no line (options, missing keys) comes last.
    std::stable_sort(problems.begin(), problems.end(), [](const Problem& a, const Problem& b) {
        const auto rank = [](const Problem& p) { return std::pair(p.line > 0 ? p.line : INT_MAX, p.column); };
        return rank(a) < rank(b);
    });
    unknown.insert(unknown.end(), problems.begin(), problems.end());
    if (!unknown.empty()) throw Error(Blame::input, unknown);
    return loaded;
}

std::string scenario_as_toml(const Scenario& scenario) {
    std::string text, section;
    for (const Key& key : scenario_keys()) {
        const auto value = key.write(scenario);
        if (!value) continue;
        if (key.section() != section) {
            text += (section.empty() ? "[" : "\n[") + key.section() + "]\n";
            section = key.section();
        }
        text += key.name() + " = " + to_toml(*value) + "\n";
    }
    return text;
}

std::vector<std::string> differing_keys(const Scenario& a, const Scenario& b) {
    std::vector<std::string> paths;
    for (const Key& key : scenario_keys()) {
        const auto one = key.write(a), other = key.write(b);
        if ((one ? to_toml(*one) : "") != (other ? to_toml(*other) : "")) paths.push_back(key.path);
    }
    return paths;
}

std::vector<EngineKind> allowed_engines(const Scenario& scenario) {
    std::vector<EngineKind> engines;
    for (const auto& [word, engine] : engine_words) {
        if (scenario.neuron.kind == NeuronKind::continuous && engine != EngineKind::lockstep) continue;
        const bool honours =
            std::all_of(scenario_keys().begin(), scenario_keys().end(), [&, e = engine](const Key& key) {
                return key.path == "scenario.shard" || key.honoured_by(e) || at_default(key, scenario);
            });
        if (honours) engines.push_back(engine);
    }
    return engines;
}

}  // namespace settle
