// MPI as a wire: the only place that knows of it.
#pragma once

#include "sim/runs/ranks/wire.hpp"

namespace settle {

/// Starts MPI. Throws Error (runtime) where it lets one thread alone call it.
Wire mpi_wire();

/// Ends MPI, on all ranks together; where that takes long, the process with it, with the exit code.
void take_down_mpi(int code);

/// Has the launcher end all ranks, with the exit code.
void abort_mpi(int code);

/// Until the launcher has ended this process; where it does not, it ends by itself.
void await_end(int code);

}  // namespace settle
