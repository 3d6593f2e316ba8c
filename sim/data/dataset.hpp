// A data set: inputs in [0, 1] with a class each, for training, validation and test.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/data/shared_values.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What a byte stands for: float32(byte) / float32(divisor). A table, since a division takes longer than all else that
/// is done with a byte.
using ByteValues = std::array<float, 256>;

constexpr ByteValues byte_values(float divisor) {
    ByteValues values{};
    for (std::size_t byte = 0; byte < values.size(); ++byte) values[byte] = static_cast<float>(byte) / divisor;
    return values;
}

/// Samples of one part, either as bytes (x = byte_values[byte]) or as float32; row-major (count x inputs).
struct Samples {
    std::int64_t count = 0;
    int inputs = 0;
    std::variant<SharedValues<std::uint8_t>, SharedValues<float>> x;
    std::vector<std::int32_t> labels;  ///< (count), each in [0, classes)
    ByteValues values = byte_values(255);

    /// Writes sample `index` to `out` (inputs). Throws Error (input) for one that is not there.
    void copy_to(std::int64_t index, std::span<float> out) const;
};

/// How the numbers of files became inputs: x = float32(number) / float32(divisor).
struct Scaling {
    double divisor = 1;
    std::string text;  ///< "integers 0 to 255, divided by 255", in words for users; empty where the program draws x
};

/// Validation samples are the last `validation` ones of the training part.
struct Dataset {
    Samples train;
    Samples validation;
    Samples test;
    /// Every file whose content went into the samples: absolute, sorted, once each; with HDF5 also those that links and
    /// virtual data sets lead to. None where the program draws the samples.
    std::vector<std::string> files = {};
    Scaling scaling = {};
};

/// How many samples each part has. Files store training and validation samples in one row, training first.
struct DatasetSize {
    std::int64_t train = 0, validation = 0, test = 0;
    int inputs = 0;
    int input_bytes = 1;  ///< of an input in memory: 1 for bytes, else 4
};

/// Loads what the scenario's [data] asks for, validated against its layers: input width, label range, finite values in
/// [0, 1] once they are scaled, and as many samples as wanted. `random` data is drawn from network.seed. Throws Error
/// (input) naming file and key.
Dataset load_dataset(const Scenario& scenario);

/// What load_dataset would give, from file headers alone and without reading samples: for --dry-run and describe. The
/// same errors, but for those of the samples themselves.
DatasetSize measure_dataset(const Scenario& scenario);

/// A file of a data set.
struct DataFile {
    std::string part;  ///< "training images", …; "" for the file that is the whole set
    std::string path;
};

/// The files that load_dataset opens for the scenario, absolute, in a fixed order; none for data that the program
/// makes. Those that they lead to are in Dataset::files. Throws Error (input) when they are not found.
std::vector<DataFile> dataset_files(const Scenario& scenario);

/// What [data] wants of what there is, validation counted as training there: the first data.train samples, of which
/// the last data.validation validate, and the first data.test. Throws Error (input) with `place` where there are fewer.
DatasetSize choose_samples(const Scenario& scenario, const std::string& place, const DatasetSize& available);

/// Throws Error (input) with `place` where a stream has more inputs than there are samples: those of the test set, or
/// without one of the training set.
void check_stream_length(const Scenario& scenario, const std::string& place, const DatasetSize& there);

/// For the sources of data: the labels as they are kept. Throws Error (input) with `place` and `key` for the first one
/// outside [0, classes).
std::vector<std::int32_t> checked_labels(const std::string& place, const std::string& key,
                                         std::span<const std::int64_t> labels, int classes);

}  // namespace settle
