#include "sim/runs/session/stream_measure.hpp"

#include <algorithm>

#include "core/error.hpp"

namespace settle {

namespace {

using Periods = std::span<const StreamTrace::Seen>;

double mean_distance(Periods periods) {
    double sum = 0;
    for (const StreamTrace::Seen& seen : periods) sum += seen.distance;
    return sum / static_cast<double>(periods.size());
}

double bits_a_period(Periods periods) {
    std::uint64_t sum = 0;
    for (const StreamTrace::Seen& seen : periods) sum += seen.bits;
    return static_cast<double>(sum) / static_cast<double>(periods.size());
}

/// The first period end, from 1, from which the answer stays right.
std::optional<std::int64_t> right_from(Periods periods, std::int32_t label) {
    std::size_t first = periods.size();  // those from here on are right
    while (first > 0 && periods[first - 1].answer == label) --first;
    if (first == periods.size()) return std::nullopt;
    return static_cast<std::int64_t>(first) + 1;
}

/// Means over the changes of what each has.
void add_means(StreamFigures& figures) {
    const auto n = static_cast<double>(figures.changes);
    double moving = 0, still = 0;
    std::int64_t never = 0;
    for (const InputChange& change : figures.by_change) {
        figures.static_distance += change.static_distance / n;
        figures.tracking_distance += change.tracking_distance / n;
        never += change.correct_after ? 0 : 1;
        moving += change.bits_moving.value_or(0) / n;
        still += change.bits_still.value_or(0) / n;
    }
    // An answer that is right at the end has come right at some time, and no other has.
    figures.never_correct = figures.stream_error = static_cast<double>(never) / n;
    if (!figures.by_change.front().bits_moving) return;
    figures.bits_moving = moving;
    figures.bits_still = still;
}

void add_quantiles(StreamFigures& figures) {
    std::vector<std::int64_t> after;
    for (const InputChange& change : figures.by_change) after.push_back(change.correct_after.value_or(change.dwell));
    std::sort(after.begin(), after.end());
    const std::size_t n = after.size();
    figures.correct_after_median = static_cast<double>(after[(n - 1) / 2] + after[n / 2]) / 2;
    figures.correct_after_p90 = after[(9 * n + 9) / 10 - 1];
}

}  // namespace

void StreamMeasure::add(std::int64_t number, const InputCourse& course, std::span<const std::int32_t> labels,
                        std::span<const StreamTrace::Seen> seen) {
    const std::size_t inputs = course.samples.size();
    if (labels.size() != inputs || seen.size() != static_cast<std::size_t>(course.periods()))
        throw input_error("", "course", "is that of another stream", "one with as many inputs and periods");
    for (std::size_t input = 1; input < inputs; ++input) {
        const auto begin = static_cast<std::size_t>(course.begins[input]);
        const std::size_t dwell = static_cast<std::size_t>(course.begins[input + 1]) - begin;
        const std::size_t quarter = std::max<std::size_t>(1, dwell / 4);
        const Periods periods = seen.subspan(begin, dwell);
        InputChange change;
        change.stream = number;
        change.input = static_cast<std::int64_t>(input);
        change.sample = course.samples[input];
        change.label = labels[input];
        change.dwell = static_cast<std::int64_t>(dwell);
        change.correct_after = right_from(periods, change.label);
        change.static_distance = mean_distance(periods.last(quarter));
        change.tracking_distance = mean_distance(periods);
        if (spiking_) {
            change.bits_moving = bits_a_period(periods.first(quarter)) / neurons_;
            change.bits_still = bits_a_period(periods.last(quarter)) / neurons_;
        }
        changes_.push_back(change);
        by_period_.resize(std::max(by_period_.size(), dwell));
        for (std::size_t k = 0; k < dwell; ++k) {
            ++by_period_[k].n;
            by_period_[k].wrong += periods[k].answer != change.label ? 1 : 0;
            by_period_[k].bits += periods[k].bits;
            by_period_[k].distance += periods[k].distance;
        }
    }
}

double StreamMeasure::error() const {
    const auto wrong = std::count_if(changes_.begin(), changes_.end(),
                                     [](const InputChange& change) { return !change.correct_after.has_value(); });
    return changes_.empty() ? 0 : static_cast<double>(wrong) / static_cast<double>(changes_.size());
}

StreamFigures StreamMeasure::conclude(int every) const {
    if (changes_.empty()) throw input_error("", "streams", "have no change of input", "at least one");
    StreamFigures figures;
    figures.changes = static_cast<std::int64_t>(changes_.size());
    figures.by_change = changes_;
    add_means(figures);
    add_quantiles(figures);
    for (std::size_t k = 1; k <= by_period_.size(); ++k) {
        if (k % static_cast<std::size_t>(every) != 0 && k != by_period_.size()) continue;
        const Sum& sum = by_period_[k - 1];
        const auto n = static_cast<double>(sum.n);
        TrackingSample sample{static_cast<std::int64_t>(k), sum.n, sum.distance / n, static_cast<double>(sum.wrong) / n,
                              std::nullopt};
        if (spiking_) sample.bits = static_cast<double>(sum.bits) / n / neurons_;
        figures.samples.push_back(sample);
    }
    return figures;
}

}  // namespace settle
