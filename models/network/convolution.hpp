// A convolution: every place of post hears a window of pre, all over the same kernel. The verbs are those of
// models/network/projection.hpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/clamped_drive.hpp"
#include "models/network/fixed_point.hpp"
#include "models/network/link_mask.hpp"
#include "models/network/window.hpp"

namespace settle {

struct Convolution {
    Convolution() = default;
    Convolution(const Window& joined, bool sources_listen);

    Window window;
    bool pre_listens = true;
    RunTable forward_runs, backward_runs;

    /// (channels x taps x padded post_channels): kernel[c', c, dy, dx], the weights that learning changes.
    AlignedVector<float> weights;
    AlignedVector<std::int32_t> forward;   ///< round(w 2^22), as weights; binary networks
    AlignedVector<std::int32_t> backward;  ///< (post_channels x taps x padded channels), where pre listens
    AlignedVector<float> transposed;       ///< the same of the weights; continuous networks
    std::vector<float> forward_load;       ///< (post, padded) at least sum over i of |w_ij|: as if no link were dead
    std::vector<float> backward_load;      ///< (pre, padded) the same, where pre listens
    /// A link that is dead, as its source knows it.
    struct DeadLink {
        std::int32_t target;
        std::int32_t weight;  ///< its place in forward or backward, counted from its source's channel
    };
    /// Of each source, one way.
    struct DeadList {
        std::vector<std::int32_t> first;  ///< (sources + 1); empty: none is dead
        std::vector<DeadLink> links;
    };
    DeadList dead_forward, dead_backward;

    /// Blocks are rows of the kernel, (channel, dy): taps that lie side by side.
    int blocks() const { return window.channels * window.kernel; }
    bool joins(int sources, int targets, bool sources_listen) const;
    bool has_images(bool continuous) const;
    bool takes(const LinkMask& dead) const;
    void prepare_images(bool continuous, bool masked);
    void derive_block(int block, const LinkMask& dead, bool continuous);
    void finish_images(const LinkMask& dead);

    std::int64_t links() const;
    std::int64_t dead_links(const LinkMask& dead) const { return dead.count(); }
    int links_from(bool way_back, int source) const;
    int even_links_from(bool way_back) const;
    double glorot_links() const {
        return (static_cast<double>(window.channels) + window.post_channels) * window.taps();
    }
    std::span<const float> load(bool way_back) const { return way_back ? backward_load : forward_load; }
    double exact_load(bool way_back, int target, const LinkMask& dead) const;

    void add(bool way_back, std::span<const std::int32_t> sources, const std::int32_t* init, std::ptrdiff_t stride,
             std::int32_t* out) const;
    void add_rates(bool way_back, std::span<const std::int32_t> sources, const float* values, const float* init,
                   float* out) const;
    void add_all_rates(bool way_back, const float* values, const float* init, float* out) const;
    void drive(ClampedDrive& drive, std::span<const std::int32_t> active, const std::uint64_t* bits,
               std::ptrdiff_t words, int ticks) const;
    /// As its images have it: calls call(source, integer weight) for all links that lead to a target one way.
    template <class Visit>
    void visit_heard(bool way_back, int target, const Visit& call) const {
        visit_row(!way_back, target, dead_, [&](int source, float weight) { call(source, to_fixed_point(weight)); });
    }

    /// Place of kernel[d, c, dy, dx] in `weights`.
    std::size_t weight_at(int d, int c, int dy, int dx) const {
        return static_cast<std::size_t>(
            ((c * window.kernel + dy) * window.kernel + dx) * padded_size(window.post_channels) + d);
    }
    /// Calls call(j, weight, number) for the links of source i, by rising target; links are numbered by pre, then post.
    template <class Visit>
    void visit_targets(int i, const Visit& call) const {
        const int place = i % window.places(), c = i / window.places();
        const int y = place / window.columns, x = place % window.columns;
        const Span1d rows = covering(window, y, window.post_rows), columns = covering(window, x, window.post_columns);
        std::int64_t number = first_link(i);
        for (int d = 0; d < window.post_channels; ++d) {
            for (int row = rows.first; row < rows.end; ++row) {
                for (int column = columns.first; column < columns.end; ++column) {
                    const int dy = y + window.padding - row * window.stride;
                    const int dx = x + window.padding - column * window.stride;
                    call((d * window.post_rows + row) * window.post_columns + column, weights[weight_at(d, c, dy, dx)],
                         number++);
                }
            }
        }
    }
    template <class Visit>
    void visit_links(const Visit& call) const {
        for (int i = 0; i < window.pre(); ++i)
            visit_targets(i, [&](int j, float weight, std::int64_t /*number*/) { call(i, j, weight); });
    }
    /// Calls call(target, weight) for all links that leave a source one way; the weight of a dead one is 0.
    template <class Visit>
    void visit_row(bool way_back, int source, const LinkMask& dead, const Visit& call) const {
        if (!way_back) {
            visit_targets(source,
                          [&](int j, float weight, std::int64_t number) { call(j, dead.has(number) ? 0 : weight); });
            return;
        }
        visit_sources(source, [&](int i, float weight) { call(i, dead.has(link_number(i, source)) ? 0 : weight); });
    }
    template <class IsDead>
    LinkMask mask_where(const IsDead& is_dead) const {
        LinkMask mask = LinkMask::of(links());
        for (int i = 0; i < window.pre(); ++i)
            visit_targets(i, [&](int j, float /*weight*/, std::int64_t number) {
                if (is_dead(i, j)) mask.set(number);
            });
        return mask;
    }
    bool is_dead(const LinkMask& dead, int i, int j) const { return !dead.none() && dead.has(link_number(i, j)); }

    /// (post_channels x channels x kernel x kernel). A kernel lives though some of its links are dead.
    std::vector<float> to_array(const LinkMask& dead) const;
    void from_array(std::span<const float> array);

private:
    std::int64_t first_link(int i) const;
    std::int64_t link_number(int i, int j) const;
    /// Calls call(i, weight) for the links of target j, by rising source.
    template <class Visit>
    void visit_sources(int j, const Visit& call) const {
        const int place = j % window.post_places(), d = j / window.post_places();
        const int first_y = place / window.post_columns * window.stride - window.padding;
        const int first_x = place % window.post_columns * window.stride - window.padding;
        for (int c = 0; c < window.channels; ++c) {
            for (int dy = 0; dy < window.kernel; ++dy) {
                for (int dx = 0; dx < window.kernel; ++dx) {
                    const int y = first_y + dy, x = first_x + dx;
                    if (y < 0 || y >= window.rows || x < 0 || x >= window.columns) continue;
                    call((c * window.rows + y) * window.columns + x, weights[weight_at(d, c, dy, dx)]);
                }
            }
        }
    }
    void list_dead(const LinkMask& dead);
    void take_dead(bool way_back, std::span<const std::int32_t> sources, std::int32_t* out) const;
    void add_masked_rates(bool way_back, std::span<const std::int32_t> sources, const float* values, const float* init,
                          float* out) const;

    std::vector<std::int32_t> links_before_;  ///< (places + 1) links of a channel's places before each, to one channel
    LinkMask dead_;                           ///< of the images
};

}  // namespace settle
