// The recordings of a run directory, for reading: recording.h5 and what resumed runs have added.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// A column of `state` or `bits`: one neuron. Ordered as the columns are.
struct RecordedColumn {
    int layer = 0;
    std::int64_t neuron = 0;

    auto operator<=>(const RecordedColumn&) const = default;
};

/// The columns that a scenario's recording has, of a network of `layers`; `first_layer` is 0 for bits, 1 for states.
std::vector<RecordedColumn> recorded_columns(const Recording& recording, const std::vector<int>& layers,
                                             int first_layer);

/// The same neurons by their numbers in the network, in order.
std::vector<std::int32_t> recorded_neurons(const Recording& recording, const std::vector<int>& layers, int first_layer);

/// Whether it is recorded of this minibatch.
bool covers(const Recording& recording, std::int64_t minibatch);

class Hdf5Reader;

/// An array of a recording, read when it is asked for. All throw Error (input) where the file is damaged.
class RecordedArray {
public:
    RecordedArray(std::shared_ptr<const Hdf5Reader> file, std::string name)
        : file_(std::move(file)), name_(std::move(name)) {}

    const std::string& path() const;                   ///< of the file
    const std::string& name() const { return name_; }  ///< in the file: "/minibatch/000003/bits"
    std::vector<std::int64_t> shape() const;           ///< ticks, presentations, columns; of weights pre, post
    std::vector<float> floats() const;
    /// Rows (first dimension) of whole bytes, as bits are.
    std::vector<std::uint8_t> bytes(std::int64_t first_row, std::int64_t rows) const;
    /// Rows of integers, or of floating point numbers.
    std::vector<std::int64_t> integers(std::int64_t first_row, std::int64_t rows) const;
    std::vector<float> floats(std::int64_t first_row, std::int64_t rows) const;

private:
    std::shared_ptr<const Hdf5Reader> file_;
    std::string name_;
};

/// What is recorded of one minibatch.
class RecordedMinibatch {
public:
    RecordedMinibatch(std::shared_ptr<const Hdf5Reader> file, std::int64_t number)
        : file_(std::move(file)), number_(number) {}

    /// By its name in the minibatch: "state", "branch/free/bits", "weights/0"; nullopt: it was not recorded.
    std::optional<RecordedArray> array(const std::string& name) const;

    /// How many "spikes", "messages" or "queues" record.limit has left out of it.
    std::int64_t left_out(const std::string& events) const;

private:
    std::shared_ptr<const Hdf5Reader> file_;
    std::int64_t number_;
};

/// Which file holds which minibatch. Where two have the same one, the run that was resumed later counts.
class RecordedRun {
public:
    /// Files that cannot be read (a run that was killed may leave one) are left out and named in `notes`.
    RecordedRun(const std::string& directory, std::vector<std::string>& notes);

    const std::map<std::int64_t, RecordedMinibatch>& minibatches() const { return minibatches_; }

private:
    std::map<std::int64_t, RecordedMinibatch> minibatches_;
};

/// What counts against record.limit: the bytes of events, and the minibatch in which it has stopped them, if it has.
struct EventsBefore {
    std::int64_t bytes = 0;
    std::optional<std::int64_t> limit_reached = {};
};

/// Of what a directory has recorded of the minibatches before this one.
EventsBefore events_before(const std::string& directory, std::int64_t minibatch);

}  // namespace settle
