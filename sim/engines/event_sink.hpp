// Events out: every spike, and every message with what became of it, for whoever records them.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "sim/engines/plan.hpp"

namespace settle {

/// A bit of value 1.
struct SpikeRow {
    std::int64_t time = 0;    ///< ps since the presentation began; free-running: the tick count
    std::int32_t neuron = 0;  ///< network-wide

    bool operator==(const SpikeRow&) const = default;
};

/// What became of a message in the end.
enum class MessageEnd : std::uint8_t {
    delivered = 0,
    lost = 1,     ///< by its link
    dropped = 2,  ///< by a queue that was full
    expired = 3,  ///< still on its way when its branch ended
};

/// One bit to one target: a population (scope axon), a neuron (synapse), or a core (core), each copy by itself. What is
/// on its way when a branch is forked has a row in each of the two.
struct MessageRow {
    std::int64_t sent = 0;      ///< ps since the presentation began: the tick of the source
    std::int64_t arrived = -1;  ///< ps; -1 unless delivered
    std::int32_t source = 0;    ///< network-wide
    std::int32_t tick = 0;      ///< of the source, from 1
    std::int32_t target = 0;    ///< number of the population, neuron (network-wide) or core
    std::int32_t hops = 0;      ///< links that it has taken; 0 without a chip
    std::uint8_t copy = 0;      ///< 1: the duplicate that a link has made
    MessageEnd fate = MessageEnd::delivered;

    bool operator==(const MessageRow&) const = default;
};

/// What a server of a chip holds from a time on, until its next row; before its first one, nothing.
struct QueueRow {
    std::int64_t time = 0;     ///< ps since the presentation began; the end of all that happens then
    std::int32_t server = 0;   ///< as models/chip/mesh.hpp numbers them
    std::int32_t packets = 0;  ///< in its queue, the one in service included
    std::uint8_t busy = 0;     ///< 1: it serves; 0: it has nothing to do, or its packet finds no place

    bool operator==(const QueueRow&) const = default;
};

/// Some events of one branch of one presentation.
struct EventRows {
    std::int64_t minibatch = 0;
    int presentation = 0;  ///< index in the minibatch
    Branch branch = Branch::main;
    std::vector<SpikeRow> spikes;
    std::vector<MessageRow> messages;
    std::vector<QueueRow> queues;
};

/// Who wants to see them. Without `take` nobody does.
struct EventSink {
    /// Every event once, in any order and portions of any size: whoever takes them sorts them. Called from several
    /// workers at once; may block for a while, never for ever; may throw.
    std::function<void(EventRows&&)> take = nullptr;
    bool spikes = false;
    bool messages = false;
    bool queues = false;       ///< of a chip in virtual time
    std::int64_t unit_ps = 1;  ///< picoseconds of a unit of time

    bool wanted() const { return take && (spikes || messages || queues); }
};

}  // namespace settle
