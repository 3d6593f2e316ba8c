#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/contrast.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/contrast.hpp"

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

/// The terms of all source neurons of a projection: row i has terms[begin[i]] … terms[begin[i + 1] - 1], in
/// presentation order. Neurons at rest have none: a product with 0 changes no sum.
struct SourceTerms {
    std::vector<int> begin;
    std::unique_ptr<SourceTerm[]> terms;
};

/// dW_ij = sum over terms of first_i first_j + second_i second_j, elementwise and in presentation order.
struct TargetArrays {
    const float* first;   ///< (batch x padded)
    const float* second;  ///< (batch x padded); null: no second product
    int padded;
};

}  // namespace settle
#endif

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(F()));
constexpr int vectors = panel_width / lanes;

/// W += scale x dW for one panel of targets.
template <bool two_products>
HWY_INLINE void update_panel(float* weights, int rows, const SourceTerms& sources, const TargetArrays& targets,
                             int panel, float scale) {
    const F d;
    const auto step = hn::Set(d, scale);
    const float* first_of = targets.first + panel * panel_width;
    const float* second_of = two_products ? targets.second + panel * panel_width : nullptr;
    for (int i = 0; i < rows; ++i) {
        const SourceTerm* term = sources.terms.get() + sources.begin[static_cast<std::size_t>(i)];
        const SourceTerm* end = sources.terms.get() + sources.begin[static_cast<std::size_t>(i) + 1];
        if (term == end) continue;
        hn::Vec<F> sums[vectors];
        for (auto& sum : sums) sum = hn::Zero(d);
        for (; term != end; ++term) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(term->presentation) * targets.padded;
            const auto first = hn::Set(d, term->first), second = hn::Set(d, term->second);
            for (int v = 0; v < vectors; ++v) {
                auto product = first * hn::Load(d, first_of + at + v * lanes);
                if constexpr (two_products) product = product + second * hn::Load(d, second_of + at + v * lanes);
                sums[v] = sums[v] + product;
            }
        }
        float* row = weights + static_cast<std::ptrdiff_t>(i) * panel_width;
        for (int v = 0; v < vectors; ++v) {
            hn::Store(hn::Load(d, row + v * lanes) + step * sums[v], d, row + v * lanes);
        }
    }
}

void update_panel_kernel(float* weights, int rows, const SourceTerms& sources, const TargetArrays& targets, int panel,
                         float scale) {
    if (targets.second) {
        update_panel<true>(weights, rows, sources, targets, panel, scale);
    } else {
        update_panel<false>(weights, rows, sources, targets, panel, scale);
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <cassert>

namespace settle {

HWY_EXPORT(update_panel_kernel);

BatchStates::BatchStates(const std::vector<int>& sizes, int presentations) : batch(presentations) {
    for (const int size : sizes) {
        padded.push_back(padded_size(size));
        populations.emplace_back(static_cast<std::size_t>(padded.back()) * static_cast<std::size_t>(presentations));
    }
}

namespace {

/// s+ - s- of one population for the whole minibatch.
AlignedVector<float> difference(const BatchStates& nudged, const BatchStates& free, int population) {
    const auto& plus = nudged.populations[static_cast<std::size_t>(population)];
    const auto& minus = free.populations[static_cast<std::size_t>(population)];
    AlignedVector<float> delta(plus.size());
    for (std::size_t i = 0; i < delta.size(); ++i) delta[i] = plus[i] - minus[i];
    return delta;
}

/// The two factors of neuron i of the sources, (batch x padded) each; second may be null.
SourceTerms collect_terms(const float* first, const float* second, int neurons, int padded, int batch,
                          float second_sign) {
    SourceTerms sources;
    sources.begin.reserve(static_cast<std::size_t>(neurons) + 1);
    const std::size_t most = static_cast<std::size_t>(neurons) * static_cast<std::size_t>(batch);
    sources.terms.reset(new SourceTerm[most + 1]);  // not cleared: most of it is never touched
    SourceTerm* next = sources.terms.get();
    for (int i = 0; i < neurons; ++i) {
        sources.begin.push_back(static_cast<int>(next - sources.terms.get()));
        for (int b = 0; b < batch; ++b) {
            const std::ptrdiff_t at = static_cast<std::ptrdiff_t>(b) * padded + i;
            const float one = first[at], two = second ? second_sign * second[at] : 0;
            // Written always and kept if it is one: there is no pattern in this for a branch to be predicted.
            *next = {b, one, two};
            next += static_cast<int>(one != 0) | static_cast<int>(two != 0);
        }
    }
    sources.begin.push_back(static_cast<int>(next - sources.terms.get()));
    return sources;
}

/// Everything the panels of one projection share.
struct ProjectionUpdate {
    Projection* projection;
    SourceTerms sources;
    TargetArrays targets;
    float scale;
};

void update_biases(AlignedVector<float>& biases, const AlignedVector<float>& delta, int batch, float scale) {
    std::vector<float> sums(biases.size());
    for (int b = 0; b < batch; ++b) {
        const float* row = delta.data() + static_cast<std::size_t>(b) * sums.size();
        for (std::size_t j = 0; j < sums.size(); ++j) sums[j] += row[j];
    }
    for (std::size_t j = 0; j < sums.size(); ++j) biases[j] += scale * sums[j];
}

/// Dead links of a panel do not learn.
void keep_dead(Projection& projection, int panel) {
    const auto panel_of = [](const DeadLink& link) { return link.post / panel_width; };
    auto link = std::lower_bound(projection.dead.begin(), projection.dead.end(), panel,
                                 [&](const DeadLink& one, int wanted) { return panel_of(one) < wanted; });
    for (; link != projection.dead.end() && panel_of(*link) == panel; ++link) {
        projection.weights.at(link->pre, link->post) = 0;
    }
}

}  // namespace

void apply_contrast(Network& network, const BatchStates& free, const BatchStates& nudged, UpdateForm form, double beta,
                    const std::vector<double>& rates, WorkerPool& workers,
                    const std::function<void(Projection&, int panel)>& changed) {
    assert(rates.size() == network.projections.size() && free.batch == nudged.batch && beta != 0);
    std::vector<AlignedVector<float>> deltas;
    deltas.emplace_back();  // both phases see the same data
    for (int l = 1; l < network.layers(); ++l) deltas.push_back(difference(nudged, free, l));
    std::vector<ProjectionUpdate> updates;
    for (int l = 0; l < network.last(); ++l) {
        const auto at = static_cast<std::size_t>(l);
        if (rates[at] == 0) continue;
        Projection& projection = network.projections[at];
        const float* minus_pre = free.of(l, 0);
        const float* minus_post = free.of(l + 1, 0);
        const int pre_padded = free.padded[at], post_padded = free.padded[at + 1];
        const auto scale = static_cast<float>(rates[at] / beta / free.batch);
        ProjectionUpdate update{&projection, {}, {deltas[at + 1].data(), nullptr, post_padded}, scale};
        if (form == UpdateForm::full) {
            update.sources = collect_terms(nudged.of(l, 0), minus_pre, projection.pre, pre_padded, free.batch, -1);
            update.targets = {nudged.of(l + 1, 0), minus_post, post_padded};
        } else if (form == UpdateForm::bidirectional && l > 0) {
            update.sources = collect_terms(minus_pre, deltas[at].data(), projection.pre, pre_padded, free.batch, 1);
            update.targets.second = minus_post;
        } else {
            update.sources = collect_terms(minus_pre, nullptr, projection.pre, pre_padded, free.batch, 1);
        }
        update_biases(network.biases[at], deltas[at + 1], free.batch, scale);
        updates.push_back(std::move(update));
    }
    std::vector<std::pair<const ProjectionUpdate*, int>> pieces;
    for (const ProjectionUpdate& update : updates) {
        for (int p = 0; p < update.projection->weights.panels(); ++p) pieces.emplace_back(&update, p);
    }
    workers.for_each(static_cast<int>(pieces.size()), [&](int index, int /*worker*/) {
        const auto& [update, panel] = pieces[static_cast<std::size_t>(index)];
        HWY_DYNAMIC_DISPATCH(update_panel_kernel)
        (update->projection->weights.panel(panel), update->projection->pre, update->sources, update->targets, panel,
         update->scale);
        keep_dead(*update->projection, panel);
        if (changed) changed(*update->projection, panel);
    });
}

}  // namespace settle
#endif
