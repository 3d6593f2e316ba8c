// [energy]: a preset, what changes it, and energies as people write them.
#include "sim/scenario/energy_form.hpp"

#include <doctest/doctest.h>

#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

const std::string rest = "[network]\nlayers = [20, 12, 5]\n[learning]\nrates = [0.1, 0.05]\n[data]\nset = \"random\"\n";

LoadedScenario load(const std::string& energy) {
    return load_scenario({"s.toml", "s", "/", energy + rest}, {});
}

std::string refused(const std::string& line) {
    return error_text([&] { load("[energy]\n" + line + "\n"); });
}

}  // namespace

TEST_CASE("a preset holds, and single costs change it, in any order") {
    const UnitCosts& loihi = cost_presets[0].costs;
    CHECK(!load("").scenario.energy.on);
    CHECK(load("").scenario.energy.costs == UnitCosts());
    CHECK(load("[energy]\n").scenario.energy.on);
    CHECK(load("[energy]\n").scenario.energy.costs == UnitCosts());
    CHECK(load("[energy]\npreset = \"loihi\"\n").scenario.energy.costs == loihi);
    UnitCosts changed = loihi;
    changed.synapse = 1'250;
    changed.idle = 1'500'000'000;
    CHECK(load("[energy]\nstatic = \"1.5 mW\"\nsynapse = \"1.25pJ\"\npreset = \"loihi\"\n").scenario.energy.costs ==
          changed);
    UnitCosts alone;
    alone.decode = 2'000'000;
    CHECK(load("[energy]\ndecode = \"2e-9 J\"\n").scenario.energy.costs == alone);
    CHECK(free_of_charge(alone) ==
          std::vector<std::string>{"update", "spike", "encode", "hop_x", "hop_y", "synapse", "static"});
}

TEST_CASE("energies are written as short as they are, and come back exactly") {
    UnitCosts costs;
    const auto text = [&](std::int64_t femtojoules) {
        costs.update = femtojoules;
        return cost_text(costs, unit_costs[0]);
    };
    CHECK(text(72'800) == "72.8 pJ");
    CHECK(text(0) == "0 pJ");
    CHECK(text(7) == "7 fJ");
    CHECK(text(1'000'001) == "1.000001 nJ");
    CHECK(text(1'000'000'000'000'000) == "1 J");
    costs.idle = 250'000;
    CHECK(cost_text(costs, unit_costs.back()) == "250 nW");
    for (const std::int64_t cost : {1L, 999L, 1001L, 72'800L, 123'456'789L, 999'999'999'999'999L}) {
        const std::string line = "[energy]\nupdate = \"" + text(cost) + "\"\n";
        CHECK(load(line).scenario.energy.costs.update == cost);
    }
    const std::string resolved = scenario_as_toml(load("[energy]\npreset = \"loihi\"\nhop_x = \"5 fJ\"\n").scenario);
    const Scenario again = load_scenario({"r.toml", "r", "/", resolved}, {}).scenario;
    CHECK(scenario_as_toml(again) == resolved);
    CHECK(again.energy.costs.hop_x == 5);
    CHECK(scenario_as_toml(load("").scenario).find("energy") == std::string::npos);
}

TEST_CASE("what is no energy is refused, with its place and what it could be") {
    const auto says = [](const std::string& line, const std::string& part) {
        const std::string text = refused(line);
        CAPTURE(text);
        CHECK(contains(text, part));
        CHECK(contains(text, "s.toml:2:"));
    };
    says("update = 72.8",
         "energy.update: 72.8 has no unit; expected an energy with its unit, such as \"72.8 pJ\" (fJ, pJ, nJ, uJ, mJ, "
         "J)");
    says("update = \"72.8\"", "\"72.8\" has no unit");
    says("update = \"72.8 pW\"", "\"72.8 pW\" is not an energy");
    says("static = \"1 pJ\"", "\"1 pJ\" is not a power; expected a power with its unit");
    says("spike = \"-1 pJ\"", "\"-1 pJ\" is out of range; expected 0 fJ to 1 J");
    says("spike = \"1.1 J\"", "is out of range");
    says("synapse = \"0.5 fJ\"", "\"0.5 fJ\" is no whole number of femtojoules; expected a multiple of 1 fJ");
    says("static = \"0.1 pW\"", "no whole number of picowatts");
    says("encode = [1]", "an array is not an energy");
    says("preset = \"loihy\"", "did you mean loihi");
    says("decoder = \"1 pJ\"", "unknown key");
}
