// A recording goes to whoever takes it: the file, and any other sink, get the same.
#include "sim/runs/store/recording.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/runs/store/hdf5_recording.hpp"
#include "sim/runs/store/recorder.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/scenario/fixture.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

namespace {

/// Keeps everything as arrays by the names of the file.
class InMemory {
public:
    RecordingSink sink() {
        return {[this](const RecordedItem& item) { std::visit([this](const auto& one) { this->take(one); }, item); },
                [this] { ++finished; }};
    }

    std::map<std::int64_t, std::map<std::string, std::vector<float>>> arrays;
    std::vector<std::int64_t> samples;
    int finished = 0;

private:
    void take(const RecordedSamples& presented) {
        CHECK(presented.samples.size() == presented.labels.size());
        samples.insert(samples.end(), presented.samples.begin(), presented.samples.end());
    }
    void take(const RecordedRows& rows) {
        const std::string folder = rows.branch == Branch::main   ? ""
                                   : rows.branch == Branch::free ? "branch/free/"
                                                                 : "branch/minus/";
        if (rows.states) put(rows, folder + "state", *rows.states);
        if (rows.bits) put(rows, folder + "bits", *rows.bits);
    }
    template <class T>
    void put(const RecordedRows& rows, const std::string& name, const std::vector<T>& values) {
        auto& array = arrays[rows.minibatch][name];
        const std::size_t width = values.size() / static_cast<std::size_t>(rows.rows);
        array.resize(static_cast<std::size_t>(rows.ticks * rows.batch) * width, -1);
        for (std::int64_t row = 0; row < rows.rows; ++row) {
            const std::int64_t at = (rows.first_row + row) * rows.batch + rows.presentation;
            std::copy_n(values.begin() + row * static_cast<std::int64_t>(width), width,
                        array.begin() + at * static_cast<std::int64_t>(width));
        }
    }
    void take(const RecordedWeights& weights) {
        for (std::size_t k = 0; k < weights.arrays.weights.size(); ++k)
            arrays[weights.minibatch]["weights/" + std::to_string(k)] = weights.arrays.weights[k];
    }
    void take(const RecordedSpikes& spikes) {
        CHECK(spikes.first == std::ssize(arrays[spikes.minibatch]["spikes/time"]));
        append(spikes.minibatch, "spikes/presentation", spikes.presentation);
        append(spikes.minibatch, "spikes/branch", spikes.branch);
        append(spikes.minibatch, "spikes/neuron", spikes.neuron);
        append(spikes.minibatch, "spikes/time", spikes.time);
    }
    void take(const RecordedMessages& messages) {
        for (const MessageRow& row : messages.rows)
            arrays[messages.minibatch]["messages/source"].push_back(static_cast<float>(row.source));
    }
    void take(const RecordedQueues& queues) {
        CHECK(queues.first == std::ssize(arrays[queues.minibatch]["queues/server"]));
        for (const QueueRow& row : queues.rows)
            arrays[queues.minibatch]["queues/server"].push_back(static_cast<float>(row.server));
    }
    template <class T>
    void append(std::int64_t minibatch, const std::string& name, const std::vector<T>& values) {
        for (const T value : values) arrays[minibatch][name].push_back(static_cast<float>(value));
    }
    static void take(const RecordedSoFar&) {}
    void take(const DroppedMinibatch& dropped) { arrays.erase(dropped.minibatch); }
};

void record(const Scenario& scenario, RecordingSink sink) {
    Recorder recorder(scenario, std::move(sink));
    Observer observer;
    observer.records = [&](std::int64_t minibatch) { return recorder.records(minibatch); };
    observer.presented = [&](const Minibatch& minibatch) { recorder.add_minibatch(minibatch); };
    observer.ticks = [&](TickRows&& rows) { recorder.add(std::move(rows)); };
    observer.events = [&](std::int64_t minibatch) { return recorder.events(minibatch); };
    observer.updated = [&](std::int64_t number, const Network& network) { recorder.add_weights(number, network); };
    WorkerPool workers(2);
    const Dataset data = load_dataset(scenario);
    Session session(scenario, data, initial_network(scenario), workers);
    session.perform(observer);
    recorder.finish();
}

Scenario recorded_scenario(const std::string& record) {
    return load_with(
               "batch = 4\n[data]\nset = \"random\"\ntrain = 12\n[phases]\nfree = 9\nnudged = 4\nsplitstream = true\n"
               "[record]\n" +
               record)
        .scenario;
}

}  // namespace

TEST_CASE("another sink than the file gets what the file holds: every array, row and chosen column") {
    const TemporaryFolder folder;
    const Scenario scenario = recorded_scenario(
        "state = { layers = [2] }\nbits = { neurons = 2, from = 1, to = 3 }\nweights = { from = 2, to = 3 }\n"
        "spikes = { layers = [0, 2], from = 2 }\n");
    InMemory memory;
    record(scenario, memory.sink());
    record(scenario, hdf5_recording(folder.file("recording.h5"), scenario));
    CHECK(memory.finished == 1);
    std::vector<std::string> notes;
    const RecordedRun file(folder.path(), notes);
    CHECK(notes.empty());
    REQUIRE(file.minibatches().size() == 3);
    REQUIRE(memory.arrays.size() == 3);
    CHECK(std::set<std::int64_t>(memory.samples.begin(), memory.samples.end()).size() == 12);
    const std::set<std::string> names = {
        "state",     "branch/free/state",   "bits",          "branch/free/bits", "weights/0",
        "weights/1", "spikes/presentation", "spikes/branch", "spikes/neuron",    "spikes/time"};
    int compared = 0;
    for (const auto& [number, minibatch] : file.minibatches()) {
        const std::int64_t which = number;
        CAPTURE(which);
        for (const std::string& name : names) {
            CAPTURE(name);
            const auto array = minibatch.array(name);
            REQUIRE(array.has_value() == (memory.arrays[number].count(name) == 1));
            if (!array) continue;
            ++compared;
            CHECK(array->floats() == memory.arrays[number][name]);
        }
        CHECK_FALSE(minibatch.array("branch/minus/state").has_value());
    }
    CHECK(compared == 3 * 2 + 2 * 2 + 2 + 4);
    CHECK(file.minibatches().at(1).array("bits")->shape() == std::vector<std::int64_t>{13, 4, 6});
    CHECK(file.minibatches().at(1).array("state")->shape() == std::vector<std::int64_t>{13, 4, 3});
    CHECK(file.minibatches().at(1).array("branch/free/bits")->shape() == std::vector<std::int64_t>{4, 4, 6});
}

TEST_CASE("what a sink cannot take reaches whoever hands rows over, or ends the recording") {
    const Scenario scenario = recorded_scenario("state = true\n");
    int taken = 0;
    const RecordingSink full{[&](const RecordedItem&) {
                                 if (++taken == 2) throw runtime_failure("recording.x", "the disk is full");
                             },
                             [] {}};
    CHECK(contains(error_text([&] { record(scenario, full); }, Blame::runtime), "the disk is full"));
    CHECK(taken == 2);
    CHECK(error_text([&] { Recorder(scenario, RecordingSink()); }).find("sink") != std::string::npos);
}
