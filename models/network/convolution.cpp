#include "models/network/convolution.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.hpp"
#include "models/kernels/row_sums.hpp"
#include "models/network/fixed_point.hpp"
#include "models/network/window_tables.hpp"

namespace settle {

namespace {

std::size_t at(int i) {
    return static_cast<std::size_t>(i);
}

/// out (channels x places) += sums (places x padded channels).
template <class T>
void add_by_channel(const T* sums, int channels, int places, T* out) {
    const int width = padded_size(channels);
    for (int c = 0; c < channels; ++c) {
        for (int p = 0; p < places; ++p) out[c * places + p] += sums[p * width + c];
    }
}

}  // namespace

/// Before anything is made of it.
static const Window& checked(const Window& window) {
    check_window(window);
    return window;
}

Convolution::Convolution(const Window& joined, bool sources_listen)
    : window(checked(joined)), pre_listens(sources_listen), forward_runs(settle::forward_runs(joined)) {
    if (pre_listens) backward_runs = settle::backward_runs(joined);
    weights.resize(at(window.channels * window.taps() * padded_size(window.post_channels)));
    // As many runs of forward_runs as a place has links to one channel.
    links_before_ = forward_runs.first;
}

bool Convolution::joins(int sources, int targets, bool sources_listen) const {
    return window.pre() == sources && window.post() == targets && pre_listens == sources_listen &&
           weights.size() == at(window.channels * window.taps() * padded_size(window.post_channels));
}

bool Convolution::has_images(bool continuous) const {
    const std::size_t back = at(window.post_channels * window.taps() * padded_size(window.channels));
    if (forward_load.size() != at(padded_size(window.post()))) return false;
    if (pre_listens && backward_load.size() != at(padded_size(window.pre()))) return false;
    if (continuous) return !pre_listens || transposed.size() == back;
    return forward.size() == weights.size() && (!pre_listens || backward.size() == back);
}

bool Convolution::takes(const LinkMask& dead) const {
    return dead.none() || dead.lanes.size() == LinkMask::words_for(links());
}

void Convolution::prepare_images(bool continuous, bool /*masked*/) {
    const std::size_t back = pre_listens ? at(window.post_channels * window.taps() * padded_size(window.channels)) : 0;
    forward.assign(continuous ? 0 : weights.size(), 0);
    backward.assign(continuous ? 0 : back, 0);
    transposed.assign(continuous ? back : 0, 0);
    forward_load.assign(at(padded_size(window.post())), 0);
    backward_load.assign(pre_listens ? at(padded_size(window.pre())) : 0, 0);
}

void Convolution::derive_block(int block, const LinkMask& /*dead*/, bool continuous) {
    const int c = block / window.kernel, dy = block % window.kernel;
    const int back_width = padded_size(window.channels);
    for (int dx = 0; dx < window.kernel; ++dx) {
        for (int d = 0; d < window.post_channels; ++d) {
            const std::size_t here = weight_at(d, c, dy, dx);
            const std::size_t there = at(((d * window.kernel + dy) * window.kernel + dx) * back_width + c);
            if (!continuous) forward[here] = to_fixed_point(weights[here]);
            if (!continuous && pre_listens) backward[there] = forward[here];
            if (continuous && pre_listens) transposed[there] = weights[here];
        }
    }
}

void Convolution::finish_images(const LinkMask& dead) {
    list_dead(dead);
    // Sums over the channels first: from every tap to a channel of post, and from a channel of pre to every tap.
    const int width = padded_size(window.post_channels), taps = window.taps();
    std::vector<float> to(at(taps * width)), from(at(window.channels * taps));
    for (int c = 0; c < window.channels; ++c) {
        for (int tap = 0; tap < taps; ++tap) {
            for (int d = 0; d < window.post_channels; ++d) {
                const float size = std::abs(weights[at((c * taps + tap) * width + d)]);
                to[at(tap * width + d)] += size;
                from[at(c * taps + tap)] += size;
            }
        }
    }
    std::fill(forward_load.begin(), forward_load.end(), 0.0f);
    std::fill(backward_load.begin(), backward_load.end(), 0.0f);
    for (int place = 0; place < window.places(); ++place) {
        for (std::int32_t r = forward_runs.first[at(place)]; r < forward_runs.first[at(place) + 1]; ++r) {
            const WeightRun& run = forward_runs.runs[at(r)];
            for (int d = 0; d < window.post_channels; ++d)
                forward_load[at(d * window.post_places() + run.to / width)] += to[at(run.from + d)];
            if (!pre_listens) continue;
            for (int c = 0; c < window.channels; ++c)
                backward_load[at(c * window.places() + place)] += from[at(c * taps + run.from / width)];
        }
    }
}

/// Every dead link is found from both sides.
void Convolution::list_dead(const LinkMask& dead) {
    dead_ = dead;
    dead_forward = dead_backward = {};
    if (dead.none()) return;
    if (dead.count() > std::numeric_limits<std::int32_t>::max())
        throw input_error("", "dead links", "are " + std::to_string(dead.count()) + " in one convolution",
                          "less than 2^31");
    const int back_width = padded_size(window.channels);
    std::vector<std::vector<DeadLink>> back(at(window.post()));
    dead_forward.first.push_back(0);
    for (int i = 0; i < window.pre(); ++i) {
        const int place = i % window.places(), c = i / window.places();
        visit_targets(i, [&](int j, float /*weight*/, std::int64_t number) {
            if (!dead.has(number)) return;
            const int d = j / window.post_places(), there = j % window.post_places();
            const int dy = place / window.columns + window.padding - there / window.post_columns * window.stride;
            const int dx = place % window.columns + window.padding - there % window.post_columns * window.stride;
            const int tap = dy * window.kernel + dx;
            dead_forward.links.push_back({j, tap * padded_size(window.post_channels) + d});
            back[at(j)].push_back({i, tap * back_width + c});
        });
        dead_forward.first.push_back(static_cast<std::int32_t>(dead_forward.links.size()));
    }
    if (!pre_listens) return;
    dead_backward.first.push_back(0);
    for (const std::vector<DeadLink>& list : back) {
        dead_backward.links.insert(dead_backward.links.end(), list.begin(), list.end());
        dead_backward.first.push_back(static_cast<std::int32_t>(dead_backward.links.size()));
    }
}

/// All links counted, the dead ones are taken back: sums are exact.
void Convolution::take_dead(bool way_back, std::span<const std::int32_t> sources, std::int32_t* out) const {
    const DeadList& list = way_back ? dead_backward : dead_forward;
    if (list.first.empty()) return;
    const RunTable& table = way_back ? backward_runs : forward_runs;
    const std::int32_t* image = (way_back ? backward : forward).data();
    for (const std::int32_t source : sources) {
        const std::int32_t* base = image + static_cast<std::ptrdiff_t>(source / table.places) * table.channel_weights;
        for (std::int32_t k = list.first[at(source)]; k < list.first[at(source) + 1]; ++k) {
            const DeadLink& link = list.links[at(k)];
            out[link.target] -= base[link.weight];
        }
    }
}

std::int64_t Convolution::links() const {
    return static_cast<std::int64_t>(window.channels) * window.post_channels * links_before_.back();
}

std::int64_t Convolution::first_link(int i) const {
    const int place = i % window.places(), c = i / window.places();
    return window.post_channels * (static_cast<std::int64_t>(c) * links_before_.back() + links_before_[at(place)]);
}

std::int64_t Convolution::link_number(int i, int j) const {
    const int place = i % window.places(), there = j % window.post_places();
    const Span1d rows = covering(window, place / window.columns, window.post_rows);
    const Span1d columns = covering(window, place % window.columns, window.post_columns);
    const int row = there / window.post_columns - rows.first, column = there % window.post_columns - columns.first;
    return first_link(i) + (static_cast<std::int64_t>(j / window.post_places()) * rows.size() + row) * columns.size() +
           column;
}

int Convolution::links_from(bool way_back, int source) const {
    if (!way_back) {
        const std::size_t place = at(source % window.places());
        return window.post_channels * (links_before_[place + 1] - links_before_[place]);
    }
    const int place = source % window.post_places();
    const auto inside = [&](int step, int size) {
        const int first = step * window.stride - window.padding;
        return std::max(std::min(first + window.kernel, size) - std::max(first, 0), 0);
    };
    return window.channels * inside(place / window.post_columns, window.rows) *
           inside(place % window.post_columns, window.columns);
}

int Convolution::even_links_from(bool /*way_back*/) const {
    return -1;
}

double Convolution::exact_load(bool way_back, int target, const LinkMask& dead) const {
    double load = 0;
    visit_row(!way_back, target, dead,
              [&](int /*source*/, float weight) { load += std::abs(static_cast<double>(weight)); });
    return load;
}

void Convolution::add(bool way_back, std::span<const std::int32_t> sources, const std::int32_t* init,
                      std::ptrdiff_t stride, std::int32_t* out) const {
    const int channels = way_back ? window.channels : window.post_channels;
    const int places = way_back ? window.places() : window.post_places();
    begin_sums(channels * places, init, stride, out);
    if (sources.empty()) return;
    AlignedVector<std::int32_t> sums(at(places * padded_size(channels)));
    add_runs(way_back ? backward_runs : forward_runs, sources, (way_back ? backward : forward).data(), sums.data());
    add_by_channel(sums.data(), channels, places, out);
    take_dead(way_back, sources, out);
}

void Convolution::add_rates(bool way_back, std::span<const std::int32_t> sources, const float* values,
                            const float* init, float* out) const {
    if (!dead_.none()) return add_masked_rates(way_back, sources, values, init, out);
    const int channels = way_back ? window.channels : window.post_channels;
    const int places = way_back ? window.places() : window.post_places();
    const std::size_t width = at(places * padded_size(channels));
    AlignedVector<float> parts(4 * width), sums(at(padded_size(channels * places)));
    add_weighted_runs(way_back ? backward_runs : forward_runs, sources, values,
                      way_back ? transposed.data() : weights.data(), parts.data(), static_cast<std::ptrdiff_t>(width));
    for (std::size_t k = 0; k < width; ++k)
        parts[k] = (parts[k] + parts[width + k]) + (parts[2 * width + k] + parts[3 * width + k]);
    add_by_channel(parts.data(), channels, places, sums.data());
    for (std::size_t j = 0; j < sums.size(); ++j) out[j] = init ? init[j] + sums[j] : sums[j];
}

void Convolution::add_masked_rates(bool way_back, std::span<const std::int32_t> sources, const float* values,
                                   const float* init, float* out) const {
    const std::size_t targets = at(padded_size(way_back ? window.pre() : window.post()));
    std::vector<float> parts(4 * targets);
    for (std::size_t k = 0; k < sources.size(); ++k) {
        float* part = parts.data() + k % 4 * targets;
        visit_row(way_back, sources[k], dead_, [&](int target, float weight) { part[target] += values[k] * weight; });
    }
    for (std::size_t j = 0; j < targets; ++j) {
        const float sum = (parts[j] + parts[targets + j]) + (parts[2 * targets + j] + parts[3 * targets + j]);
        out[j] = init ? init[j] + sum : sum;
    }
}

void Convolution::add_all_rates(bool way_back, const float* values, const float* init, float* out) const {
    std::vector<std::int32_t> everyone(at(way_back ? window.post() : window.pre()));
    std::iota(everyone.begin(), everyone.end(), 0);
    add_rates(way_back, everyone, values, init, out);
}

void Convolution::drive(ClampedDrive& drive, std::span<const std::int32_t> active, const std::uint64_t* bits,
                        std::ptrdiff_t words, int ticks) const {
    AlignedVector<std::int32_t> sums(at(padded_size(window.post())));
    drive.compute_each(active, bits, words, ticks, [&](std::span<const std::int32_t> sources) {
        add(false, sources, nullptr, panel_width, sums.data());
        return sums.data();
    });
}

std::vector<float> Convolution::to_array(const LinkMask& /*dead*/) const {
    std::vector<float> array;
    for (int d = 0; d < window.post_channels; ++d) {
        for (int c = 0; c < window.channels; ++c) {
            for (int dy = 0; dy < window.kernel; ++dy) {
                for (int dx = 0; dx < window.kernel; ++dx) array.push_back(weights[weight_at(d, c, dy, dx)]);
            }
        }
    }
    return array;
}

void Convolution::from_array(std::span<const float> array) {
    const float* weight = array.data();
    for (int d = 0; d < window.post_channels; ++d) {
        for (int c = 0; c < window.channels; ++c) {
            for (int dy = 0; dy < window.kernel; ++dy) {
                for (int dx = 0; dx < window.kernel; ++dx) weights[weight_at(d, c, dy, dx)] = *weight++;
            }
        }
    }
}

}  // namespace settle
