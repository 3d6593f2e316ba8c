// The contrastive update of a convolution: that of a kernel is the sum over positions of its links' contrasts.
#pragma once

#include "core/aligned.hpp"
#include "models/network/convolution.hpp"
#include "models/network/link_contrast.hpp"

namespace settle {

/// What the targets have to do with an update, as its kernels want it.
struct ConvolutionContrast {
    ConvolutionContrast() = default;
    ConvolutionContrast(const Window& window, const LinkContrast& contrast);

    /// (presentations x places x padded channels) LinkContrast::target of every target.
    AlignedVector<float> first, second;
};

/// kernel += scale x its update, for one block of it (Convolution::blocks). Sums run over presentations, then rows,
/// then columns of post; dead links are left out.
void update_kernel(Convolution& convolution, const LinkMask& dead, const ConvolutionContrast& targets,
                   const LinkContrast& contrast, int block);

}  // namespace settle
