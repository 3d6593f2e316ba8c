// What a lockstep presentation shows to those who record it: see lockstep_presenter.hpp.
#include <algorithm>
#include <bit>

#include "sim/engines/lockstep/lockstep_presenter.hpp"

namespace settle {

namespace {

template <class Visit>
void for_each_bit(const std::uint64_t* words, std::ptrdiff_t count, const Visit& visit) {
    for (std::ptrdiff_t word = 0; word < count; ++word) {
        for (std::uint64_t rest = words[word]; rest != 0; rest &= rest - 1) {
            visit(static_cast<std::int32_t>(word * 64 + std::countr_zero(rest)));
        }
    }
}

}  // namespace

void LockstepPresenter::note_spikes(Current& now, const std::uint64_t* input_row) {
    journal_.enter(now.branch);
    const Time time = lockstep_tick_time(now.state.ticks, now.context.plan.period);
    const int inputs = wiring_.first_neuron(wiring_.input());
    for_each_bit(input_row, input_words_,
                 [&](std::int32_t k) { journal_.spike(time, inputs + now.state.clamped.active[at(k)]); });
    for (const int p : wiring_.unclamped()) {
        for (const std::int32_t i : now.state.in_flight[at(p)].neurons())
            journal_.spike(time, wiring_.first_neuron(p) + i);
    }
}

void LockstepPresenter::record(Current& now, int tick_in_block) {
    constexpr int rows_a_block = 64;
    const std::int64_t row =
        now.branch == Branch::main ? now.state.ticks - 1 : now.state.ticks - 1 - now.context.plan.free;
    if (rows_.rows == 0) {
        rows_.minibatch = now.context.minibatch.number;
        rows_.presentation = now.context.index;
        rows_.batch = now.context.minibatch.batch();
        rows_.branch = now.branch;
        rows_.first_row = row;
        const auto rows = at(static_cast<int>(std::min<std::int64_t>(rows_a_block, now.context.plan.periods - row)));
        rows_.states.reserve(rows * at(wiring_.states()));
        if (!model_.continuous()) rows_.bits.reserve(rows * at(wiring_.neurons()));
    }
    ++rows_.rows;
    for (const int p : wiring_.unclamped()) {
        const auto& s = now.state.populations[at(p)].memory.s;
        rows_.states.insert(rows_.states.end(), s.begin(), s.begin() + wiring_.size(p));
    }
    if (!model_.continuous()) {
        const std::size_t begin = rows_.bits.size();
        rows_.bits.resize(begin + at(wiring_.neurons()), 0);
        if (now.context.minibatch.shows_input_bits) {
            for_each_bit(input_bits_.data() + (tick_in_block + 1) * input_words_, input_words_, [&](std::int32_t k) {
                rows_.bits[begin + at(wiring_.first_neuron(wiring_.input()) + now.state.clamped.active[at(k)])] = 1;
            });
        }
        for (const int p : wiring_.unclamped()) {
            for (const std::int32_t i : now.state.in_flight[at(p)].neurons())
                rows_.bits[begin + at(wiring_.first_neuron(p) + i)] = 1;
        }
    }
    if (rows_.rows == rows_a_block) flush(now);
}

void LockstepPresenter::flush(Current& now) {
    if (rows_.rows > 0) now.context.sink(std::move(rows_));
    rows_ = TickRows();
}

}  // namespace settle
