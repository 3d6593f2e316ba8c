// A folder of IDX files: images and labels to train with, and where there are any, to test.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/data/dataset.hpp"

namespace settle {

/// Paths of the four files, as found; the test files are empty strings when there are none.
struct IdxFolder {
    std::string path;  ///< the folder itself
    std::string train_images, train_labels, test_images, test_labels;
};

/// The file that `name`, one of the four canonical names (train-images-idx3-ubyte, train-labels-idx1-ubyte,
/// t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte), stands for in a folder; "" if there is none. Preferred in this
/// order: the name itself, with a dot (train-images.idx3-ubyte), of another type or rank (train-labels-idx2-int),
/// beginning with test- instead of t10k-; each plain before .gz. A folder named like the file may hold it.
std::string find_idx_file(const std::string& folder, const std::string& name);

/// The folder that holds the training images: `place`, else the one below it, not deeper than 3, that does; nullopt
/// where nothing of that kind is found. Throws Error (input) where several do.
std::optional<std::string> find_idx_folder(const std::string& place);

/// The name in or below a folder that is nearest to that of training images; "" where none is near.
std::string nearest_idx_name(const std::string& place);

/// The four files of the folder that find_idx_folder finds. Where none has its canonical name, but all have the same
/// word in front (qmnist-train-images-idx3-ubyte), those are meant. Throws Error (input), with the nearest name, when
/// training files or one of the two test files are missing.
IdxFolder open_idx_folder(const std::string& place);

/// Samples there are, from headers; validation is 0.
DatasetSize measure_idx(const IdxFolder& folder);

/// The first `wanted.train` samples, the next `wanted.validation` ones, and the first `wanted.test` of the test files,
/// divided by `scale`, or as choose_scaling says. Training files, and test files that are wanted, are read to their end
/// and checked; unsigned bytes stay bytes. Labels are integers: one a sample, or the first of eight (QMNIST).
Dataset load_idx(const IdxFolder& folder, const DatasetSize& wanted, int classes, std::optional<double> scale = {});

}  // namespace settle
