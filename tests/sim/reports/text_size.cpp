#include "sim/reports/text_size.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace settle;

TEST_CASE("wrapped lines are as narrow as asked for and hold the whole text") {
    const std::string texts[] = {"",
                                 "short",
                                 "predictive coding, annealed as in the paper",
                                 std::string(100, 'W'),
                                 "a_name_without_any_space_in_it",
                                 "ein Umlaut ä und 日本語のテキスト",
                                 "   spaces   inside   and   out   "};
    const auto squeezed = [](std::string text) {
        std::erase(text, ' ');
        return text;
    };
    for (const std::string& text : texts) {
        for (const double width : {2.0, 5.0, 12.5, 100.0}) {
            CAPTURE(text);
            CAPTURE(width);
            const auto lines = wrapped(text, width);
            std::string together;
            CHECK(!lines.empty());
            for (const std::string& line : lines) {
                CHECK(text_width(line) <= width + 1e-9);
                together += line;
            }
            CHECK(squeezed(together) == squeezed(text));
        }
    }
    CHECK(wrapped("one two", 100).size() == 1);
    CHECK(wrapped("one two", 3).front() == "one");
    CHECK(wrapped("loss 0.05", text_width("loss 0.")).front() == "loss");
    CHECK(wrapped("plots.gp", text_width("plots.g")).front() == "plots.");
}

TEST_CASE("raised digits are narrower than others") {
    CHECK(text_width("⁻⁵") < text_width("-55"));
    CHECK(text_width("⁻⁵") > 0.9);
}
