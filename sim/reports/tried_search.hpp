// What a search has tried.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/reports/run_files.hpp"

namespace settle {

struct Trial {
    std::int64_t index = 0;
    std::optional<double> objective;             ///< absent: the trial failed
    std::vector<std::string> texts;              ///< values by key
    std::vector<std::optional<double>> numbers;  ///< the same
};

struct TriedSearch {
    std::string objective;          ///< name of the metric
    std::vector<std::string> keys;  ///< that are searched
    std::vector<Trial> trials;      ///< in the order of their numbers

    /// Positions in `trials`, best first; failed ones are left out.
    std::vector<std::size_t> ranking() const;
};

/// From trials.jsonl.
TriedSearch read_tried_search(const RunFiles& run);

}  // namespace settle
