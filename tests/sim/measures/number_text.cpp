#include "sim/measures/number_text.hpp"

#include <doctest/doctest.h>

using namespace settle;

TEST_CASE("numbers have four digits and prefixes") {
    CHECK(number_text(46812345) == "46.81 M");
    CHECK(number_text(9999.4) == "9999");
    CHECK(number_text(9999.6) == "10 k");
    CHECK(number_text(999960) == "1 M");
    CHECK(number_text(-1234.56) == "-1235");
    CHECK(number_text(0.00472035) == "0.00472");
    CHECK(number_text(0.0000472035) == "4.72·10⁻⁵");
    CHECK(number_text(2e15) == "2·10¹⁵");
    CHECK(number_text(0) == "0");
    CHECK(number_text(28.667, 3) == "28.7");
}

TEST_CASE("numbers within a text are shortened, names are not") {
    CHECK(with_short_numbers("final_distance below 0.008") == "final_distance below 0.008");
    CHECK(with_short_numbers("0.0011024949719428234 (0.00435569216859565 here)") == "0.001102 (0.004356 here)");
    CHECK(with_short_numbers("update_cosine_12345 above 1e-05") == "update_cosine_12345 above 1·10⁻⁵");
    CHECK(with_short_numbers("at point \"drift 0.12345\" 12345.678") == "at point \"drift 0.12345\" 12.35 k");
    CHECK(with_short_numbers("99 of 100 presentations, period 250") == "99 of 100 presentations, period 250");
    CHECK(with_short_numbers("23a393c9ab8145e3 equal to 20000") == "23a393c9ab8145e3 equal to 20000");
    CHECK(with_short_numbers("within 0.123456 to 7000000") == "within 0.1235 to 7 M");
}
