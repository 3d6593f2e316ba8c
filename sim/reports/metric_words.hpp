// The numbers of a summary in words, and as people read them.
#pragma once

#include <string>

#include "sim/reports/record.hpp"

namespace settle {

/// What a metric is, in half a sentence; "" for one that is not known here.
std::string metric_help(const std::string& name);

/// "fraction", "periods"; "" for plain numbers and for one that is not known here.
std::string metric_unit(const std::string& name);

/// A value of a summary: errors in per cent, others as number_text has them; names that are numbers as they are.
std::string metric_text(const std::string& name, double value);
std::string metric_text(const RecordEntry& entry);

/// The label of a sweep's point or value as people read it: 1e-05 is 10⁻⁵, 2.5e-05 is 2.5·10⁻⁵. All digits stay, so
/// that no two values become one.
std::string label_text(const std::string& label);

}  // namespace settle
