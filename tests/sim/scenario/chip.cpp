// The section [chip]: what it makes, its defaults, and what it says of what is wrong.
#include "models/chip/placement.hpp"

#include <fstream>

#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string on_virtual = "[scenario]\nengine = \"virtual\"\n";

}  // namespace

TEST_CASE("a chip has the defaults of its page, and so have the keys that follow from it") {
    const Scenario scenario = load_with(on_virtual + "[chip]\nmesh = [2, 3]\n").scenario;
    REQUIRE(scenario.chip);
    ChipSettings expected;
    expected.columns = 2;
    expected.rows = 3;
    CHECK(*scenario.chip == expected);
    CHECK(expected.cores() == 6);
    CHECK(scenario.timing.scope == Scope::core);
    CHECK(scenario.timing.latency.none());
    CHECK(!load_with(on_virtual).scenario.chip);
}

TEST_CASE("times of a chip are whole picoseconds, and read back what a resolved scenario says") {
    const Scenario scenario =
        load_with(on_virtual +
                  "[chip]\nmesh = [2, 3]\nencode = \"5.1 ns\"\nhop_y = \"6.5ns\"\nfull = \"drop\"\n"
                  "slow = { distribution = \"normal\", width = 0.1 }\nbuffer = 16\nmulticast = false\n")
            .scenario;
    CHECK(scenario.chip->encode == 5100);
    CHECK(scenario.chip->hop_y == 6500);
    CHECK(load(scenario_as_toml(scenario)).scenario.chip == scenario.chip);
}

TEST_CASE("what is wrong with a chip is said at its key") {
    const std::string chip = on_virtual + "[chip]\nmesh = [2, 3]\n";
    CHECK(errors_with(on_virtual + "[chip]\nencode = \"5 ns\"\n").find("chip.mesh: is missing") != std::string::npos);
    const std::string empty = errors_with(on_virtual + "[chip]\n");
    CHECK(empty.find("chip.mesh: is missing") != std::string::npos);
    CHECK(empty.find(":1:1") == std::string::npos);  // it is said where the section is
    CHECK(load_with(on_virtual + "[chip]\n", {"chip.mesh=[3, 1]"}).scenario.chip->columns == 3);
    CHECK(load_with(chip + "[energy]\npreset = \"loihi\"\n").scenario.energy.on);
    const Scenario parity = load_with(chip + "[timing]\nlink = \"parity-held\"\nloss = 0.1\nburst = 3\n").scenario;
    CHECK(parity.timing.scope == Scope::core);
    CHECK(errors_with(chip + "[timing]\nloss = 0.5\nburst = 1.5\n").find("timing.burst") != std::string::npos);
    CHECK(errors_with(chip + "encode = 5\n").find("chip.encode: is not a duration") != std::string::npos);
    CHECK(errors_with(chip + "[timing]\nscope = \"axon\"\n").find("timing.scope") != std::string::npos);
    CHECK(errors_with(on_virtual + "[timing]\nscope = \"core\"\n").find("needs a chip") != std::string::npos);
    CHECK(errors_with(chip + "placement = \"packd\"\n").find("packed") != std::string::npos);
    CHECK(errors_with(chip + "neurons_per_core = 2\n").find("2 of 14 neurons find no place") != std::string::npos);
    CHECK(errors_with(chip + "multi_cast = true\n").find("did you mean chip.multicast") != std::string::npos);
}

TEST_CASE("other engines have places, but no times") {
    const std::string chip = "[chip]\nmesh = [2, 3]\n";
    CHECK(load_with(chip).scenario.chip);
    const std::string error = errors_with(chip + "decode = \"16 ns\"\n");
    CHECK(error.find("chip.decode") != std::string::npos);
    CHECK(error.find("lockstep") != std::string::npos);
    const LoadedScenario asked = load_with(on_virtual + chip + "decode = \"16 ns\"\n", {"scenario.engine=lockstep"});
    CHECK(asked.left_out == std::vector<std::string>{"chip.decode"});
    CHECK(asked.scenario.chip->decode == 0);
}

TEST_CASE("neurons are placed as the rules say, and a table places them again") {
    ChipSettings chip;
    chip.columns = 3;
    chip.rows = 2;
    chip.neurons_per_core = 4;
    const std::vector<int> sizes = {6, 5, 3};
    CHECK(place(chip, sizes, 1).core == std::vector<std::int32_t>{0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3});
    chip.placement = PlacementRule::spread;
    // 6 neurons need two cores: 3 and 3; 5 need two: floor(5/2) = 2 and 3; 3 need one.
    CHECK(place(chip, sizes, 1).core == std::vector<std::int32_t>{0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4, 4, 4});
    chip.placement = PlacementRule::random;
    const Placement shuffled = place(chip, sizes, 1);
    CHECK(shuffled != place(chip, sizes, 2));
    for (int core = 0; core < 6; ++core)
        CHECK(std::count(shuffled.core.begin(), shuffled.core.end(), core) == (core < 3 ? 4 : core == 3 ? 2 : 0));

    const TemporaryFolder folder;
    const std::string path = folder.path() + "/place.csv";
    std::ofstream(path) << to_csv(shuffled);
    const Scenario scenario =
        load_with(on_virtual + "[chip]\nmesh = [3, 2]\nneurons_per_core = 4\nplacement = \"" + path + "\"\n").scenario;
    CHECK(place(*scenario.chip, sizes, 9) == shuffled);
    const auto refuses = [&](const std::string& table, const std::string& what) {
        std::ofstream(path) << table;
        const std::string error = errors_with(on_virtual + "[chip]\nmesh = [3, 2]\nplacement = \"" + path + "\"\n");
        CAPTURE(error);
        CHECK(error.find("chip.placement") != std::string::npos);
        CHECK(error.find(what) != std::string::npos);
    };
    refuses("neuron,core\n0,0\n0,1\n", "again");
    refuses("neuron,core\n0,0\n2,1\n", "places no neuron 1");
    refuses("neuron,core\n0,zero\n", "line 2");
    refuses("neuron,core\n0,0\n", "places 1 neurons");
}
