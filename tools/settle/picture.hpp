// Pictures made of text: a curve, and images of digits, for terminals that know UTF-8.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace settle {

/// A curve over `values` (entry k belongs to x = k + 1), `height` rows and at most `width` columns, with axes. `unit`
/// names x.
std::string draw_curve(std::span<const double> values, int width, int height, const std::string& unit);

/// The points of one curve.
struct TextCurve {
    std::string name;
    std::vector<std::pair<double, double>> points;  ///< x, y
};

/// Curves over the same numeric x, each with a letter of its own and, where there are several, its name below; y is
/// logarithmic where it spans more than a factor of 20.
std::string draw_curves(const std::vector<TextCurve>& series, int width, int height, const std::string& x_name,
                        const std::string& y_name);

/// A point with its name.
struct TextPoint {
    std::string name;
    double x, y;
};

/// Points by their names, each as near to its place as others leave room; an axis that spans more than a factor of 20
/// is logarithmic.
std::string draw_points(const std::vector<TextPoint>& points, int width, int height, const std::string& x_name,
                        const std::string& y_name);

/// A curve on log axes over points whose x (above 0) ascend; points that share a column are averaged, and columns
/// without one go on from the last. `mark`, if it is above 0, is an x that the axis marks as where the nudge begins.
std::string draw_log_curve(std::span<const double> x, std::span<const double> values, double mark, int width,
                           int height);

/// Square images side by side, each with a caption under it; two rows of pixels a line of text. Values in [0, 1].
std::string draw_images(const std::vector<std::vector<float>>& images, int side,
                        const std::vector<std::string>& captions);

}  // namespace settle
