#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/network/convolution_contrast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/network/convolution_contrast.hpp"

#ifndef SETTLE_MODELS_CONVOLUTION_CONTRAST_ONCE
#define SETTLE_MODELS_CONVOLUTION_CONTRAST_ONCE
namespace settle {

/// What one source adds to one tap: `one` x first + `two` x second of the targets at a place.
struct TapTerm {
    std::int64_t targets;  ///< where they begin
    float one;
    float two;
};

}  // namespace settle
#endif

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(F()));

/// weights (channels, padded) += scale x the sum over terms, in their order.
void update_tap_kernel(float* weights, int channels, const TapTerm* terms, std::size_t count, const float* first,
                       const float* second, float scale) {
    const F d;
    const auto step = hn::Set(d, scale);
    for (int c = 0; c < channels; c += lanes) {
        auto sum = hn::Zero(d);
        for (std::size_t k = 0; k < count; ++k) {
            const std::int64_t at = terms[k].targets + c;
            auto product = hn::Set(d, terms[k].one) * hn::Load(d, first + at);
            if (second) product = product + hn::Set(d, terms[k].two) * hn::Load(d, second + at);
            sum = sum + product;
        }
        hn::Store(hn::Load(d, weights + c) + step * sum, d, weights + c);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <vector>

namespace settle {

HWY_EXPORT(update_tap_kernel);

ConvolutionContrast::ConvolutionContrast(const Window& window, const LinkContrast& contrast) {
    const int width = padded_size(window.post_channels), places = window.post_places();
    const auto items = static_cast<std::size_t>(contrast.batch()) * static_cast<std::size_t>(places * width);
    first.resize(items);
    if (contrast.two_products) second.resize(items);
    for (int b = 0; b < contrast.batch(); ++b) {
        for (int d = 0; d < window.post_channels; ++d) {
            for (int p = 0; p < places; ++p) {
                const auto at =
                    (static_cast<std::size_t>(b) * static_cast<std::size_t>(places) + static_cast<std::size_t>(p)) *
                        static_cast<std::size_t>(width) +
                    static_cast<std::size_t>(d);
                const auto target = contrast.target(b, d * places + p);
                first[at] = target.first;
                if (contrast.two_products) second[at] = target.second;
            }
        }
    }
}

namespace {

/// One tap of the kernel: everything from channel c of pre, `dy` and `dx` into the window.
struct Tap {
    int c, dy, dx;
};

/// Calls visit(presentation, source, place of the target) for all positions of a tap, in the order of its sum.
template <class Visit>
void visit_positions(const Window& window, const Tap& tap, int batch, const Visit& visit) {
    for (int b = 0; b < batch; ++b) {
        for (int row = 0; row < window.post_rows; ++row) {
            const int y = row * window.stride + tap.dy - window.padding;
            if (y < 0 || y >= window.rows) continue;
            for (int column = 0; column < window.post_columns; ++column) {
                const int x = column * window.stride + tap.dx - window.padding;
                if (x < 0 || x >= window.columns) continue;
                visit(b, (tap.c * window.rows + y) * window.columns + x, row * window.post_columns + column);
            }
        }
    }
}

/// Where links may be dead: every weight of the tap by itself.
void update_masked(Convolution& convolution, const LinkMask& dead, const LinkContrast& contrast, const Tap& tap) {
    const Window& window = convolution.window;
    for (int d = 0; d < window.post_channels; ++d) {
        float sum = 0;
        visit_positions(window, tap, contrast.batch(), [&](int b, int source, int place) {
            const int j = d * window.post_places() + place;
            const auto [one, two] = contrast.source(b, source);
            if ((one == 0 && two == 0) || convolution.is_dead(dead, source, j)) return;
            const auto target = contrast.target(b, j);
            float product = one * target.first;
            if (contrast.two_products) product = product + two * target.second;
            sum = sum + product;
        });
        convolution.weights[convolution.weight_at(d, tap.c, tap.dy, tap.dx)] += contrast.scale * sum;
    }
}

}  // namespace

void update_kernel(Convolution& convolution, const LinkMask& dead, const ConvolutionContrast& targets,
                   const LinkContrast& contrast, int block) {
    const Window& window = convolution.window;
    const int width = padded_size(window.post_channels);
    std::vector<TapTerm> terms;
    for (int dx = 0; dx < window.kernel; ++dx) {
        const Tap tap{block / window.kernel, block % window.kernel, dx};
        if (!dead.none()) {
            update_masked(convolution, dead, contrast, tap);
            continue;
        }
        terms.clear();
        visit_positions(window, tap, contrast.batch(), [&](int b, int source, int place) {
            const auto [one, two] = contrast.source(b, source);
            // A product with 0 changes no sum.
            if (one != 0 || two != 0)
                terms.push_back({(static_cast<std::int64_t>(b) * window.post_places() + place) * width, one, two});
        });
        HWY_DYNAMIC_DISPATCH(update_tap_kernel)
        (convolution.weights.data() + convolution.weight_at(0, tap.c, tap.dy, tap.dx), width, terms.data(),
         terms.size(), targets.first.data(), contrast.two_products ? targets.second.data() : nullptr, contrast.scale);
    }
}

}  // namespace settle
#endif
