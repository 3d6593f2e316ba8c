// How the links of a sparse projection are drawn, when no file names them.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "models/network/links.hpp"
#include "models/network/wiring.hpp"

namespace settle {

/// Neuron (y, x) of a shape of h rows and w columns lies at ((y + 1/2)/h, (x + 1/2)/w); two are joined if
/// |dy| max(h, h') <= radius and |dx| max(w, w') <= radius, all pairs of channels. Nothing is drawn.
struct WithinRadius {
    int radius = 0;

    bool operator==(const WithinRadius&) const = default;
};

/// So many distinct sources for each target; lateral: each neuron draws so many others, and repeats are one link.
struct FanIn {
    int sources = 1;

    bool operator==(const FanIn&) const = default;
};

/// Every pair of neurons is joined by its own draw.
struct WithProbability {
    double probability = 0;

    bool operator==(const WithProbability&) const = default;
};

using LinkRule = std::variant<WithinRadius, FanIn, WithProbability>;

/// How many links, or how many are to be expected; takes no time that grows with them.
double expected_links(const LinkRule& rule, const PopulationSpec& pre, const PopulationSpec& post, bool lateral);

/// Keyed by seed, the number of the projection and the neurons. `lateral`: pre and post are the same population. Shapes
/// of WithinRadius have channels, rows and columns, and a FanIn fits its sources. Throws as make_links() does.
std::shared_ptr<const Links> draw_links(const LinkRule& rule, const PopulationSpec& pre, const PopulationSpec& post,
                                        bool lateral, std::uint64_t seed, int projection);

}  // namespace settle
