#include "sim/scenario/load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <numeric>

#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/measures/certificate_figures.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/event_checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/event_notes.hpp"
#include "sim/scenario/event_reader.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenario/network_form.hpp"
#include "sim/scenario/point_choice.hpp"
#include "sim/scenario/point_plot_form.hpp"
#include "sim/scenario/stream_notes.hpp"
#include "sim/scenario/words.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

/// What a file says, sorted.
struct FileContent {
    GivenValues given;
    std::vector<std::string> sections;  ///< [sweep] and [search], where they are there
    std::optional<Value> expectations, events;
};

class FileReader {
public:
    explicit FileReader(Problems& problems) : problems_(problems) {}

    FileContent read(const Value& file) {
        FileContent found;
        for (const auto& [section, content] : *file.table()) read_section(section, content, found);
        return found;
    }

private:
    void read_section(const std::string& section, const Value& content, FileContent& found) {
        const std::vector<std::string> names = section_names();
        if (section == "events") {
            found.events = content;
        } else if (section == "expect") {
            found.expectations = content;
        } else if (const Key* key = find_key(section); key && key->of_tables) {
            found.given.emplace(section, content);
        } else if (std::find(names.begin(), names.end(), section) == names.end()) {
            complain_about_section(section, content, names);
        } else if (!content.is_table()) {
            problems_.wrong.push_back(problem_at(content.place, section, "is not a table", "[" + section + "]"));
        } else {
            if (section == "sweep" || section == "search") found.sections.push_back(section);
            if (section == "energy" && content.table()->empty())
                found.given.emplace("energy.preset", Value{std::string("none"), content.place});
            if (section == "chip" && content.table()->empty())
                found.given.emplace("chip.multicast", Value{true, content.place});
            for (const auto& [name, value] : *content.table()) read_key(section, name, value, found.given);
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
        problem.expected += ", [[population]], [[projection]], [[events]], [[expect]]";
        std::vector<std::string> all = names;
        all.insert(all.end(), {"population", "projection", "expect", "events"});
        problem.suggestion = content.is_table() || content.array() ? nearest_name(section.substr(0, 60), all) : "";
        if (problem.suggestion.empty() && !content.is_table()) problem.suggestion = nearest_key(section);
        problems_.unknown.push_back(problem);
    }

    Problems& problems_;
};

/// Drops what the run leaves out, so that the resolved scenario is what was run and loads again.
void leave_out(const std::vector<std::string>& keys, const Problems& problems, const ScenarioSource& source,
               GivenValues& given, LoadedScenario& loaded) {
    for (const std::string& key : keys) loaded.warnings.push_back(key + ": the lockstep engine leaves it out");
    for (const std::string& key : keys) given.erase(key);
    loaded.left_out = keys;
    Problems known;
    if (!keys.empty()) {
        std::vector<Event> events = std::move(loaded.scenario.events);
        loaded.scenario = read_keys(given, source.stem, source.folder, known);
        loaded.scenario.events = std::move(events);
    }
    // Values that are left out are no matter.
    for (const Problem& problem : keys.empty() ? problems.doubtful : known.doubtful)
        loaded.warnings.push_back(to_text(problem));
}

const char* word_of(Command command) {
    return command == Command::sweep ? "sweep" : command == Command::search ? "search" : "run";
}

/// Those that another command judges.
void note_expectations(Command command, LoadedScenario& loaded) {
    const bool sweeps = command == Command::sweep;
    const auto& expectations = loaded.scenario.expectations;
    const auto left = std::count_if(expectations.begin(), expectations.end(),
                                    [&](const Expectation& e) { return e.point.empty() == sweeps; });
    if (left == 0) return;
    loaded.notes.push_back(fmt::format("{} of the expectations {} about {}, and left to settle {}", left,
                                       left == 1 ? "is" : "are", sweeps ? "the scenario itself" : "a point of a sweep",
                                       sweeps ? "run" : "sweep"));
}

/// What options have made impossible is judged all the same, and fails.
void note_hopeless(LoadedScenario& loaded) {
    for (const Expectation& e : loaded.scenario.expectations) {
        const std::string reason = why_hopeless(e, loaded.scenario);
        if (!reason.empty())
            loaded.notes.push_back((e.after.empty() ? e.metric : "recovery after " + quoted(e.after)) +
                                   ", which is expected, will not be there: " + reason);
    }
}

/// What the command does not do although the scenario speaks of it.
void add_notes(const GivenValues& given, std::vector<std::string> ignored, Command command, LoadedScenario& loaded) {
    for (const auto& [path, value] : given) {
        const Key* key = find_key(path);
        if (!key->of_a_run()) ignored.push_back(key->section());
    }
    std::sort(ignored.begin(), ignored.end());
    ignored.erase(std::unique(ignored.begin(), ignored.end()), ignored.end());
    std::erase(ignored, word_of(command));
    for (const std::string& section : ignored)
        loaded.notes.push_back(fmt::format("[{}] is ignored by {}", section, word_of(command)));
    note_expectations(command, loaded);
    note_hopeless(loaded);
    const Scenario& scenario = loaded.scenario;
    const std::vector<std::string> about_events = notes_on_events(scenario);
    loaded.notes.insert(loaded.notes.end(), about_events.begin(), about_events.end());
    const auto& record = scenario.record;
    const bool records = record.state.on || record.bits.on || record.weights.on || record.spikes.on ||
                         record.messages.on || recorded_queues(scenario).on;
    if (command != Command::run && records) {
        loaded.notes.push_back(
            fmt::format("record.* is ignored by {}; settle run records one of its runs", word_of(command)));
    }
    if (scenario.task == Task::infer && scenario.network.weights.empty())
        loaded.notes.push_back("network.weights is not given: what is looked at is a network that has learned nothing");
    const bool streams =
        std::any_of(given.begin(), given.end(), [](const auto& value) { return value.first.rfind("stream.", 0) == 0; });
    if (streams && scenario.task != Task::stream)
        loaded.notes.push_back("[stream] is ignored by the task " + to_word(scenario.task));
    for (std::string& note : notes_on_stream(given, scenario)) loaded.notes.push_back(std::move(note));
    if (!scenario.network.train.empty() && scenario.task != Task::converge)
        loaded.notes.push_back("network.train is ignored by the task " + to_word(scenario.task));
    if (has_idle_scale(scenario)) {
        const std::string from = prior_training(scenario) ? prior_training_key(scenario) : "network.weights";
        loaded.notes.push_back(from + " has the weights: init_scale is ignored");
    }
    if (scenario.record.weights.on && scenario.task != Task::train) {
        loaded.notes.push_back("record.weights writes nothing: only training changes weights");
    }
    const std::vector<int> sizes = scenario.network.sizes();
    if (scenario.task == Task::converge &&
        std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0}) > most_certified)
        loaded.notes.push_back(
            fmt::format("eigenvalues are left out: the network has more than {} neurons", most_certified));
    if (scenario.neuron.kind != NeuronKind::continuous) return;
    for (const auto& [on, key] :
         {std::pair(record.bits.on, "record.bits"), std::pair(record.spikes.on, "record.spikes")})
        if (on) loaded.notes.push_back(std::string(key) + " writes nothing: continuous neurons send no bits");
}

/// What the file alone says, right or wrong.
Scenario as_written(const ScenarioSource& source) {
    Problems ignored;
    return read_keys(FileReader(ignored).read(parse_toml(source.text, source.name)).given, source.stem, source.folder,
                     ignored);
}

std::string key_of(const Override& change) {
    const Key* key = find_key(change.key);
    return key ? key->path : change.key;
}

/// What makes a run shorter, or another sample of the same experiment.
bool is_shared(const std::string& key) {
    static const std::vector<std::string> keys = {"scenario.seed", "scenario.threads", "learning.epochs",
                                                  "data.train",    "data.test",        "data.validation"};
    return std::find(keys.begin(), keys.end(), key) != keys.end();
}

/// What says how a run is kept, and nothing about what it finds.
bool of_one_run(const std::string& key) {
    return key == "scenario.name" || key.rfind("record.", 0) == 0 || key.rfind("checkpoint.", 0) == 0;
}

/// `than` is an absolute path or the name of a built-in scenario.
ScenarioSource source_of_other(const std::string& than) {
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        if (builtin.name == than) return source_of(builtin);
    }
    return find_scenario(than);
}

/// Removes what the problems blame on options; false when there is nothing of that kind.
bool remove_blamed(const std::vector<Problem>& problems, std::vector<Override>& overrides) {
    const std::size_t before = overrides.size();
    for (const Problem& problem : problems) {
        if (problem.line > 0) continue;
        std::erase_if(overrides, [&](const Override& change) {
            const std::string key = key_of(change);
            return problem.place == change.option && (problem.key == key || problem.key.rfind(key + ".", 0) == 0);
        });
    }
    return overrides.size() < before;
}

constexpr std::size_t size_limit = 1 << 20;

/// Pipes are welcome, so the size is known only while reading.
std::string read_file(const std::string& path) {
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::string text(size_limit + 1, '\0');
    if (in) in.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (!in.is_open() || in.bad()) {
        throw input_error(printable(path), "", "cannot be read" + (errno != 0 ? ": " + system_reason(errno) : ""),
                          "a scenario file");
    }
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
    std::error_code gone;  // a directory that has been deleted matters to relative paths alone
    return {name, name, fs::current_path(gone).string(), std::string(scenario.text)};
}

ScenarioSource find_scenario(const std::string& path_or_name) {
    std::error_code failure;
    const bool is_there = fs::exists(path_or_name, failure) && !fs::is_directory(path_or_name, failure);
    if (is_there) {
        const fs::path path(path_or_name);
        const std::string folder = fs::absolute(path, failure).parent_path().lexically_normal().string();
        return {printable(path_or_name, 1000), plain_stem(path), folder, read_file(path_or_name)};
    }
    std::vector<std::string> names;
    for (const BuiltinScenario& scenario : builtin_scenarios()) {
        names.emplace_back(scenario.name);
        if (scenario.name == path_or_name) return source_of(scenario);
    }
    Problem problem;
    problem.place = printable(path_or_name, 1000);
    const std::string obstacle = obstacle_at(path_or_name);
    problem.message = fs::is_directory(path_or_name, failure) ? "is a folder"
                      : !obstacle.empty()                     ? "cannot be looked at: " + obstacle
                                          : "there is neither a file nor a built-in scenario of this name";
    problem.expected = "a path, or a name of `settle list`";
    problem.suggestion = nearest_name(path_or_name.substr(0, 60), names);
    throw Error(Blame::input, {problem});
}

namespace {

/// Whether the section that the command is about says everything it needs.
void check_command(const Scenario& scenario, const GivenValues& given, Command command, const std::string& file,
                   Problems& problems) {
    const auto demand = [&](const char* key, bool there, const char* expected) {
        if (there || problems.about(key)) return;
        problems.wrong.push_back(problem_at({file, 0, 0}, key, "is missing", expected));
    };
    if (command == Command::sweep) {
        demand("sweep.over", !scenario.sweep.over.empty(), "what to vary, such as { \"timing.jitter\" = [0.0, 0.1] }");
    }
    if (command != Command::search) return;
    demand("search.over", !scenario.search.over.empty(),
           "what to vary, such as { \"neuron.epsilon.initial\" = [0.1, 1.0] }");
    const std::string& objective = scenario.search.objective;
    demand("search.objective", !objective.empty(), "the metric that is minimised");
    const std::vector<std::string> metrics = reported_metrics(scenario);
    if (objective.empty() || std::find(metrics.begin(), metrics.end(), objective) != metrics.end()) return;
    const Metric* metric = find_metric(objective);
    const std::string reason = metric ? why_absent(*metric, scenario, varied_by(scenario.search.over)) : "";
    Problem problem = problem_at(
        given.at("search.objective").place, "search.objective",
        quoted(objective) + (is_metric_name(objective) ? " is not reported by the task " : " is unknown to the task ") +
            to_word(scenario.task) + " as it is set" + (reason.empty() ? "" : ": " + reason),
        "one of " + joined(metrics));
    problem.suggestion = nearest_name(objective.substr(0, 60), metrics);
    problems.wrong.push_back(problem);
}

/// Options whose keys the sweep or search sets itself.
void note_varied(const std::vector<Override>& overrides, Command command, LoadedScenario& loaded) {
    const Scenario& scenario = loaded.scenario;
    const auto axes = command == Command::sweep ? axes_of(scenario.sweep.over, AxesOf::sweep)
                                                : axes_of(scenario.search.over, AxesOf::search);
    for (const Override& change : overrides) {
        const auto sets = [&](const std::string& key) {
            return change.key == key || change.key.rfind(key + ".", 0) == 0;
        };
        for (const Axis& axis : axes) {
            const bool every = std::all_of(axis.choices.begin(), axis.choices.end(), [&](const Choice& choice) {
                return std::any_of(choice.settings.begin(), choice.settings.end(),
                                   [&](const Setting& setting) { return sets(setting.key); });
            });
            if (axis.range ? !sets(axis.name) : !every) continue;
            loaded.notes.push_back(fmt::format("{} is what the {} varies, and {} has no effect on it",
                                               printable(change.key), word_of(command), change.option));
        }
    }
}

/// The axes of the file's own sweep, whose points its expectations may be about whatever options have made of the grid.
Value::Table written_over(const ScenarioSource& source, const GivenValues& given) {
    const auto over = given.find("sweep.over");
    if (over == given.end()) return {};
    Problems ignored;
    Scenario scratch;
    KeyReader reader(over->first, source.folder, ignored);
    find_key(over->first)->read(reader, over->second, scratch);
    return scratch.sweep.over;
}

/// Leaves out expectations about points that options have taken out of the grid.
void drop_points(std::vector<Expectation>& expectations, LoadedScenario& loaded) {
    const std::vector<std::string> there = point_labels(loaded.scenario.sweep.over);
    const auto is_there = [&](const std::string& label) {
        return std::find(there.begin(), there.end(), label) != there.end();
    };
    const auto dropped = std::erase_if(expectations, [&](const Expectation& e) {
        return !e.point.empty() && (!is_there(e.point) || (e.than_point && !is_there(e.than)));
    });
    if (dropped == 0) return;
    loaded.notes.push_back(fmt::format("{} of the expectations {} about a point that is not in this grid", dropped,
                                       dropped == 1 ? "is" : "are"));
}

/// The point that the others are compared with.
void check_against(const std::vector<std::string>& there, const std::vector<std::string>& written, GivenValues& given,
                   LoadedScenario& loaded, Problems& problems) {
    std::string& against = loaded.scenario.sweep.against;
    const auto is_in = [&](const std::vector<std::string>& labels) {
        return std::find(labels.begin(), labels.end(), against) != labels.end();
    };
    if (against.empty() || problems.about("sweep.over") || is_in(there)) return;
    if (is_in(written)) {
        loaded.notes.push_back("sweep.against names a point that is not in this grid: there are no differences");
        against.clear();
        given.erase("sweep.against");
        return;
    }
    Problem problem = problem_at(given.at("sweep.against").place, "sweep.against",
                                 settle::quoted(against) + " is unknown", "the label of a point of the sweep");
    problem.suggestion = nearest_label(against, there);
    problems.wrong.push_back(problem);
}

/// Reads [[expect]] and looks at what else a study needs.
std::vector<Expectation> check_study(const ScenarioSource& source, FileContent& file, const Value::Table& over,
                                     const Scenario& before_options, Command command, LoadedScenario& loaded,
                                     Problems& problems) {
    const std::vector<std::string> there = point_labels(loaded.scenario.sweep.over), written = point_labels(over);
    std::vector<Expectation> expectations;
    if (file.expectations) {
        ExpectedPoints points{there, command == Command::sweep};
        points.labels.insert(points.labels.end(), written.begin(), written.end());
        const Value tables = each_point(*file.expectations, loaded.scenario.sweep.over, over, problems);
        expectations = read_expectations(tables, source.folder, points, {before_options, loaded.scenario}, problems);
    }
    if (command != Command::sweep) return expectations;
    check_against(there, written, file.given, loaded, problems);
    check_shown(loaded.scenario, file.given, loaded.notes, problems);
    return expectations;
}

/// Continuous neurons predict nothing.
void drop_lambda(Scenario& scenario) {
    if (scenario.neuron.kind == NeuronKind::continuous) scenario.neuron.lambda.reset();
}

/// Resolved scenarios have every default written down, also those of engines that they do not use. Those of earlier
/// versions must load, and this default has changed since.
void drop_former_default(GivenValues& given, LoadedScenario& loaded) {
    constexpr std::int64_t former = 4;
    const auto lead = given.find("free.max_lead");
    if (lead == given.end() || loaded.scenario.engine == EngineKind::free_running) return;
    const auto* value = std::get_if<std::int64_t>(&lead->second.data);
    if (lead->second.place.line == 0 || value == nullptr || *value != former) return;
    given.erase(lead);
    loaded.scenario.free.max_lead = Scenario().free.max_lead;
    loaded.notes.push_back(
        fmt::format("free.max_lead = {}, the default of earlier versions, means nothing to the {} engine", former,
                    to_word(loaded.scenario.engine)));
}

ScenarioBase base_of(const ScenarioSource& source, const GivenValues& given) {
    ScenarioBase base{{source.name, source.stem, source.folder, ""}, {}, {}};
    for (const auto& [path, value] : given) {
        if (find_key(path)->of_a_run()) base.given.emplace(path, value);
    }
    return base;
}

/// What must hold of a single run, too; the keys that it leaves out.
std::vector<std::string> check_run(const Scenario& scenario, const GivenValues& given, const std::string& file,
                                   Problems& problems) {
    std::vector<std::string> left_out = check_engine(scenario, given, problems);
    check_together(scenario, given, file, problems);
    check_weights_of_stream(scenario, given, file, problems);
    refuse_unavailable(scenario, given, file, problems);
    if (const auto all = problems.in_order(); !all.empty()) throw Error(Blame::input, all);
    return left_out;
}

}  // namespace

Error at_given_place(const Error& error, const std::map<std::string, Place>& places) {
    std::vector<Problem> problems = error.problems();
    for (Problem& problem : problems) {
        const auto given = places.find(problem.key);
        if (given == places.end() || problem.line > 0) continue;
        // There it is the file that is wrong, and has been named.
        const bool of_a_file = problem.key == "network.weights" || problem.key == "data.path";
        if (of_a_file && !problem.place.empty()) continue;
        if (!problem.place.empty() && problem.place != given->second.name)
            problem.message += " (" + problem.place + ")";
        problem.place = given->second.name;
        problem.line = given->second.line;
        problem.column = given->second.column;
    }
    return {error.blame(), problems};
}

LoadedScenario load_scenario(const ScenarioSource& source, const std::vector<Override>& overrides, Command command,
                             Judging judging) {
    LoadedScenario loaded;
    Problems problems;
    FileContent file = FileReader(problems).read(parse_toml(source.text, source.name));
    GivenValues& given = file.given;
    const Value::Table written = written_over(source, given);
    Problems ignored;
    Scenario before_options = overrides.empty() ? Scenario() : read_keys(given, source.stem, source.folder, ignored);
    apply_overrides(overrides, given, problems);
    loaded.scenario = read_keys(given, source.stem, source.folder, problems);
    drop_former_default(given, loaded);
    if (file.events) loaded.scenario.events = read_events(*file.events, loaded.scenario, given, source.name, problems);
    before_options.events = loaded.scenario.events;  // which expectations may be about, and options do not change
    std::vector<Expectation> expectations = check_study(
        source, file, written, overrides.empty() ? loaded.scenario : before_options, command, loaded, problems);
    if (judging == Judging::nothing) expectations.clear();
    if (command == Command::sweep && problems.in_order().empty()) drop_points(expectations, loaded);
    check_command(loaded.scenario, given, command, source.name, problems);
    const std::vector<std::string> left_out = check_run(loaded.scenario, given, source.name, problems);
    loaded.base = base_of(source, given);
    loaded.base.events = std::move(file.events);
    leave_out(left_out, problems, source, given, loaded);
    loaded.scenario.expectations = std::move(expectations);
    for (const auto& [path, value] : given) loaded.places.emplace(path, value.place);
    add_notes(given, std::move(file.sections), command, loaded);
    drop_lambda(loaded.scenario);
    if (command != Command::run) note_varied(overrides, command, loaded);
    return loaded;
}

LoadedScenario load_varied(const ScenarioBase& base, const std::vector<Setting>& settings) {
    LoadedScenario loaded;
    Problems problems;
    GivenValues given = base.given;
    apply_settings(settings, given);
    loaded.scenario = read_keys(given, base.source.stem, base.source.folder, problems);
    if (base.events)
        loaded.scenario.events = read_events(*base.events, loaded.scenario, given, base.source.name, problems);
    const std::vector<std::string> left_out = check_run(loaded.scenario, given, base.source.name, problems);
    leave_out(left_out, problems, base.source, given, loaded);
    drop_lambda(loaded.scenario);
    return loaded;
}

LoadedScenario load_other(const std::string& than, const ScenarioSource& source,
                          const std::vector<Override>& overrides) {
    const ScenarioSource other = source_of_other(than);
    const std::vector<std::string> differing = differing_keys(as_written(source), as_written(other));
    std::vector<Override> shared = overrides;
    std::erase_if(shared, [&](const Override& change) {
        const std::string key = key_of(change);
        return !is_shared(key) && std::find(differing.begin(), differing.end(), key) != differing.end();
    });
    std::erase_if(shared, [](const Override& change) { return of_one_run(key_of(change)); });
    for (;;) {
        try {
            LoadedScenario loaded = load_scenario(other, shared);
            for (std::string& note : loaded.notes) note = than + ", which an expectation compares with: " + note;
            for (const Override& change : overrides) {
                const auto same = [&](const Override& one) {
                    return one.key == change.key && one.value == change.value;
                };
                if (of_one_run(change.key) || std::any_of(shared.begin(), shared.end(), same)) continue;
                loaded.notes.push_back(than + ", which an expectation compares with, keeps its own " + key_of(change));
            }
            return loaded;
        } catch (const Error& error) {
            if (!remove_blamed(error.problems(), shared)) throw;
        }
    }
}

namespace {

/// Not written into a resolved scenario. A study may vary what a default follows from, so a file with that default
/// written down would be another study. And where the engine has no device, its seed would stand in the way of
/// another scenario.seed.
bool follows(const Key& key, const Scenario& scenario, Command command) {
    constexpr const char* derived[] = {"network.seed", "timing.device_seed", "timing.latency", "learning.beta_sign"};
    if (std::find(std::begin(derived), std::end(derived), key.path) == std::end(derived)) return false;
    const bool idle = key.path == "timing.device_seed" && !key.honoured_by(scenario.engine);
    return (command != Command::run || idle) && at_default(key, scenario);
}

}  // namespace

std::string scenario_as_toml(const Scenario& scenario, Command command) {
    std::string text, section;
    for (const Key& key : scenario_keys()) {
        const auto value = key.write(scenario);
        if (!value || follows(key, scenario, command) || (!key.of_a_run() && key.section() != word_of(command)))
            continue;
        if (key.of_tables) {
            text += tables_as_toml(key.path, *value);
            section.clear();
            continue;
        }
        if (key.section() != section) {
            text += (text.empty() ? "[" : "\n[") + key.section() + "]\n";
            section = key.section();
        }
        text += key.name() + " = " + to_toml(*value) + "\n";
    }
    std::vector<Expectation> expectations = scenario.expectations;
    // Without the sweep nobody would know the point; and what options have made hopeless would be wrong in a file.
    std::erase_if(expectations, [&](const Expectation& e) {
        return (command != Command::sweep && e.than_point) || !why_hopeless(e, scenario).empty();
    });
    return text + events_as_toml(scenario.events) + expectations_as_toml(expectations);
}

std::vector<std::string> differing_keys(const Scenario& a, const Scenario& b, Command command) {
    std::vector<std::string> paths;
    for (const Key& key : scenario_keys()) {
        if (!key.of_a_run() && key.section() != word_of(command)) continue;
        const auto one = key.write(a), other = key.write(b);
        if ((one ? to_toml(*one) : "") != (other ? to_toml(*other) : "")) paths.push_back(key.path);
    }
    if (events_as_toml(a.events) != events_as_toml(b.events)) paths.emplace_back("events");
    return paths;
}

}  // namespace settle
