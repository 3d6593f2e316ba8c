// Rows of ticks on their way from the rank that presents to rank 0, which records them.
#pragma once

#include <functional>

#include "sim/engines/presentation.hpp"
#include "sim/runs/ranks/ranks.hpp"

namespace settle {

/// On a rank that follows: a sink that sends rows to rank 0, its presentations counted from `first` on, `batch` in all.
/// Both must outlive it.
TickSink send_rows(Ranks& ranks, int first, int batch);

/// On a rank that follows: that there are no more rows of this minibatch.
void end_rows(Ranks& ranks);

/// On rank 0: hands the rows of all others to the sink until none has any more. Throws what Ranks throws.
void receive_rows(Ranks& ranks, const TickSink& sink);

}  // namespace settle
