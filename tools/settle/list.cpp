#include <fmt/format.h>

#include "sim/scenario/load.hpp"
#include "sim/scenario/metrics.hpp"
#include "sim/scenarios/builtin.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

int list_command() {
    for (const BuiltinScenario& builtin : builtin_scenarios()) {
        const LoadedScenario loaded = load_scenario(source_of(builtin), {});
        fmt::print("{:<20}  {}\n", builtin.name, loaded.scenario.description);
    }
    return exit_good;
}

int keys_command() {
    fmt::print("{}", keys_as_markdown());
    return exit_good;
}

int metrics_command() {
    fmt::print("{}", metrics_as_markdown());
    return exit_good;
}

}  // namespace settle
