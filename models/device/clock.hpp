// The clocks of the neurons. What belongs to the chip, period and phase, is drawn once a run; jitter once a tick.
#pragma once

#include <cstdint>
#include <vector>

#include "core/draw.hpp"
#include "core/time.hpp"
#include "models/device/distribution.hpp"

namespace settle {

struct ClockSettings {
    Duration period = 1'000'000;  ///< nominal, in units of time, at least 2
    Distribution jitter;          ///< of a tick
    bool accumulate = false;      ///< the jitter of tick k is the sum of the draws 1..k: a clock wanders off
    Distribution drift;           ///< of a neuron's period, as a fraction
    bool random_phase = false;    ///< false: all clocks are aligned
};

/// Properties of the chip, one entry a neuron (counted from layer 0 on, network-wide). Tick k = 1, 2, … of neuron i is
/// nominally at (k - 1) period_i + offset_i; it happens at max(previous + 1 unit, 0, nominal + jitter).
struct Clocks {
    std::vector<Duration> period;  ///< at least 2
    std::vector<Duration> offset;  ///< in [0, period)

    Duration nominal(std::uint32_t neuron, std::int64_t tick) const {
        return (tick - 1) * period[neuron] + offset[neuron];
    }
};

/// period (1 + drift), rounded, at least 2 units. drift above -1.
Duration drifted_period(Duration period, double drift);

/// period_i is drifted by drift_i; a drift is drawn again until |drift_i| < 1.
/// offset_i = (1/2 + phase_i) period_i: aligned, phase_i = 0 and offset_i = period_i / 2 (as lockstep_tick_time);
/// random, uniform over 0 … period_i - 1. Keyed by device seed, purpose and neuron: independent of how many there are.
Clocks draw_clocks(const ClockSettings& settings, int neurons, std::uint64_t device_seed);

/// Jitter of the ticks of one branch of one presentation: a function of seed, presentation, branch, neuron and tick.
class TickJitter {
public:
    TickJitter(const ClockSettings& settings, std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch);

    /// Every draw is 0, and clocks need not ask.
    bool none() const { return draws_.none(); }
    /// Whether the jitter of tick k is the sum of the draws 1..k instead of draw k. Whoever keeps the clock sums.
    bool accumulates() const { return accumulates_; }
    /// No draw is below or above.
    Duration least() const { return draws_.least_time(); }
    Duration greatest() const { return draws_.greatest_time(); }

    /// One draw; tick = 1, 2, …: the plain reference.
    Duration at(std::uint32_t neuron, std::int64_t tick) const;

    static constexpr int group_ticks = 4;  ///< ticks whose draws come together

    /// The draws of four ticks each of sixteen neurons: out[i * 16 + lane] is that of tick 4 groups[lane] + 1 + i of
    /// neurons[lane]. Groups are 0, 1, …
    void draw(const std::uint32_t* neurons, const std::uint32_t* groups, Duration* out) const;

private:
    Stream stream_;
    Distribution draws_;
    bool accumulates_;
};

}  // namespace settle
