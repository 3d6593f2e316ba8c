// A file of lines that grows while a program may be killed: whole lines are kept, a line that was cut is dropped.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// The whole lines of a file; none if it does not exist. What follows the last line's end was cut off, and does not
/// count. Throws Error (input) when it cannot be read.
std::vector<std::string> read_lines(const std::string& path);

/// Opens a file for appending lines; each is handed to the system before add() returns. What was cut off at its end is
/// removed first.
class LineFile {
public:
    /// Throws Error (runtime).
    explicit LineFile(std::string path);

    void add(const std::string& line) const;

private:
    std::string path_;
};

}  // namespace settle
