// Numbers as people read them: short_number() in terminals and texts, number_text() on pages and in figures. All digits
// are in the files.
#pragma once

#include <string>
#include <string_view>

namespace settle {

/// At most four significant digits: "0.00472", "39600", "39.19 M" from a million on (G, T), "1.2e-05".
std::string short_number(double value);

/// The value that four significant digits say.
double to_four_digits(double value);

/// "4.35 %", "100 %".
std::string short_percent(double fraction);

/// At most so many significant digits; from 10,000 on with k, M, G, T; below 0.0001 and from 10^15 on as 1.5·10⁻⁵.
std::string number_text(double value, int digits = 4);

/// The text with every number of more than four significant digits as number_text has it. Digits that belong to a name
/// (after a letter, '_' or '-', as in "update_cosine_0") and texts in quotation marks stay.
std::string with_short_numbers(std::string_view text);

/// "⁻⁵"
std::string superscript(int number);

}  // namespace settle
