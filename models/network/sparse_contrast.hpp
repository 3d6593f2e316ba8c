// The contrastive update of a sparse projection.
#pragma once

#include "models/network/link_contrast.hpp"
#include "models/network/sparse.hpp"

namespace settle {

/// w += scale x dw of the links that leave one block of sources; dead ones keep theirs.
void update_links(Sparse& sparse, const LinkMask& dead, const LinkContrast& contrast, int block);

}  // namespace settle
