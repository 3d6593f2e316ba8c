#include "tools/settle/resume_command.hpp"

#include "sim/formats/shell_words.hpp"

namespace settle {

std::string resume_command(const std::vector<std::string>& command_line, const std::optional<std::string>& out,
                           bool resumed, const std::string& path) {
    std::string text;
    for (const std::string& argument : command_line) {
        text += (text.empty() ? "" : " ") + shell_quoted(argument);
    }
    if (!out) text += " --out " + shell_quoted(path);
    return resumed ? text : text + " --resume";
}

}  // namespace settle
