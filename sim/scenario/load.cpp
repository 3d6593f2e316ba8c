#include "sim/scenario/load.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/words.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

/// Sorts the file's values by key.
class FileReader {
public:
    FileReader(Problems& problems, std::vector<std::string>& ignored) : problems_(problems), ignored_(ignored) {}

    GivenValues read(const Value& file) {
        GivenValues given;
        for (const auto& [section, content] : *file.table()) read_section(section, content, given);
        return given;
    }

private:
    void read_section(const std::string& section, const Value& content, GivenValues& given) {
        const std::vector<std::string> names = section_names();
        if (section == "events" || section == "expect") {
            refuse_script(section, content);
        } else if (std::find(names.begin(), names.end(), section) == names.end()) {
            complain_about_section(section, content, names);
        } else if (!content.is_table()) {
            problems_.wrong.push_back(problem_at(content.place, section, "is not a table", "[" + section + "]"));
        } else {
            if (section == "sweep" || section == "search") ignored_.push_back(section);
            for (const auto& [name, value] : *content.table()) read_key(section, name, value, given);
        }
    }

    void read_key(const std::string& section, const std::string& name, const Value& value, GivenValues& given) {
        const std::string path = section + "." + name;
        // A quoted name may hold dots: "epsilon.initial" is no key of its own.
        const Key* key = name.find('.') == std::string::npos ? find_key(path) : nullptr;
        if (key) {
            given.emplace(path, value);
            return;
        }
        Problem problem = problem_at(value.place, section + "." + printable(toml_key(name)), "unknown key",
                                     "a key of [" + section + "]");
        problem.suggestion = nearest_key(path);
        problems_.unknown.push_back(problem);
    }

    void complain_about_section(const std::string& section, const Value& content,
                                const std::vector<std::string>& names) {
        Problem problem = problem_at(content.place, printable(toml_key(section)),
                                     content.is_table() ? "unknown section" : "unknown key", "");
        for (const std::string& name : names) problem.expected += (problem.expected.empty() ? "[" : ", [") + name + "]";
        problem.suggestion = content.is_table() ? nearest_name(section.substr(0, 60), names) : nearest_key(section);
        problems_.unknown.push_back(problem);
    }

    /// [[events]] and [[expect]].
    void refuse_script(const std::string& section, const Value& content) {
        const std::string form = "[[" + section + "]]";
        if (content.array()) {
            problems_.wrong.push_back(problem_at(content.place, section, form + " is not available in this version yet",
                                                 "a scenario without it"));
        } else {
            problems_.wrong.push_back(problem_at(content.place, section, "is not an array of tables", form));
        }
    }

    Problems& problems_;
    std::vector<std::string>& ignored_;
};

/// Reads all given keys; the period first, since others are in periods.
Scenario read_all(const ScenarioSource& source, const GivenValues& given, Problems& problems) {
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

/// Drops what the run leaves out, so that the resolved scenario is what was run and loads again.
void leave_out(const std::vector<std::string>& keys, const ScenarioSource& source, GivenValues& given,
               LoadedScenario& loaded) {
    for (const std::string& key : keys) loaded.warnings.push_back(key + ": the lockstep engine leaves it out");
    for (const std::string& key : keys) given.erase(key);
    Problems known;
    if (!keys.empty()) loaded.scenario = read_all(source, given, known);
}

/// What the run does not do although the scenario speaks of it.
void add_notes(const GivenValues& given, std::vector<std::string> ignored, LoadedScenario& loaded) {
    for (const auto& [path, value] : given) {
        const Key* key = find_key(path);
        if (!key->of_a_run()) ignored.push_back(key->section());
    }
    std::sort(ignored.begin(), ignored.end());
    ignored.erase(std::unique(ignored.begin(), ignored.end()), ignored.end());
    for (const std::string& section : ignored) loaded.notes.push_back("[" + section + "] is ignored by run");
    Scenario& scenario = loaded.scenario;
    if (scenario.record.weights.on && scenario.task != Task::train) {
        loaded.notes.push_back("record.weights writes nothing: only training changes weights");
    }
    if (scenario.neuron.kind != NeuronKind::continuous) return;
    if (scenario.record.bits.on) loaded.notes.push_back("record.bits writes nothing: continuous neurons send no bits");
    scenario.neuron.lambda.reset();
}

constexpr std::size_t size_limit = 1 << 20;

/// Pipes are welcome, so the size is known only while reading.
std::string read_file(const std::string& path) {
    std::ifstream in(path, std::ios::binary);
    std::string text(size_limit + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad()) throw input_error(printable(path), "", "cannot be read", "a scenario file");
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() > size_limit) throw input_error(printable(path), "", "is larger than 1 MB", "a scenario file");
    return text;
}

/// A file name may hold anything; the run's name may not.
std::string plain_stem(const fs::path& path) {
    std::string stem = path.stem().string().substr(0, 200);
    for (char& c : stem) {
        if (!is_plain_name(std::string("x") + c)) c = '_';
    }
    return is_plain_name(stem) ? stem : "scenario";
}

}  // namespace

ScenarioSource source_of(const BuiltinScenario& scenario) {
    const std::string name(scenario.name);
    return {name, name, fs::current_path().string(), std::string(scenario.text)};
}

ScenarioSource find_scenario(const std::string& path_or_name) {
    std::error_code failure;
    const bool is_there = fs::exists(path_or_name, failure) && !fs::is_directory(path_or_name, failure);
    if (is_there) {
        const fs::path path(path_or_name);
        const std::string folder = fs::absolute(path).parent_path().lexically_normal().string();
        return {printable(path_or_name, 1000), plain_stem(path), folder, read_file(path_or_name)};
    }
    std::vector<std::string> names;
    for (const BuiltinScenario& scenario : builtin_scenarios()) {
        names.emplace_back(scenario.name);
        if (scenario.name == path_or_name) return source_of(scenario);
    }
    Problem problem;
    problem.place = printable(path_or_name, 1000);
    problem.message = fs::exists(path_or_name, failure)
                          ? "is a folder"
                          : "there is neither a file nor a built-in scenario of this name";
    problem.expected = "a path, or a name of `settle list`";
    problem.suggestion = nearest_name(path_or_name.substr(0, 60), names);
    throw Error(Blame::input, {problem});
}

LoadedScenario load_scenario(const ScenarioSource& source, const std::vector<Override>& overrides) {
    LoadedScenario loaded;
    Problems problems;
    std::vector<std::string> ignored;
    GivenValues given = FileReader(problems, ignored).read(parse_toml(source.text, source.name));
    apply_overrides(overrides, given, problems);
    loaded.scenario = read_all(source, given, problems);
    const std::vector<std::string> left_out = check_engine(loaded.scenario, given, problems);
    check_together(loaded.scenario, given, source.name, problems);
    refuse_unavailable(loaded.scenario, given, source.name, problems);
    if (const auto all = problems.in_order(); !all.empty()) throw Error(Blame::input, all);
    leave_out(left_out, source, given, loaded);
    add_notes(given, ignored, loaded);
    return loaded;
}

std::string scenario_as_toml(const Scenario& scenario) {
    std::string text, section;
    for (const Key& key : scenario_keys()) {
        const auto value = key.write(scenario);
        if (!value || !key.of_a_run()) continue;
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
        if (!key.of_a_run()) continue;
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
