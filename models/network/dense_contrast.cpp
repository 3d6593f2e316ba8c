#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/network/dense_contrast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/network/dense_contrast.hpp"

#ifndef SETTLE_MODELS_DENSE_CONTRAST_ONCE
#define SETTLE_MODELS_DENSE_CONTRAST_ONCE
namespace settle {

/// dW_ij = sum over terms of first_i first_j + second_i second_j, elementwise and in presentation order; both for one
/// panel of targets.
struct TargetPanel {
    const float* first;   ///< (batch x 16)
    const float* second;  ///< (batch x 16); null: no second product
};

}  // namespace settle
#endif

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(F()));
constexpr int vectors = panel_width / lanes;

/// The lanes of a vector of a panel that are in the set, from lane `first` on.
HWY_INLINE hn::Mask<F> lanes_of(std::uint16_t set, int first) {
    const auto rest = static_cast<unsigned>(set) >> first;
    std::uint8_t bits[8] = {static_cast<std::uint8_t>(rest), static_cast<std::uint8_t>(rest >> 8)};
    return hn::LoadMaskBits(F(), bits);
}

/// W += scale x dW for one panel of targets; dead links, where there are some, keep theirs.
template <bool two_products>
HWY_INLINE void update_panel(float* weights, int rows, const std::uint16_t* dead, const SourceTerms& sources,
                             const TargetPanel& targets, float scale) {
    const F d;
    const auto step = hn::Set(d, scale);
    for (int i = 0; i < rows; ++i) {
        const SourceTerm* term = sources.terms.get() + sources.begin[static_cast<std::size_t>(i)];
        const SourceTerm* end = sources.terms.get() + sources.end[static_cast<std::size_t>(i)];
        if (term == end) continue;
        hn::Vec<F> sums[vectors];
        for (auto& sum : sums) sum = hn::Zero(d);
        for (; term != end; ++term) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(term->presentation) * panel_width;
            const auto first = hn::Set(d, term->first), second = hn::Set(d, term->second);
            for (int v = 0; v < vectors; ++v) {
                auto product = first * hn::Load(d, targets.first + at + v * lanes);
                if constexpr (two_products) product = product + second * hn::Load(d, targets.second + at + v * lanes);
                sums[v] = sums[v] + product;
            }
        }
        float* row = weights + static_cast<std::ptrdiff_t>(i) * panel_width;
        for (int v = 0; v < vectors; ++v) {
            const auto old = hn::Load(d, row + v * lanes);
            auto next = old + step * sums[v];
            if (dead) next = hn::IfThenElse(lanes_of(dead[i], v * lanes), old, next);
            hn::Store(next, d, row + v * lanes);
        }
    }
}

void update_panel_kernel(float* weights, int rows, const std::uint16_t* dead, const SourceTerms& sources,
                         const TargetPanel& targets, float scale) {
    if (targets.second) {
        update_panel<true>(weights, rows, dead, sources, targets, scale);
    } else {
        update_panel<false>(weights, rows, dead, sources, targets, scale);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace settle {

HWY_EXPORT(update_panel_kernel);

DenseContrast::DenseContrast(const LinkContrast& contrast, int neurons) : rows(neurons) {
    sources.begin.resize(static_cast<std::size_t>(rows));
    sources.end.resize(static_cast<std::size_t>(rows));
    // Not cleared: most of it is never touched.
    sources.terms.reset(
        new SourceTerm[static_cast<std::size_t>(rows) * static_cast<std::size_t>(contrast.batch()) + 1]);
}

void DenseContrast::collect(const LinkContrast& contrast, int first_row) {
    const int end = std::min(first_row + rows_a_block, rows), batch = contrast.batch();
    int next = first_row * batch;
    for (int i = first_row; i < end; ++i) {
        sources.begin[static_cast<std::size_t>(i)] = next;
        for (int b = 0; b < batch; ++b) {
            const auto [one, two] = contrast.source(b, i);
            // Written always and kept if it is one: there is no pattern in this for a branch to be predicted.
            sources.terms[static_cast<std::size_t>(next)] = {b, one, two};
            next += static_cast<int>(one != 0) | static_cast<int>(two != 0);
        }
        sources.end[static_cast<std::size_t>(i)] = next;
    }
}

void update_panel(Dense& dense, const LinkMask& dead, const DenseContrast& terms, const LinkContrast& contrast,
                  int panel) {
    const auto items = static_cast<std::size_t>(contrast.batch()) * panel_width;
    AlignedVector<float> first(items), second(contrast.two_products ? items : 0);
    for (int b = 0; b < contrast.batch(); ++b) {
        const float* plus = contrast.nudged->of(contrast.post, b) + panel * panel_width;
        const float* minus = contrast.free->of(contrast.post, b) + panel * panel_width;
        float* one = first.data() + b * panel_width;
        for (int j = 0; j < panel_width; ++j) one[j] = contrast.form == UpdateForm::full ? plus[j] : plus[j] - minus[j];
        if (contrast.two_products) std::copy(minus, minus + panel_width, second.data() + b * panel_width);
    }
    const TargetPanel targets{first.data(), contrast.two_products ? second.data() : nullptr};
    HWY_DYNAMIC_DISPATCH(update_panel_kernel)
    (dense.weights.panel(panel), dense.pre, dead.panel(panel, dense.pre), terms.sources, targets, contrast.scale);
    for (int i = panel * panel_width; dense.lateral && i < std::min((panel + 1) * panel_width, dense.pre); ++i)
        dense.weights.at(i, i) = 0;
}

void mirror(Dense& dense) {
    for (int i = 0; i < dense.pre; ++i) {
        for (int j = 0; j < i; ++j) dense.weights.at(i, j) = dense.weights.at(j, i);
    }
}

}  // namespace settle
#endif
