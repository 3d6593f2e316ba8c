// What a random quantity of the device is drawn from: the jitter of a tick, a clock's drift, the latency of a link and
// its jitter. A draw is a function of its words, in + - x / and square roots only, so that every machine draws the
// same.
//
// Another kind is a struct here, its functions in distribution.cpp and a line in the table there: the names that keys
// take, the engines' lookahead and the bound of crowding follow. What lacks one of the functions does not compile, but
// for times(), the vector form: without it, draws are made one by one.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "core/philox.hpp"
#include "core/time.hpp"
#include "models/device/philox_kernel.hpp"

namespace settle {

/// From low to high, both included.
struct Uniform {
    double low = 0, high = 0;

    double least() const { return low; }
    double greatest() const { return high; }
    double mean() const { return (low + high) / 2; }
    double width() const { return (high - low) / 2; }
    double deviation() const;
    double density() const { return 1 / (high - low); }
    Duration time(std::uint32_t word) const;
    Duration long_time(std::uint64_t word) const;
    void times(const PhiloxBlocks& blocks, Duration* out) const;
    double fraction(const PhiloxBlock& words) const;

    bool operator==(const Uniform&) const = default;
};

/// `width`: the standard deviation. No draw is further than 6.34 of them from the mean.
struct Normal {
    double center = 0, sigma = 0;

    double least() const;
    double greatest() const;
    double mean() const { return center; }
    double width() const { return sigma; }
    double deviation() const { return sigma; }
    double density() const;
    Duration time(std::uint32_t word) const;
    Duration long_time(std::uint64_t word) const { return time(static_cast<std::uint32_t>(word >> 32)); }
    void times(const PhiloxBlocks& blocks, Duration* out) const;
    double fraction(const PhiloxBlock& words) const;

    bool operator==(const Normal&) const = default;
};

/// Of times, its parameters are whole units of time, below 2^60; of a drift, fractions of the period. Nobody may infer
/// one end from the other.
class Distribution {
public:
    using Kind = std::variant<Uniform, Normal>;

    /// Always 0.
    Distribution() = default;
    Distribution(const Kind& kind) : kind_(kind) {}
    Distribution(const Uniform& uniform) : kind_(uniform) {}
    Distribution(const Normal& normal) : kind_(normal) {}

    /// What keys call the kinds, in the order of Kind.
    static std::vector<std::string> names();
    /// Around 0: uniform in ±width, normal with that standard deviation, …
    static Distribution around_zero(std::size_t kind, double width);

    const Kind& kind() const { return kind_; }
    std::string name() const { return names()[kind_.index()]; }
    /// As around_zero() takes it.
    double width() const;

    /// No draw is below or above.
    double least() const;
    double greatest() const;
    Duration least_time() const;
    Duration greatest_time() const;
    double mean() const;
    /// A sigma for which the sum of n draws is below n mean - z sigma sqrt(n) with a chance of at most exp(-z^2 / 2).
    double deviation() const;
    /// The greatest.
    double density() const;

    /// Every draw is 0. Clocks and links ask at every tick.
    bool none() const {
        return std::visit([](const auto& kind) { return kind.width() == 0 && kind.mean() == 0; }, kind_);
    }
    /// Every draw is the same.
    bool constant() const { return least() == greatest(); }

    /// A time from one word, or from a long one where all values of a wide range are to occur.
    Duration time(std::uint32_t word) const;
    Duration long_time(std::uint64_t word) const;
    /// out[w * 16 + lane] = time(word w of that block).
    void times(const PhiloxBlocks& blocks, Duration* out) const;
    /// out[i] = time(words[i]).
    void times(const std::uint32_t* words, int count, Duration* out) const;
    /// A fraction.
    double fraction(const PhiloxBlock& words) const;

    bool operator==(const Distribution&) const = default;

private:
    Kind kind_;
};

/// The inverse of the normal distribution at (word + 1/2) / 2^32: Wichura (1988), algorithm AS 241, PPND16, with a
/// relative error of 1e-15. normal_quantile(~word) == -normal_quantile(word); the largest value is 6.34.
double normal_quantile(std::uint32_t word);

}  // namespace settle
