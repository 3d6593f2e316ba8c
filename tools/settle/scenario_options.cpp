#include "tools/settle/scenario_options.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace settle {

std::vector<Override> overrides_of(const ScenarioOptions& options) {
    std::vector<Override> overrides;
    for (const std::string& argument : options.set) overrides.push_back(parse_set(argument));
    if (options.engine) overrides.push_back({"--engine", "scenario.engine", *options.engine});
    if (options.threads) overrides.push_back({"--threads", "scenario.threads", *options.threads});
    if (options.seed) overrides.push_back({"--seed", "scenario.seed", *options.seed});
    return overrides;
}

LoadedScenario load_from_options(const ScenarioOptions& options, bool quiet) {
    return load_from_options(find_scenario(options.scenario), options, quiet, Command::run);
}

LoadedScenario load_from_options(const ScenarioSource& source, const ScenarioOptions& options, bool quiet,
                                 Command command) {
    const Judging judging = options.no_expect ? Judging::nothing : Judging::as_written;
    LoadedScenario loaded = load_scenario(source, overrides_of(options), command, judging);
    if (quiet) return loaded;
    for (const std::string& warning : loaded.warnings) fmt::print(stderr, "settle: warning: {}\n", warning);
    for (const std::string& note : loaded.notes) fmt::print(stderr, "settle: note: {}\n", note);
    return loaded;
}

std::map<std::string, Scenario> load_others(const ScenarioOptions& options, const Scenario& scenario, bool quiet,
                                            Command command) {
    std::map<std::string, Scenario> others;
    for (const Expectation& expectation : scenario.expectations) {
        const std::string& than = expectation.than;
        const bool judged = expectation.point.empty() == (command != Command::sweep) && !expectation.than_point;
        if (than.empty() || !judged || others.count(than) > 0) continue;
        // Only what is compared with something needs the file once more; a pipe could not be read twice.
        LoadedScenario loaded = load_other(than, find_scenario(options.scenario), overrides_of(options));
        for (const std::string& note : loaded.notes) {
            if (!quiet) fmt::print(stderr, "settle: note: {}\n", note);
        }
        others.emplace(than, std::move(loaded.scenario));
    }
    return others;
}

void tell_missing_threads(int wanted, int started, bool quiet) {
    if (quiet || started == wanted) return;
    fmt::print(stderr,
               "settle: warning: --threads: {} were asked for and {} could be started (a limit on processes, or too "
               "little memory); it goes on with {}\n",
               wanted, started, started);
}

}  // namespace settle
