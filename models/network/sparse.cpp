#include "models/network/sparse.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <numeric>
#include <utility>

#include "models/kernels/row_sums.hpp"

namespace settle {

static std::size_t padded(int neurons) {
    return static_cast<std::size_t>(padded_size(neurons));
}

Sparse::Sparse(std::shared_ptr<const Links> between, bool sources_listen)
    : joined(std::move(between)), pre_listens(sources_listen), weights(joined->post.size()) {}

bool Sparse::joins(int sources, int targets, bool sources_listen) const {
    return joined && joined->sources == sources && joined->targets == targets && pre_listens == sources_listen &&
           weights.size() == joined->post.size();
}

bool Sparse::has_images(bool /*continuous*/) const {
    return forward_load.size() == padded(joined->targets) &&
           (!pre_listens || backward_load.size() == padded(joined->sources));
}

void Sparse::prepare_images(bool /*continuous*/, bool /*masked*/) {
    forward_load.assign(padded(joined->targets), 0);
    backward_load.assign(pre_listens ? padded(joined->sources) : 0, 0);
}

void Sparse::finish_images(const LinkMask& dead) {
    dead_ = dead;
    std::fill(forward_load.begin(), forward_load.end(), 0.0f);
    std::fill(backward_load.begin(), backward_load.end(), 0.0f);
    std::int64_t link = 0;
    visit_links([&](int i, int j, float weight) {
        const float size = dead.has(link++) ? 0 : std::abs(weight);
        forward_load[static_cast<std::size_t>(j)] += size;
        if (joined->lateral) forward_load[static_cast<std::size_t>(i)] += size;
        if (pre_listens) backward_load[static_cast<std::size_t>(i)] += size;
    });
}

double Sparse::glorot_links() const {
    const auto count = static_cast<double>(links());
    // Lateral: twice the mean degree.
    if (joined->lateral) return 4 * count / joined->sources;
    return count / joined->sources + count / joined->targets;
}

double Sparse::exact_load(bool way_back, int target, const LinkMask& dead) const {
    double load = 0;
    visit_row(!way_back, target, dead,
              [&](int /*source*/, float weight) { load += std::abs(static_cast<double>(weight)); });
    return load;
}

void Sparse::add_links(bool way_back, std::span<const std::int32_t> sources, std::int32_t* out) const {
    if (dead_.none()) {
        for (const std::int32_t source : sources)
            visit_row(way_back, source, [&](int target, std::int64_t link) {
                out[target] += to_fixed_point(weights[static_cast<std::size_t>(link)]);
            });
        return;
    }
    for (const std::int32_t source : sources)
        visit_row(way_back, source, dead_, [&](int target, float weight) { out[target] += to_fixed_point(weight); });
}

void Sparse::add(bool way_back, std::span<const std::int32_t> sources, const std::int32_t* init, std::ptrdiff_t stride,
                 std::int32_t* out) const {
    begin_sums(way_back ? joined->sources : joined->targets, init, stride, out);
    add_links(way_back, sources, out);
}

void Sparse::add_rates(bool way_back, std::span<const std::int32_t> sources, const float* values, const float* init,
                       float* out) const {
    const std::size_t targets = padded(way_back ? joined->sources : joined->targets);
    // As dense rows are added: see add_weighted_rows.
    std::vector<float> parts(4 * targets);
    for (std::size_t k = 0; k < sources.size(); ++k) {
        if (values[k] == 0) continue;
        float* part = parts.data() + k % 4 * targets;
        visit_row(way_back, sources[k], dead_, [&](int target, float weight) { part[target] += values[k] * weight; });
    }
    for (std::size_t j = 0; j < targets; ++j) {
        const float sum = (parts[j] + parts[targets + j]) + (parts[2 * targets + j] + parts[3 * targets + j]);
        out[j] = init ? init[j] + sum : sum;
    }
}

void Sparse::add_all_rates(bool way_back, const float* values, const float* init, float* out) const {
    std::vector<std::int32_t> everyone(static_cast<std::size_t>(way_back ? joined->targets : joined->sources));
    std::iota(everyone.begin(), everyone.end(), 0);
    add_rates(way_back, everyone, values, init, out);
}

void Sparse::drive(ClampedDrive& drive, std::span<const std::int32_t> active, const std::uint64_t* bits,
                   std::ptrdiff_t words, int ticks) const {
    std::vector<std::int32_t> sums(padded(joined->targets));
    drive.compute_each(active, bits, words, ticks, [&](std::span<const std::int32_t> sources) {
        add(false, sources, nullptr, panel_width, sums.data());
        return sums.data();
    });
}

std::vector<float> Sparse::to_array(const LinkMask& dead) const {
    std::vector<float> array(weights);
    for (std::size_t m = 0; m < array.size(); ++m) {
        const std::size_t link = joined->order.empty() ? m : static_cast<std::size_t>(joined->order[m]);
        array[m] = dead.has(static_cast<std::int64_t>(link)) ? 0 : weights[link];
    }
    return array;
}

void Sparse::from_array(std::span<const float> array) {
    assert(array.size() == weights.size());
    for (std::size_t m = 0; m < array.size(); ++m)
        weights[joined->order.empty() ? m : static_cast<std::size_t>(joined->order[m])] = array[m];
}

}  // namespace settle
