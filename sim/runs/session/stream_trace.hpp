// How networks follow their streams: what is seen of them at every period end, measured against the fixed point of the
// input that is there. Filled while an engine runs, from as many threads as it has.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/network/network.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/session/sample_fixed_points.hpp"

namespace settle {

/// The trace of the streams of one minibatch. Streams are kept apart: no figure depends on threads or shards.
class StreamTrace {
public:
    /// `courses`: of the minibatch's streams. All must outlive the trace.
    StreamTrace(const Wiring& wiring, const std::vector<InputCourse>& courses, const SampleFixedPoints& points);
    StreamTrace(const Wiring&, const std::vector<InputCourse>&&, const SampleFixedPoints&) = delete;

    /// Takes rows of an engine. Any thread: rows of one stream come one after the other, in the order of time. Throws
    /// Error (input) for rows of another network or stream.
    void add(const TickRows& rows);

    /// When the engine has returned: what is seen of stream `number` at the end of period 1, 2 …
    struct Seen {
        double distance = 0;      ///< from the fixed point of the input that was there in the period
        std::uint32_t bits = 0;   ///< of value 1, sent by populations 1..L in the period
        std::int32_t answer = 0;  ///< argmax of the output, lowest index on a tie
    };
    const std::vector<Seen>& stream(int number) const { return streams_[static_cast<std::size_t>(number)]; }

private:
    void add_row(std::size_t stream, std::size_t period, std::size_t input, std::span<const float> states);

    const Wiring& wiring_;
    const std::vector<InputCourse>& courses_;
    const SampleFixedPoints& points_;
    std::vector<std::vector<Seen>> streams_;  ///< (streams) (periods)
};

}  // namespace settle
