#include "sim/reports/html.hpp"

#include <doctest/doctest.h>

#include "sim/formats/shell_words.hpp"

using namespace settle;

TEST_CASE("text in a page cannot become markup") {
    CHECK(escape_html("a < b & \"c\" > 'd'") == "a &lt; b &amp; &quot;c&quot; &gt; &#39;d&#39;");
    CHECK(escape_html("two\nlines\tand ε") == "two\nlines\tand ε");
    CHECK(escape_html(std::string("bell\a and \0 zero", 16)) == "bell\uFFFD and \uFFFD zero");
    CHECK(escape_html("a \u202Eb\u2066 \u2019") == "a \uFFFDb\uFFFD \u2019");
    CHECK(escape_html("\xff<") == "\\xFF&lt;");
    const std::string table = table_html({"<c>", {"<h>"}, {{"<r>", "<v>"}}, true});
    for (const char* name : {"<c>", "<h>", "<r>", "<v>"}) CHECK(table.find(name) == std::string::npos);
}

TEST_CASE("an argument survives the shell") {
    CHECK(shell_quoted("timing.jitter=0.1") == "timing.jitter=0.1");
    CHECK(shell_quoted("") == "''");
    CHECK(shell_quoted("it's $HOME") == "'it'\\''s $HOME'");
}

TEST_CASE("what gnuplot draws becomes part of the page") {
    Plot plot;
    plot.name = "distance";
    plot.title = "Distance \"to\" the <fixed> point";
    const std::string svg =
        "<?xml version=\"1.0\"?>\n<svg width=\"5\" viewBox=\"0 0 5 4\" xmlns=\"http://www.w3.org/2000/svg\">\n"
        "<title>Gnuplot</title><desc>Produced by GNUPLOT</desc>\n<g id=\"gnuplot_canvas\">"
        "<rect x=\"0\" y=\"0\" width=\"5\" height=\"4\" fill=\"#ffffff\"/><defs><circle id='gpDot'/></defs>"
        "<g color=\"black\"><path stroke='rgb(  0, 114, 178)'/><use xlink:href='#gpDot'/><text fill=\"black\">1</text>"
        "</g></g></svg>\n";
    CHECK(inline_svg(plot, svg) ==
          "<svg viewBox=\"0 0 5 4\" role=\"img\" aria-label=\"Distance &quot;to&quot; the &lt;fixed&gt; point. \">\n"
          "\n\n<g id=\"distance-canvas\"><defs><circle id='distance-gpDot'/></defs>"
          "<g><path stroke='var(--s1)'/><use xlink:href='#distance-gpDot'/><text fill=\"currentColor\">1</text>"
          "</g></g></svg>\n");
    CHECK(inline_svg(plot, "no picture").find("not there") != std::string::npos);
}
