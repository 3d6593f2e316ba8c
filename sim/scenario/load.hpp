// From a scenario file and the options of the command line to a resolved scenario, or to everything that is wrong with
// them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "sim/scenario/keys.hpp"
#include "sim/scenario/override.hpp"
#include "sim/scenarios/builtin.hpp"

namespace settle {

/// The text of a scenario and where it comes from.
struct ScenarioSource {
    std::string name;    ///< for messages: the path as given, or the name of a built-in scenario
    std::string stem;    ///< the default of scenario.name
    std::string folder;  ///< what its relative paths are relative to
    std::string text;
};

/// A file, or a built-in scenario by its name. Throws Error (input), with the nearest name, when there is neither.
ScenarioSource find_scenario(const std::string& path_or_name);

ScenarioSource source_of(const BuiltinScenario& scenario);

/// What a scenario is loaded for: which of [sweep] and [search] is looked at, and must be there.
enum class Command { run, sweep, search };

/// Whether what a scenario expects is judged. What is wrong with it is an error in either case.
enum class Judging { as_written, nothing };

/// What the points of a sweep and the trials of a search are laid over: the values of file and options, read once,
/// without those of [sweep] and [search].
struct ScenarioBase {
    ScenarioSource source;  ///< without its text
    GivenValues given;
    std::optional<Value> events;  ///< [[events]] as they are in the file: every point and trial has them
};

struct LoadedScenario {
    Scenario scenario;
    ScenarioBase base;
    std::vector<std::string> left_out;    ///< keys that the chosen engine leaves out
    std::vector<std::string> warnings;    ///< that it does, and what the user should know of values
    std::vector<std::string> notes;       ///< what this command ignores
    std::map<std::string, Place> places;  ///< of all keys that were given
};

/// What turned out to be wrong with the value of a key only when data or weights were looked at, at the place where the
/// value was given; the message then says which data.
Error at_given_place(const Error& error, const std::map<std::string, Place>& places);

/// read(), which reads data or weights, with errors at the places of the keys that they are about.
template <class Read>
auto at_places(const std::map<std::string, Place>& places, const Read& read) {
    try {
        return read();
    } catch (const Error& error) {
        throw at_given_place(error, places);
    }
}

/// Resolves defaults, applies overrides and checks everything that needs no data. Throws one Error (input) with all
/// problems: unknown names first, then the rest in the order of the file, then the options.
LoadedScenario load_scenario(const ScenarioSource& source, const std::vector<Override>& overrides,
                             Command command = Command::run, Judging judging = Judging::as_written);

/// The values of one point of a sweep or of one trial of a search laid over a scenario that has loaded: one run,
/// without [sweep], [search] and expectations. The time that it takes does not depend on how many points there are.
LoadedScenario load_varied(const ScenarioBase& base, const std::vector<Setting>& settings);

/// The scenario that expectations compare with, `than` of an expectation of `source`. Of the overrides it takes seed,
/// threads and sizes (learning.epochs, data.train, test and validation) and those whose keys the two files agree on,
/// since where they differ is what is compared; but none that it cannot honour. Its notes name what it does not take.
/// Throws Error (input) when it is wrong in itself.
LoadedScenario load_other(const std::string& than, const ScenarioSource& source,
                          const std::vector<Override>& overrides);

/// The resolved scenario with every default, as TOML; loads again to the same scenario. For `run` it is one
/// run: without [sweep] and [search], and without expectations that compare two points.
std::string scenario_as_toml(const Scenario& scenario, Command command = Command::run);

/// Whether two scenarios differ, and where: the paths of the keys whose values are not the same. For another
/// than run, those of its section are looked at too.
std::vector<std::string> differing_keys(const Scenario& a, const Scenario& b, Command command = Command::run);

/// The engines that could run the scenario, whether this version has them or not.
std::vector<EngineKind> allowed_engines(const Scenario& scenario);

}  // namespace settle
