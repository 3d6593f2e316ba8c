// --set arguments, one a line, over a good scenario.
#include "sim/scenario/load.hpp"
#include "tests/fuzz/target.hpp"

using namespace settle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    attack([&] {
        std::vector<Override> overrides;
        std::string argument;
        for (std::size_t i = 0; i <= size; ++i) {
            if (i < size && data[i] != '\n') {
                argument += static_cast<char>(data[i]);
            } else if (!argument.empty()) {
                overrides.push_back(parse_set(argument));
                argument.clear();
            }
        }
        const std::string text = "[network]\nlayers = [6, 5, 3]\n[learning]\nrates = [0.1, 0.05]\n";
        const Scenario scenario = load_scenario({"fuzz.toml", "fuzz", "/", text}, overrides).scenario;
        const std::string resolved = scenario_as_toml(scenario);
        const Scenario again = load_scenario({"again.toml", "again", "/", resolved}, {}).scenario;
        demand(differing_keys(scenario, again).empty() && scenario_as_toml(again) == resolved);
    });
    return 0;
}
