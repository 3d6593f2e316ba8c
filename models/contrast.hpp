// The contrastive update: how the difference between the free and the nudged fixed point changes the weights.
#pragma once

namespace settle {

/// bidirectional: s-_l (s+ - s-)_{l+1}^T, plus (s+ - s-)_l s-_{l+1}^T for l > 0; forward: the first term; full: s+ s+^T
/// - s- s-^T.
enum class UpdateForm { bidirectional, forward, full };

}  // namespace settle
