// Pieces of HTML. Everything that comes from files goes through escape_html.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/reports/plot.hpp"

namespace settle {

/// Text as HTML shows it, also inside attributes in double quotes. Bytes that are no UTF-8 become \xFF, control
/// characters and those that turn the direction of text U+FFFD; line ends and tabs stay.
std::string escape_html(std::string_view text);

/// Cells of plain text.
struct Table {
    std::string caption;
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> rows;  ///< the first cell of a row names it
    bool numbers = true;                         ///< all columns but the first are set to the right
};

/// In a box of its own that scrolls sideways.
std::string table_html(const Table& table);

/// A command or file, in a box of its own that scrolls sideways.
std::string code_html(const std::string& text, const std::string& label);

/// gnuplot's SVG of a plot as part of a page: without prolog, names of its own for what it defines, its colours those
/// of the page's style (so that it is legible in the dark), and its title and caption for those who listen.
std::string inline_svg(const Plot& plot, const std::string& svg);

}  // namespace settle
