// The recordings of a run directory, for reading: recording.h5 and what resumed runs have added.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/formats/hdf5_file.hpp"
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

/// Which file holds which minibatch. Where two have the same one, the run that was resumed later counts.
class RecordedRun {
public:
    /// Files that cannot be read (a run that was killed may leave one) are left out and named in `notes`.
    RecordedRun(const std::string& directory, std::vector<std::string>& notes);

    const std::map<std::int64_t, const Hdf5Reader*>& minibatches() const { return minibatches_; }

private:
    std::vector<std::unique_ptr<Hdf5Reader>> files_;
    std::map<std::int64_t, const Hdf5Reader*> minibatches_;
};

}  // namespace settle
