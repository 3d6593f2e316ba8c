// A dense projection: every source is joined to every target. The verbs are those of models/network/projection.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "models/kernels/clamped_drive.hpp"
#include "models/kernels/panel_matrix.hpp"
#include "models/kernels/row_sums.hpp"
#include "models/network/link_mask.hpp"

namespace settle {

struct Dense {
    Dense() = default;
    Dense(int sources, int targets, bool sources_listen);
    /// Of a population with itself: symmetric, with a zero diagonal. One way leads everywhere.
    static Dense lateral_of(int neurons);

    int pre = 0;
    int post = 0;
    bool pre_listens = true;
    bool lateral = false;
    PanelMatrix<float> weights;          ///< (pre x post): the weights that learning changes
    PanelMatrix<std::int32_t> forward;   ///< (pre x post): round(w 2^22), ties to even; binary networks
    PanelMatrix<std::int32_t> backward;  ///< (post x pre): its transpose, where pre listens
    PanelMatrix<float> living;          ///< (pre x post): weights without the dead; continuous networks, if any is dead
    PanelMatrix<float> transposed;      ///< (post x pre): weights transposed, where pre listens; continuous networks
    AlignedVector<float> forward_load;  ///< (post, padded): sum over i of |w_ij|
    AlignedVector<float> backward_load;  ///< (pre, padded): sum over j of |w_ij|, where pre listens

    int blocks() const { return weights.panels(); }
    bool joins(int sources, int targets, bool sources_listen) const;
    bool has_images(bool continuous) const;
    bool takes(const LinkMask& dead) const {
        return dead.none() || dead.lanes.size() == static_cast<std::size_t>(pre) * static_cast<std::size_t>(blocks());
    }
    void prepare_images(bool continuous, bool masked);
    void derive_block(int block, const LinkMask& dead, bool continuous);
    void finish_images(const LinkMask& dead);

    const PanelMatrix<std::int32_t>& image(bool way_back) const { return way_back ? backward : forward; }
    const PanelMatrix<float>& rates(bool way_back) const {
        return way_back ? transposed : living.rows() > 0 ? living : weights;
    }
    std::int64_t links() const {
        const std::int64_t all = static_cast<std::int64_t>(pre) * post;
        return lateral ? (all - pre) / 2 : all;
    }
    std::int64_t dead_links(const LinkMask& dead) const { return dead.count() / (lateral ? 2 : 1); }
    int links_from(bool way_back, int /*source*/) const { return even_links_from(way_back); }
    int even_links_from(bool way_back) const { return lateral ? pre - 1 : way_back ? pre : post; }
    double glorot_links() const { return lateral ? 2.0 * (pre - 1) : static_cast<double>(pre) + post; }
    std::span<const float> load(bool way_back) const { return way_back ? backward_load : forward_load; }
    double exact_load(bool way_back, int target, const LinkMask& dead) const;

    void add(bool way_back, std::span<const std::int32_t> sources, const std::int32_t* init, std::ptrdiff_t stride,
             std::int32_t* out) const {
        add_rows(image(way_back), sources, init, stride, out);
    }
    void add_rates(bool way_back, std::span<const std::int32_t> sources, const float* values, const float* init,
                   float* out) const {
        add_weighted_rows(rates(way_back), sources, values, init, out);
    }
    void add_all_rates(bool way_back, const float* values, const float* init, float* out) const {
        add_all_weighted_rows(rates(way_back), values, init, out);
    }
    void drive(ClampedDrive& drive, std::span<const std::int32_t> active, const std::uint64_t* bits,
               std::ptrdiff_t words, int ticks) const {
        drive.compute(forward, active, bits, words, ticks);
    }
    /// The integer weights from all sources to `targets`, a lane each, as the rows from `first_row` on.
    void copy_image(bool way_back, std::span<const std::int32_t> targets, int first_row,
                    PanelMatrix<std::int32_t>& rows) const;
    /// As its images have it: calls call(source, integer weight) for all links that lead to a target one way.
    template <class Visit>
    void visit_heard(bool way_back, int target, const Visit& call) const {
        for (int source = 0; source < (way_back ? post : pre); ++source) {
            if (!lateral || source != target) call(source, image(way_back).at(source, target));
        }
    }

    bool is_dead(const LinkMask& dead, int i, int j) const {
        return !dead.none() && (dead.panel(j / panel_width, pre)[i] >> (j % panel_width) & 1) != 0;
    }
    /// A lateral pair once.
    template <class Visit>
    void visit_links(const Visit& visit) const {
        for (int i = 0; i < pre; ++i) {
            for (int j = lateral ? i + 1 : 0; j < post; ++j) visit(i, j, weights.at(i, j));
        }
    }
    template <class Visit>
    void visit_row(bool way_back, int source, const LinkMask& dead, const Visit& call) const {
        const int targets = way_back ? pre : post;
        for (int target = 0; target < targets; ++target) {
            const int i = way_back ? target : source, j = way_back ? source : target;
            if (!lateral || i != j) call(target, is_dead(dead, i, j) ? 0 : weights.at(i, j));
        }
    }
    template <class IsDead>
    LinkMask mask_where(const IsDead& is_dead) const {
        LinkMask mask;
        mask.lanes.resize(static_cast<std::size_t>(pre) * static_cast<std::size_t>(blocks()));
        for (int i = 0; i < pre; ++i) {
            for (int j = 0; j < post; ++j) {
                if ((lateral && i == j) || !is_dead(i, j)) continue;
                std::uint16_t& lanes =
                    mask.lanes[static_cast<std::size_t>(j / panel_width) * static_cast<std::size_t>(pre) +
                               static_cast<std::size_t>(i)];
                lanes = static_cast<std::uint16_t>(lanes | 1u << (j % panel_width));
            }
        }
        return mask;
    }

    std::vector<float> to_array(const LinkMask& dead) const;
    void from_array(std::span<const float> array);
    /// What a lateral one must be.
    bool symmetric() const;
};

}  // namespace settle
