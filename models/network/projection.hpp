// A projection: the symmetric weights between two populations, which carry bits both ways. Of which kind it is, and how
// it stores them, is known in models/ alone; all others use the verbs below, each for a whole block of targets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

#include "models/network/convolution.hpp"
#include "models/network/dense.hpp"
#include "models/network/sparse.hpp"

namespace settle {

/// Ways: bits go from pre to post, or on the `way_back` from post to pre (Pathway::transposed). A kind is a class with
/// these verbs; one that lacks a verb does not compile.
class Projection {
    // Before all that uses it.
    template <class Verb>
    auto visit(const Verb& verb) const {
        return std::visit(verb, kind);
    }
    template <class Verb>
    auto visit(const Verb& verb) {
        return std::visit(verb, kind);
    }

public:
    std::variant<Dense, Convolution, Sparse> kind;

    /// For whoever knows that it is.
    Dense& dense() { return std::get<Dense>(kind); }
    const Dense& dense() const { return std::get<Dense>(kind); }

    /// What the weights are made of: independent blocks of targets, derived and learnt each by itself.
    int blocks() const {
        return visit([](const auto& one) { return one.blocks(); });
    }

    /// Allocates what is derived from the weights; call it before derive_block. `masked`: links may be dead.
    void prepare_images(bool continuous, bool masked) {
        visit([&](auto& one) { one.prepare_images(continuous, masked); });
    }
    /// Rebuilds what is derived from one block of weights, where dead links count as 0. Blocks may run on different
    /// threads. `continuous` chooses which images are kept.
    void derive_block(int block, const LinkMask& dead, bool continuous) {
        visit([&](auto& one) { one.derive_block(block, dead, continuous); });
    }
    /// What needs all blocks, once they have been derived: absolute loads among it.
    void finish_images(const LinkMask& dead) {
        visit([&](auto& one) { one.finish_images(dead); });
    }

    /// Pairs of neurons that it joins, and those of them that are dead.
    std::int64_t links() const {
        return visit([](const auto& one) { return one.links(); });
    }
    std::int64_t dead_links(const LinkMask& dead) const {
        return visit([&](const auto& one) { return one.dead_links(dead); });
    }
    /// Links that leave a source; and those that leave every source, -1 where they may differ.
    int links_from(bool way_back, int source) const {
        return visit([&](const auto& one) { return one.links_from(way_back, source); });
    }
    int even_links_from(bool way_back) const {
        return visit([&](const auto& one) { return one.even_links_from(way_back); });
    }
    /// fan_in + fan_out of Glorot & Bengio 2010: of a dense projection its sizes, of a convolution (c + c') kernel^2,
    /// of a sparse one links/sources + links/targets, of a lateral one twice the mean degree.
    double glorot_links() const {
        return visit([](const auto& one) { return one.glorot_links(); });
    }
    /// (targets, padded) sum of |w| of the living links that lead to each, in float32, where dead links may have been
    /// counted; and that of one target, exactly.
    std::span<const float> load(bool way_back) const {
        return visit([&](const auto& one) { return one.load(way_back); });
    }
    double exact_load(bool way_back, int target, const LinkMask& dead) const {
        return visit([&](const auto& one) { return one.exact_load(way_back, target, dead); });
    }

    /// out = init + the integer weights from `sources`, over all targets (padded). `init` null: zero. Where init is a
    /// clamped drive, its panels lie `stride` values apart; 16 is a plain array. out may be init.
    void add(bool way_back, std::span<const std::int32_t> sources, const std::int32_t* init, std::ptrdiff_t stride,
             std::int32_t* out) const {
        visit([&](const auto& one) { one.add(way_back, sources, init, stride, out); });
    }
    /// out = init + value x weights from `sources`, in float32, in the order of add_weighted_rows; and of all sources.
    void add_rates(bool way_back, std::span<const std::int32_t> sources, const float* values, const float* init,
                   float* out) const {
        visit([&](const auto& one) { one.add_rates(way_back, sources, values, init, out); });
    }
    void add_all_rates(bool way_back, const float* values, const float* init, float* out) const {
        visit([&](const auto& one) { one.add_all_rates(way_back, values, init, out); });
    }
    /// What a clamped pre adds to its targets in many ticks: see ClampedDrive::compute.
    void drive(ClampedDrive& drive, std::span<const std::int32_t> active, const std::uint64_t* bits,
               std::ptrdiff_t words, int ticks) const {
        visit([&](const auto& one) { one.drive(drive, active, bits, words, ticks); });
    }
    /// Calls call(source, integer weight) for every link that leads to a target, in the order in which visit_row has
    /// them the other way; that of a dead one is 0. Its images must be derived.
    template <class Visit>
    void visit_heard(bool way_back, int target, const Visit& call) const {
        visit([&](const auto& one) { one.visit_heard(way_back, target, call); });
    }

    /// Whether it joins so many sources and targets, and the images that ticks use are there; and whether a mask is of
    /// its links.
    bool joins(int sources, int targets, bool sources_listen) const {
        return visit([&](const auto& one) { return one.joins(sources, targets, sources_listen); });
    }
    bool has_images(bool continuous) const {
        return visit([&](const auto& one) { return one.has_images(continuous); });
    }
    bool takes(const LinkMask& dead) const {
        return visit([&](const auto& one) { return one.takes(dead); });
    }

    /// Calls call(i, j, weight) for every link, dead ones too, ordered by pre, then post; a lateral pair once, i < j.
    template <class Visit>
    void visit_links(const Visit& call) const {
        visit([&](const auto& one) { one.visit_links(call); });
    }
    /// Calls call(target, weight) for every link that leaves a source; the weight of a dead one is 0.
    template <class Visit>
    void visit_row(bool way_back, int source, const LinkMask& dead, const Visit& call) const {
        visit([&](const auto& one) { one.visit_row(way_back, source, dead, call); });
    }
    /// Those links for which is_dead(i, j), which does not depend on the order of the two where lateral.
    template <class IsDead>
    LinkMask mask_where(const IsDead& is_dead) const {
        return visit([&](const auto& one) { return one.mask_where(is_dead); });
    }

    /// The plain array that files hold (Wiring::weight_shape). Dead links are 0 in it.
    std::vector<float> to_array(const LinkMask& dead = {}) const {
        return visit([&](const auto& one) { return one.to_array(dead); });
    }
    void from_array(std::span<const float> array) {
        visit([&](auto& one) { one.from_array(array); });
    }
};

}  // namespace settle
