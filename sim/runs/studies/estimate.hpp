// An estimate: the mean of a metric over repeats, how sure it is, and how sure the difference of two points is.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>

namespace settle {

using Interval = std::pair<double, double>;  ///< low, high

struct Estimate {
    int runs = 0;
    double mean = 0;
    std::optional<Interval> interval;  ///< 95 %; absent with fewer than two runs
};

/// Of two points whose repeats have the same seeds: one minus the other, repeat by repeat.
struct Difference {
    int pairs = 0;
    std::optional<double> mean;        ///< absent where a repeat lacks one of the two: see sim/runs/studies/sweep
    std::optional<Interval> interval;  ///< 95 %; absent without a mean and with fewer than two pairs
    /// Two-sided, of the paired t test that the mean is 0. Absent with fewer than two pairs, and where all differences
    /// are equal (but for the rounding of the subtraction): the test measures a mean by the spread, and there is none.
    std::optional<double> p;
};

/// Student's 95 % interval: mean ± t s / √n, t being the 97.5th percentile of the t distribution with n - 1 degrees of
/// freedom and s² = Σ (x - mean)² / (n - 1). Exact for normal values, of two as of many; it may reach below 0 where no
/// value can.
class Estimator {
public:
    /// Of at least one value.
    Estimate of(std::span<const double> values);

    /// Of at least one pair; as many values as others.
    Difference of_difference(std::span<const double> values, std::span<const double> others);

private:
    double t_of(std::size_t count);

    std::map<std::size_t, double> t_;  ///< by the number of values
};

}  // namespace settle
