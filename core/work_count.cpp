#include "core/work_count.hpp"

#include <cassert>

namespace settle {

void WorkCount::add(std::uint32_t units) {
    // [work.add]
    [[maybe_unused]] const std::uint64_t before = count_.fetch_add(units, std::memory_order_acq_rel);
    assert(before >= one_turn && "units change only while somebody has a turn");
    assert(static_cast<std::uint32_t>(before) + units >= units && "more units than fit");
}

void WorkCount::finish(std::uint32_t units) {
    // [work.finish]
    [[maybe_unused]] const std::uint64_t before = count_.fetch_sub(units, std::memory_order_acq_rel);
    assert(before >= one_turn && "units change only while somebody has a turn");
    assert(static_cast<std::uint32_t>(before) >= units && "more work finished than there was");
}

void WorkCount::begin_turn() {
    // [work.begin]
    [[maybe_unused]] const std::uint64_t before = count_.fetch_add(one_turn, std::memory_order_acq_rel);
    assert(before >= one_turn && "an actor was poked by somebody who has no turn and does not hold the count");
}

void WorkCount::end_turn() {
    // [work.end]
    const std::uint64_t before = count_.fetch_sub(one_turn, std::memory_order_acq_rel);
    assert(before >= one_turn && "more turns ended than began");
    // Whoever ends a turn that is not the last may not touch this object any more: the last one may destroy it.
    if (before >> 32 == 1 && call_ != nullptr) call_(context_);
}

void WorkCount::reset() {
    assert(turns() == 0);
    count_.store(0, std::memory_order_release);
}

}  // namespace settle
