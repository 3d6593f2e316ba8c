// Who takes what is recorded: a file of some format, or whatever else wants rows. HDF5 (hdf5_recording.hpp) is one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <variant>
#include <vector>

#include "models/network/network.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

/// What was presented in a minibatch; comes before its rows.
struct RecordedSamples {
    std::int64_t minibatch = 0;
    PresentationId::Part part = PresentationId::Part::train;
    std::vector<std::int32_t> labels;     ///< (batch)
    std::vector<std::int64_t> samples;    ///< (batch) index in that part as it was read, before shuffling
    std::vector<std::int64_t> positions;  ///< (batch) in the epoch, after shuffling

    /// Of streams: everything that they show, the first input included, when, and when they end.
    struct Shown {
        std::vector<std::int64_t> samples;  ///< (batch x inputs)
        std::vector<std::int32_t> labels;   ///< (batch x inputs)
        std::vector<std::int64_t> begins;   ///< (batch x inputs) the period at whose end an input begins, from 0
        std::vector<std::int64_t> periods;  ///< (batch)
    };
    std::optional<Shown> shown = {};
};

/// Consecutive rows of one branch of one presentation, of the neurons that are recorded (recorded_columns).
struct RecordedRows {
    std::int64_t minibatch = 0;
    int presentation = 0;  ///< index in the minibatch
    int batch = 0;
    Branch branch = Branch::main;
    std::int64_t ticks = 0;  ///< rows that the branch has in all
    std::int64_t first_row = 0;
    int rows = 0;
    std::optional<std::vector<float>> states;  ///< (rows x recorded columns); nullopt: not wanted of this minibatch
    std::optional<std::vector<std::uint8_t>> bits;  ///< (rows x recorded columns); nullopt: likewise, or continuous
};

/// Weights and biases after the update of a minibatch.
struct RecordedWeights {
    std::int64_t minibatch = 0;
    NetworkArrays arrays;
    Wiring wiring;  ///< of the network that they are of
};

/// Consecutive spikes of a minibatch, in order of presentation, branch, time and neuron.
struct RecordedSpikes {
    std::int64_t minibatch = 0;
    std::int64_t all = 0;       ///< that the minibatch has; they come in portions, one after the other; 0: one, empty
    std::int64_t first = 0;     ///< of this portion among them
    std::int64_t left_out = 0;  ///< that record.limit has stopped; they would follow
    std::vector<std::int32_t> presentation;  ///< index in the minibatch
    std::vector<std::uint8_t> branch;
    std::vector<std::int32_t> neuron;  ///< network-wide
    std::vector<std::int64_t> time;    ///< ps; free-running: ticks
};

/// The same of messages, in order of presentation, branch, sent, source, target and copy.
struct RecordedMessages {
    std::int64_t minibatch = 0;
    std::int64_t all = 0, first = 0, left_out = 0;  ///< as RecordedSpikes
    std::vector<std::int32_t> presentation;
    std::vector<std::uint8_t> branch;
    std::vector<MessageRow> rows;
};

/// The same of the changes of a chip's servers, in order of presentation, branch, time and server.
struct RecordedQueues {
    std::int64_t minibatch = 0;
    std::int64_t all = 0, first = 0, left_out = 0;  ///< as RecordedSpikes
    std::vector<std::int32_t> presentation;
    std::vector<std::uint8_t> branch;
    std::vector<QueueRow> rows;
};

/// What is recorded so far is to be safe.
struct RecordedSoFar {};

/// A minibatch that was stopped inside: what came of it counts no more.
struct DroppedMinibatch {
    std::int64_t minibatch = 0;
};

/// One thing that is recorded. A sink that forgets one of them does not compile (std::visit).
using RecordedItem = std::variant<RecordedSamples, RecordedRows, RecordedWeights, RecordedSpikes, RecordedMessages,
                                  RecordedQueues, RecordedSoFar, DroppedMinibatch>;

/// Takes items, one call at a time, minibatch by minibatch, rows of the presentations of one in any order; both
/// functions throw Error (runtime) when there is no room.
struct RecordingSink {
    std::function<void(const RecordedItem&)> take;
    std::function<void()> finish;  ///< once, after the last item; without it the recording is cut
};

}  // namespace settle
