// Text of a scenario file: refused with places, or loaded to something that loads again to itself.
#include "sim/scenario/load.hpp"
#include "tests/fuzz/target.hpp"

using namespace settle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    attack([&] {
        const std::string text(reinterpret_cast<const char*>(data), size);
        const Scenario scenario = load_scenario({"fuzz.toml", "fuzz", "/", text}, {}).scenario;
        const std::string resolved = scenario_as_toml(scenario);
        const Scenario again = load_scenario({"again.toml", "again", "/", resolved}, {}).scenario;
        demand(differing_keys(scenario, again).empty() && scenario.expectations == again.expectations);
        demand(scenario_as_toml(again) == resolved);
    });
    return 0;
}
