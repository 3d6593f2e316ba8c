// The drawing of links as work that may take long: with a probability every pair of neurons is looked at.
#pragma once

#include <cstdint>
#include <memory>

#include "core/stop.hpp"
#include "models/network/link_rule.hpp"

namespace settle {

/// As draw_links() of link_rule.hpp; throws Stopped, too.
std::shared_ptr<const Links> draw_links(const LinkRule& rule, const PopulationSpec& pre, const PopulationSpec& post,
                                        bool lateral, std::uint64_t seed, int projection, const StopCheck& stop);

}  // namespace settle
