// A data set: inputs in [0, 1] with a class each, for training, validation and test.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// Samples of one part, either as bytes (x = byte / 255 in float32) or as float32; row-major (count x inputs).
struct Samples {
    std::int64_t count = 0;
    int inputs = 0;
    std::variant<std::vector<std::uint8_t>, std::vector<float>> x;
    std::vector<std::int32_t> labels;  ///< (count), each in [0, classes)

    /// Writes sample `index` to `out` (inputs).
    void copy_to(std::int64_t index, std::span<float> out) const;
};

/// Validation samples are the last `validation` ones of the training part.
struct Dataset {
    Samples train;
    Samples validation;
    Samples test;
    /// Every file whose content went into the samples: absolute, sorted, once each; with HDF5 also those that links and
    /// virtual data sets lead to. None where the program draws the samples.
    std::vector<std::string> files = {};
};

/// How many samples each part has. Files store training and validation samples in one row, training first.
struct DatasetSize {
    std::int64_t train = 0, validation = 0, test = 0;
    int inputs = 0;
};

/// Loads what the scenario's [data] asks for, validated against its layers: input width, label range, finite values in
/// [0, 1], and as many samples as wanted. `random` data is drawn from network.seed. Throws Error (input) naming file
/// and key.
Dataset load_dataset(const Scenario& scenario);

/// What load_dataset would give, from file headers alone and without reading samples: for --dry-run and describe. The
/// same errors, but for those of the samples themselves.
DatasetSize measure_dataset(const Scenario& scenario);

/// For the sources of data. Throws Error (input) with `place` and `key` for the first label outside [0, classes).
void check_labels(const std::string& place, const std::string& key, std::span<const std::int32_t> labels, int classes);

}  // namespace settle
