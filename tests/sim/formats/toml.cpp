#include "sim/formats/toml.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "tests/sim/error_text.hpp"

using namespace settle;

TEST_CASE("values carry the place of their key, items of arrays their own") {
    const Value file = parse_toml("[a]\nb = 1\n  c = [2,\n 3]\n[[d]]\ne.f = { g = true }\n", "x.toml");
    const Value* c = file.find("a")->find("c");
    CHECK(c->place.name == "x.toml");
    CHECK(c->place.line == 3);
    CHECK(c->place.column == 3);
    CHECK((*c->array())[1].place.line == 4);
    CHECK(file.find("d")->place.line == 5);
    CHECK(std::get<bool>((*file.find("d")->array())[0].find("e")->find("f")->find("g")->data));
}

TEST_CASE("entries of a table stay in the order of the file") {
    const Value file = parse_toml("[z]\nb = 1\na = 2\n[y]\n", "x.toml");
    CHECK((*file.table())[0].first == "z");
    CHECK((*file.find("z")->table())[0].first == "b");
}

TEST_CASE("entries of a value stay in the order in which they were written") {
    const auto value = parse_toml_value("{ b = 1, a = { z = 2, y = 3 } }", {"--set", 0, 0});
    REQUIRE(value);
    CHECK(to_toml(*value) == "{ b = 1, a = { z = 2, y = 3 } }");
}

TEST_CASE("one value is parsed, not a document") {
    CHECK(std::get<std::int64_t>(parse_toml_value("1_000", {"--set"})->data) == 1000);
    CHECK(std::get<double>(parse_toml_value("1e3 # note", {"--set"})->data) == 1000);
    CHECK(parse_toml_value("{ a = [1] }", {"--set"})->find("a")->place.name == "--set");
    for (const char* text : {"", "words", "1\nb = 2", "1\n[x]", "1\r", ".5", "'open", "1 2", "[1", "\xff"}) {
        CAPTURE(text);
        CHECK(!parse_toml_value(text, {"--set"}));
    }
}

TEST_CASE("numbers are written so that they read back the same") {
    for (const double number : {0.1, 1e-7, 1e300, 5e-324, 0.1 + 0.2, -0.0, 3.0, 1e16, 123456789012345680.0,
                                std::numeric_limits<double>::max()}) {
        const std::string text = to_toml(Value{number, {}});
        CAPTURE(text);
        const auto again = parse_toml_value(text, {});
        REQUIRE(again);
        REQUIRE(std::holds_alternative<double>(again->data));
        CHECK(std::get<double>(again->data) == number);
        CHECK(std::signbit(std::get<double>(again->data)) == std::signbit(number));
    }
    CHECK(to_toml(Value{3.0, {}}) == "3.0");
    CHECK(to_toml(Value{std::int64_t{3}, {}}) == "3");
}

TEST_CASE("strings and keys are written so that they read back the same") {
    for (const std::string& text : {std::string("plain"), std::string("a\"b\\c\n\t\r\x01\x7f"), std::string("\0x", 2),
                                    std::string("\xc2\x9b \xe2\x9c\x93"), std::string()}) {
        CHECK(*parse_toml_value(to_toml(Value{text, {}}), {})->string() == text);
        const Value table{Value::Table{{text, Value{true, {}}}}, {}};
        CHECK(parse_toml_value(to_toml(table), {})->find(text) != nullptr);
    }
    CHECK(toml_key("a-b_1") == "a-b_1");
    CHECK(toml_key("a b") == "\"a b\"");
}
