#include "sim/formats/nesting.hpp"

#include <doctest/doctest.h>

#include "sim/formats/toml.hpp"
#include "tests/sim/error_text.hpp"

using namespace settle;

namespace {

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i) all += text;
    return all;
}

/// "a.a. … .a" of that many parts.
std::string dotted(int parts) {
    return repeated("a.", parts - 1) + "a";
}

bool deep(const std::string& text) {
    return too_deep_toml(text).has_value();
}

}  // namespace

TEST_CASE("every way to nest TOML is seen, at whatever place it stands, and the parser never meets it") {
    const std::string many = dotted(9000);
    const std::string texts[] = {
        many + " = 1",
        "  \t" + many + " = 1",
        "\xef\xbb\xbf[" + many + "]",
        "[" + many + "]\nb = 1",
        " [ " + many + " ]",
        "[[" + many + "]]",
        "a = { " + many + " = 1 }",
        "a = [1, { " + many + " = 1 }]",
        "a = [ # [ ] \"\n { " + many + " = 1 }]",
        "a = {b = 1, " + many + " = 1}",
        "a = " + repeated("[", 9000) + repeated("]", 9000),
        "a = " + repeated("{ a = ", 9000) + "1" + repeated("}", 9000),
        repeated("\"a\" . 'b' .", 4000) + "c = 1",
        "a = \"\"\"\n[[[\"\"\"\"\"\n" + many + " = 1",
        "a = '''x''''\n" + many + " = 1",
        "a = \"\\\"#\"\n" + many + " = 1",
        "a = 'b\\'\n" + many + " = 1",
        "a = 1 # \"\n[" + many + "]",
        "a = 1\r\n[" + many + "]",
        "[" + dotted(40) + "]\n" + dotted(40) + " = 1",
        "a = { " + dotted(20) + " = { " + dotted(20) + " = { " + dotted(20) + " = { " + dotted(20) + " = 1 } } } }",
        "[ x [" + many + "]]",
        "x [" + many + " = 1",
    };
    for (const std::string& text : texts) {
        CAPTURE(text.substr(0, 60));
        CHECK(deep(text));
        CHECK(contains(error_text([&] { parse_toml(text, "f.toml"); }), "is nested deeper than 64 levels; expected"));
    }
}

TEST_CASE("what is long, or looks nested and is not, is no reason to refuse TOML") {
    const std::string texts[] = {
        "[a]\n" + dotted(20) + " = { " + dotted(20) + " = [[[[1.5]]]] }",
        "a = \"" + repeated("[.", 200) + "\"",
        "a = '" + repeated("{.", 200) + "'",
        "a = \"\"\"\n" + repeated("[.\n", 200) + "\"\"\"",
        "a = '''\n" + repeated("[.\n", 200) + "'''",
        "# " + repeated("[.", 200) + "\na = 1",
        "a = [ " + repeated("0.5, ", 200) + "1.5 ]",
        "a = [ " + repeated("[0.5, 0.25], ", 200) + "]",
        "a = [ " + repeated("{ b.c = 0.5 }, ", 200) + "]",
        repeated("[[a.b]]\nc.d = 1.5\n\n", 200),
        "\"" + dotted(200) + "\" = 1",
        "['" + dotted(200) + "']",
        "a = 1.5 # " + dotted(200),
    };
    for (const std::string& text : texts) {
        CAPTURE(text.substr(0, 60));
        CHECK_FALSE(deep(text));
        CHECK(error_text([&] { parse_toml(text, "f.toml"); }).empty());
    }
}

TEST_CASE("the place of what is nested too deep is the first level that is one too many") {
    CHECK(contains(error_text([] { parse_toml("b = 1\n" + dotted(100) + " = 1", "f.toml"); }),
                   "f.toml:2:128: is nested"));
    CHECK(contains(error_text([] { parse_toml("a = " + repeated("[", 100), "f.toml"); }), "f.toml:1:68: is nested"));
    CHECK_FALSE(deep(dotted(64) + " = 1"));
    CHECK(deep(dotted(65) + " = 1"));
    CHECK(contains(error_text([] {
                       parse_toml_value("{ " + dotted(9000) + " = 1 }", {"--set", 0, 0});
                   }),
                   "--set: is nested deeper than 64 levels"));
}

TEST_CASE("JSON is measured by its brackets, outside strings") {
    CHECK(too_deep_json(repeated("[", 1'000'000)));
    CHECK(too_deep_json(repeated("{\"a\":", 65)));
    CHECK(too_deep_json("{\"a\\\"\": " + repeated("[", 100) + "}"));
    CHECK_FALSE(too_deep_json("{\"a\": \"" + repeated("[", 1000) + "\"}"));
    CHECK_FALSE(too_deep_json("{\"\\\\\": [" + repeated("[], ", 1000) + "1]}"));
    CHECK_FALSE(too_deep_json(repeated("[", 64) + repeated("]", 64)));
    CHECK(contains(error_text([] { refuse_deep_json("\n" + repeated("[", 99), "s.json", 3); }),
                   "s.json:4:65: is nested"));
}

TEST_CASE("numbers that TOML wants with digits on both sides of the point are told so") {
    using Word = std::pair<const char*, const char*>;  // wrong, right
    for (const auto& [spelled, right] : {Word{".1", "0.1"}, Word{"1.", "1.0"}, Word{"+.5", "0.5"}, Word{"-.1", "-0.1"},
                                         Word{".5e-3", "0.5e-3"}, Word{"2.e3", "2.0e3"}, Word{"[.1, 2.]", "[0.1, 2.0]"},
                                         Word{"{ a = .5, b = \".5\" }", "{ a = 0.5, b = \".5\" }"}}) {
        const char* const wrong = spelled;
        CAPTURE(wrong);
        CHECK(mended_numbers(wrong) == right);
        const std::string text = std::string("a = ") + wrong;
        CHECK(contains(error_text([&] { parse_toml(text, "f.toml"); }), "f.toml:1:"));
    }
    for (const char* other :
         {"0.1", ".", "..", "a.b", "1.2.3", ".e", "aligned", "\".1\"", ".1x", "0.8/t^.5", "-", "1.e"}) {
        CAPTURE(other);
        CHECK(mended_numbers(other).empty());
    }
    CHECK(contains(error_text([] { parse_toml("b = 0\na = .1 # \"", "f.toml"); }), "; did you mean 0.1?"));
    CHECK(contains(error_text([] { parse_toml("a = 1.\n", "f.toml"); }), "; did you mean 1.0?"));
    CHECK(contains(error_text([] { parse_toml("a = [0.5, -.1]", "f.toml"); }), "; did you mean -0.1?"));
    CHECK(contains(error_text([] { parse_toml("a = +.5", "f.toml"); }), "; did you mean 0.5?"));
}
