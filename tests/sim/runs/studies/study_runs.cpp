// A sweep and a search: one call makes the whole directory, tells its observer, and prints nothing.
#include <doctest/doctest.h>

#include <atomic>
#include <filesystem>
#include <set>

#include "sim/runs/studies/search_run.hpp"
#include "sim/runs/studies/sweep_run.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

const std::string small =
    "batch = 4\n[scenario]\nname = \"small\"\nthreads = 1\n[data]\nset = \"random\"\ntest = 0\n[phases]\nfree = "
    "9\nnudged "
    "= 4\n[[expect]]\nmetric = \"train_error\"\nbelow = 1.1\n";

LoadedScenario loaded(Command command) {
    const std::string lines =
        command == Command::sweep
            ? "point = \"1.0\"\n[sweep]\nrepeats = 2\nover = { \"learning.beta\" = [0.5, 1.0] }\n"
            : "[search]\ntrials = 5\nobjective = \"train_error\"\nover = { \"learning.beta\" = [0.5, 1.0] }\n";
    return load_scenario(source(minimal + small + lines), {}, command);
}

SweepRun sweep_in(const std::string& directory) {
    SweepRun run{plan_sweep(loaded(Command::sweep)), {}};
    run.place.directory = directory;
    return run;
}

SearchRun search_in(const std::string& directory) {
    SearchRun run{plan_search(loaded(Command::search)), {}};
    run.place.directory = directory;
    return run;
}

std::set<std::string> files_in(const std::string& directory) {
    std::set<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
    return names;
}

/// Counts what it is told, and stops after so many runs.
struct Watched {
    explicit Watched(int runs = 1 << 30) : most(runs) {}

    StudyObserver observer() {
        StudyObserver watch;
        watch.validated = [this] { ++validated; };
        watch.begun = [this](const StudyBeginning& beginning) {
            all = static_cast<int>(beginning.runs);
            before = static_cast<int>(beginning.finished);
        };
        watch.progress = [this](const BatchProgress& progress) { done = progress.done; };
        watch.performed = [this] { ++performed; };
        watch.stop = [this] { return done >= most; };
        return watch;
    }

    int most, validated = 0, all = 0, before = 0, performed = 0;
    std::atomic<int> done{0};
};

/// The same for both kinds: whole, twice, and stopped and gone on with.
template <class Make>
void check_study(const Make& make, int runs, const std::set<std::string>& files, const std::string& log) {
    const TemporaryFolder folder;
    const std::string directory = folder.file("whole");
    Watched watched;
    check(make(directory));
    CHECK_FALSE(std::filesystem::exists(directory));
    const auto whole = perform(make(directory), watched.observer());
    CHECK(whole.end == RunEnd::complete);
    CHECK((watched.validated == 1 && watched.performed == 1 && watched.all == runs && watched.before == 0));
    CHECK(watched.done == runs);
    CHECK(files_in(directory) == files);
    CHECK(read_file(directory + "/summary.json") == whole.summary_json);
    CHECK(whole.totals.verdicts.size() == 1);
    CHECK(whole.totals.verdicts.front().passed);
    CHECK(error_text([&] { perform(make(directory)); }).find("is not empty") != std::string::npos);
    CHECK(error_text([&] { check(make(directory)); }).find("is not empty") != std::string::npos);

    auto again = make(directory);
    again.place.resume = true;
    const auto finished = perform(again);
    CHECK(finished.end == RunEnd::finished);
    CHECK(finished.summary_json == whole.summary_json);

    auto part = make(folder.file("part"));
    Watched first(2), second;
    const auto stopped = perform(part, first.observer());
    CHECK(stopped.end == RunEnd::stopped);
    CHECK(stopped.summary_json.empty());
    CHECK_FALSE(files_in(part.place.directory).count("summary.json"));
    part.place.resume = true;
    CHECK(perform(part, second.observer()).end == RunEnd::complete);
    CHECK(second.before == 2);
    CHECK(read_file(part.place.directory + log) == read_file(directory + log));

    auto nowhere = make("");
    nowhere.place.resume = true;
    CHECK(error_text([&] { perform(nowhere); }).find("--resume") != std::string::npos);
}

}  // namespace

TEST_CASE("a sweep makes its whole directory in one call, is not run twice, and goes on where it was stopped") {
    check_study(sweep_in, 4,
                {"curves", "manifest.json", "means.csv", "points.jsonl", "scenario.toml", "summary.json", "sweep.csv"},
                "/sweep.csv");
    SweepRun empty;
    CHECK(error_text([&] { perform(empty); }).find("sweep") != std::string::npos);
}

TEST_CASE("a search makes its whole directory in one call, is not run twice, and goes on where it was stopped") {
    check_study(search_in, 5, {"best.toml", "manifest.json", "scenario.toml", "summary.json", "trials.jsonl"},
                "/best.toml");
    SearchRun empty;
    CHECK(error_text([&] { perform(empty); }).find("search") != std::string::npos);
}
