// Numbers as people read them.
#pragma once

#include <string>

namespace settle {

/// At most four significant digits: "0.00472", "39600", "39.19 M" from a million on (G, T), "1.2e-05".
std::string short_number(double value);

/// The value that four significant digits say.
double to_four_digits(double value);

/// "4.35 %", "100 %".
std::string short_percent(double fraction);

}  // namespace settle
