// Checkpoints: they come back as they were, are written atomically, and no damage goes unnoticed.
#include "sim/runs/store/checkpoint.hpp"

#include <doctest/doctest.h>
#include <zlib.h>

#include <chrono>
#include <cstring>

#include "core/draw.hpp"
#include "sim/runs/resume.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string scenario_text =
    "[network]\nlayers = [20, 12, 5]\n[learning]\nrates = [0.1, 0.05]\nepochs = 9\n[data]\nset = \"random\"\n";

Scenario scenario() {
    return load_scenario({"s.toml", "s", "/", scenario_text}, {}).scenario;
}

Evaluation evaluation(std::int64_t seed) {
    return {seed + 10,
            seed,
            std::vector<std::int64_t>(20, seed),
            std::vector<std::int64_t>(20, 2 * seed),
            {},
            {{"bits get lost", {0, seed, 3}, 1}, {"event 2", {}, seed}},
            {5, 4, 3, {2, 1, 0, static_cast<std::uint64_t>(seed)}}};
}

TrainingState example(std::int64_t minibatches = 12) {
    TrainingState state;
    state.scenario = scenario_as_toml(scenario());
    state.epoch = 2;
    state.minibatch = 3;
    state.minibatches = minibatches;
    const Stream stream(1, Purpose::random_inputs);
    for (const std::size_t size : {240, 60}) state.network.weights.emplace_back(size);
    for (const std::size_t size : {12, 5}) state.network.biases.emplace_back(size);
    std::uint64_t drawn = 0;
    for (auto* arrays : {&state.network.weights, &state.network.biases}) {
        for (auto& array : *arrays) {
            for (float& value : array) value = static_cast<float>(stream.below(drawn++, 1000)) / 500 - 1;
        }
    }
    state.counters = {{1, 2, 3, 4, 5, 6, 7, 0xffffffffffffffff}, {}, {8, 7, 6, 5, 4, 3, 2, 1}};
    state.traffic = {{9, 8, 7, 6}, {}, {0xffffffffffffffff, 1, 2, 3}};
    state.branch_periods = 4711;
    state.posts = 11;
    state.chip.servers.resize(3);
    state.chip.servers[1].busy = -5;
    state.chip.servers[2].waits.add(1'000'000'007, 3);
    state.chip.populations = {{1, 2, 3, 4}, {}};
    state.chip.latency = WideCount{1} << 90;
    state.fingerprint = 0x8000000000000001;
    state.presentations = 100;
    state.trained = 90;
    state.train_seconds = 1.0 / 3;
    state.epoch_seconds = 1e-9;
    state.train = evaluation(3);
    state.last_train = evaluation(4);
    state.last_test = evaluation(5);
    state.inputs = InputFiles{{"data.path", "training images", "/d/x.gz", {123, 0xfedcba98}, {45678901234, 5}}};
    state.metrics = "{\"epoch\":1}\n{\"epoch\":2}\n";
    state.before_last = RunSums{{{1, 1, 1, 1, 0, 0, 0, 1}}, 7, 10, {}, 80, {{1, 0, 0, 1}}, 12, {}};
    state.before_last->chip.servers.resize(1);
    return state;
}

std::string refusal(const std::string& bytes) {
    return error_text([&] { from_checkpoint(bytes, "r/checkpoint"); });
}

/// A payload with the header that belongs to it.
std::string sealed(const std::string& payload) {
    const std::uint64_t length = payload.size();
    std::string body(reinterpret_cast<const char*>(&length), 8);
    body += payload;
    const auto sum = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<z_size_t>(body.size())));
    std::string bytes = to_checkpoint(example()).substr(0, 12);
    bytes.append(reinterpret_cast<const char*>(&sum), 4);
    return bytes + body;
}

}  // namespace

TEST_CASE("a checkpoint comes back as it was") {
    CHECK(from_checkpoint(to_checkpoint(example()), "") == example());
    CHECK(from_checkpoint(to_checkpoint(TrainingState()), "") == TrainingState());
}

TEST_CASE("a checkpoint that is cut anywhere is refused with a clear error") {
    const std::string bytes = to_checkpoint(example());
    REQUIRE(bytes.size() < 8192);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const std::string text = refusal(bytes.substr(0, length));
        REQUIRE(text.rfind("r/checkpoint: this checkpoint is cut short", 0) == 0);
    }
    CHECK(contains(refusal(bytes + "x"), "is cut short or has grown"));
}

TEST_CASE(
    "a checkpoint with a flipped bit is refused with a clear error: 10,000 of them, and every bit of the header") {
    const std::string bytes = to_checkpoint(example());
    const Stream stream(2, Purpose::random_inputs);
    const auto refused = [&](std::uint64_t bit) {
        std::string damaged = bytes;
        damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
        return refusal(damaged).rfind("r/checkpoint: this checkpoint ", 0) == 0;
    };
    for (std::uint64_t i = 0; i < 10'000; ++i) REQUIRE(refused(stream.below(i, bytes.size() * 8)));
    for (std::uint64_t bit = 0; bit < 24 * 8; ++bit) REQUIRE(refused(bit));
}

TEST_CASE("what has the right checksum and is none of settle's checkpoints is refused") {
    CHECK(contains(refusal(sealed("")), "is damaged"));
    CHECK(contains(refusal(sealed("\xa0")), "is damaged"));
    CHECK(contains(refusal(sealed("\xff")), "is damaged"));
    CHECK(contains(refusal(sealed(std::string(1'000'000, '\x81'))), "nested too deep"));
    CHECK(contains(refusal(sealed("\x5b\x7f\xff\xff\xff\xff\xff\xff\xff")), "is damaged"));
    std::string other = to_checkpoint(example());
    other[8] = 77;
    CHECK(contains(refusal(other),
                   "has version 77, this program reads versions 3 to 4: another release of settle wrote it"));
}

TEST_CASE("a checkpoint of before inputs were noted is read") {
    TrainingState state = example();
    state.inputs.reset();
    std::string bytes = to_checkpoint(state);
    bytes[8] = 3;
    CHECK(from_checkpoint(bytes, "") == state);
}

TEST_CASE("writing keeps the checkpoint before, and leaves no other file") {
    const TemporaryFolder folder;
    CHECK_FALSE(read_checkpoint(folder.path()));
    write_checkpoint(folder.path(), example(1));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
    write_checkpoint(folder.path(), example(2));
    write_checkpoint(folder.path(), example(3));
    CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 2);
    CHECK(read_checkpoint(folder.path())->minibatches == 3);
    // Killed between the two renames.
    std::filesystem::remove(folder.file("checkpoint"));
    CHECK(read_checkpoint(folder.path())->minibatches == 2);
}

TEST_CASE("a damaged checkpoint offers the one before it, which then is gone on from") {
    const TemporaryFolder folder;
    write_checkpoint(folder.path(), example(1));
    write_file(folder.file("checkpoint"), "settleCP");
    const auto read = [&] { read_checkpoint(folder.path()); };
    CHECK(contains(error_text(read), "there is no previous one: start again with another --out"));
    write_checkpoint(folder.path(), example(2));
    write_checkpoint(folder.path(), example(3));
    write_file(folder.file("checkpoint"), "");
    CHECK(contains(error_text(read), "to go on from the previous one: mv " + folder.file("checkpoint.previous") + " " +
                                         folder.file("checkpoint")));
    std::filesystem::rename(folder.file("checkpoint.previous"), folder.file("checkpoint"));
    CHECK(read_checkpoint(folder.path())->minibatches == 2);
}

TEST_CASE("a checkpoint that cannot be written leaves both that were there") {
    const TemporaryFolder folder;
    write_checkpoint(folder.path(), example(1));
    write_checkpoint(folder.path(), example(2));
    std::filesystem::create_directory(folder.file("checkpoint.tmp"));
    const std::string text = error_text([&] { write_checkpoint(folder.path(), example(3)); }, Blame::runtime);
    CHECK(contains(text, "cannot be created"));
    CHECK(contains(text, "what was saved before is still there"));
    CHECK(read_checkpoint(folder.path())->minibatches == 2);
    CHECK(std::filesystem::exists(folder.file("checkpoint.previous")));
}

TEST_CASE("a checkpoint of another network is refused, whatever its scenario says") {
    const TemporaryFolder folder;
    const auto start = [&] { return find_start(folder.path(), scenario()); };
    write_checkpoint(folder.path(), example());
    CHECK(start().state.has_value());
    for (int damage = 0; damage < 4; ++damage) {
        TrainingState state = example();
        if (damage == 0) state.network.weights.pop_back();
        if (damage == 1) state.network.weights[1].pop_back();
        if (damage == 2) state.network.biases[0].push_back(0);
        if (damage == 3) state.minibatch = -1;
        write_checkpoint(folder.path(), state);
        CHECK(contains(error_text(start), "does not hold the network of its scenario"));
    }
}

TEST_CASE("changes that would change the run are refused by name, the others are not") {
    const TemporaryFolder folder;
    write_checkpoint(folder.path(), example());
    const auto refused = [&](const std::vector<std::string>& sets) {
        std::vector<Override> overrides;
        for (const std::string& set : sets) overrides.push_back(parse_set(set));
        const Scenario changed = load_scenario({"s.toml", "s", "/", scenario_text}, overrides).scenario;
        return error_text([&] { find_start(folder.path(), changed); });
    };
    CHECK(refused({"scenario.threads=7", "learning.epochs=11", "record.state=true", "record.metrics_every=3",
                   "checkpoint.every=5"}) == "");
    CHECK(refused({"learning.epochs=3"}) == "");
    CHECK(contains(refused({"learning.epochs=2"}), "learning.epochs: 2 is below what the run has begun; expected at"));
    const std::string text = refused({"learning.batch=3", "neuron.quantizer=threshold", "scenario.seed=2"});
    CHECK(contains(text, "--resume: learning.batch: is not what the run in " + folder.path() + " began with"));
    CHECK(contains(text, "--resume: neuron.quantizer: "));
    CHECK(contains(text, "--resume: scenario.seed: "));
    CHECK(contains(text, "--resume: network.seed: "));
}

TEST_CASE("the evaluation that ended a run is left out of one with more epochs, unless it is due there") {
    const TemporaryFolder folder;
    write_checkpoint(folder.path(), example());
    const auto resumed = [&](const char* epochs, const char* every) {
        const std::vector<Override> overrides = {parse_set(epochs), parse_set(every)};
        const Scenario changed = load_scenario({"s.toml", "s", "/", scenario_text}, overrides).scenario;
        return *find_start(folder.path(), changed).state;
    };
    const TrainingState longer = resumed("learning.epochs=9", "record.metrics_every=3");
    CHECK(longer.sums() == *example().before_last);
    CHECK(longer.metrics == "{\"epoch\":1}\n");
    CHECK(!longer.before_last);
    CHECK(resumed("learning.epochs=9", "record.metrics_every=2") == example());
}

TEST_CASE("checkpointing costs at most 1 % of the time at the default interval") {
    const TemporaryFolder folder;
    TrainingState state = example();
    state.network.weights = {std::vector<float>(784 * 500), std::vector<float>(500 * 10)};
    state.network.biases = {std::vector<float>(500), std::vector<float>(10)};
    const auto start = std::chrono::steady_clock::now();
    constexpr int writes = 5;
    for (int i = 0; i < writes; ++i) write_checkpoint(folder.path(), state);
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() / writes;
    const double interval = std::chrono::duration<double>(CheckpointInterval().time).count();
    MESSAGE("784-500-10: " << 1000 * seconds << " ms a checkpoint, " << 100 * seconds / interval << " % of the time");
    CHECK(seconds < 0.01 * interval);
}
