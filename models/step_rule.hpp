// The step size epsilon(t, d): a schedule, or one of two adaptive rules with a state in every neuron.
#pragma once

#include <variant>

#include "models/schedule.hpp"

namespace settle {

/// Optimal step size adaptation (George & Powell 2006).
struct Osa {
    double target = 0.0346;
    double floor = 1e-15;

    bool operator==(const Osa&) const = default;
};

/// Kesten's rule: epsilon = a / (b + k), k raised whenever the error changes sign.
struct Kesten {
    double a = 6.81;
    double b = 2.64;

    bool operator==(const Kesten&) const = default;
};

using StepRule = std::variant<Schedule, Osa, Kesten>;

}  // namespace settle
