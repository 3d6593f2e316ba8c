// Which presentations of a minibatch a rank presents.
#pragma once

#include <vector>

#include "sim/engines/presentation.hpp"

namespace settle {

/// Numbers of presentations of a minibatch, rising.
using Share = std::vector<int>;

/// Presentations of a rank: as many as of any other one, or one more.
int least_share(int batch, int ranks);
int greatest_share(int batch, int ranks);

/// (ranks) That of every rank: all presentations, as evenly as can be in number and in the light of their inputs. All
/// wait for the last one, and a presentation takes the longer the more its inputs fire: a third more or less is common.
/// Every rank finds the same, from the minibatch alone; results do not depend on it.
std::vector<Share> shares_of(const Minibatch& minibatch, int ranks);

/// A part of a minibatch as one of its own.
Minibatch part_of(const Minibatch& minibatch, const Share& share);

}  // namespace settle
