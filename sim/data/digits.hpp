// The embedded data set: digits drawn by the program, as if by many hands, so that everything runs without a download.
#pragma once

#include <cstdint>

#include "sim/data/dataset.hpp"

namespace settle {

inline constexpr std::int64_t digits_train = 10'000;
inline constexpr std::int64_t digits_test = 2'000;
inline constexpr int digits_side = 28;
inline constexpr int digits_inputs = digits_side * digits_side;

/// The first `wanted.train` digits, the next `wanted.validation` ones, and the first `wanted.test` test digits; bytes,
/// ten classes. Always the same digits: no seed, and arithmetic that is exact on every machine.
Dataset draw_digits(const DatasetSize& wanted);

}  // namespace settle
