#include "sim/runs/ranks/shares.hpp"

#include <algorithm>
#include <numeric>

#include "models/kernels/panel.hpp"

namespace settle {

namespace {

/// (batch) How long presentations may take, in no unit: the light of the first input, and what does not depend on it,
/// about as much as a mean one. Sums in one order, so that all ranks have the same.
std::vector<double> costs_of(const Minibatch& minibatch) {
    const auto batch = static_cast<std::size_t>(minibatch.batch());
    const std::size_t padded = batch == 0 ? 0 : minibatch.x.size() / batch;
    std::vector<double> costs;
    for (std::size_t b = 0; b < batch; ++b) {
        float lanes[panel_width] = {};
        const float* x = minibatch.x.data() + b * padded;
        for (std::size_t first = 0; first < padded; first += panel_width) {
            for (std::size_t lane = 0; lane < panel_width; ++lane) lanes[lane] += x[first + lane];
        }
        costs.push_back(std::accumulate(lanes, lanes + panel_width, 0.0));
    }
    const double mean =
        std::accumulate(costs.begin(), costs.end(), 0.0) / static_cast<double>(std::max<std::size_t>(batch, 1));
    for (double& cost : costs) cost += mean;
    return costs;
}

/// Rows of `width` values, those of the share behind each other.
template <class Vector>
Vector rows_of(const Vector& all, const Share& share, std::size_t width = 1) {
    Vector rows;
    rows.reserve(share.size() * width);
    for (const int b : share) {
        const auto first = all.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(b) * width);
        rows.insert(rows.end(), first, first + static_cast<std::ptrdiff_t>(width));
    }
    return rows;
}

}  // namespace

int least_share(int batch, int ranks) {
    return batch / ranks;
}

int greatest_share(int batch, int ranks) {
    return (batch + ranks - 1) / ranks;
}

std::vector<Share> shares_of(const Minibatch& minibatch, int ranks) {
    const int batch = minibatch.batch(), least = least_share(batch, ranks);
    const std::vector<double> costs = costs_of(minibatch);
    std::vector<int> order(costs.size());
    std::iota(order.begin(), order.end(), 0);
    const auto cost = [&](int b) { return costs[static_cast<std::size_t>(b)]; };
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return cost(a) > cost(b); });
    // The longest first, each to who has least so far and may have one more.
    std::vector<Share> shares(static_cast<std::size_t>(ranks));
    std::vector<double> sums(shares.size());
    int with_one_more = batch % ranks;
    for (const int b : order) {
        std::size_t to = shares.size();
        for (std::size_t rank = 0; rank < shares.size(); ++rank) {
            const int size = static_cast<int>(shares[rank].size());
            const bool room = size < least || (size == least && with_one_more > 0);
            if (room && (to == shares.size() || sums[rank] < sums[to])) to = rank;
        }
        if (static_cast<int>(shares[to].size()) == least) --with_one_more;
        shares[to].push_back(b);
        sums[to] += cost(b);
    }
    for (Share& share : shares) std::sort(share.begin(), share.end());
    return shares;
}

Minibatch part_of(const Minibatch& minibatch, const Share& share) {
    const std::size_t padded =
        minibatch.batch() == 0 ? 0 : minibatch.x.size() / static_cast<std::size_t>(minibatch.batch());
    Minibatch part;
    part.number = minibatch.number;
    part.presentations = rows_of(minibatch.presentations, share);
    part.x = rows_of(minibatch.x, share, padded);
    part.labels = rows_of(minibatch.labels, share);
    part.samples = rows_of(minibatch.samples, share);
    part.shows_input_bits = minibatch.shows_input_bits;
    if (!minibatch.plans.empty()) part.plans = rows_of(minibatch.plans, share);
    if (minibatch.first_next.empty()) return part;
    Share nexts;
    part.first_next = {0};
    for (const int b : share) {
        for (int next = 0; next < minibatch.nexts(b); ++next)
            nexts.push_back(static_cast<int>(minibatch.next(b, next)));
        part.first_next.push_back(static_cast<std::int64_t>(nexts.size()));
    }
    part.next_x = rows_of(minibatch.next_x, nexts, padded);
    part.next_labels = rows_of(minibatch.next_labels, nexts);
    part.next_samples = rows_of(minibatch.next_samples, nexts);
    return part;
}

}  // namespace settle
