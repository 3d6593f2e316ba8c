// A run: one call makes the whole run directory, tells its observer, and prints nothing.
#include "sim/runs/run.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>

#include "sim/formats/weights_file.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string text =
    "[scenario]\nthreads = 1\n[network]\nlayers = [12, 9, 3]\n[phases]\nfree = 12\nnudged = 6\n[learning]\nrates = "
    "[0.1, "
    "0.05]\nbatch = 4\nepochs = 3\n[data]\nset = \"random\"\ntrain = 18\n[checkpoint]\nevery = 4\n";

Run run_in(const std::string& directory, const std::string& more = "") {
    Run run;
    run.scenario = load_scenario({"s.toml", "s", "/", text + more}, {}).scenario;
    run.directory = directory;
    run.command_line = {"library"};
    return run;
}

std::set<std::string> files_in(const std::string& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
    return names;
}

}  // namespace

TEST_CASE("a run makes its whole directory in one call, and gives what it has written") {
    const TemporaryFolder folder;
    const std::string directory = folder.file("r");
    const std::string expectation = "[[expect]]\nmetric = \"train_error\"\nbelow = 1.1\n[record]\nweights = true\n";
    int begun = 0, epochs = 0, validated = 0;
    RunObserver observer;
    observer.validated = [&] { validated += std::filesystem::exists(directory) ? 2 : 1; };
    observer.begun = [&](const RunBeginning& beginning) {
        begun += beginning.data.train.count == 18 && beginning.directory == directory && beginning.resumed_at == 0;
    };
    observer.epoch = [&](const EpochMetrics& metrics) { epochs += metrics.epoch == epochs + 1 ? 1 : 100; };
    const RunResult result = perform(run_in(directory, expectation), observer);
    CHECK((validated == 1 && begun == 1 && epochs == 3));
    CHECK(result.end == RunEnd::complete);
    CHECK(files_in(directory) == std::set<std::string>{"checkpoint", "checkpoint.previous", "manifest.json",
                                                       "metrics.jsonl", "recording.h5", "scenario.toml",
                                                       "settling.jsonl", "summary.json", "weights.h5"});
    CHECK(read_file(directory + "/summary.json") == result.summary_json);
    CHECK(result.verdicts.size() == 1);
    CHECK(result.summary.expectations_passed == 1);
    const NetworkArrays written = read_weights(directory + "/weights.h5", chain({12, 9, 3}));
    CHECK(written.weights == result.weights.weights);
    CHECK(written.biases == result.weights.biases);
    CHECK(error_text([&] { perform(run_in(directory)); }).find("is not empty") != std::string::npos);
    Run again = run_in(directory);
    again.resume = true;
    const RunResult finished = perform(again);
    CHECK(finished.end == RunEnd::finished);
    CHECK(finished.summary_json == result.summary_json);
}

TEST_CASE("a run that its observer stops goes on to the same weights") {
    const TemporaryFolder folder;
    const RunResult whole = perform(run_in(folder.file("whole")));
    Run run = run_in(folder.file("r"));
    RunObserver observer;
    int asked = 0;
    observer.stop = [&] { return ++asked % 3 == 0; };
    RunResult result = perform(run, observer);
    CHECK(result.end == RunEnd::stopped);
    CHECK_FALSE(files_in(run.directory).count("weights.h5"));
    run.resume = true;
    int resumed = 0;
    while (result.end == RunEnd::stopped && ++resumed < 20) result = perform(run, observer);
    CHECK(resumed > 2);
    CHECK(result.end == RunEnd::complete);
    CHECK(result.weights.weights == whole.weights.weights);
    CHECK(result.summary.fingerprint == whole.summary.fingerprint);
}

TEST_CASE("what is wrong with a run is found before anything is written") {
    const TemporaryFolder folder;
    Run run = run_in(folder.file("r"));
    run.scenario.network.weights = folder.file("nowhere.h5");
    CHECK(error_text([&] { check(run); }).find("nowhere.h5") != std::string::npos);
    CHECK(error_text([&] { perform(run); }).find("nowhere.h5") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(run.directory));
}
