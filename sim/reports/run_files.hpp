// The files of a run directory, read for a report: of a run, a sweep or a search, finished or not.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/formats/value.hpp"
#include "sim/reports/record.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

enum class RunKind { training, inference, convergence, stream, sweep, search };

/// What an expectation came to, as far as the files tell.
struct RecordedVerdict {
    enum class State { passed, failed, unknown };
    State state = State::unknown;
    std::string expected;
    std::string seen;  ///< "" where it is not recorded
};

struct RunFiles {
    std::string directory;  ///< as given
    std::string label;      ///< short name, unlike those of the other runs of a report
    RunKind kind = RunKind::training;
    bool finished = false;  ///< has a summary.json

    std::string scenario_text;         ///< scenario.toml
    Value settings;                    ///< the same, parsed
    std::optional<Scenario> scenario;  ///< loaded; absent where this version does not know its keys
    Record manifest;
    Record summary;                ///< empty for an unfinished run
    std::vector<Record> samples;   ///< lines of metrics.jsonl; none of a sweep or search
    std::vector<Record> settling;  ///< lines of settling.jsonl
    std::vector<Record> points;    ///< lines of points.jsonl
    std::vector<Record> trials;    ///< lines of trials.jsonl
    Absences absences;             ///< of metrics that it could have had: "not settled (3 of 20)"
    std::vector<RecordedVerdict> verdicts;
    std::vector<std::string> notes;  ///< what is missing or left out, in whole sentences

    /// A scalar of scenario.toml as text ("scenario", "name"); "" where there is none.
    std::string setting(const std::string& section, const std::string& key) const;
    std::string file(const std::string& name) const { return directory + "/" + name; }
};

/// Throws Error (input) for what is not a run directory and for damaged files.
RunFiles read_run_files(const std::string& directory);

/// The numbers of a summary.json by name.
Metrics metrics_in(const Record& summary);

/// The whole of a file; nullopt where it cannot be read.
std::optional<std::string> read_run_file(const std::string& path);

/// Gives every run a label: the last part of its path, as much of it as tells them apart.
void label_runs(std::vector<RunFiles>& runs);

}  // namespace settle
