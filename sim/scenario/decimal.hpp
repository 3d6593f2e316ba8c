// Decimal numbers as people write them, exactly. Costly to compile: for the few sources that read quantities.
#pragma once

#include <boost/multiprecision/cpp_int.hpp>
#include <optional>
#include <string_view>

namespace settle {

using Integer = boost::multiprecision::cpp_int;
using Rational = boost::multiprecision::cpp_rational;

Rational power_of_ten(int exponent);

/// "-1.5e-3". Exponents of more than three digits are out of any range: nullopt, as for what is no number.
std::optional<Rational> parse_decimal(std::string_view text);

/// `text` without a unit at its end and the spaces before that; nullopt where it does not end so, or is nothing else.
std::optional<std::string_view> without_unit(std::string_view text, std::string_view unit);

/// Halves away from 0.
Integer round(const Rational& exact);

}  // namespace settle
