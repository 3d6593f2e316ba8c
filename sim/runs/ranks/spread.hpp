// A minibatch spread over the ranks: each presents its share, what was read is gathered in presentation order, and all
// go on with the same.
#pragma once

#include <functional>

#include "core/stop.hpp"
#include "models/network/wiring.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/ranks/ranks.hpp"
#include "sim/runs/ranks/row_letters.hpp"
#include "sim/runs/ranks/shares.hpp"

namespace settle {

/// What is needed of an outcome on all ranks.
enum class Gathered {
    reads,    ///< everything that was read: to learn from it
    answers,  ///< of the slot of the answer the output alone: to evaluate
};

/// Who presents on this rank.
using Presenting = std::function<Outcome(const Minibatch& minibatch, const RowSinks& sinks)>;

/// Presents the minibatch together with the other ranks: one collective, whose time and bytes are counted. The outcome
/// is that of one process in all that is `gathered`, its counters and its fingerprint; the rest of what was read is 0.
/// Rows reach `sinks` while all present, on rank 0 from several threads. `stops`: whether this rank has been asked to
/// stop, on which all agree. Throws Stopped on all where `presenting` throws it on any, and what Ranks throws.
Outcome spread(Ranks& ranks, const Plan& plan, const Wiring& wiring, const Minibatch& minibatch, Gathered gathered,
               const RowSinks& sinks, const StopCheck& stops, const Presenting& presenting);

/// Bytes that all ranks together put into the collective of a minibatch. On a chip a second one follows
/// for the figures of its servers: how long that is nobody knows before.
std::uint64_t exchange_bytes(const Plan& plan, const Wiring& wiring, int batch, int ranks, Gathered gathered);

}  // namespace settle
