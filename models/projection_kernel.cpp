// Sums over the rows of a projection, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/projection_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/population.hpp"
#include "models/projection.hpp"

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

void add_weighted_rows_kernel(const PanelMatrix<float>& rows, const std::int32_t* sources, std::size_t count,
                              const float* values, const float* init, float* out) {
    const F d;
    for (int panel = 0; panel < rows.panels(); ++panel) {
        const float* matrix = rows.panel(panel);
        hn::Vec<F> parts[4][vectors];
        for (auto& part : parts) {
            for (auto& sum : part) sum = hn::Zero(d);
        }
        const auto add = [&](std::size_t k, std::size_t part) HWY_ATTR {
            const float* row = matrix + static_cast<std::ptrdiff_t>(sources[k]) * panel_width;
            const auto value = hn::Set(d, values[k]);
            for (int v = 0; v < vectors; ++v) parts[part][v] = parts[part][v] + value * hn::Load(d, row + v * lanes);
        };
        std::size_t k = 0;
        for (; k + 4 <= count; k += 4) {
            for (std::size_t part = 0; part < 4; ++part) add(k + part, part);
        }
        for (std::size_t part = 0; k < count; ++k, ++part) add(k, part);
        for (int v = 0; v < vectors; ++v) {
            const auto sum = (parts[0][v] + parts[1][v]) + (parts[2][v] + parts[3][v]);
            const int column = panel * panel_width + v * lanes;
            hn::Store(init ? hn::Load(d, init + column) + sum : sum, d, out + column);
        }
    }
}

/// Integer weights and the sums of absolute weights of one panel, in one walk through memory.
void derive_panel_kernel(const float* weights, int rows, std::int32_t* integers, float* load) {
    const F df;
    const I di;
    const auto unit = hn::Set(df, 1 / weight_unit);
    hn::Vec<F> sums[vectors];
    for (auto& sum : sums) sum = hn::Zero(df);
    for (int row = 0; row < rows; ++row) {
        for (int v = 0; v < vectors; ++v) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(row) * panel_width + v * lanes;
            const auto w = hn::Load(df, weights + at);
            sums[v] = sums[v] + hn::Abs(w);
            if (integers) hn::Store(hn::NearestInt(w * unit), di, integers + at);
        }
    }
    for (int v = 0; v < vectors; ++v) hn::Store(sums[v], df, load + v * lanes);
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(add_rows_kernel);
HWY_EXPORT(add_weighted_rows_kernel);
HWY_EXPORT(derive_panel_kernel);

void add_rows(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources, const std::int32_t* init,
              std::ptrdiff_t init_stride, std::int32_t* out) {
    HWY_DYNAMIC_DISPATCH(add_rows_kernel)(rows, sources.data(), sources.size(), init, init_stride, out);
}

void add_weighted_rows(const PanelMatrix<float>& rows, std::span<const std::int32_t> sources, const float* values,
                       const float* init, float* out) {
    HWY_DYNAMIC_DISPATCH(add_weighted_rows_kernel)(rows, sources.data(), sources.size(), values, init, out);
}

namespace {

/// Writes the panel's rows of `source` as the rows 16 panel … of its transpose.
template <class T>
void transpose_panel(const PanelMatrix<T>& source, int panel, PanelMatrix<T>& target) {
    const T* values = source.panel(panel);
    const int columns = std::min(panel_width, source.columns() - panel * panel_width);
    for (int row = 0; row < source.rows(); ++row) {
        for (int column = 0; column < columns; ++column) {
            target.at(panel * panel_width + column, row) = values[row * panel_width + column];
        }
    }
}

}  // namespace

void derive_panel(Projection& projection, int panel, bool continuous) {
    std::int32_t* integers = continuous ? nullptr : projection.forward.panel(panel);
    HWY_DYNAMIC_DISPATCH(derive_panel_kernel)
    (projection.weights.panel(panel), projection.pre, integers, projection.forward_load.data() + panel * panel_width);
    if (!projection.pre_listens) return;
    if (continuous) {
        transpose_panel(projection.weights, panel, projection.transposed);
    } else {
        transpose_panel(projection.forward, panel, projection.backward);
    }
}

}  // namespace settle
#endif
