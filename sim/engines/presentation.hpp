// What an engine is given and what it returns: minibatches of presentations.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "core/aligned.hpp"
#include "models/network/contrast.hpp"
#include "sim/engines/asynchrony.hpp"
#include "sim/engines/chip_figures.hpp"
#include "sim/engines/counters.hpp"
#include "sim/engines/event_sink.hpp"
#include "sim/engines/plan.hpp"

namespace settle {

/// Which presentation: the key of everything that is drawn for it.
struct PresentationId {
    enum class Part : std::uint64_t { train = 0, validation = 1, test = 2 };
    Part part = Part::train;
    std::uint64_t epoch = 0;     ///< counted from 0
    std::uint64_t position = 0;  ///< after shuffling

    std::uint64_t word() const { return static_cast<std::uint64_t>(part) << 62 | epoch << 40 | position; }
    static PresentationId of(std::uint64_t word) {
        return {static_cast<Part>(word >> 62), word >> 40 & 0x3fffff, word & 0xffffffffff};
    }
};

/// Presentations that share the weights. They are independent of each other.
struct Minibatch {
    std::int64_t number = 0;  ///< counted from the beginning of the run, training only; names it in recordings
    std::vector<std::uint64_t> presentations;  ///< PresentationId::word()
    AlignedVector<float> x;                    ///< (batch x padded inputs), in [0, 1], padding 0
    std::vector<std::int32_t> labels;          ///< (batch)
    std::vector<std::int64_t> samples;  ///< (batch) index in the training or test set as it was read, before shuffling

    /// What Present brings in: presentation b has the rows first_next[b] to first_next[b + 1] of it, numbered from 0.
    /// All are empty where there are none.
    std::vector<std::int64_t> first_next;    ///< (batch + 1)
    AlignedVector<float> next_x;             ///< (rows x padded inputs), in [0, 1], padding 0
    std::vector<std::int32_t> next_labels;   ///< (rows)
    std::vector<std::int64_t> next_samples;  ///< (rows)

    /// (batch) Plans of their own; empty: all obey the one that run() is given. That one has the greatest numbers of
    /// periods among them, all their slots, and their tables.
    std::vector<Plan> plans;

    /// Whether somebody looks at the input's bits in TickRows: where nobody does, they may be left out, at 0.
    bool shows_input_bits = true;

    int batch() const { return static_cast<int>(presentations.size()); }
    /// Further inputs of a presentation.
    int nexts(int b) const {
        const auto at = static_cast<std::size_t>(b);
        return first_next.empty() ? 0 : static_cast<int>(first_next[at + 1] - first_next[at]);
    }
    /// Where further input number `input` of a presentation is in next_x, next_labels and next_samples.
    std::size_t next(int b, int input) const {
        return static_cast<std::size_t>(first_next[static_cast<std::size_t>(b)] + input);
    }
    const Plan& plan(int b, const Plan& given) const {
        return plans.empty() ? given : plans[static_cast<std::size_t>(b)];
    }
};

/// What one engine run over a minibatch has found.
struct Outcome {
    Outcome() = default;
    /// As the plan asks for it, all 0.
    Outcome(const Plan& plan, const Wiring& wiring, int batch)
        : output(wiring.output()),
          outputs(wiring.size(output)),
          periods(plan.free),
          answers(static_cast<std::size_t>(batch) * static_cast<std::size_t>(plan.free)),
          counters(static_cast<std::size_t>(wiring.populations())) {
        for (const bool read : plan.slots) reads.push_back(read ? BatchStates(wiring.sizes(), batch) : BatchStates());
        if (!plan.packets) return;
        traffic.resize(counters.size());
        if (plan.packets->by_period) efforts.resize(answers.size());
    }

    int output = 0;                     ///< the population that gives the answer
    int outputs = 0;                    ///< its neurons
    std::int64_t periods = 0;           ///< of the free phase, the longest
    std::vector<BatchStates> reads;     ///< one a slot; empty where the plan does not read the slot
    std::vector<std::int32_t> answers;  ///< (batch x periods): argmax of the output's s, lowest index on a tie, at each
                                        ///< period end of the free phase
    PopulationCounters counters;
    PopulationTraffic traffic;    ///< where the plan asks for it
    std::vector<Effort> efforts;  ///< (batch x periods) up to each period end of the free phase; where it asks for them
    std::uint64_t fingerprint = 0;  ///< 0 where nothing is reproducible
    std::uint64_t posts = 0;        ///< turns that actors posted to the pool; depends on threads and on their luck
    Asynchrony asynchrony;          ///< free-running
    ChipFigures chip;               ///< virtual time on a chip
};

/// Consecutive rows of one branch of one presentation, one a tick (off lockstep: one a period).
struct TickRows {
    std::int64_t minibatch = 0;
    int presentation = 0;  ///< index in the minibatch
    int batch = 0;
    Branch branch = Branch::main;
    std::int64_t first_row = 0;  ///< counted from the beginning of the branch's own rows (main: of the presentation)
    int rows = 0;
    std::vector<float> states;       ///< (rows x neurons of layers 1..L)
    std::vector<std::uint8_t> bits;  ///< (rows x all neurons); empty for continuous networks; the input's only where
                                     ///< Minibatch::shows_input_bits
};

/// Rows of so many neurons that are handed over together.
constexpr std::int64_t rows_at_once(std::int64_t neurons) {
    constexpr std::int64_t most = 64, numbers = std::int64_t{1} << 23;
    return std::clamp<std::int64_t>(numbers / std::max<std::int64_t>(neurons, 1), 1, most);
}

/// Who wants to see every tick. Called from several workers at once; may block for a while, never for ever.
using TickSink = std::function<void(TickRows&&)>;

}  // namespace settle
