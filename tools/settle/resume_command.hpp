// What to type to go on with something that was stopped.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace settle {

/// The same command line with --resume and --out, as a shell takes it. `path`: the directory that was written.
std::string resume_command(const std::vector<std::string>& command_line, const std::optional<std::string>& out,
                           bool resumed, const std::string& path);

}  // namespace settle
