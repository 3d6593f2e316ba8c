// The progress line: on stderr, only on a terminal, honouring NO_COLOR.
#pragma once

#include <chrono>
#include <string>

#include "sim/runs/session/session.hpp"
#include "sim/runs/studies/batch.hpp"

namespace settle {

class ProgressLine {
public:
    /// `wanted` false: never shown (--quiet).
    explicit ProgressLine(bool wanted);
    ~ProgressLine() { clear(); }

    /// Redraws at most ten times a second.
    void show(const Progress& progress);

    /// The same for a sweep or a search.
    void show(const BatchProgress& progress);

    /// Removes the line, so that something else can be printed.
    void clear();

private:
    bool due();
    void write(const std::string& line);

    bool shown_ = false;
    bool enabled_;
    bool colour_;
    std::chrono::steady_clock::time_point last_{};
};

}  // namespace settle
