#include "sim/reports/record.hpp"

#include <doctest/doctest.h>

#include "core/error.hpp"
#include "sim/reports/measured_sweep.hpp"
#include "sim/reports/metric_words.hpp"

using namespace settle;

TEST_CASE("a record has the numbers and texts of a line by their paths") {
    const Record record = parse_record(R"({"a": 1.5, "b": {"c.d": "x", "e": [2, null, true]}})", "f");
    CHECK(record.number("a") == 1.5);
    CHECK(record.text("b/c.d") == "x");
    CHECK(record.number("b/e/0") == 2);
    CHECK(record.text("b/e/2") == "true");
    CHECK_FALSE(record.number("b/e/1"));
    CHECK_FALSE(record.number("missing"));
    CHECK(record.under("b/e").entries.size() == 3);
    CHECK(record.under("b/e").number("0") == 2);
}

TEST_CASE("a damaged line is an error with its number, unless it is the last and has no end") {
    std::vector<std::string> notes;
    CHECK(parse_records("{\"a\":1}\n\n{\"a\":2}\n", "f", notes).size() == 2);
    CHECK(notes.empty());
    CHECK(parse_records("{\"a\":1}\n{\"a\"", "f", notes).size() == 1);
    CHECK(notes.size() == 1);
    CHECK_THROWS_WITH_AS(parse_records("{\"a\":1}\n{\"a\"\n", "f", notes),
                         "f:2: is not what settle wrote; expected a JSON object", Error);
    CHECK_THROWS_AS(parse_record("[1]", "f"), Error);
    CHECK_THROWS_AS(parse_record("", "f"), Error);
    // What is nested deeply costs no stack: it is measured before it is parsed.
    const auto nested = [](std::size_t levels) {
        return "{\"a\":" + std::string(levels, '[') + std::string(levels, ']') + "}";
    };
    CHECK(parse_record(nested(60), "f").entries.size() == 1);
    CHECK_THROWS_AS(parse_record(nested(1'000'000), "f"), Error);
}

TEST_CASE("fields of a table may hold commas, quotation marks and line ends") {
    using Rows = std::vector<std::vector<std::string>>;
    CHECK(parse_csv("a,b\n1,\"x, \"\"y\"\"\n\"\n\n,\n") == Rows{{"a", "b"}, {"1", "x, \"y\"\n"}, {"", ""}});
    CHECK(parse_csv("") == Rows{});
    CHECK(parse_csv("a,b") == Rows{{"a", "b"}});
}

TEST_CASE("numbers as people read them") {
    CHECK(metric_text("test_error", 0.0435) == "4.35 %");
    CHECK(metric_text("test_error", 1) == "100 %");
    CHECK(metric_text("spikes", 39186787) == "39.19 M");
    CHECK(metric_text("resumed_at", -1234) == "-1234");
    CHECK(metric_text("bias", 0.00472035) == "0.00472");
    CHECK(metric_text({"seed", "12345", 12345.0}) == "12345");
}

TEST_CASE("labels of a sweep have powers of ten as people write them, and keep their digits") {
    CHECK(label_text("1e-05") == "10⁻⁵");
    CHECK(label_text("1.0e-06, -2.5e-12") == "10⁻⁶, -2.5·10⁻¹²");
    CHECK(label_text("1.23456789012e+20") == "1.23456789012·10²⁰");
    CHECK(label_text("[1e-05, 0.1]") == "[10⁻⁵, 0.1]");
    CHECK(label_text("3e5/t^0.5") == "3·10⁵/t^0.5");
    for (const char* same : {"", "0.0", "0.0001", "1234567", "e5", "a1e5", "1e5b", "1e5.h5", "v2.1e5x", "1e", "1e-",
                             "1e99999", "a_1e5", "μ1e5", "level"}) {
        CHECK(label_text(same) == same);
    }
    CHECK(label_text("0.1e5") == "0.1·10⁵");
}
