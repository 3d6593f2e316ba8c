// Sums over rows, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/row_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/row_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
using I = hn::ScalableTag<std::int32_t>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(I()));
constexpr int vectors = panel_width / lanes;  // a panel in registers
static_assert(vectors >= 1);

/// One panel: the sums stay in registers while the active rows stream by.
void add_rows_kernel(const PanelMatrix<std::int32_t>& rows, const std::int32_t* sources, std::size_t count,
                     const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out) {
    const I d;
    for (int panel = 0; panel < rows.panels(); ++panel) {
        const std::int32_t* matrix = rows.panel(panel);
        const std::int32_t* start = init ? init + panel * init_stride : nullptr;
        hn::Vec<I> sums[vectors];
        for (int v = 0; v < vectors; ++v) sums[v] = start ? hn::Load(d, start + v * lanes) : hn::Zero(d);
        for (std::size_t k = 0; k < count; ++k) {
            const std::int32_t* row = matrix + static_cast<std::ptrdiff_t>(sources[k]) * panel_width;
            for (int v = 0; v < vectors; ++v) sums[v] = sums[v] + hn::Load(d, row + v * lanes);
        }
        for (int v = 0; v < vectors; ++v) hn::Store(sums[v], d, out + panel * panel_width + v * lanes);
    }
}

/// sums += value x row, for one panel.
HWY_INLINE void add_weighted_row(const float* row, float value, hn::Vec<F>* sums) {
    const F d;
    const auto factor = hn::Set(d, value);
    for (int v = 0; v < vectors; ++v) sums[v] = sums[v] + factor * hn::Load(d, row + v * lanes);
}

/// `row_of(k)`: the row of the k-th source, as a number.
template <class RowOf>
HWY_INLINE void add_weighted(const PanelMatrix<float>& rows, std::size_t count, const RowOf& row_of,
                             const float* values, const float* init, float* out) {
    const F d;
    for (int panel = 0; panel < rows.panels(); ++panel) {
        const float* matrix = rows.panel(panel);
        const std::ptrdiff_t to_next = panel + 1 < rows.panels() ? rows.panel(panel + 1) - matrix : 0;
        const auto row = [=](std::size_t k) HWY_ATTR { return row_of(matrix, k, to_next); };
        // Four sums of their own, so that one addition need not wait for the one before.
        hn::Vec<F> p0[vectors], p1[vectors], p2[vectors], p3[vectors];
        for (int v = 0; v < vectors; ++v) p0[v] = p1[v] = p2[v] = p3[v] = hn::Zero(d);
        std::size_t k = 0;
        for (; k + 4 <= count; k += 4) {
            add_weighted_row(row(k), values[k], p0);
            add_weighted_row(row(k + 1), values[k + 1], p1);
            add_weighted_row(row(k + 2), values[k + 2], p2);
            add_weighted_row(row(k + 3), values[k + 3], p3);
        }
        if (k < count) add_weighted_row(row(k), values[k], p0);
        if (k + 1 < count) add_weighted_row(row(k + 1), values[k + 1], p1);
        if (k + 2 < count) add_weighted_row(row(k + 2), values[k + 2], p2);
        for (int v = 0; v < vectors; ++v) {
            const auto sum = (p0[v] + p1[v]) + (p2[v] + p3[v]);
            const int column = panel * panel_width + v * lanes;
            hn::Store(init ? hn::Load(d, init + column) + sum : sum, d, out + column);
        }
    }
}

void add_weighted_rows_kernel(const PanelMatrix<float>& rows, const std::int32_t* sources, std::size_t count,
                              const float* values, const float* init, float* out) {
    const auto row_of = [=](const float* matrix, std::size_t k, std::ptrdiff_t to_next) HWY_ATTR {
        const float* row = matrix + static_cast<std::ptrdiff_t>(sources[k]) * panel_width;
        __builtin_prefetch(row + to_next, 0, 2);
        return row;
    };
    add_weighted(rows, count, row_of, values, init, out);
}

void add_all_weighted_rows_kernel(const PanelMatrix<float>& rows, const float* values, const float* init, float* out) {
    const auto row_of = [](const float* matrix, std::size_t k, std::ptrdiff_t)
                            HWY_ATTR { return matrix + k * panel_width; };
    add_weighted(rows, static_cast<std::size_t>(rows.rows()), row_of, values, init, out);
}

/// The lanes of a vector of a panel that are in the set, from lane `first` on.
HWY_INLINE hn::Mask<F> lanes_of(std::uint16_t set, int first) {
    const auto rest = static_cast<unsigned>(set) >> first;
    std::uint8_t bits[8] = {static_cast<std::uint8_t>(rest), static_cast<std::uint8_t>(rest >> 8)};
    return hn::LoadMaskBits(F(), bits);
}

template <bool masked>
HWY_INLINE void derive(const float* weights, int rows, const std::uint16_t* dead, std::int32_t* integers, float* kept,
                       float* load) {
    const F df;
    const I di;
    const auto unit = hn::Set(df, 1 / weight_unit);
    hn::Vec<F> sums[vectors];
    for (auto& sum : sums) sum = hn::Zero(df);
    for (int row = 0; row < rows; ++row) {
        for (int v = 0; v < vectors; ++v) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(row) * panel_width + v * lanes;
            auto w = hn::Load(df, weights + at);
            if constexpr (masked) w = hn::IfThenZeroElse(lanes_of(dead[row], v * lanes), w);
            sums[v] = sums[v] + hn::Abs(w);
            if (integers) hn::Store(hn::NearestInt(w * unit), di, integers + at);
            if (kept) hn::Store(w, df, kept + at);
        }
    }
    for (int v = 0; v < vectors; ++v) hn::Store(sums[v], df, load + v * lanes);
}

void derive_rows_kernel(const float* weights, int rows, const std::uint16_t* dead, std::int32_t* integers, float* kept,
                        float* load) {
    if (dead) {
        derive<true>(weights, rows, dead, integers, kept, load);
    } else {
        derive<false>(weights, rows, dead, integers, kept, load);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>

namespace settle {

HWY_EXPORT(add_rows_kernel);
HWY_EXPORT(add_weighted_rows_kernel);
HWY_EXPORT(add_all_weighted_rows_kernel);
HWY_EXPORT(derive_rows_kernel);

void add_rows(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources, const std::int32_t* init,
              std::ptrdiff_t init_stride, std::int32_t* out) {
    HWY_DYNAMIC_DISPATCH(add_rows_kernel)(rows, sources.data(), sources.size(), init, init_stride, out);
}

void begin_sums(int targets, const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out) {
    const int padded = padded_size(targets);
    if (!init) {
        std::fill(out, out + padded, 0);
    } else if (init != out) {
        for (int panel = 0; panel < padded / panel_width; ++panel)
            std::copy(init + panel * init_stride, init + panel * init_stride + panel_width, out + panel * panel_width);
    }
}

void add_weighted_rows(const PanelMatrix<float>& rows, std::span<const std::int32_t> sources, const float* values,
                       const float* init, float* out) {
    HWY_DYNAMIC_DISPATCH(add_weighted_rows_kernel)(rows, sources.data(), sources.size(), values, init, out);
}

void add_all_weighted_rows(const PanelMatrix<float>& rows, const float* values, const float* init, float* out) {
    HWY_DYNAMIC_DISPATCH(add_all_weighted_rows_kernel)(rows, values, init, out);
}

void derive_rows(const float* weights, int rows, const std::uint16_t* dead, std::int32_t* integers, float* kept,
                 float* load) {
    HWY_DYNAMIC_DISPATCH(derive_rows_kernel)(weights, rows, dead, integers, kept, load);
}

void add_rows_reference(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources,
                        const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out) {
    for (int column = 0; column < rows.panels() * panel_width; ++column) {
        const int panel = column / panel_width;
        std::int32_t sum = init ? init[panel * init_stride + column % panel_width] : 0;
        for (const std::int32_t source : sources) sum += rows.at(source, column);
        out[column] = sum;
    }
}

}  // namespace settle
#endif
