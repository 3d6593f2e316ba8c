#include "models/spread.hpp"

#include <hwy/highway.h>

#include <cassert>

#include "models/normal_quantile.hpp"

namespace settle {

namespace {

using Plain = HWY_NAMESPACE::ScalarDoubles;

}  // namespace

double normal_quantile(std::uint32_t word) {
    const double q = HWY_NAMESPACE::from_median<Plain>(word);
    if (q >= -HWY_NAMESPACE::central_limit && q <= HWY_NAMESPACE::central_limit) {
        return HWY_NAMESPACE::central_quantile<Plain>(q);
    }
    return q < 0 ? -HWY_NAMESPACE::tail_quantile<Plain>(q + 0.5) : HWY_NAMESPACE::tail_quantile<Plain>(0.5 - q);
}

SpreadDraw::SpreadDraw(const Spread& spread, Duration unit) : distribution(spread.distribution) {
    const double width = spread.width * static_cast<double>(unit);
    assert(width >= 0 && width < 0x1p60);  // seven standard deviations still fit 64 bits
    whole_width = static_cast<Duration>(width + 0.5);
}

Duration SpreadDraw::operator()(std::uint32_t word) const {
    if (distribution == Spread::Distribution::uniform) {
        const auto values = static_cast<unsigned __int128>(2 * whole_width + 1);
        return static_cast<Duration>(values * word >> 32) - whole_width;
    }
    const double draw = static_cast<double>(whole_width) * normal_quantile(word);
    return static_cast<Duration>(draw + (draw < 0 ? -0.5 : 0.5));
}

Duration SpreadDraw::bound() const {
    return -(*this)(0);  // of the most negative draw
}

}  // namespace settle
