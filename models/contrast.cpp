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

/// W += scale x dW for one panel of targets.
template <bool two_products>
HWY_INLINE void update_panel(float* weights, int rows, const SourceTerms& sources, const TargetPanel& targets,
                             float scale) {
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
            hn::Store(hn::Load(d, row + v * lanes) + step * sums[v], d, row + v * lanes);
        }
    }
}

void update_panel_kernel(float* weights, int rows, const SourceTerms& sources, const TargetPanel& targets,
                         float scale) {
    if (targets.second) {
        update_panel<true>(weights, rows, sources, targets, scale);
    } else {
        update_panel<false>(weights, rows, sources, targets, scale);
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
#include "models/network_checks.hpp"

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

/// Everything the panels of one projection share. With s+ and s- of sources i and targets j the terms are
/// bidirectional: s-_i (s+ - s-)_j + (s+ - s-)_i s-_j; forward: the first of them; full: s+_i s+_j + (-s-_i) s-_j.
struct ProjectionUpdate {
    Projection* projection;
    AlignedVector<float>* biases;
    int number;  ///< of the projection
    UpdateForm form;
    bool two_products;
    float scale;
    SourceTerms sources;
};

/// The terms of a block of source neurons.
void collect_terms(ProjectionUpdate& update, const BatchStates& free, const BatchStates& nudged, int first_row) {
    SourceTerms& sources = update.sources;
    const int l = update.number, end = std::min(first_row + rows_a_block, update.projection->pre);
    int next = first_row * free.batch;
    for (int i = first_row; i < end; ++i) {
        sources.begin[static_cast<std::size_t>(i)] = next;
        for (int b = 0; b < free.batch; ++b) {
            const float minus = free.of(l, b)[i];
            float one = minus, two = 0;
            if (update.two_products) {
                const float plus = nudged.of(l, b)[i];
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

/// W and b of one panel of targets.
void update_panel(const ProjectionUpdate& update, const BatchStates& free, const BatchStates& nudged, int panel) {
    const auto items = static_cast<std::size_t>(free.batch) * panel_width;
    AlignedVector<float> first(items), second(update.two_products ? items : 0);
    alignas(64) float bias[panel_width] = {};
    for (int b = 0; b < free.batch; ++b) {
        const float* plus = nudged.of(update.number + 1, b) + panel * panel_width;
        const float* minus = free.of(update.number + 1, b) + panel * panel_width;
        float* one = first.data() + b * panel_width;
        for (int j = 0; j < panel_width; ++j) {
            const float delta = plus[j] - minus[j];
            bias[j] += delta;
            one[j] = update.form == UpdateForm::full ? plus[j] : delta;
        }
        if (update.two_products) std::copy(minus, minus + panel_width, second.data() + b * panel_width);
    }
    float* biases = update.biases->data() + panel * panel_width;
    for (int j = 0; j < panel_width; ++j) biases[j] += update.scale * bias[j];
    const TargetPanel targets{first.data(), update.two_products ? second.data() : nullptr};
    HWY_DYNAMIC_DISPATCH(update_panel_kernel)
    (update.projection->weights.panel(panel), update.projection->pre, update.sources, targets, update.scale);
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

static void check_contrast(const Network& network, const BatchStates& free, const BatchStates& nudged, double beta,
                           const std::vector<double>& rates) {
    check_shapes(network, network.sizes);
    check_states(free, network.sizes, "free states");
    check_states(nudged, network.sizes, "nudged states");
    if (free.batch != nudged.batch)
        throw input_error("", "nudged states", "are of another minibatch", "as many presentations as the free states");
    if (!std::isfinite(beta) || beta == 0)
        throw input_error("", "learning.beta", std::to_string(beta) + " does not nudge", "a number other than 0");
    if (rates.size() != network.projections.size())
        throw input_error("", "learning.rates", "has " + std::to_string(rates.size()) + " items",
                          std::to_string(network.projections.size()) + ", one for each projection of network.layers");
    for (const double rate : rates) {
        if (rate >= 0 && std::isfinite(rate)) continue;
        throw input_error("", "learning.rates", std::to_string(rate) + " is out of range", "a number, at least 0");
    }
}

void apply_contrast(Network& network, const BatchStates& free, const BatchStates& nudged, UpdateForm form, double beta,
                    const std::vector<double>& rates, WorkerPool& workers,
                    const std::function<void(Projection&, int panel)>& changed, const StopCheck& stop) {
    check_contrast(network, free, nudged, beta, rates);
    std::vector<ProjectionUpdate> updates;
    std::vector<std::pair<std::size_t, int>> blocks, panels;  // of an update
    for (int l = 0; l < network.last(); ++l) {
        const auto at = static_cast<std::size_t>(l);
        if (rates[at] == 0) continue;
        Projection& projection = network.projections[at];
        const bool two_products = form == UpdateForm::full || (form == UpdateForm::bidirectional && l > 0);
        const auto scale = static_cast<float>(rates[at] / beta / free.batch);
        ProjectionUpdate update{&projection, &network.biases[at], l, form, two_products, scale, {}};
        const auto rows = static_cast<std::size_t>(projection.pre);
        update.sources.begin.resize(rows);
        update.sources.end.resize(rows);
        // Not cleared: most of it is never touched.
        update.sources.terms.reset(new SourceTerm[rows * static_cast<std::size_t>(free.batch) + 1]);
        for (int row = 0; row < projection.pre; row += rows_a_block) blocks.emplace_back(updates.size(), row);
        for (int p = 0; p < projection.weights.panels(); ++p) panels.emplace_back(updates.size(), p);
        updates.push_back(std::move(update));
    }
    workers.for_each(static_cast<int>(blocks.size()), [&](int index, int /*worker*/) {
        give_up_if(stop);
        const auto& [update, row] = blocks[static_cast<std::size_t>(index)];
        collect_terms(updates[update], free, nudged, row);
    });
    workers.for_each(static_cast<int>(panels.size()), [&](int index, int /*worker*/) {
        give_up_if(stop);
        const auto& [at, panel] = panels[static_cast<std::size_t>(index)];
        const ProjectionUpdate& update = updates[at];
        update_panel(update, free, nudged, panel);
        keep_dead(*update.projection, panel);
        if (changed) changed(*update.projection, panel);
    });
}

}  // namespace settle
#endif
