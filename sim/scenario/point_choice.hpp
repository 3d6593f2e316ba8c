// Expectations about many points of a sweep: [[expect]] tables that say some axes of a point, and leave the others
// open.
#pragma once

#include "sim/formats/value.hpp"
#include "sim/scenario/problems.hpp"

namespace settle {

/// Replaces every table whose `point` is a table { "AXIS" = label }, by one for each point of the grid that has these
/// labels, and in them `than` = { "AXIS" = label } by the point that has these and everything else alike. The grid is
/// that of `now`; what is not there may be in `written`, that of the file. What is in neither goes to `problems`.
Value each_point(const Value& expectations, const Value::Table& now, const Value::Table& written, Problems& problems);

}  // namespace settle
