// A sparse projection: a list of links, each with a weight of its own. The verbs are those of
// models/network/projection.hpp. Integer weights are rounded while they are added: an image would take as much again.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "models/kernels/clamped_drive.hpp"
#include "models/network/fixed_point.hpp"
#include "models/network/link_mask.hpp"
#include "models/network/links.hpp"

namespace settle {

struct Sparse {
    Sparse() = default;
    Sparse(std::shared_ptr<const Links> joined, bool sources_listen);

    std::shared_ptr<const Links> joined;
    bool pre_listens = true;           ///< also where lateral: its rows go both ways
    std::vector<float> weights;        ///< (links): the weights that learning changes
    std::vector<float> forward_load;   ///< (post, padded): sum of |w| over the links of each; lateral: both ways
    std::vector<float> backward_load;  ///< (pre, padded), where pre listens

    /// Blocks are so many source neurons.
    static constexpr int sources_a_block = 256;
    int blocks() const { return (joined->sources + sources_a_block - 1) / sources_a_block; }
    bool joins(int sources, int targets, bool sources_listen) const;
    bool has_images(bool continuous) const;
    bool takes(const LinkMask& dead) const { return dead.none() || dead.lanes.size() == LinkMask::words_for(links()); }
    void prepare_images(bool continuous, bool masked);
    void derive_block(int /*block*/, const LinkMask& /*dead*/, bool /*continuous*/) {}
    void finish_images(const LinkMask& dead);

    std::int64_t links() const { return joined->count(); }
    std::int64_t dead_links(const LinkMask& dead) const { return dead.count(); }
    int links_from(bool way_back, int source) const {
        return way_back ? joined->degree_of_target(source) : joined->degree_of_source(source);
    }
    int even_links_from(bool /*way_back*/) const { return -1; }
    double glorot_links() const;
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
        visit_row(!way_back, target, [&](int source, std::int64_t link) {
            call(source, dead_.has(link) ? 0 : to_fixed_point(weights[static_cast<std::size_t>(link)]));
        });
    }

    /// Calls call(i, j, weight): a lateral pair once.
    template <class Visit>
    void visit_links(const Visit& call) const {
        for (int i = 0; i < joined->sources; ++i) {
            const auto at = static_cast<std::size_t>(i);
            for (std::int64_t k = joined->first[at]; k < joined->first[at + 1]; ++k)
                call(i, joined->post[static_cast<std::size_t>(k)], weights[static_cast<std::size_t>(k)]);
        }
    }
    /// Calls call(target, link) for all links that leave a source one way; lateral ones lead both ways.
    template <class Visit>
    void visit_row(bool way_back, int source, const Visit& call) const {
        const auto at = static_cast<std::size_t>(source);
        if (way_back || joined->lateral) {
            for (std::int64_t k = joined->back[at]; k < joined->back[at + 1]; ++k)
                call(joined->back_pre[static_cast<std::size_t>(k)],
                     static_cast<std::int64_t>(joined->back_link[static_cast<std::size_t>(k)]));
        }
        if (way_back && !joined->lateral) return;
        for (std::int64_t k = joined->first[at]; k < joined->first[at + 1]; ++k)
            call(joined->post[static_cast<std::size_t>(k)], k);
    }
    /// The same with call(target, weight); the weight of a dead link is 0.
    template <class Visit>
    void visit_row(bool way_back, int source, const LinkMask& dead, const Visit& call) const {
        visit_row(way_back, source, [&](int target, std::int64_t link) {
            call(target, dead.has(link) ? 0 : weights[static_cast<std::size_t>(link)]);
        });
    }
    template <class IsDead>
    LinkMask mask_where(const IsDead& is_dead) const {
        LinkMask mask = LinkMask::of(links());
        std::int64_t link = 0;
        visit_links([&](int i, int j, float /*weight*/) {
            if (is_dead(i, j)) mask.set(link);
            ++link;
        });
        return mask;
    }

    /// (links), in the order of files.
    std::vector<float> to_array(const LinkMask& dead) const;
    void from_array(std::span<const float> array);

private:
    void add_links(bool way_back, std::span<const std::int32_t> sources, std::int32_t* out) const;

    LinkMask dead_;  ///< of the images
};

}  // namespace settle
