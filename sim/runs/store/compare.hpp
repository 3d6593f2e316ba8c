// Two runs side by side: where they first differ, and what both have come to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace settle {

/// The first thing that is not the same in two recordings: of the first minibatch, presentation, tick, layer and
/// neuron, in this order; weights and biases, which change after all of them, last.
struct FirstDifference {
    std::int64_t minibatch = 0;     ///< counted from the beginning of the run
    std::int64_t presentation = 0;  ///< in the minibatch, from 0; -1: after the update
    std::int64_t tick = 0;          ///< 1, 2, … of the presentation (off lockstep: period); 0: after the update
    std::string branch;             ///< "", "free" or "minus"
    int layer = 0;
    std::int64_t neuron = 0;  ///< in its layer, from 0; of a weight: the target
    std::int64_t source = 0;  ///< of a weight: the neuron of the layer below
    std::string what;         ///< "state", "bits", "weight", "bias"
    double a = 0, b = 0;
};

/// A key and what each run says of it, as JSON or TOML would write it; "" where it has no such key.
struct ComparedValue {
    std::string key;
    std::string a, b;
    bool counts = true;  ///< whether a difference makes the runs differ; times, threads and resumptions do not

    bool equal() const { return a == b; }
};

struct RunComparison {
    std::vector<ComparedValue> scenario;  ///< keys of the resolved scenarios that differ
    std::vector<ComparedValue> metrics;   ///< of summary.json, all
    std::vector<ComparedValue> inputs;    ///< files that were read, data and weights, whose contents differ
    std::optional<FirstDifference> first;
    std::int64_t compared_minibatches = 0;  ///< that both recordings have
    std::string
        first_epoch;  ///< where metrics.jsonl first differs: "epoch 3: test_error 0.1 and 0.2" ("period 3: …"); or ""
    std::vector<std::string> notes;  ///< what could not be compared, and why
    bool recorded = false;           ///< both have recordings
    bool equal = false;              ///< nothing that counts differs, and something could be compared
};

/// Compares the run directories `a` and `b`, finished or not. Scenarios may differ; the runs are equal when
/// fingerprint, metrics and recordings are. Throws Error (input) for a folder that is no run.
RunComparison compare_runs(const std::string& a, const std::string& b);

/// The comparison as JSON.
std::string to_json(const RunComparison& comparison);

}  // namespace settle
