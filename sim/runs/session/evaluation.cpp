#include "sim/runs/session/evaluation.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"

namespace settle {

namespace {

/// When the rank-th presentation, counted from 1, had settled; nullopt if fewer have.
std::optional<std::int64_t> period_of_rank(std::span<const std::int64_t> settled_at, std::int64_t rank) {
    std::int64_t settled = 0;
    std::size_t period = 0;
    while (settled < rank && period < settled_at.size()) settled += settled_at[period++];
    return settled < rank ? std::nullopt : std::optional(static_cast<std::int64_t>(period));
}

std::int64_t count_all(std::span<const std::int64_t> settled_at, std::int64_t unsettled) {
    const std::int64_t all = std::accumulate(settled_at.begin(), settled_at.end(), unsettled);
    assert(all > 0);
    return all;
}

}  // namespace

Targets::Targets(const Plan& plan, const Minibatch& minibatch) : minibatch_(minibatch) {
    for (const Instant& instant : plan.instants) {
        const auto* present = std::get_if<Present>(&instant);
        if (present && present->branch == Branch::main) presented_.push_back(*present);
    }
}

int Targets::at(int presentation, std::int64_t period) const {
    const auto later = std::lower_bound(presented_.begin(), presented_.end(), period,
                                        [](const Present& present, std::int64_t at) { return present.period < at; });
    if (later == presented_.begin()) return minibatch_.labels[static_cast<std::size_t>(presentation)];
    return minibatch_.next_labels[minibatch_.next(presentation, std::prev(later)->input)];
}

double Evaluation::error() const {
    return presentations == 0 ? 0 : static_cast<double>(wrong) / static_cast<double>(presentations);
}

/// Whether the outcome is that of this plan and minibatch.
static void check_outcome(const Plan& plan, const Minibatch& minibatch, const Outcome& outcome) {
    const auto batch = static_cast<std::size_t>(minibatch.batch()), slot = static_cast<std::size_t>(plan.answer_slot);
    const auto periods = static_cast<std::size_t>(plan.free);
    if (plan.answer_slot < 0 || slot >= outcome.reads.size() || outcome.reads[slot].batch != minibatch.batch())
        throw input_error("", "plan.answer_slot", "is not what was read of this minibatch",
                          "a slot that the plan reads");
    const BatchStates& readout = outcome.reads[slot];
    const auto output = static_cast<std::size_t>(outcome.output);
    if (outcome.outputs < 1 || outcome.answers.size() != batch * periods || outcome.output < 0 ||
        output >= readout.populations.size() || readout.padded[output] < outcome.outputs)
        throw input_error("", "outcome.answers", "are those of another plan or minibatch", "what the engine returned");
    check_classes(minibatch.labels, batch, outcome.outputs, "minibatch.labels");
}

void Evaluation::add(const Plan& plan, const Minibatch& minibatch, const Outcome& outcome,
                     const std::vector<EventWindow>& windows) {
    check_outcome(plan, minibatch, outcome);
    const auto periods = static_cast<std::size_t>(plan.free);
    wrong_at.resize(periods);
    settled_at.resize(periods);
    if (recoveries.empty()) recoveries = recoveries_of(windows);
    if (recoveries.size() != windows.size())
        throw input_error("", "windows", "are of other events than before", std::to_string(recoveries.size()));
    const BatchStates& readout = outcome.reads[static_cast<std::size_t>(plan.answer_slot)];
    const Targets targets(plan, minibatch);
    for (int b = 0; b < minibatch.batch(); ++b) {
        const int label = targets.at(b, plan.free);
        const float* s = readout.of(outcome.output, b);
        const auto answer = static_cast<std::int32_t>(std::max_element(s, s + outcome.outputs) - s);
        answers.push_back(answer);
        ++presentations;
        if (answer != label) ++wrong;
        const std::int32_t* at = outcome.answers.data() + static_cast<std::size_t>(b) * periods;
        for (std::size_t k = 0; k < periods; ++k)
            wrong_at[k] += at[k] != targets.at(b, static_cast<std::int64_t>(k) + 1) ? 1 : 0;
        std::size_t settled = periods - 1;
        while (settled > 0 && at[settled - 1] == at[periods - 1]) --settled;
        ++settled_at[settled];
        if (!outcome.efforts.empty())
            settled_effort += outcome.efforts[static_cast<std::size_t>(b) * periods + settled];
        const auto is_right = [&](std::int64_t period) { return at[period - 1] == targets.at(b, period); };
        for (std::size_t i = 0; i < windows.size(); ++i) recoveries[i].add(periods_to_recover(windows[i], is_right));
    }
}

std::optional<std::int64_t> period_by_which(std::span<const std::int64_t> settled_at, double fraction,
                                            std::int64_t unsettled) {
    const auto all = static_cast<double>(count_all(settled_at, unsettled));
    const auto wanted = std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(fraction * all)), 1);
    return period_of_rank(settled_at, wanted);
}

std::optional<double> median_period(std::span<const std::int64_t> settled_at, std::int64_t unsettled) {
    const std::int64_t all = count_all(settled_at, unsettled);
    const auto low = period_of_rank(settled_at, (all + 1) / 2), high = period_of_rank(settled_at, all / 2 + 1);
    if (!low || !high) return std::nullopt;
    return static_cast<double>(*low + *high) / 2;
}

Minibatch make_minibatch(const Samples& samples, std::span<const std::int64_t> indices, PresentationId::Part part,
                         std::uint64_t epoch, std::uint64_t first_position) {
    Minibatch minibatch;
    if (samples.labels.size() != static_cast<std::size_t>(samples.count))
        throw input_error("", "samples.labels", "has " + std::to_string(samples.labels.size()) + " items",
                          std::to_string(samples.count) + ", one for each sample");
    const auto padded = static_cast<std::size_t>(padded_size(samples.inputs));
    minibatch.x.resize(indices.size() * padded);
    for (std::size_t b = 0; b < indices.size(); ++b) {
        samples.copy_to(indices[b],
                        std::span(minibatch.x).subspan(b * padded, static_cast<std::size_t>(samples.inputs)));
        minibatch.labels.push_back(samples.labels[static_cast<std::size_t>(indices[b])]);
        minibatch.samples.push_back(indices[b]);
        minibatch.presentations.push_back(PresentationId{part, epoch, first_position + b}.word());
    }
    return minibatch;
}

}  // namespace settle
