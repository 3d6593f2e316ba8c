// The course of a stream: which inputs it shows, and how long each stays. Keyed by seed, stream and input, so that it
// is the same whoever asks.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/data/dataset.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

struct InputCourse {
    std::vector<std::int64_t> samples;  ///< (inputs) index in the set
    std::vector<std::int64_t> begins;   ///< (inputs + 1) the period at whose end each begins, from 0; then the end

    std::int64_t periods() const { return begins.back(); }
};

/// When the inputs of a stream begin, and when the last ends: dwells are uniform integers from stream.dwell.
std::vector<std::int64_t> stream_begins(const Scenario& scenario, std::int64_t stream);

/// Of one of the stream.streams, over a set of `available` samples, as many as it has inputs at least: of its own
/// permutation of them, or as they are.
InputCourse draw_course(const Scenario& scenario, std::int64_t available, std::int64_t stream);

/// Periods of the longest stream of the scenario.
std::int64_t longest_stream(const Scenario& scenario);

/// What a stream is for an engine: one presentation without nudge, whose input changes and whose states are read at
/// the end.
Plan stream_plan(const Scenario& scenario, const InputCourse& course);

/// Streams first … as presentations, each at the position of its number. `part` names the set that `samples` are of.
Minibatch stream_minibatch(const Scenario& scenario, const std::vector<InputCourse>& courses, std::int64_t first,
                           const Samples& samples, PresentationId::Part part);

}  // namespace settle
