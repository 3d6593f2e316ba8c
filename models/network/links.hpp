// The links of a sparse projection: which neurons it joins. A value that never changes, found from either side; the
// weights lie beside it, one a link, in its order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace settle {

/// Twelve bytes a link: with the float32 weight sixteen, both directions and learning included. A lateral pair of
/// neurons is one link, from the lower number to the higher.
struct Links {
    int sources = 0;
    int targets = 0;
    bool lateral = false;                 ///< both populations are the same one
    std::vector<std::int64_t> first;      ///< (sources + 1) link first[i] is the first of those that leave source i
    std::vector<std::int32_t> post;       ///< (links) target of each; links are ordered by pre, then post
    std::vector<std::int64_t> back;       ///< (targets + 1) where the links that lead to target j begin in the next two
    std::vector<std::int32_t> back_pre;   ///< (links) source, rising
    std::vector<std::int32_t> back_link;  ///< (links) number of the link
    /// (links) in files: entry m is of link order[m]. Empty: as they are ordered here.
    std::vector<std::int32_t> order;

    std::int64_t count() const { return static_cast<std::int64_t>(post.size()); }
    /// Links of a neuron with others, both ways where lateral.
    int degree_of_source(int i) const;
    int degree_of_target(int j) const;
    /// Source and target of every link, in the order of files.
    std::vector<std::int32_t> pre_array() const;
    std::vector<std::int32_t> post_array() const;

    bool operator==(const Links&) const = default;
};

/// Of pairs in any order, which files keep if `keep_order`. Lateral pairs have pre < post. Throws Error (input), with
/// the key "links", for a neuron out of range, a link that is there twice, a lateral one with pre >= post, and for 2^31
/// links or more.
std::shared_ptr<const Links> make_links(int sources, int targets, bool lateral, std::span<const std::int32_t> pre,
                                        std::span<const std::int32_t> post, bool keep_order = false);

}  // namespace settle
