// Sums over the rows of a matrix of panels: what active sources add to their targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "models/kernels/panel_matrix.hpp"

namespace settle {

/// out = init + sum of the rows of `sources`, over all columns (padded). `init` null: zero. Where init is a clamped
/// drive, its panels lie `init_stride` values apart; 16 is a plain array. Exact, so the order does not matter. out may
/// be init.
void add_rows(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources, const std::int32_t* init,
              std::ptrdiff_t init_stride, std::int32_t* out);
void add_rows_reference(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources,
                        const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out);

/// out = init, over so many targets, padded.
void begin_sums(int targets, const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out);

/// out = init + sum over sources of value x row, in float32: source k of the list goes to partial sum k mod 4, each in
/// list order; then ((p0 + p1) + (p2 + p3)), then init + that. Continuous networks only. Sources of value 0 may be left
/// out of the list by the caller only if it always does so.
void add_weighted_rows(const PanelMatrix<float>& rows, std::span<const std::int32_t> sources, const float* values,
                       const float* init, float* out);

/// The same over all rows, in order.
void add_all_weighted_rows(const PanelMatrix<float>& rows, const float* values, const float* init, float* out);

/// What is derived from one panel of weights (rows x 16), in one walk through memory: `integers`, round(w 2^22), ties
/// to even, and `kept`, the weights themselves, each (rows x 16) or null; `load` (16), sum of |w|. Where `dead` (rows)
/// has a lane, the weight counts as 0; null: nowhere.
void derive_rows(const float* weights, int rows, const std::uint16_t* dead, std::int32_t* integers, float* kept,
                 float* load);

}  // namespace settle
