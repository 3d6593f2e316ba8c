// A projection: the symmetric weights between two neighbouring populations. w_ij carries bits i -> j and j -> i. Dense
// now; whoever is outside models/ uses only the verbs below, which sparse and convolutional projections will offer too.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "models/panel_matrix.hpp"

namespace settle {

/// A link that carries nothing and does not learn: its weight in the network is 0.
struct DeadLink {
    std::int32_t pre = 0;   ///< row
    std::int32_t post = 0;  ///< column
    float weight = 0;       ///< what it was before
};

struct Projection {
    Projection() = default;
    /// `sources_listen`: false for the clamped layer 0, which listens to nobody, so that nothing is sent back to it.
    Projection(int sources, int targets, bool sources_listen)
        : pre(sources), post(targets), pre_listens(sources_listen), weights(sources, targets) {}

    int pre = 0;
    int post = 0;
    bool pre_listens = true;
    PanelMatrix<float> weights;          ///< (pre x post): the weights that learning changes
    PanelMatrix<std::int32_t> forward;   ///< (pre x post): round(w 2^22), ties to even; binary networks
    PanelMatrix<std::int32_t> backward;  ///< (post x pre): its transpose, where pre listens
    PanelMatrix<float> transposed;       ///< (post x pre): weights transposed, where pre listens; continuous networks
    AlignedVector<float> forward_load;   ///< (post, padded): sum over i of |w_ij|
    AlignedVector<float> backward_load;  ///< (pre, padded): sum over j of |w_ij|, where pre listens
    std::vector<DeadLink> dead;          ///< in the order of their panels; see models/fault.hpp
};

/// Rebuilds one panel (16 targets, [0, weights.panels())) of what is derived from the weights: once a minibatch. Panels
/// are independent of each other and may run on different threads. `continuous` chooses which images are kept.
void derive_panel(Projection& projection, int panel, bool continuous);

/// Whether the derived arrays are there, for these neurons.
bool has_images(const Projection& projection, bool continuous);

/// Allocates the derived arrays; call once before derive_panel.
void prepare_images(Projection& projection, bool continuous);

/// backward_load, from the images of all panels.
void derive_backward_load(Projection& projection);

/// out = init + sum of the rows of `sources`, over all columns (padded). `init` null: zero. Where init is a clamped
/// drive, its panels lie `init_stride` values apart; 16 is a plain array. Exact, so the order does not matter. out may
/// be init.
void add_rows(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources, const std::int32_t* init,
              std::ptrdiff_t init_stride, std::int32_t* out);
void add_rows_reference(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources,
                        const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out);

/// out = init + sum over sources of value x row, in float32: source k of the list goes to partial sum k mod 4, each in
/// list order; then ((p0 + p1) + (p2 + p3)), then init + that. Continuous networks only. Sources of value 0 may be left
/// out of the list by the caller only if it always does so.
void add_weighted_rows(const PanelMatrix<float>& rows, std::span<const std::int32_t> sources, const float* values,
                       const float* init, float* out);

/// The same over all rows, in order.
void add_all_weighted_rows(const PanelMatrix<float>& rows, const float* values, const float* init, float* out);

}  // namespace settle
