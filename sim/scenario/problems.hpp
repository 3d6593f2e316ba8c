// Everything that is wrong with one scenario, collected before anything is reported.
#pragma once

#include <string>
#include <vector>

#include "core/error.hpp"
#include "sim/formats/value.hpp"

namespace settle {

/// Unknown names stand apart since they are reported first: they often explain the rest. What `doubtful` says does not
/// stop anybody.
struct Problems {
    std::vector<Problem> unknown;
    std::vector<Problem> wrong;
    std::vector<Problem> doubtful;

    /// Whether the key, or a part of it, already has a problem; its value is then not what the user meant. A misspelt
    /// key counts for the key that it was meant to be.
    bool about(const std::string& key) const;

    /// Unknown names first; each group in the order of the file, then what has no line: options and missing keys.
    std::vector<Problem> in_order() const;
};

Problem problem_at(const Place& place, const std::string& key, const std::string& message,
                   const std::string& expected = "");

/// "a, b, c".
std::string joined(const std::vector<std::string>& names);

/// For messages: in quotation marks, on one line, not too long.
std::string quoted(const std::string& text);

}  // namespace settle
