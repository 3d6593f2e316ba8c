#include "sim/data/digits.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <vector>

#include "core/draw.hpp"

namespace settle {

namespace {

// Everything here is + - x / and square roots of doubles, which are the same on every machine; no sine, no power.

struct Point {
    double x = 0;
    double y = 0;

    bool operator==(const Point&) const = default;
};

/// Control points of a quadratic B-spline from the first to the last; a point given twice is a corner. The box of a
/// digit is 0..1, y downwards.
using Stroke = std::vector<Point>;
using Glyph = std::vector<Stroke>;

// clang-format off
/// The ways to write each digit: a line is a stroke, a block is a digit.
const std::array<std::vector<Glyph>, 10>& glyphs() {
    static const std::array<std::vector<Glyph>, 10> table = {{
        {Glyph{Stroke{{.5, 0}, {.1, -.05}, {.02, .5}, {.15, 1.05}, {.5, 1.05}, {.9, 1.05}, {1, .5}, {.85, -.05},
                      {.5, 0}}},
         Glyph{Stroke{{.62, .02}, {.2, -.05}, {0, .6}, {.2, 1.1}, {.65, 1.05}, {1, .6}, {.85, 0}, {.5, -.02},
                      {.4, .1}}}},

        {Glyph{Stroke{{.5, 0}, {.5, 1}}},
         Glyph{Stroke{{.25, .25}, {.53, 0}, {.53, 0}, {.5, 1}}},
         Glyph{Stroke{{.28, .22}, {.52, 0}, {.52, 0}, {.5, 1}},
               Stroke{{.2, 1}, {.8, 1}}}},

        {Glyph{Stroke{{.1, .3}, {.15, -.05}, {.6, -.1}, {1, .15}, {.75, .55}, {.05, 1}, {.05, 1}, {.95, 1}}},
         Glyph{Stroke{{.12, .2}, {.4, -.1}, {.95, -.05}, {.85, .5}, {.35, 1.05}, {.02, .95}, {.2, .7}, {.5, .95},
                      {.95, 1}}}},

        {Glyph{Stroke{{.12, .12}, {.45, -.12}, {.98, .05}, {.8, .46}, {.4, .46}, {.4, .46}, {1, .5}, {1, 1},
                      {.45, 1.12}, {.08, .88}}},
         Glyph{Stroke{{.1, 0}, {.85, 0}, {.85, 0}, {.42, .4}, {.42, .4}, {1, .42}, {.98, 1.02}, {.4, 1.1},
                      {.08, .88}}}},

        {Glyph{Stroke{{.3, 0}, {.08, .6}, {.08, .6}, {.95, .58}},
               Stroke{{.7, .22}, {.66, 1}}},
         Glyph{Stroke{{.68, 1}, {.7, 0}, {.7, 0}, {.05, .66}, {.05, .66}, {.98, .66}}},
         Glyph{Stroke{{.15, .05}, {.1, .5}, {.35, .62}, {.8, .45}},
               Stroke{{.85, 0}, {.78, .5}, {.75, 1}}}},

        {Glyph{Stroke{{.88, 0}, {.25, .02}, {.25, .02}, {.18, .46}, {.18, .46}, {.65, .28}, {1.02, .6}, {.8, 1.08},
                      {.35, 1.05}, {.08, .9}}},
         Glyph{Stroke{{.25, .05}, {.2, .5}, {.5, .35}, {1, .5}, {.85, 1.08}, {.4, 1.08}, {.1, .92}},
               Stroke{{.25, .04}, {.9, 0}}}},

        {Glyph{Stroke{{.75, 0}, {.3, .15}, {.02, .65}, {.15, 1.08}, {.6, 1.1}, {.98, .8}, {.75, .45}, {.3, .5},
                      {.12, .8}}},
         Glyph{Stroke{{.45, 0}, {.12, .4}, {.1, 1.05}, {.55, 1.1}, {.9, .9}, {.7, .55}, {.3, .65}, {.14, .85}}}},

        {Glyph{Stroke{{.08, .02}, {.9, 0}, {.9, 0}, {.55, .5}, {.42, 1}}},
         Glyph{Stroke{{.08, .02}, {.9, 0}, {.9, 0}, {.55, .5}, {.42, 1}},
               Stroke{{.28, .52}, {.85, .5}}},
         Glyph{Stroke{{.1, .2}, {.1, .02}, {.1, .02}, {.95, 0}, {.95, 0}, {.7, .4}, {.5, 1}}}},

        {Glyph{Stroke{{.72, .08}, {.3, -.12}, {.02, .25}, {.45, .46}, {.98, .65}, {.9, 1.1}, {.5, 1.08}, {.02, 1.08},
                      {.05, .7}, {.55, .46}, {1, .25}, {.8, .02}, {.6, .02}}},
         Glyph{Stroke{{.5, .47}, {.05, .4}, {.15, 0}, {.5, 0}, {.88, 0}, {.95, .42}, {.5, .47}, {0, .55}, {.05, 1.05},
                      {.5, 1.05}, {.97, 1.05}, {1, .55}, {.5, .47}}}},

        {Glyph{Stroke{{.88, .32}, {.85, -.1}, {.1, -.1}, {.05, .52}, {.5, .62}, {.9, .4}, {.9, .08}, {.9, .08},
                      {.86, .6}, {.74, 1}}},
         Glyph{Stroke{{.88, .35}, {.8, -.12}, {.05, -.05}, {.08, .55}, {.6, .6}, {.9, .25}, {.98, .6}, {.75, 1.12},
                      {.2, 1}}}},
    }};
    return table;
}
// clang-format on

/// Draws in a row, from one stream.
class Dice {
public:
    explicit Dice(const Stream& stream) : stream_(&stream) {}

    double uniform(double low, double high) { return low + (high - low) * stream_->uniform(next_++); }
    /// In [-width, width], most often near 0.
    double spread(double width) { return width * (uniform(-0.5, 0.5) + uniform(-0.5, 0.5)); }
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(stream_->below(next_++, bound)); }

private:
    const Stream* stream_;
    std::uint64_t next_ = 0;
};

/// x' = a x + b y + c, y' = d x + e y + f.
struct Affine {
    double a = 1, b = 0, c = 0, d = 0, e = 1, f = 0;

    Point operator()(Point p) const { return {a * p.x + b * p.y + c, d * p.x + e * p.y + f}; }
};

/// From a digit's box around its middle to pixels: size, slant, turn, place.
Affine draw_affine(Dice& dice) {
    const double width = dice.uniform(8.5, 14.5), height = dice.uniform(15.0, 20.0);
    const double slant = dice.spread(0.5) - 0.1;
    // A turn by twice the arc tangent of t, up to about 20 degrees, without sine and cosine.
    const double t = dice.spread(0.18);
    const double cosine = (1 - t * t) / (1 + t * t), sine = 2 * t / (1 + t * t);
    const double left = 13.5 + dice.spread(2.0), top = 13.5 + dice.spread(2.0);
    const double shear = -slant * height;  // the top goes to the right
    return {cosine * width, cosine * shear - sine * height, left, sine * width, sine * shear + cosine * height, top};
}

/// The squared distance of every pixel to the nearest stroke so far, as far as it matters.
class Distances {
public:
    explicit Distances(double reach) : reach_(reach) { squares_.fill(1e9); }

    void add_segment(Point from, Point to) {
        const double dx = to.x - from.x, dy = to.y - from.y;
        const double length = dx * dx + dy * dy;
        const int left = first(std::min(from.x, to.x)), right = last(std::max(from.x, to.x));
        const int top = first(std::min(from.y, to.y)), bottom = last(std::max(from.y, to.y));
        for (int y = top; y <= bottom; ++y) {
            for (int x = left; x <= right; ++x) {
                const double px = x - from.x, py = y - from.y;
                const double along = length > 0 ? std::clamp((px * dx + py * dy) / length, 0.0, 1.0) : 0.0;
                const double ex = px - along * dx, ey = py - along * dy;
                double& square = squares_[static_cast<std::size_t>(y * digits_side + x)];
                square = std::min(square, ex * ex + ey * ey);
            }
        }
    }

    void add_curve(Point from, Point control, Point to) {
        constexpr int pieces = 5;
        Point before = from;
        for (int i = 1; i <= pieces; ++i) {
            const double t = static_cast<double>(i) / pieces, r = 1 - t;
            const Point next = {r * r * from.x + 2 * r * t * control.x + t * t * to.x,
                                r * r * from.y + 2 * r * t * control.y + t * t * to.y};
            add_segment(before, next);
            before = next;
        }
    }

    const std::array<double, digits_inputs>& squares() const { return squares_; }

private:
    int first(double least) const { return std::max(0, static_cast<int>(std::ceil(least - reach_))); }
    int last(double most) const { return std::min(digits_side - 1, static_cast<int>(std::floor(most + reach_))); }

    double reach_;
    std::array<double, digits_inputs> squares_;
};

/// One stroke by an unsteady hand.
void draw_stroke(const Stroke& stroke, const Affine& affine, double unsteadiness, Dice& dice, Distances& distances) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < stroke.size(); ++i) {
        if (i > 0 && stroke[i] == stroke[i - 1]) {
            points.push_back(points.back());  // a corner stays one
            continue;
        }
        const double x = stroke[i].x - 0.5 + dice.spread(unsteadiness);
        const double y = stroke[i].y - 0.5 + dice.spread(unsteadiness);
        points.push_back(affine({x, y}));
    }
    Point from = points.front();
    for (std::size_t i = 1; i + 1 < points.size(); ++i) {
        const bool at_end = i + 2 == points.size();
        const Point middle = {(points[i].x + points[i + 1].x) / 2, (points[i].y + points[i + 1].y) / 2};
        const Point to = at_end ? points.back() : middle;
        distances.add_curve(from, points[i], to);
        from = to;
    }
    if (points.size() == 2) distances.add_segment(points.front(), points.back());
}

/// Draws digit `index` into `pixels` and returns its class.
std::int32_t draw_digit(std::uint64_t index, std::uint8_t* pixels) {
    constexpr std::uint64_t seed = 0x5e771e;  // the data set is one and the same for ever
    const Stream strokes(seed, Purpose::digits, index, 0), grain(seed, Purpose::digits, index, 1);
    Dice dice(strokes);
    const std::size_t label = dice.below(10);
    const std::vector<Glyph>& ways = glyphs()[label];
    const Glyph& glyph = ways[dice.below(ways.size())];
    const Affine affine = draw_affine(dice);
    const double radius = dice.uniform(0.7, 1.8);
    const double unsteadiness = dice.uniform(0.05, 0.26);
    const double roughness = dice.uniform(0.0, 0.4);
    Distances distances(radius + 0.5);
    for (const Stroke& stroke : glyph) draw_stroke(stroke, affine, unsteadiness, dice, distances);
    PhiloxBlock words{};
    for (int i = 0; i < digits_inputs; ++i) {
        if (i % 16 == 0) words = grain.block(static_cast<std::uint32_t>(i / 16));
        const std::uint32_t byte = words[static_cast<std::size_t>(i % 16 / 4)] >> (i % 4 * 8) & 0xff;
        // Full ink within the pen's radius, fading over one pixel at its rim; the paper's grain takes some away.
        const double ink =
            std::clamp(radius + 0.5 - std::sqrt(distances.squares()[static_cast<std::size_t>(i)]), 0.0, 1.0);
        pixels[i] = static_cast<std::uint8_t>(ink * (1 - roughness * byte / 255) * 255 + 0.5);
    }
    return static_cast<std::int32_t>(label);
}

Samples draw_part(std::int64_t first, std::int64_t count) {
    Samples samples;
    samples.count = count;
    samples.inputs = digits_inputs;
    std::vector<std::uint8_t> x(static_cast<std::size_t>(count) * digits_inputs);
    for (std::int64_t n = 0; n < count; ++n) {
        std::uint8_t* pixels = x.data() + static_cast<std::size_t>(n) * digits_inputs;
        samples.labels.push_back(draw_digit(static_cast<std::uint64_t>(first + n), pixels));
    }
    samples.x = std::move(x);
    return samples;
}

}  // namespace

Dataset draw_digits(const DatasetSize& wanted) {
    assert(wanted.train + wanted.validation <= digits_train && wanted.test <= digits_test);
    return {draw_part(0, wanted.train), draw_part(wanted.train, wanted.validation),
            draw_part(digits_train, wanted.test)};
}

}  // namespace settle
