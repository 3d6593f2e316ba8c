#include "sim/formats/utf8.hpp"

#include <doctest/doctest.h>

using namespace settle;

TEST_CASE("UTF-8 is told from other bytes") {
    for (const char* text : {"", "a", "\xc3\xa9", "\xe2\x9c\x93", "\xf0\x9f\x98\x80", "\xf4\x8f\xbf\xbf"})
        CHECK(is_utf8(text));
    for (const char* text : {"\xff", "\xc3", "a\x80", "\xc0\xaf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80",
                             "\xf0\x80\x80\x80", "\xe2\x9c"}) {
        CHECK(!is_utf8(text));
    }
}

TEST_CASE("text is shown on one line, harmless and not too long") {
    CHECK(printable("a\nb\tc\x1b[0m\x7f\xc2\x9b") == "a\\nb\\tc\\u001B[0m\\u007F\\u009B");
    CHECK(printable("\xffz") == "\\xFFz");
    CHECK(printable("\xe2\x9c\x93") == "\xe2\x9c\x93");
    CHECK(printable("abcdef", 3) == "abc…");
    CHECK(printable("abc", 3) == "abc");
    // A character is never cut in two.
    CHECK(printable("ab\xe2\x9c\x93z", 3) == "ab\xe2\x9c\x93…");
}
