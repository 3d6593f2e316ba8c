// How the program was started: alone, or as one of several ranks. There are two programs, and this is all in which they
// differ: tools/settle/alone knows no MPI and refuses to be one of several, tools/mpi is joined by it.
#pragma once

#include <memory>

#include "sim/runs/ranks/ranks.hpp"

namespace settle {

/// The ranks of this job, this one among them. Called first of all.
std::unique_ptr<Ranks> join_ranks();

/// Throws Error (input) where a launcher has started this program several times to work together, and it cannot.
void refuse_company();

/// Ends the process's part in the job. Returns the exit code, or does not return where others must be ended with it.
int leave_ranks(const Ranks::Ending& ending);

}  // namespace settle
