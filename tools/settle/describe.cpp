#include <fmt/format.h>

#include "core/error.hpp"
#include "sim/formats/shell_words.hpp"
#include "sim/runs/description.hpp"
#include "sim/runs/scaling.hpp"
#include "tools/settle/scenario_options.hpp"

namespace settle {

namespace {

/// What a command is given to run just this.
std::string arguments_of(const ScenarioOptions& options) {
    std::string text = shell_quoted(options.scenario);
    for (const std::string& set : options.set) text += " --set " + shell_quoted(set);
    if (options.engine) text += " --engine " + shell_quoted(*options.engine);
    if (options.threads) text += " --threads " + shell_quoted(*options.threads);
    if (options.seed) text += " --seed " + shell_quoted(*options.seed);
    return text;
}

}  // namespace

int describe_command(const ScenarioOptions& options, const std::optional<int>& ranks) {
    // What a run leaves out, the description has: no notes.
    const LoadedScenario loaded = load_from_options(options, true);
    for (const std::string& warning : loaded.warnings) fmt::print(stderr, "settle: warning: {}\n", warning);
    const Scenario& scenario = loaded.scenario;
    if (ranks && *ranks < 1)
        throw input_error("--ranks", "", std::to_string(*ranks) + " is out of range", "at least 1");
    const std::string scaling = ranks ? scaling_text(scenario, *ranks) : "";
    fmt::print("{}{}", description_of(scenario), scaling);
    const std::string arguments = arguments_of(options);
    fmt::print("\nrun it: settle run {}\n", arguments);
    if (!scenario.sweep.over.empty()) fmt::print("sweep it: settle sweep {}\n", arguments);
    if (!scenario.search.over.empty()) fmt::print("search it: settle search {}\n", arguments);
    fmt::print("then look at it: settle report DIRECTORY\n");
    return exit_good;
}

}  // namespace settle
