// Command lines as people type them.
#pragma once

#include <string>

namespace settle {

/// An argument as a POSIX shell takes it: bare where that is safe, else in single quotation marks.
std::string shell_quoted(const std::string& argument);

}  // namespace settle
