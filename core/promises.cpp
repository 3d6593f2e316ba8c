#include "core/promises.hpp"

namespace settle {

Promises::Promises(int speakers) {
    assert(speakers >= 1);
    std::size_t nodes = 0;
    std::vector<std::size_t> counts;
    for (auto count = static_cast<std::size_t>(speakers);; count = (count + width - 1) / width) {
        levels_.push_back(nodes);
        counts.push_back(count);
        nodes += count == 1 ? 1 : (count + width - 1) / width * width;
        if (count == 1) break;
    }
    nodes_ = AlignedVector<std::atomic<Time>>(nodes);
    for (auto& node : nodes_) node.store(never, std::memory_order_relaxed);
    for (std::size_t level = 0; level < levels_.size(); ++level) {
        for (std::size_t i = 0; i < counts[level]; ++i) nodes_[levels_[level] + i].store(-1, std::memory_order_relaxed);
    }
}

void Promises::reset(int speaker, Time promise) {
    auto at = static_cast<std::size_t>(speaker);
    nodes_[at].store(promise, std::memory_order_relaxed);
    for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
        const Time least = least_of(levels_[level] + at / width * width);
        at /= width;
        nodes_[levels_[level + 1] + at].store(least, std::memory_order_relaxed);
    }
}

bool Promises::raise(int speaker, Time promise) {
    auto at = static_cast<std::size_t>(speaker);
    assert(promise >= nodes_[at].load(std::memory_order_relaxed));
    nodes_[at].store(promise, std::memory_order_seq_cst);  // [raise.leaf]
    for (std::size_t level = 0; level + 1 < levels_.size(); ++level) {
        // [raise.look] What is read may rise meanwhile: then whoever raises it looks as well.
        const Time least = least_of(levels_[level] + at / width * width);
        at /= width;
        std::atomic<Time>& node = nodes_[levels_[level + 1] + at];
        Time seen = node.load(std::memory_order_seq_cst);
        do {
            if (least <= seen) return false;
        } while (!node.compare_exchange_weak(seen, least, std::memory_order_seq_cst));  // [raise.node]
    }
    return true;
}

}  // namespace settle
