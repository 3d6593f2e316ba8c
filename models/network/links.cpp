#include "models/network/links.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <string>

#include "core/error.hpp"

namespace settle {

namespace {

[[noreturn]] void refuse(std::size_t item, std::int32_t pre, std::int32_t post, const std::string& what,
                         const std::string& expected) {
    throw input_error("", "links",
                      "link " + std::to_string(item) + " (from 0), " + std::to_string(pre) + " to " +
                          std::to_string(post) + ", " + what,
                      expected);
}

void check_pairs(int sources, int targets, bool lateral, std::span<const std::int32_t> pre,
                 std::span<const std::int32_t> post) {
    if (pre.size() != post.size())
        throw input_error(
            "", "links",
            "has " + std::to_string(pre.size()) + " items in pre and " + std::to_string(post.size()) + " in post",
            "as many");
    if (pre.size() > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
        throw input_error("", "links", "has " + std::to_string(pre.size()) + " links", "less than 2^31");
    for (std::size_t m = 0; m < pre.size(); ++m) {
        if (pre[m] < 0 || pre[m] >= sources)
            refuse(m, pre[m], post[m], "is out of range", "pre from 0 to " + std::to_string(sources - 1));
        if (post[m] < 0 || post[m] >= targets)
            refuse(m, pre[m], post[m], "is out of range", "post from 0 to " + std::to_string(targets - 1));
        if (lateral && pre[m] >= post[m])
            refuse(m, pre[m], post[m], pre[m] == post[m] ? "joins a neuron to itself" : "is a pair the wrong way round",
                   "pre < post, since a lateral pair is one link");
    }
}

/// begin[i] is how many of the keys are below i.
std::vector<std::int64_t> offsets_of(std::span<const std::int32_t> keys, int count) {
    std::vector<std::int64_t> begin(static_cast<std::size_t>(count) + 1);
    for (const std::int32_t key : keys) ++begin[static_cast<std::size_t>(key) + 1];
    std::partial_sum(begin.begin(), begin.end(), begin.begin());
    return begin;
}

/// Whether pairs rise, by pre and then by post; equal ones do.
bool in_order(std::span<const std::int32_t> pre, std::span<const std::int32_t> post) {
    for (std::size_t m = 1; m < pre.size(); ++m) {
        if (pre[m] < pre[m - 1] || (pre[m] == pre[m - 1] && post[m] < post[m - 1])) return false;
    }
    return true;
}

/// Items by rising key; those of one key as they were.
std::vector<std::int32_t> sorted_by(std::span<const std::int32_t> keys, std::vector<std::int64_t> next,
                                    std::span<const std::int32_t> items) {
    std::vector<std::int32_t> sorted(items.size());
    for (const std::int32_t item : items) {
        const auto key = static_cast<std::size_t>(keys[static_cast<std::size_t>(item)]);
        sorted[static_cast<std::size_t>(next[key]++)] = item;
    }
    return sorted;
}

}  // namespace

int Links::degree_of_source(int i) const {
    const auto at = static_cast<std::size_t>(i);
    return static_cast<int>(first[at + 1] - first[at] + (lateral ? back[at + 1] - back[at] : 0));
}

int Links::degree_of_target(int j) const {
    const auto at = static_cast<std::size_t>(j);
    return static_cast<int>(back[at + 1] - back[at] + (lateral ? first[at + 1] - first[at] : 0));
}

std::vector<std::int32_t> Links::pre_array() const {
    std::vector<std::int32_t> sorted(post.size());
    for (std::size_t i = 0; i + 1 < first.size(); ++i)
        std::fill(sorted.begin() + first[i], sorted.begin() + first[i + 1], static_cast<std::int32_t>(i));
    if (order.empty()) return sorted;
    std::vector<std::int32_t> array;
    for (const std::int32_t link : order) array.push_back(sorted[static_cast<std::size_t>(link)]);
    return array;
}

std::vector<std::int32_t> Links::post_array() const {
    if (order.empty()) return post;
    std::vector<std::int32_t> array;
    for (const std::int32_t link : order) array.push_back(post[static_cast<std::size_t>(link)]);
    return array;
}

std::shared_ptr<const Links> make_links(int sources, int targets, bool lateral, std::span<const std::int32_t> pre,
                                        std::span<const std::int32_t> post, bool keep_order) {
    check_pairs(sources, targets, lateral, pre, post);
    auto links = std::make_shared<Links>();
    links->sources = sources;
    links->targets = targets;
    links->lateral = lateral;
    links->first = offsets_of(pre, sources);
    links->back = offsets_of(post, targets);
    // By post and then, which keeps that order, by pre. What is drawn is in order, and needs no list.
    std::vector<std::int32_t> items;
    if (!in_order(pre, post)) {
        items.resize(pre.size());
        std::iota(items.begin(), items.end(), 0);
        items = sorted_by(post, links->back, items);
        items = sorted_by(pre, links->first, items);
    }
    const auto item = [&](std::size_t k) { return items.empty() ? k : static_cast<std::size_t>(items[k]); };
    links->post.reserve(post.size());
    for (std::size_t k = 0; k < pre.size(); ++k) {
        const std::size_t m = item(k);
        links->post.push_back(post[m]);
        if (k == 0) continue;
        const std::size_t before = item(k - 1);
        if (pre[before] == pre[m] && post[before] == post[m])
            refuse(std::max(before, m), pre[m], post[m], "is there twice", "each pair of neurons once");
    }
    links->back_pre.resize(pre.size());
    links->back_link.resize(pre.size());
    std::vector<std::int64_t> next = links->back;
    for (std::size_t k = 0; k < pre.size(); ++k) {
        const auto at = static_cast<std::size_t>(next[static_cast<std::size_t>(links->post[k])]++);
        links->back_pre[at] = pre[item(k)];
        links->back_link[at] = static_cast<std::int32_t>(k);
    }
    if (keep_order && !items.empty()) {
        links->order.resize(items.size());
        for (std::size_t k = 0; k < items.size(); ++k)
            links->order[static_cast<std::size_t>(items[k])] = static_cast<std::int32_t>(k);
    }
    return links;
}

}  // namespace settle
