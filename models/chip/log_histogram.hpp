// A histogram of times over many powers of two: what quantiles of latencies and waits are read from.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace settle {

/// Values at least 0. A bin is at most 1/128 of its values wide, so that a quantile is off by less than 0.4 %; below
/// 256 each value has a bin. Grows as it must: empty it is cheap.
class LogHistogram {
public:
    void add(std::int64_t value, std::uint64_t times = 1) {
        const std::size_t bin = bin_of(value);
        if (bin >= counts_.size()) counts_.resize(bin + 1);
        counts_[bin] += times;
        total_ += times;
        greatest_ = std::max(greatest_, value);
    }
    LogHistogram& operator+=(const LogHistogram& other) {
        counts_.resize(std::max(counts_.size(), other.counts_.size()));
        for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
        total_ += other.total_;
        greatest_ = std::max(greatest_, other.greatest_);
        return *this;
    }

    std::uint64_t total() const { return total_; }
    /// Exact; 0 where there is none.
    std::int64_t greatest() const { return greatest_; }
    /// The least value v with at least fraction x total values up to it, as the middle of its bin; 0 where there is
    /// none.
    double quantile(double fraction) const {
        const double wanted = fraction * static_cast<double>(total_);
        std::uint64_t sum = 0;
        for (std::size_t bin = 0; bin < counts_.size(); ++bin) {
            sum += counts_[bin];
            if (counts_[bin] == 0 || static_cast<double>(sum) < wanted) continue;
            const double middle = (low(bin) + low(bin + 1) - 1) / 2;
            return std::min(middle, static_cast<double>(greatest_));
        }
        return 0;
    }
    /// (bins) how many values each holds, and the least value of a bin.
    const std::vector<std::uint64_t>& counts() const { return counts_; }
    static double low(std::size_t bin) {
        if (bin < 2 * parts) return static_cast<double>(bin);
        const std::size_t shift = bin / parts - 1;
        return static_cast<double>(parts + bin % parts) * static_cast<double>(std::uint64_t{1} << shift);
    }

    bool operator==(const LogHistogram&) const = default;

private:
    static constexpr std::size_t parts = 128;  ///< of an octave
    static std::size_t bin_of(std::int64_t value) {
        const auto v = static_cast<std::uint64_t>(value);
        if (v < 2 * parts) return static_cast<std::size_t>(v);
        const auto shift = static_cast<std::size_t>(std::bit_width(v)) - 8;
        return parts * shift + static_cast<std::size_t>(v >> shift);
    }

    std::vector<std::uint64_t> counts_;
    std::uint64_t total_ = 0;
    std::int64_t greatest_ = 0;
};

}  // namespace settle
