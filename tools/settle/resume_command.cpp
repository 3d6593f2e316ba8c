#include "tools/settle/resume_command.hpp"

namespace settle {

std::string resume_command(const std::vector<std::string>& command_line, const std::optional<std::string>& out,
                           bool resumed, const std::string& path) {
    std::string text;
    for (const std::string& argument : command_line) {
        constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
        std::string quoted = argument;
        if (argument.empty() || argument.find_first_not_of(plain) != std::string::npos) {
            for (std::size_t at = 0; (at = quoted.find('\'', at)) != std::string::npos; at += 4) {
                quoted.replace(at, 1, "'\\''");
            }
            quoted = "'" + quoted + "'";
        }
        text += (text.empty() ? "" : " ") + quoted;
    }
    if (!out) text += " --out " + path;
    return resumed ? text : text + " --resume";
}

}  // namespace settle
