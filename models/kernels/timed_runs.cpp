// Sums of runs over timed arrivals, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/timed_runs.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/timed_runs.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using I = hn::ScalableTag<std::int32_t>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(I()));

void add_timed_runs_kernel(const RunTable& table, const Arrival* arrivals, std::size_t count,
                           const std::int32_t* weights, const TwoSums& sums) {
    const I d;
    const TwoSums out = sums;
    const WeightRun* const runs = table.runs.data();
    const std::int32_t* const first = table.first.data();
    const std::int32_t places = table.places;
    const std::ptrdiff_t channel_weights = table.channel_weights;
    for (std::size_t k = 0; k < count; ++k) {
        const std::int32_t channel = arrivals[k].source / places, place = arrivals[k].source % places;
        const std::int32_t* base = weights + channel * channel_weights;
        const auto offset = hn::Set(d, arrivals[k].offset);
        const WeightRun* const end = runs + first[place + 1];
        for (const WeightRun* run = runs + first[place]; run < end; ++run) {
            const std::int32_t* from = base + run->from;
            for (std::ptrdiff_t v = run->to; v < run->to + run->count; v += lanes, from += lanes) {
                const auto weight = hn::Load(d, from);
                const auto late = hn::IfThenElseZero(offset > hn::Load(d, out.next + v), weight);
                hn::Store(hn::Load(d, out.heard + v) + (weight - late), d, out.heard + v);
                hn::Store(hn::Load(d, out.later + v) + late, d, out.later + v);
            }
        }
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(add_timed_runs_kernel);

void add_timed_runs(const RunTable& table, std::span<const Arrival> arrivals, const std::int32_t* weights,
                    const TwoSums& sums) {
    HWY_DYNAMIC_DISPATCH(add_timed_runs_kernel)(table, arrivals.data(), arrivals.size(), weights, sums);
}

void add_timed_runs_reference(const RunTable& table, std::span<const Arrival> arrivals, const std::int32_t* weights,
                              const TwoSums& sums) {
    const auto plus = [](std::int32_t sum, std::int32_t weight) {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(sum) + static_cast<std::uint32_t>(weight));
    };
    for (const auto& [offset, source] : arrivals) {
        const auto place = static_cast<std::size_t>(source % table.places);
        for (std::int32_t r = table.first[place]; r < table.first[place + 1]; ++r) {
            const WeightRun& run = table.runs[static_cast<std::size_t>(r)];
            for (std::int32_t v = 0; v < run.count; ++v) {
                const std::int32_t weight = weights[source / table.places * table.channel_weights + run.from + v];
                std::int32_t& sum = (offset <= sums.next[run.to + v] ? sums.heard : sums.later)[run.to + v];
                sum = plus(sum, weight);
            }
        }
    }
}

}  // namespace settle
#endif
