// The figures of a stream run, added up stream by stream from what was seen of each at its period ends.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/measures/stream_figures.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/session/stream_trace.hpp"

namespace settle {

class StreamMeasure {
public:
    /// `neurons`: of populations 1..L. `spiking`: it sends bits.
    StreamMeasure(int neurons, bool spiking) : neurons_(neurons), spiking_(spiking) {}

    /// Stream `number` of the run, `seen` at its period ends, in the order of their numbers. `labels` by input.
    void add(std::int64_t number, const InputCourse& course, std::span<const std::int32_t> labels,
             std::span<const StreamTrace::Seen> seen);

    /// Fraction of the changes so far whose answer is wrong at the end; 0 without any.
    double error() const;

    /// Of what was added, one change at least; a sample every `every` periods since the change, and at the last.
    StreamFigures conclude(int every) const;

private:
    struct Sum {
        std::int64_t n = 0, wrong = 0;
        std::uint64_t bits = 0;
        double distance = 0;
    };

    double neurons_;
    bool spiking_;
    std::vector<InputChange> changes_;
    std::vector<Sum> by_period_;
};

}  // namespace settle
