// The contrastive update of a dense projection: the terms of its sources are collected once, then panel after panel of
// targets walks through them.
#pragma once

#include <memory>
#include <vector>

#include "models/network/dense.hpp"
#include "models/network/link_contrast.hpp"

namespace settle {

/// One presentation's part in the update of the weights that leave one source neuron.
struct SourceTerm {
    int presentation;
    float first;   ///< factor of `first` of the targets
    float second;  ///< factor of `second` of the targets
};

/// The terms of all source neurons of a projection: row i has terms[begin[i]] … terms[end[i] - 1], in presentation
/// order. Neurons at rest have none: a product with 0 changes no sum.
struct SourceTerms {
    std::vector<int> begin, end;
    std::unique_ptr<SourceTerm[]> terms;
};

constexpr int rows_a_block = 64;  // of source neurons; terms of a block lie side by side

/// The part of an update that all panels share.
struct DenseContrast {
    DenseContrast() = default;
    /// Nothing is collected yet.
    DenseContrast(const LinkContrast& contrast, int sources);

    /// The terms of a block of source neurons. Blocks may run on different threads.
    void collect(const LinkContrast& contrast, int first_row);

    int rows = 0;  ///< sources
    SourceTerms sources;
};

/// W += scale x dW of one panel of targets; dead links keep theirs.
void update_panel(Dense& dense, const LinkMask& dead, const DenseContrast& terms, const LinkContrast& contrast,
                  int panel);

/// Where only one of the two products counts (UpdateForm::forward), a lateral pair learns what its lower neuron sends:
/// what has been learnt above the diagonal holds below. After all panels.
void mirror(Dense& dense);

}  // namespace settle
