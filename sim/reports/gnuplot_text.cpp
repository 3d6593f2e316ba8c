#include "sim/reports/gnuplot_text.hpp"

#include "sim/formats/utf8.hpp"

namespace settle {

std::string gnuplot_text(const std::string& text, std::size_t limit) {
    std::string inside = printable(text, limit);
    for (std::size_t at = 0; (at = inside.find('\'', at)) != std::string::npos; at += 2) inside.insert(at, "'");
    return "'" + inside + "'";
}

std::string gnuplot_text(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text += (text.empty() ? "" : ".\"\\n\".") + gnuplot_text(line);
    return lines.size() > 1 ? "(" + text + ")" : text;
}

}  // namespace settle
