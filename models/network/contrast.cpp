#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/network/contrast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/network/contrast.hpp"

#ifndef SETTLE_MODELS_CONTRAST_ONCE
#define SETTLE_MODELS_CONTRAST_ONCE
#include <memory>

namespace settle {

/// One presentation's part in the update of the weights that leave one source neuron.
struct SourceTerm {
    int presentation;
    float first;   ///< factor of `first` of the targets
    float second;  ///< factor of `second` of the targets
};

/// The terms of all source neurons of a projection: row i has terms[begin[i]] … terms[end[i] - 1], in presentation
/// order. Neurons at rest have none: a product with 0 changes no sum.
struct SourceTerms {
    std::vector<int> begin, end;
    std::unique_ptr<SourceTerm[]> terms;
};

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
#include <cassert>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"

namespace settle {

HWY_EXPORT(update_panel_kernel);

BatchStates::BatchStates(const std::vector<int>& sizes, int presentations) : batch(presentations) {
    for (const int size : sizes) {
        padded.push_back(padded_size(size));
        populations.emplace_back(static_cast<std::size_t>(padded.back()) * static_cast<std::size_t>(presentations));
    }
}

namespace {

constexpr int rows_a_block = 64;  // of source neurons; terms of a block lie side by side

/// Everything the blocks of one projection share. With s+ and s- of sources i and targets j the terms are
/// bidirectional: s-_i (s+ - s-)_j + (s+ - s-)_i s-_j; forward: the first of them; full: s+_i s+_j + (-s-_i) s-_j.
struct ProjectionUpdate {
    int projection;
    int pre, post;  ///< populations
    int rows;       ///< sources
    UpdateForm form;
    bool two_products;
    float scale;
    SourceTerms sources;
};

/// The terms of a block of source neurons.
void collect_terms(ProjectionUpdate& update, const BatchStates& free, const BatchStates& nudged, int first_row) {
    SourceTerms& sources = update.sources;
    const int end = std::min(first_row + rows_a_block, update.rows);
    int next = first_row * free.batch;
    for (int i = first_row; i < end; ++i) {
        sources.begin[static_cast<std::size_t>(i)] = next;
        for (int b = 0; b < free.batch; ++b) {
            const float minus = free.of(update.pre, b)[i];
            float one = minus, two = 0;
            if (update.two_products) {
                const float plus = nudged.of(update.pre, b)[i];
                one = update.form == UpdateForm::full ? plus : minus;
                two = update.form == UpdateForm::full ? -minus : plus - minus;
            }
            // Written always and kept if it is one: there is no pattern in this for a branch to be predicted.
            sources.terms[static_cast<std::size_t>(next)] = {b, one, two};
            next += static_cast<int>(one != 0) | static_cast<int>(two != 0);
        }
        sources.end[static_cast<std::size_t>(i)] = next;
    }
}

/// The weights of one panel of targets.
void update_block(Dense& dense, const LinkMask& dead, const ProjectionUpdate& update, const BatchStates& free,
                  const BatchStates& nudged, int panel) {
    const auto items = static_cast<std::size_t>(free.batch) * panel_width;
    AlignedVector<float> first(items), second(update.two_products ? items : 0);
    for (int b = 0; b < free.batch; ++b) {
        const float* plus = nudged.of(update.post, b) + panel * panel_width;
        const float* minus = free.of(update.post, b) + panel * panel_width;
        float* one = first.data() + b * panel_width;
        for (int j = 0; j < panel_width; ++j) one[j] = update.form == UpdateForm::full ? plus[j] : plus[j] - minus[j];
        if (update.two_products) std::copy(minus, minus + panel_width, second.data() + b * panel_width);
    }
    const TargetPanel targets{first.data(), update.two_products ? second.data() : nullptr};
    HWY_DYNAMIC_DISPATCH(update_panel_kernel)
    (dense.weights.panel(panel), dense.pre, dead.panel(panel, dense.pre), update.sources, targets, update.scale);
}

/// b += scale x db of a population.
void update_biases(AlignedVector<float>& biases, int p, const BatchStates& free, const BatchStates& nudged,
                   float scale) {
    AlignedVector<float> sums(biases.size());
    for (int b = 0; b < free.batch; ++b) {
        const float *plus = nudged.of(p, b), *minus = free.of(p, b);
        for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += plus[j] - minus[j];
    }
    for (std::size_t j = 0; j < sums.size(); ++j) biases[j] += scale * sums[j];
}

void check_contrast(const Network& network, const DeadLinks& dead, const BatchStates& free, const BatchStates& nudged,
                    const Contrast& contrast) {
    check_shapes(network, network.wiring);
    check_dead(dead, network);
    check_states(free, network.wiring, "free states");
    check_states(nudged, network.wiring, "nudged states");
    if (free.batch != nudged.batch)
        throw input_error("", "nudged states", "are of another minibatch", "as many presentations as the free states");
    if (!std::isfinite(contrast.beta) || contrast.beta == 0)
        throw input_error("", "learning.beta", std::to_string(contrast.beta) + " does not nudge",
                          "a number other than 0");
    if (contrast.rates.size() != network.projections.size())
        throw input_error("", "learning.rates", "has " + std::to_string(contrast.rates.size()) + " items",
                          std::to_string(network.projections.size()) + ", one for each projection of network.layers");
    for (const double rate : contrast.rates) {
        if (rate >= 0 && std::isfinite(rate)) continue;
        throw input_error("", "learning.rates", std::to_string(rate) + " is out of range", "a number, at least 0");
    }
}

ProjectionUpdate begin_update(const Network& network, int k, const Contrast& contrast, int batch, float scale) {
    const auto& [pre, post] = network.wiring.projection(k);
    const bool both_ways = contrast.form == UpdateForm::bidirectional && pre != network.wiring.input();
    const int rows = network.wiring.size(pre);
    ProjectionUpdate update{k,     pre, post, rows, contrast.form, contrast.form == UpdateForm::full || both_ways,
                            scale, {}};
    update.sources.begin.resize(static_cast<std::size_t>(rows));
    update.sources.end.resize(static_cast<std::size_t>(rows));
    // Not cleared: most of it is never touched.
    update.sources.terms.reset(new SourceTerm[static_cast<std::size_t>(rows) * static_cast<std::size_t>(batch) + 1]);
    return update;
}

}  // namespace

void apply_contrast(Network& network, const DeadLinks& dead, const BatchStates& free, const BatchStates& nudged,
                    const Contrast& contrast, WorkerPool& workers,
                    const std::function<void(int projection, int block)>& changed, const StopCheck& stop) {
    check_contrast(network, dead, free, nudged, contrast);
    const auto scale_of = [&](int k) {
        return static_cast<float>(contrast.rates[static_cast<std::size_t>(k)] / contrast.beta / free.batch);
    };
    std::vector<ProjectionUpdate> updates;
    std::vector<std::pair<std::size_t, int>> source_blocks, blocks;  // of an update
    for (int k = 0; k < network.wiring.projections(); ++k) {
        const auto at = static_cast<std::size_t>(k);
        if (contrast.rates[at] == 0) continue;
        ProjectionUpdate update = begin_update(network, k, contrast, free.batch, scale_of(k));
        for (int row = 0; row < update.rows; row += rows_a_block) source_blocks.emplace_back(updates.size(), row);
        for (int b = 0; b < network.projections[at].blocks(); ++b) blocks.emplace_back(updates.size(), b);
        updates.push_back(std::move(update));
    }
    workers.for_each(static_cast<int>(source_blocks.size()), [&](int index, int /*worker*/) {
        give_up_if(stop);
        const auto& [update, row] = source_blocks[static_cast<std::size_t>(index)];
        collect_terms(updates[update], free, nudged, row);
    });
    workers.for_each(static_cast<int>(blocks.size()), [&](int index, int /*worker*/) {
        give_up_if(stop);
        const auto& [at, block] = blocks[static_cast<std::size_t>(index)];
        const ProjectionUpdate& update = updates[at];
        const LinkMask& mask = mask_of(dead, update.projection);
        std::visit([&, number = block](auto& kind) { update_block(kind, mask, update, free, nudged, number); },
                   network.projections[static_cast<std::size_t>(update.projection)].kind);
        if (changed) changed(update.projection, block);
    });
    for (const int p : network.wiring.unclamped()) {
        const int k = network.wiring.bias_projection(p);
        if (k < 0 || contrast.rates[static_cast<std::size_t>(k)] == 0) continue;
        update_biases(network.biases[static_cast<std::size_t>(p)], p, free, nudged, scale_of(k));
    }
}

}  // namespace settle
#endif
