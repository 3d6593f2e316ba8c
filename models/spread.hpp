// A random spread of the device: how far a time or a rate lies from its nominal value. A draw is a function of one
// 32-bit word, in + - x / and square roots only, so that every machine draws the same.
#pragma once

#include <cstdint>

#include "core/time.hpp"

namespace settle {

/// `uniform`: uniform in [-width, +width]; `normal`: mean 0, standard deviation `width`. The width is in periods, for
/// drift a fraction of the period. `accumulate` (tick jitter only): the value of tick k is the sum of the draws 1..k,
/// so that a clock wanders off instead of trembling.
struct Spread {
    enum class Distribution { uniform, normal } distribution = Distribution::uniform;
    double width = 0;
    bool accumulate = false;

    bool operator==(const Spread&) const = default;
};

/// The inverse of the normal distribution at (word + 1/2) / 2^32: Wichura (1988), algorithm AS 241, PPND16, with a
/// relative error of 1e-15. normal_quantile(~word) == -normal_quantile(word); the largest value is 6.34.
double normal_quantile(std::uint32_t word);

/// A spread whose unit is known, ready for many draws.
struct SpreadDraw {
    SpreadDraw() = default;
    /// `unit`: units of time that a width of 1 means. The width is rounded to whole ones.
    SpreadDraw(const Spread& spread, Duration unit);

    Spread::Distribution distribution = Spread::Distribution::uniform;
    Duration whole_width = 0;

    /// Width 0: every draw is 0.
    bool none() const { return whole_width == 0; }
    /// uniform: floor((2 whole_width + 1) word / 2^32) - whole_width, an exact integer in [-whole_width, +whole_width];
    /// normal: whole_width x normal_quantile(word), rounded half away from zero.
    Duration operator()(std::uint32_t word) const;
    /// The largest |draw|, from the extreme words.
    Duration bound() const;
};

}  // namespace settle
