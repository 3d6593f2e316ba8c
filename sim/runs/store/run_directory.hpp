// The directory of a run: made when everything has been validated, filled while the run goes on.
#pragma once

#include <string>
#include <vector>

namespace settle {

class RunDirectory {
public:
    /// runs/NAME-YYYYMMDD-HHMMSS under the working directory, with a number behind it if that exists.
    static std::string default_path(const std::string& name);

    /// Throws Error (input) unless `path` can become a run directory: it does not exist, or is an empty directory.
    /// Changes nothing.
    static void check(const std::string& path);

    /// Throws Error (input) if `path` may not be read or looked at (no permission, a name that is too long).
    static void check_access(const std::string& path);

    /// A run was killed here before it had begun: there is nothing but the first files of begin(), whole or in part.
    static bool barely_begun(const std::string& path);

    /// The content of summary.json in a directory; "" if there is none, or only a part of one: a machine that loses its
    /// power may leave a file cut or empty. Throws Error (input) when it cannot be read.
    static std::string read_summary(const std::string& path);

    /// Creates it. Throws Error (runtime).
    explicit RunDirectory(std::string path);

    const std::string& path() const { return path_; }
    std::string file(const std::string& name) const { return path_ + "/" + name; }

    /// Writes what is known when a run begins or goes on, and removes what belongs to its end: summary, weights, and
    /// the files of `last`. Before that every kind of file is tried. Throws Error (runtime).
    void begin(const std::string& scenario, const std::string& manifest, const std::string& metrics,
               const std::vector<std::string>& last) const;

    /// Writes, reads and removes a file of every kind that runs make: what a file system lacks is told before hours of
    /// work, not after. Throws Error (runtime).
    void try_writing() const;

    /// Writes a whole file: complete or not at all. Throws Error (runtime).
    void write(const std::string& name, const std::string& content) const;

    /// Adds a line to metrics.jsonl.
    void add_metrics(const std::string& line) const;
    /// Adds a line to events.jsonl.
    void add_event(const std::string& line) const;

private:
    std::string path_;
};

}  // namespace settle
