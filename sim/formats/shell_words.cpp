#include "sim/formats/shell_words.hpp"

namespace settle {

std::string shell_quoted(const std::string& argument) {
    constexpr auto plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=,:+@%";
    if (!argument.empty() && argument.find_first_not_of(plain) == std::string::npos) return argument;
    std::string inside = argument;
    for (std::size_t at = 0; (at = inside.find('\'', at)) != std::string::npos; at += 4) inside.replace(at, 1, "'\\''");
    return "'" + inside + "'";
}

}  // namespace settle
