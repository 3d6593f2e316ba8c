// How plots are drawn: file formats, font and width.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace settle {

enum class PlotFormat { svg, png, pdf };

/// "svg"
const char* format_name(PlotFormat format);

/// Lengths in pixels of 1/96 inch, those of CSS and SVG.
struct PlotStyle {
    std::vector<PlotFormat> formats = {PlotFormat::svg, PlotFormat::png};
    std::string font = "Helvetica";
    double font_size = 15;
    double width = 500;
    double png_scale = 2;  ///< pixels of the PNG for one of these

    /// Whether plots look the same in both, whatever their formats.
    bool looks_like(const PlotStyle& other) const;
};

/// The style of the page, changed by what was asked for: formats as "svg", "pdf" or "png" or several with commas
/// between; a font as "NAME" or "NAME,POINTS"; a width as a length with a unit: cm, mm, in, pt or px. With a width and
/// no size, the font is as much smaller as the plot, but not below 7 points. With a width the PNG has 300 dots an inch.
/// Throws Error (input) that names the option for what is none of these.
PlotStyle plot_style(const std::optional<std::string>& formats, const std::optional<std::string>& font,
                     const std::optional<std::string>& width);

}  // namespace settle
