#include "sim/reports/html.hpp"

#include <fmt/format.h>

#include <cstdlib>

#include "sim/formats/utf8.hpp"

namespace settle {

namespace {

void replace_all(std::string& text, const std::string& from, const std::string& to) {
    for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
}

/// Removes every stretch from `begin` to the end of the next `end`.
void remove_all(std::string& text, const std::string& begin, const std::string& end) {
    for (std::size_t at = 0; (at = text.find(begin, at)) != std::string::npos;) {
        const std::size_t stop = text.find(end, at);
        if (stop == std::string::npos) return;
        text.erase(at, stop + end.size() - at);
    }
}

/// "#0072b2" as gnuplot writes it into SVG: "rgb(  0, 114, 178)".
std::string in_svg(const std::string& hex) {
    const long value = std::strtol(hex.c_str() + 1, nullptr, 16);
    return fmt::format("rgb({:3}, {:3}, {:3})", value >> 16, value >> 8 & 255, value & 255);
}

/// Whether a character of three bytes begins here that changes the direction of what follows: U+202A to U+202E and
/// U+2066 to U+2069.
bool turns_text(const std::string& text, std::size_t at) {
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0; };
    if (byte(at) != 0xe2) return false;
    const int second = byte(at + 1), third = byte(at + 2);
    return (second == 0x80 && third >= 0xaa && third <= 0xae) || (second == 0x81 && third >= 0xa6 && third <= 0xa9);
}

}  // namespace

std::string escape_html(std::string_view text) {
    const std::string clean = is_utf8(text) ? std::string(text) : printable(text, 4 * text.size() + 8);
    std::string html;
    html.reserve(clean.size());
    for (std::size_t at = 0; at < clean.size(); ++at) {
        const char c = clean[at];
        if (turns_text(clean, at)) {
            html += "\uFFFD";
            at += 2;
            continue;
        }
        switch (c) {
            case '&':
                html += "&amp;";
                break;
            case '<':
                html += "&lt;";
                break;
            case '>':
                html += "&gt;";
                break;
            case '"':
                html += "&quot;";
                break;
            case '\'':
                html += "&#39;";
                break;
            default: {
                const auto byte = static_cast<unsigned char>(c);
                const bool control = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
                html += control ? "\uFFFD" : std::string(1, c);
            }
        }
    }
    return html;
}

std::string table_html(const Table& table) {
    std::string html =
        fmt::format("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">\n<table{}>\n",
                    escape_html(table.caption), table.numbers ? " class=\"numbers\"" : "");
    html += fmt::format("<caption>{}</caption>\n", escape_html(table.caption));
    if (!table.head.empty()) {
        html += "<thead><tr>";
        for (const std::string& cell : table.head) html += fmt::format("<th scope=\"col\">{}</th>", escape_html(cell));
        html += "</tr></thead>\n";
    }
    html += "<tbody>\n";
    for (const auto& row : table.rows) {
        html += "<tr>";
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string cell = escape_html(row[i]);
            html += i == 0 ? "<th scope=\"row\">" + cell + "</th>" : "<td>" + cell + "</td>";
        }
        html += "</tr>\n";
    }
    return html + "</tbody>\n</table>\n</div>\n";
}

std::string code_html(const std::string& text, const std::string& label) {
    return fmt::format("<pre tabindex=\"0\" role=\"region\" aria-label=\"{}\"><code>{}</code></pre>\n",
                       escape_html(label), escape_html(text));
}

std::string inline_svg(const Plot& plot, const std::string& svg) {
    const std::size_t open = svg.find("<svg"), inside = svg.find('>', open), close = svg.rfind("</svg>");
    if (open == std::string::npos || inside == std::string::npos || close == std::string::npos || close < inside) {
        return "<p>This plot is not there.</p>\n";
    }
    const std::size_t box = svg.find("viewBox=\"", open);
    const std::string view = box < inside ? svg.substr(box + 9, svg.find('"', box + 9) - box - 9) : "0 0 500 345";
    std::string body = svg.substr(inside + 1, close - inside - 1);
    remove_all(body, "<title>", "</title>");
    remove_all(body, "<desc>", "</desc>");
    remove_all(body, "<filter", "</filter>");
    // The first rectangle is the white ground.
    const std::size_t ground = body.find("<rect x=\"0\" y=\"0\"");
    if (ground != std::string::npos) body.erase(ground, body.find("/>", ground) + 2 - ground);
    replace_all(body, "id=\"gnuplot_", "id=\"" + plot.name + "-");
    replace_all(body, "id='gp", "id='" + plot.name + "-gp");
    replace_all(body, "#gp", "#" + plot.name + "-gp");
    const auto& colours = palette();
    for (std::size_t i = 0; i < colours.size(); ++i) {
        replace_all(body, in_svg(colours[i]), fmt::format("var(--s{})", i + 1));
    }
    replace_all(body, in_svg(reference_grey), "var(--reference)");
    replace_all(body, "rgb(118,118,118)", "var(--reference)");  // the same, of a text
    replace_all(body, in_svg(grid_grey), "var(--grid)");
    replace_all(body, in_svg("#000000"), "currentColor");
    replace_all(body, " color=\"black\"", "");
    replace_all(body, "\"black\"", "\"currentColor\"");
    replace_all(body, "'black'", "'currentColor'");
    replace_all(body, " font-family=\"Helvetica\"", "");
    return fmt::format("<svg viewBox=\"{}\" role=\"img\" aria-label=\"{}\">\n{}</svg>\n", escape_html(view),
                       escape_html(plot.title + ". " + plot.caption), body);
}

}  // namespace settle
