#include "tools/settle/scenario_options.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace settle {

LoadedScenario load_from_options(const ScenarioOptions& options, bool quiet) {
    const ScenarioSource source = find_scenario(options.scenario);
    std::vector<Override> overrides;
    for (const std::string& argument : options.set) overrides.push_back(parse_set(argument));
    if (options.engine) overrides.push_back({"--engine", "scenario.engine", *options.engine});
    if (options.threads) overrides.push_back({"--threads", "scenario.threads", *options.threads});
    if (options.seed) overrides.push_back({"--seed", "scenario.seed", *options.seed});
    LoadedScenario loaded = load_scenario(source, overrides);
    if (quiet) return loaded;
    for (const std::string& warning : loaded.warnings) fmt::print(stderr, "settle: warning: {}\n", warning);
    for (const std::string& note : loaded.notes) fmt::print(stderr, "settle: note: {}\n", note);
    return loaded;
}

}  // namespace settle
