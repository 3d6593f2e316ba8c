#include "models/network/contrast.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "core/error.hpp"
#include "models/network/convolution_contrast.hpp"
#include "models/network/dense_contrast.hpp"
#include "models/network/network_checks.hpp"
#include "models/network/sparse_contrast.hpp"

namespace settle {

namespace {

/// b += scale x db of a population, of every neuron or, where they share one, of a channel.
void update_biases(Network& network, int p, const BatchStates& free, const BatchStates& nudged, float scale) {
    AlignedVector<float>& biases = network.biases[static_cast<std::size_t>(p)];
    const int channels = network.wiring.biases(p), places = network.wiring.size(p) / channels;
    if (network.wiring.bias_a_channel(p)) {
        for (int c = 0; c < channels; ++c) {
            float sum = 0;
            for (int b = 0; b < free.batch; ++b) {
                const float *plus = nudged.of(p, b), *minus = free.of(p, b);
                for (int j = c * places; j < (c + 1) * places; ++j) sum += plus[j] - minus[j];
            }
            for (int j = c * places; j < (c + 1) * places; ++j) biases[static_cast<std::size_t>(j)] += scale * sum;
        }
        return;
    }
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
                          std::to_string(network.projections.size()) + ", one for each projection");
    for (const double rate : contrast.rates) {
        if (rate >= 0 && std::isfinite(rate)) continue;
        throw input_error("", "learning.rates", std::to_string(rate) + " is out of range", "a number, at least 0");
    }
}

/// What the blocks of one projection share.
struct ProjectionUpdate {
    int projection;
    LinkContrast contrast;
    DenseContrast dense;  ///< of the kind that it is
    ConvolutionContrast convolution;
};

ProjectionUpdate begin_update(const Network& network, int k, const Contrast& contrast, const BatchStates& free,
                              const BatchStates& nudged, float scale) {
    const auto& [pre, post, kind] = network.wiring.projection(k);
    const bool both_ways = contrast.form == UpdateForm::bidirectional && pre != network.wiring.input();
    ProjectionUpdate update{
        k, {contrast.form, pre, post, contrast.form == UpdateForm::full || both_ways, scale, &free, &nudged}, {}, {}};
    const Projection& projection = network.projections[static_cast<std::size_t>(k)];
    if (std::holds_alternative<Dense>(projection.kind))
        update.dense = DenseContrast(update.contrast, network.wiring.size(pre));
    if (const auto* convolution = std::get_if<Convolution>(&projection.kind))
        update.convolution = ConvolutionContrast(convolution->window, update.contrast);
    return update;
}

void update_block(Dense& dense, const LinkMask& dead, const ProjectionUpdate& update, int block) {
    update_panel(dense, dead, update.dense, update.contrast, block);
}

void update_block(Convolution& convolution, const LinkMask& dead, const ProjectionUpdate& update, int block) {
    update_kernel(convolution, dead, update.convolution, update.contrast, block);
}

void update_block(Sparse& sparse, const LinkMask& dead, const ProjectionUpdate& update, int block) {
    update_links(sparse, dead, update.contrast, block);
}

/// Whether its blocks are not what they will be before all have been updated.
bool is_mirrored(const Projection& projection, UpdateForm form) {
    const auto* dense = std::get_if<Dense>(&projection.kind);
    return dense && dense->lateral && form == UpdateForm::forward;
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
        ProjectionUpdate update = begin_update(network, k, contrast, free, nudged, scale_of(k));
        for (int row = 0; row < update.dense.rows; row += rows_a_block) source_blocks.emplace_back(updates.size(), row);
        for (int b = 0; b < network.projections[at].blocks(); ++b) blocks.emplace_back(updates.size(), b);
        updates.push_back(std::move(update));
    }
    workers.for_each(static_cast<int>(source_blocks.size()), [&](int index, int /*worker*/) {
        give_up_if(stop);
        const auto& [update, row] = source_blocks[static_cast<std::size_t>(index)];
        updates[update].dense.collect(updates[update].contrast, row);
    });
    workers.for_each(static_cast<int>(blocks.size()), [&](int index, int /*worker*/) {
        give_up_if(stop);
        const auto& [at, block] = blocks[static_cast<std::size_t>(index)];
        const ProjectionUpdate& update = updates[at];
        const LinkMask& mask = mask_of(dead, update.projection);
        Projection& projection = network.projections[static_cast<std::size_t>(update.projection)];
        std::visit([&, number = block](auto& kind) { update_block(kind, mask, update, number); }, projection.kind);
        if (changed && !is_mirrored(projection, contrast.form)) changed(update.projection, block);
    });
    for (const ProjectionUpdate& update : updates) {
        Projection& projection = network.projections[static_cast<std::size_t>(update.projection)];
        if (!is_mirrored(projection, contrast.form)) continue;
        mirror(projection.dense());
        for (int b = 0; changed && b < projection.blocks(); ++b) changed(update.projection, b);
    }
    for (const int p : network.wiring.unclamped()) {
        const int k = network.wiring.bias_projection(p);
        if (k < 0 || contrast.rates[static_cast<std::size_t>(k)] == 0) continue;
        update_biases(network, p, free, nudged, scale_of(k));
    }
}

}  // namespace settle
