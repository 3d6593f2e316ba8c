// Sums of runs, compiled for every instruction set and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/run_sums.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/kernels/run_sums.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using F = hn::ScalableTag<float>;
using I = hn::ScalableTag<std::int32_t>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(I()));

void add_runs_kernel(const RunTable& table, const std::int32_t* sources, std::size_t count, const std::int32_t* weights,
                     std::int32_t* sums) {
    const I d;
    for (std::size_t k = 0; k < count; ++k) {
        const std::int32_t channel = sources[k] / table.places, place = sources[k] % table.places;
        const std::int32_t* base = weights + static_cast<std::ptrdiff_t>(channel) * table.channel_weights;
        const WeightRun* end = table.runs.data() + table.first[static_cast<std::size_t>(place) + 1];
        for (const WeightRun* run = table.runs.data() + table.first[static_cast<std::size_t>(place)]; run < end;
             ++run) {
            const std::int32_t* from = base + run->from;
            std::int32_t* to = sums + run->to;
            for (int v = 0; v < run->count; v += lanes)
                hn::Store(hn::Load(d, to + v) + hn::Load(d, from + v), d, to + v);
        }
    }
}

void add_weighted_runs_kernel(const RunTable& table, const std::int32_t* sources, std::size_t count,
                              const float* values, const float* weights, float* sums, std::ptrdiff_t apart) {
    const F d;
    for (std::size_t k = 0; k < count; ++k) {
        if (values[k] == 0) continue;  // a product with 0 changes no sum
        const std::int32_t channel = sources[k] / table.places, place = sources[k] % table.places;
        const float* base = weights + static_cast<std::ptrdiff_t>(channel) * table.channel_weights;
        const auto value = hn::Set(d, values[k]);
        float* part = sums + static_cast<std::ptrdiff_t>(k % 4) * apart;
        const WeightRun* end = table.runs.data() + table.first[static_cast<std::size_t>(place) + 1];
        for (const WeightRun* run = table.runs.data() + table.first[static_cast<std::size_t>(place)]; run < end;
             ++run) {
            const float* from = base + run->from;
            float* to = part + run->to;
            for (int v = 0; v < run->count; v += lanes)
                hn::Store(hn::Load(d, to + v) + value * hn::Load(d, from + v), d, to + v);
        }
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(add_runs_kernel);
HWY_EXPORT(add_weighted_runs_kernel);

void add_runs(const RunTable& table, std::span<const std::int32_t> sources, const std::int32_t* weights,
              std::int32_t* sums) {
    HWY_DYNAMIC_DISPATCH(add_runs_kernel)(table, sources.data(), sources.size(), weights, sums);
}

void add_weighted_runs(const RunTable& table, std::span<const std::int32_t> sources, const float* values,
                       const float* weights, float* sums, std::ptrdiff_t apart) {
    HWY_DYNAMIC_DISPATCH(add_weighted_runs_kernel)
    (table, sources.data(), sources.size(), values, weights, sums, apart);
}

void add_runs_reference(const RunTable& table, std::span<const std::int32_t> sources, const std::int32_t* weights,
                        std::int32_t* sums) {
    for (const std::int32_t source : sources) {
        const auto place = static_cast<std::size_t>(source % table.places);
        for (std::int32_t r = table.first[place]; r < table.first[place + 1]; ++r) {
            const WeightRun& run = table.runs[static_cast<std::size_t>(r)];
            for (std::int32_t v = 0; v < run.count; ++v)
                sums[run.to + v] += weights[source / table.places * table.channel_weights + run.from + v];
        }
    }
}

}  // namespace settle
#endif
