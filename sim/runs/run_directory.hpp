// The directory of a run: made when everything has been validated, filled while the run goes on.
#pragma once

#include <string>
#include <vector>

#include "models/network.hpp"
#include "sim/runs/build_info.hpp"

namespace settle {

class RunDirectory {
public:
    /// runs/NAME-YYYYMMDD-HHMMSS under the working directory, with a number behind it if that exists.
    static std::string default_path(const std::string& name);

    /// Throws Error (input) unless `path` can become a run directory: it does not exist, or is an empty directory.
    /// Changes nothing.
    static void check(const std::string& path);

    /// A run was killed here before it had begun: there is nothing but the first files of begin(), whole or in part.
    static bool barely_begun(const std::string& path);

    /// Creates it. Throws Error (runtime).
    explicit RunDirectory(std::string path);

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

    /// Writes what is known when a run begins or goes on, and removes what belongs to its end: summary,
    /// settling curve and weights.
    void begin(const std::string& scenario, const std::string& manifest, const std::string& metrics) const;

    /// Writes a whole file: complete or not at all. Throws Error (runtime).
    void write(const std::string& name, const std::string& content) const;

    /// Adds a line to metrics.jsonl.
    void add_metrics(const std::string& line) const;

private:
    std::string path_;
};

/// The content of manifest.json. `time_unit`: in which the run counts the times of a presentation.
std::string manifest_json(const BuildInfo& build, const MachineInfo& machine,
                          const std::vector<std::string>& command_line, const std::string& time_unit);

}  // namespace settle
