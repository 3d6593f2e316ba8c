// The one error type of the library: what is wrong, where, and what the user can do about it.
#pragma once

#include <stdexcept>
#include <string>
#include <vector>

namespace settle {

/// Who has to act: the user who wrote the input (exit code 2) or the one who runs the program (exit code 3).
enum class Blame { input, runtime };

/// One thing that is wrong. Empty parts are left out of the text.
struct Problem {
    std::string place;       ///< file, "--set" or the option; what it is about, for run-time errors
    int line = 0;            ///< 1-based; 0: unknown
    int column = 0;          ///< 1-based; 0: unknown
    std::string key;         ///< dotted scenario key, or the name of a data set inside a file
    std::string message;     ///< what is wrong
    std::string expected;    ///< what would be right
    std::string suggestion;  ///< nearest valid name
};

/// "FILE:LINE:COLUMN: KEY: what is wrong; expected …; did you mean NAME?" without the leading "settle: ".
std::string to_text(const Problem& problem);

/// Carries one or more problems; what() is their text, one a line.
class Error : public std::runtime_error {
public:
    Error(Blame blame, std::vector<Problem> problems);
    Blame blame() const { return blame_; }
    const std::vector<Problem>& problems() const { return problems_; }

private:
    Blame blame_;
    std::vector<Problem> problems_;
};

/// Short forms for one problem.
Error input_error(std::string place, std::string key, std::string message, std::string expected = "");
Error runtime_failure(std::string place, std::string message, std::string expected = "");

/// What std::bad_alloc comes to: what would need less memory. Of blame runtime.
Error out_of_memory();

/// The name of `names` that `wrong` was probably meant to be, or "". A slip is a letter that is missing, too many,
/// another one, or swapped with its neighbour; capitals, and dashes for underscores, are none. Of up to 2, 5, 9 and of
/// more letters 0, 1, 2 and 3 may be slips, in each part of a dotted name by itself, since parts that are right say
/// nothing about those that are wrong. Failing that, a name that goes on where `wrong` ends, or ends where `wrong` goes
/// on.
std::string nearest_name(const std::string& wrong, const std::vector<std::string>& names);

}  // namespace settle
