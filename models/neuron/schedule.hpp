// A schedule: a parameter that is annealed with the neuron's own tick count.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/stop.hpp"

namespace settle {

/// value(t) = max(floor, initial / t^exponent) for t = 1, 2, …; a plain number is exponent 0.
struct Schedule {
    double initial = 1;
    double exponent = 0;
    double floor = 0;

    bool operator==(const Schedule&) const = default;
};

/// Whether this is a lambda to predict with: none is none, and so is the constant 1, which forgets all that came
/// before.
inline bool predicts(const std::optional<Schedule>& lambda) {
    return lambda && *lambda != Schedule{1, 0, 0};
}

/// Computed in double, rounded to float32 once. t >= 1.
float schedule_value(const Schedule& schedule, std::int64_t t);

/// Values for t = 1 … ticks; entry 0 belongs to t = 1. Throws Stopped once `stop` asks for it: 10^8 ticks take seconds.
std::vector<float> tabulate(const Schedule& schedule, std::int64_t ticks, const StopCheck& stop = nullptr);

/// Reads "a/t^b", "a/t" or "a" ("0.843/t^0.0923"); spaces are allowed. nullopt: not of that form.
std::optional<Schedule> parse_schedule(const std::string& text);

}  // namespace settle
