#include "models/device/distribution.hpp"

#include <hwy/highway.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>

#include "core/draw.hpp"
#include "models/device/normal_quantile.hpp"

namespace settle {

namespace {

using Plain = HWY_NAMESPACE::ScalarDoubles;

struct NamedKind {
    const char* name;
    Distribution (*around_zero)(double width);
};

constexpr NamedKind kinds[] = {
    {"uniform",
     [](double width) {
         return Distribution(Uniform{-width, width});
     }},
    {"normal",
     [](double width) {
         return Distribution(Normal{0, width});
     }},
};
static_assert(std::size(kinds) == std::variant_size_v<Distribution::Kind>, "every kind has a name");

/// Halves away from 0.
Duration whole(double time) {
    return static_cast<Duration>(time + (time < 0 ? -0.5 : 0.5));
}

/// How many whole times there are.
std::uint64_t values_of(const Uniform& uniform) {
    assert(uniform.low <= uniform.high && uniform.low >= -0x1p60 && uniform.high <= 0x1p60);
    return static_cast<std::uint64_t>(static_cast<Duration>(uniform.high) - static_cast<Duration>(uniform.low)) + 1;
}

}  // namespace

double normal_quantile(std::uint32_t word) {
    const double q = HWY_NAMESPACE::from_median<Plain>(word);
    if (q >= -HWY_NAMESPACE::central_limit && q <= HWY_NAMESPACE::central_limit) {
        return HWY_NAMESPACE::central_quantile<Plain>(q);
    }
    return q < 0 ? -HWY_NAMESPACE::tail_quantile<Plain>(q + 0.5) : HWY_NAMESPACE::tail_quantile<Plain>(0.5 - q);
}

/// Uniform distributions are strictly sub-Gaussian: their standard deviation will do.
double Uniform::deviation() const {
    return width() / std::sqrt(3.0);
}

/// floor(values x word / 2^32) + low.
Duration Uniform::time(std::uint32_t word) const {
    return static_cast<Duration>(static_cast<unsigned __int128>(values_of(*this)) * word >> 32) +
           static_cast<Duration>(low);
}

Duration Uniform::long_time(std::uint64_t word) const {
    return static_cast<Duration>(static_cast<unsigned __int128>(values_of(*this)) * word >> 64) +
           static_cast<Duration>(low);
}

void Uniform::times(const PhiloxBlocks& blocks, Duration* out) const {
    draw_uniform_blocks(blocks, static_cast<Duration>(low), values_of(*this), out);
}

double Uniform::fraction(const PhiloxBlock& words) const {
    return mean() + width() * (2 * unit_double(words[0], words[1]) - 1);
}

/// Of the extreme words.
double Normal::least() const {
    static const double lowest = normal_quantile(0);
    return center + sigma * lowest;
}

double Normal::greatest() const {
    static const double highest = normal_quantile(0xffffffff);
    return center + sigma * highest;
}

double Normal::density() const {
    return 1 / (sigma * std::sqrt(2 * 3.14159265358979));
}

Duration Normal::time(std::uint32_t word) const {
    return whole(sigma * normal_quantile(word) + center);
}

void Normal::times(const PhiloxBlocks& blocks, Duration* out) const {
    draw_normal_blocks(blocks, center, sigma, out);
}

double Normal::fraction(const PhiloxBlock& words) const {
    return center + sigma * normal_quantile(words[0]);
}

std::vector<std::string> Distribution::names() {
    std::vector<std::string> names;
    for (const NamedKind& kind : kinds) names.emplace_back(kind.name);
    return names;
}

Distribution Distribution::around_zero(std::size_t kind, double width) {
    return kinds[kind].around_zero(width);
}

// A kind that lacks one of these does not compile.
double Distribution::width() const {
    return std::visit([](const auto& kind) { return kind.width(); }, kind_);
}

double Distribution::least() const {
    return std::visit([](const auto& kind) { return kind.least(); }, kind_);
}

double Distribution::greatest() const {
    return std::visit([](const auto& kind) { return kind.greatest(); }, kind_);
}

Duration Distribution::least_time() const {
    return whole(least());
}

Duration Distribution::greatest_time() const {
    return whole(greatest());
}

double Distribution::mean() const {
    return std::visit([](const auto& kind) { return kind.mean(); }, kind_);
}

double Distribution::deviation() const {
    return std::visit([](const auto& kind) { return kind.deviation(); }, kind_);
}

double Distribution::density() const {
    return std::visit([](const auto& kind) { return kind.density(); }, kind_);
}

Duration Distribution::time(std::uint32_t word) const {
    return std::visit([word](const auto& kind) { return kind.time(word); }, kind_);
}

Duration Distribution::long_time(std::uint64_t word) const {
    return std::visit([word](const auto& kind) { return kind.long_time(word); }, kind_);
}

void Distribution::times(const PhiloxBlocks& blocks, Duration* out) const {
    const auto draw = [&](const auto& kind) {
        if constexpr (requires { kind.times(blocks, out); }) {
            kind.times(blocks, out);
        } else {
            std::uint32_t words[4 * philox_lanes];
            philox_blocks(blocks.a, blocks.b, blocks.c, blocks.d, blocks.key, words);
            for (const std::uint32_t word : words) *out++ = kind.time(word);
        }
    };
    std::visit(draw, kind_);
}

void Distribution::times(const std::uint32_t* words, int count, Duration* out) const {
    if (none()) {
        std::fill(out, out + count, Duration{0});
        return;
    }
    std::visit(
        [&](const auto& kind) {
            for (int i = 0; i < count; ++i) out[i] = kind.time(words[i]);
        },
        kind_);
}

double Distribution::fraction(const PhiloxBlock& words) const {
    return std::visit([&](const auto& kind) { return kind.fraction(words); }, kind_);
}

}  // namespace settle
