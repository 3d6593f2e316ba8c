// Scaling: which divisor makes inputs in [0, 1] of the numbers that files hold.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "sim/data/dataset.hpp"

namespace settle {

/// The least and the largest of some numbers; nan is passed over.
struct NumberRange {
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();

    void add(double number) {
        if (number < low) low = number;
        if (number > high) high = number;
    }
    void add(const NumberRange& other) {
        if (other.low < low) low = other.low;
        if (other.high > high) high = other.high;
    }
};

/// What is known of the numbers of one file (or data set of a file) before they are scaled.
struct ImageNumbers {
    std::string place, key;  ///< of messages
    bool integers = false;
    NumberRange wanted;  ///< of the samples that were read
    NumberRange rest;    ///< of others that were looked at

    bool met_any() const { return wanted.high >= wanted.low || rest.high >= rest.low; }
    /// Whether integers 0 and 1 are all that has been met, so that the others have to be looked at.
    bool may_be_zero_one() const { return integers && wanted.high <= 1 && rest.high <= 1; }
};

/// The divisor that was asked for; else 1 for floating point numbers, and for integers 255, or 1 where the largest
/// of all of them is 1. Throws Error (input) where `images` are integers and floating point numbers at once, and for
/// integers that would not be in [0, 1], naming the largest and a scale that fits.
Scaling choose_scaling(std::optional<double> asked, const std::vector<ImageNumbers>& images);

/// Divides what was read, as it stood in its file. Floating point numbers must then be in [0, 1]: throws Error (input)
/// that names the first other one, counting samples from `first`.
void apply_scaling(const Scaling& scaling, const ImageNumbers& numbers, std::int64_t first, Samples& samples);

}  // namespace settle
