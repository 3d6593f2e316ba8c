#include "sim/reports/plot_style.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "core/error.hpp"
#include "sim/formats/utf8.hpp"

namespace settle {

namespace {

constexpr double pixels_per_inch = 96, points_per_inch = 72;
constexpr double least_points = 4, most_points = 72, least_readable = 7;
constexpr double least_width = 4 / 2.54 * pixels_per_inch, most_width = 100 / 2.54 * pixels_per_inch;
constexpr double png_dots_per_inch = 300;

constexpr std::pair<const char*, double> length_units[] = {{"cm", pixels_per_inch / 2.54},
                                                           {"mm", pixels_per_inch / 25.4},
                                                           {"in", pixels_per_inch},
                                                           {"pt", pixels_per_inch / points_per_inch},
                                                           {"px", 1}};

constexpr const char* width_expected =
    "a length from 4 cm to 100 cm with its unit: cm, mm, in, pt or px, such as 8.5cm";
constexpr const char* font_expected =
    "NAME or NAME,SIZE with a size from 4 to 72 points, such as \"Times New Roman,9\"";

std::string trimmed(const std::string& text) {
    const std::size_t begin = text.find_first_not_of(" \t"), end = text.find_last_not_of(" \t");
    return begin == std::string::npos ? "" : text.substr(begin, end - begin + 1);
}

/// A number and what follows it; nothing where no finite number begins the text.
std::optional<std::pair<double, std::string>> number_and_rest(const std::string& text) {
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || !std::isfinite(number)) return std::nullopt;
    return std::pair(number, trimmed(std::string(end, text.data() + text.size())));
}

std::vector<PlotFormat> formats_in(const std::string& text) {
    static const std::vector<std::string> names = {"svg", "png", "pdf"};
    std::vector<PlotFormat> formats;
    for (std::size_t begin = 0; begin <= text.size();) {
        const std::size_t end = std::min(text.find(',', begin), text.size());
        const std::string word = trimmed(text.substr(begin, end - begin));
        const auto at = std::find(names.begin(), names.end(), word);
        if (at == names.end()) {
            throw Error(Blame::input, {{"--format", 0, 0, "", "\"" + printable(word) + "\" is no format of plots",
                                        "svg, pdf or png, or several with commas between", nearest_name(word, names)}});
        }
        const auto format = static_cast<PlotFormat>(at - names.begin());
        if (std::find(formats.begin(), formats.end(), format) == formats.end()) formats.push_back(format);
        begin = end + 1;
    }
    return formats;
}

double width_in(const std::string& text) {
    const auto length = number_and_rest(trimmed(text));
    for (const auto& [unit, pixels] : length_units) {
        if (!length || length->second != unit) continue;
        const double width = length->first * pixels;
        // A hair of rounding is no reason to refuse "4cm".
        if (width >= least_width * (1 - 1e-9) && width <= most_width * (1 + 1e-9)) return width;
    }
    throw input_error("--width", "", "\"" + printable(text) + "\" is no width of a plot", width_expected);
}

/// Changes name and size; true with a size.
bool take_font(const std::string& text, PlotStyle& style) {
    const std::size_t comma = text.find(',');
    style.font = trimmed(text.substr(0, comma));
    const bool named =
        !style.font.empty() && is_utf8(style.font) && std::none_of(style.font.begin(), style.font.end(), [](char c) {
            return static_cast<unsigned char>(c) < 0x20 || std::string("'\"`\\<>&;").find(c) != std::string::npos;
        });
    const auto size = comma == std::string::npos ? std::nullopt : number_and_rest(trimmed(text.substr(comma + 1)));
    const bool sized = size && (size->second.empty() || size->second == "pt") && size->first >= least_points &&
                       size->first <= most_points;
    if (!named || (comma != std::string::npos && !sized)) {
        throw input_error("--font", "", "\"" + printable(text) + "\" is no font", font_expected);
    }
    if (sized) style.font_size = size->first * pixels_per_inch / points_per_inch;
    return sized;
}

}  // namespace

bool PlotStyle::looks_like(const PlotStyle& other) const {
    return font == other.font && font_size == other.font_size && width == other.width;
}

const char* format_name(PlotFormat format) {
    return format == PlotFormat::svg ? "svg" : format == PlotFormat::png ? "png" : "pdf";
}

PlotStyle plot_style(const std::optional<std::string>& formats, const std::optional<std::string>& font,
                     const std::optional<std::string>& width) {
    PlotStyle style;
    const PlotStyle page;
    if (formats) style.formats = formats_in(*formats);
    const bool sized = font && take_font(*font, style);
    if (!width) return style;
    style.width = width_in(*width);
    style.png_scale = png_dots_per_inch / pixels_per_inch;
    if (!sized) {
        style.font_size = std::clamp(page.font_size * style.width / page.width,
                                     least_readable * pixels_per_inch / points_per_inch, page.font_size);
    }
    return style;
}

}  // namespace settle
