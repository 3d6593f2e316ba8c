#include "models/network/sparse_contrast.hpp"

#include <algorithm>
#include <vector>

namespace settle {

namespace {

/// sums (links of the block, from `first` on) += what a presentation adds to the links of a source.
void add_source(const Links& links, const LinkContrast& contrast, int presentation, int i, std::int64_t first,
                std::vector<float>& sums) {
    const auto [one, two] = contrast.source(presentation, i);
    if (one == 0 && two == 0) return;  // a product with 0 changes no sum
    const auto at = static_cast<std::size_t>(i);
    for (std::int64_t k = links.first[at]; k < links.first[at + 1]; ++k) {
        const auto target = contrast.target(presentation, links.post[static_cast<std::size_t>(k)]);
        float product = one * target.first;
        if (contrast.two_products) product = product + two * target.second;
        sums[static_cast<std::size_t>(k - first)] += product;
    }
}

}  // namespace

void update_links(Sparse& sparse, const LinkMask& dead, const LinkContrast& contrast, int block) {
    const Links& links = *sparse.joined;
    const int begin = block * Sparse::sources_a_block, end = std::min(begin + Sparse::sources_a_block, links.sources);
    const std::int64_t first = links.first[static_cast<std::size_t>(begin)];
    const std::int64_t last = links.first[static_cast<std::size_t>(end)];
    std::vector<float> sums(static_cast<std::size_t>(last - first));
    for (int b = 0; b < contrast.batch(); ++b) {
        for (int i = begin; i < end; ++i) add_source(links, contrast, b, i, first, sums);
    }
    for (std::int64_t k = first; k < last; ++k) {
        if (!dead.has(k))
            sparse.weights[static_cast<std::size_t>(k)] += contrast.scale * sums[static_cast<std::size_t>(k - first)];
    }
}

}  // namespace settle
