// Parts of a sweep, each run in a directory of its own, made into the directory of one.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// Makes of the parts a directory that holds all their runs, points.jsonl in the order of the runs and the curves, with
/// scenario and manifest of the first: perform(SweepRun) that resumes it has no run left to make, and writes tables and
/// summary. `out`: new or empty. Throws Error (input), before anything is written, for a directory that holds no sweep,
/// for parts of different sweeps or data, for runs that two of them have and that differ, and for runs that none has.
void merge_parts(const std::vector<std::string>& parts, const std::string& out);

}  // namespace settle
