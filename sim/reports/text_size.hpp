// How much room a text takes in a plot. Whoever looks at it has another font, so this is a wide one: what fits by these
// widths fits in Helvetica, Times and the fonts of browsers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace settle {

/// Width of one line of UTF-8, as a multiple of the font's size: that of DejaVu Sans.
double text_width(std::string_view text);

/// The text in lines of at most `width` (of the font's size), broken at spaces and after , / . _ = where possible, but
/// not within a number, else anywhere; never empty. `width` is taken as at least 2.
std::vector<std::string> wrapped(std::string_view text, double width);

}  // namespace settle
