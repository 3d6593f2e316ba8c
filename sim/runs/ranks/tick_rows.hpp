// Rows of ticks on their way from the rank that presents to rank 0, which records them.
#pragma once

#include <functional>

#include "sim/engines/presentation.hpp"
#include "sim/runs/ranks/ranks.hpp"
#include "sim/runs/ranks/shares.hpp"

namespace settle {

/// On a rank that follows: a sink that sends rows to rank 0, of the presentations of its share of a minibatch of
/// `batch`. `ranks` and `share` must outlive it.
TickSink send_rows(Ranks& ranks, const Share& share, int batch);

/// On a rank that follows: that there are no more rows of this minibatch.
void end_rows(Ranks& ranks);

/// On rank 0: hands the rows of all others to the sink until none has any more. Throws what Ranks throws.
void receive_rows(Ranks& ranks, const TickSink& sink);

}  // namespace settle
