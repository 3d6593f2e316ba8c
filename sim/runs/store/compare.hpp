// Two runs side by side: where they first differ, and what both have come to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace settle {

/// A neuron of a population, or a channel, where its neurons share something.
struct ComparedPlace {
    int population = 0;
    std::string name;         ///< that the population has of its own; "": it is a layer of network.layers
    std::int64_t number = 0;  ///< in its population, from 0
    bool channel = false;
};

/// Row and column of an item of a kernel, from 0.
struct KernelItem {
    std::int64_t row = 0, column = 0;
};

/// The other end of a weight; and, where populations have names, which projection's it is.
struct ComparedSource {
    ComparedPlace place;               ///< in the population that the projection names first
    int projection = 0;                ///< in the order of the file
    std::optional<KernelItem> kernel;  ///< of a convolution, whose weights join channels
};

/// The first thing that is not the same in two recordings: of the first minibatch, presentation, tick, population and
/// neuron, in this order; weights and biases, which change after all of them, last. Populations are those of the first
/// run.
struct FirstDifference {
    std::int64_t minibatch = 0;     ///< counted from the beginning of the run
    std::int64_t presentation = 0;  ///< in the minibatch, from 0; -1: after the update
    std::int64_t tick = 0;          ///< 1, 2, … of the presentation (off lockstep: period); 0: after the update
    std::string branch;             ///< "", "free" or "minus"
    ComparedPlace place;            ///< of a weight: in the population that its projection names second
    std::optional<ComparedSource> source;  ///< of a weight
    std::string what;                      ///< "state", "bits", "weight", "bias"
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
