// Where the continuous network comes to rest for single samples: what networks that follow a stream are measured
// against.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/stop.hpp"
#include "core/worker_pool.hpp"
#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"

namespace settle {

/// Where the continuous network comes to rest for the samples that streams show, each relaxed once.
class SampleFixedPoints {
public:
    /// Of the samples in `wanted`, which may come again. Relaxes for `ticks` ticks at most. Throws Stopped.
    SampleFixedPoints(const Network& network, const Samples& samples, std::vector<std::int64_t> wanted,
                      std::int64_t ticks, WorkerPool& workers, const StopCheck& stop);

    /// (neurons of populations 1..L)
    std::span<const double> of(std::int64_t sample) const;

    double residual() const { return residual_; }

private:
    std::size_t states_;
    std::vector<std::int64_t> samples_;  ///< sorted, each once
    std::vector<double> values_;         ///< (samples x states)
    double residual_ = 0;                ///< max |s(t) - s(t - 1)| at the last tick of any
};

}  // namespace settle
