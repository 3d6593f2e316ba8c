// A JSON object of a run's files as plain data: its numbers and texts by path, in the order of the file.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace settle {

struct RecordEntry {
    std::string path;              ///< names and positions joined by '/': "values/timing.jitter", "command_line/0"
    std::string text;              ///< a string as it is, anything else as JSON writes it
    std::optional<double> number;  ///< of a finite number
};

struct Record {
    std::vector<RecordEntry> entries;

    const RecordEntry* find(const std::string& path) const;
    std::optional<double> number(const std::string& path) const;
    std::string text(const std::string& path) const;  ///< "" where there is none
    /// What lies inside `path`, its entries' paths without "path/".
    Record under(const std::string& path) const;
};

/// Throws Error (input), naming `place` and `line` (0: none), for what is no JSON object.
Record parse_record(const std::string& text, const std::string& place, int line = 0);

/// A file of one object a line. A damaged last line without an end (a run that is being written, or was killed) is left
/// out and said in `notes`; every other one is an Error (input).
std::vector<Record> parse_records(const std::string& text, const std::string& place, std::vector<std::string>& notes);

}  // namespace settle
