#include "sim/scenario/stream_notes.hpp"

#include "sim/scenario/checks.hpp"

namespace settle {

/// A stream is presented to weights that stay as they are.
std::vector<std::string> notes_on_stream(const GivenValues& given, const Scenario& scenario) {
    static const char* const unused[] = {"learning.epochs",    "learning.rates",     "learning.beta",
                                         "learning.beta_sign", "learning.update",    "learning.decay",
                                         "phases.nudged",      "phases.splitstream", "checkpoint.every"};
    std::vector<std::string> notes;
    if (scenario.task != Task::stream) return notes;
    for (const char* path : unused) {
        if (given.contains(path) && !at_default(*find_key(path), scenario))
            notes.push_back(std::string(path) + " is ignored by the task stream");
    }
    return notes;
}

}  // namespace settle
