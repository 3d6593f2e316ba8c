// Texts as gnuplot's scripts hold them.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// In single quotes, where nothing is replaced or run; printable, at most `limit` bytes.
std::string gnuplot_text(const std::string& text, std::size_t limit = 200);

/// The same in several lines.
std::string gnuplot_text(const std::vector<std::string>& lines);

}  // namespace settle
