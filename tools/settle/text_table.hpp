// A table of text, for the terminal.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// Columns of text, the first to the left, numbers to the right. `rows[0]` is the head.
std::string text_table(const std::vector<std::vector<std::string>>& rows);

}  // namespace settle
