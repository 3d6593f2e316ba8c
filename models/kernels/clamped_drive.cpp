// Subset tables: for 16 targets at a time, all 16 sums of every 4 active sources are tabulated once, a batch of tables
// small enough for the first-level cache; then each tick adds one tabulated row per group instead of up to four rows of
// weights. Measured against adding rows one by one: see tools/bench.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/kernels/clamped_drive.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <span>

#include "models/kernels/clamped_drive.hpp"

#ifndef SETTLE_MODELS_CLAMPED_DRIVE_ONCE
#define SETTLE_MODELS_CLAMPED_DRIVE_ONCE
namespace settle {

constexpr int group_size = 4;             ///< sources a table
constexpr int subsets = 1 << group_size;  ///< rows a table
constexpr int tables_at_a_time = 16;      ///< 16 KB: fits the first-level cache beside sums and offsets
constexpr int table_items = subsets * panel_width;
constexpr int offset_unit = 8;    ///< an address can be scaled by 8 for free, not by 64
constexpr int ticks_by_rows = 3;  ///< so few do not pay for tables: 16 rows written for every 4 sources
constexpr int unroll = 4;         ///< groups are padded to a multiple of it with empty subsets
static_assert(tables_at_a_time % unroll == 0);

/// One panel of the work: everything but the panel's own arrays is the same for all panels.
struct DriveWork {
    const std::int32_t* active;
    int active_count;
    const std::uint8_t*
        offsets;  ///< (ticks x groups): 8 x the subset of a group, so that 8 x offset is its row in bytes
    int groups;   ///< a multiple of `unroll`
    int ticks;
    const SteadySources* sources;  ///< those that are in no group
    std::int32_t* steady_rows;     ///< room for a panel's rows of those that are steady
};

}  // namespace settle
#endif

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using I = hn::ScalableTag<std::int32_t>;
constexpr int lanes = static_cast<int>(hn::MaxLanes(I()));
constexpr int vectors = panel_width / lanes;

/// All subset sums of up to four rows; subset s contains row i if bit i of s is set.
HWY_INLINE void tabulate_subsets(const std::int32_t* const rows[group_size], std::int32_t* table) {
    const I d;
    for (int v = 0; v < vectors; ++v) {
        hn::Vec<I> sums[subsets];
        sums[0] = hn::Zero(d);
        for (int i = 0; i < group_size; ++i) {
            const auto row = hn::Load(d, rows[i] + v * lanes);
            for (int s = 0; s < 1 << i; ++s) sums[(1 << i) + s] = sums[s] + row;
        }
        for (int s = 0; s < subsets; ++s) hn::Store(sums[s], d, table + s * panel_width + v * lanes);
    }
}

/// Returns the sum that every tick begins with, in `sums`, and lays side by side what an exception adds to it.
HWY_INLINE void sum_steady(const std::int32_t* weights, std::ptrdiff_t to_next_panel, const DriveWork& work,
                           hn::Vec<I>* sums) {
    const I d;
    for (int v = 0; v < vectors; ++v) sums[v] = hn::Zero(d);
    std::int32_t* out = work.steady_rows;
    std::size_t place = 0;
    for (const std::int32_t source : work.sources->steady()) {
        const std::int32_t* row = weights + static_cast<std::ptrdiff_t>(source) * panel_width;
        __builtin_prefetch(row + to_next_panel, 0, 2);
        const bool on = place++ < work.sources->on();
        for (int v = 0; v < vectors; ++v, out += lanes) {
            const auto weight = hn::Load(d, row + v * lanes);
            if (on) sums[v] = sums[v] + weight;
            hn::Store(on ? hn::Zero(d) - weight : weight, d, out);
        }
    }
}

/// Adds the tables of `count` groups to a sum: offsets[g] is 8 x the subset of group g.
HWY_INLINE void add_subsets(const std::int32_t* table, const std::uint8_t* offsets, int count, hn::Vec<I>* total) {
    const I d;
    for (int g = 0; g < count; g += unroll, table += unroll * table_items) {
        for (int i = 0; i < unroll; ++i) {
            // Unsigned, so that the scaled offset folds into the address.
            const std::size_t subset = offsets[g + i];
            const std::int32_t* row = table + i * table_items + subset * (panel_width / offset_unit);
            for (int v = 0; v < vectors; ++v) total[v] = total[v] + hn::Load(d, row + v * lanes);
        }
    }
}

/// The sums of every tick: what is steady, its exceptions, and the tables of the first `count` groups.
HWY_INLINE void begin_sums(const std::int32_t* tables, int count, const DriveWork& work, const hn::Vec<I>* steady,
                           std::int32_t* sums) {
    const I d;
    const std::int32_t* order = work.sources->order().data();
    const std::int32_t* next = work.sources->exceptions().data();
    for (const SteadySources::Run run : work.sources->runs()) {
        for (int k = 0; k < run.ticks; ++k, ++order, next += run.exceptions) {
            hn::Vec<I> total[vectors];
            for (int v = 0; v < vectors; ++v) total[v] = steady[v];
            for (int e = 0; e < run.exceptions; ++e) {
                const std::int32_t* row = work.steady_rows + static_cast<std::ptrdiff_t>(next[e]) * panel_width;
                for (int v = 0; v < vectors; ++v) total[v] = total[v] + hn::Load(d, row + v * lanes);
            }
            add_subsets(tables, work.offsets + static_cast<std::ptrdiff_t>(*order) * count, count, total);
            std::int32_t* out = sums + static_cast<std::ptrdiff_t>(*order) * panel_width;
            for (int v = 0; v < vectors; ++v) hn::Store(total[v], d, out + v * lanes);
        }
    }
}

/// Adds the tables of groups [first, first + count) to the sums of every tick.
HWY_INLINE void add_tables(const std::int32_t* tables, int first, int count, const DriveWork& work,
                           std::int32_t* sums) {
    const I d;
    const std::uint8_t* offsets = work.offsets + static_cast<std::ptrdiff_t>(first) * work.ticks;
    for (int tick = 0; tick < work.ticks; ++tick, offsets += count) {
        std::int32_t* out = sums + static_cast<std::ptrdiff_t>(tick) * panel_width;
        hn::Vec<I> total[vectors];
        for (int v = 0; v < vectors; ++v) total[v] = hn::Load(d, out + v * lanes);
        add_subsets(tables, offsets, count, total);
        for (int v = 0; v < vectors; ++v) hn::Store(total[v], d, out + v * lanes);
    }
}

/// `to_next_panel`: values from this panel of the weights to the next; 0 for the last one.
void drive_panel_kernel(const std::int32_t* weights, std::ptrdiff_t to_next_panel, const DriveWork& work,
                        std::int32_t* sums) {
    HWY_ALIGN std::int32_t tables[tables_at_a_time * subsets * panel_width];
    HWY_ALIGN static const std::int32_t nothing[panel_width] = {};
    hn::Vec<I> steady[vectors];
    sum_steady(weights, to_next_panel, work, steady);
    for (int first = 0; first < work.groups || first == 0; first += tables_at_a_time) {
        const int count = HWY_MIN(tables_at_a_time, work.groups - first);
        for (int g = 0; g < count; ++g) {
            const std::int32_t* rows[group_size];
            for (int i = 0; i < group_size; ++i) {
                const int k = (first + g) * group_size + i;
                rows[i] = nothing;
                if (k >= work.active_count) continue;
                rows[i] = weights + static_cast<std::ptrdiff_t>(work.active[k]) * panel_width;
                // The next panel's row is far away: asking for it now saves 4 % of a run.
                __builtin_prefetch(rows[i] + to_next_panel, 0, 2);
            }
            tabulate_subsets(rows, tables + g * subsets * panel_width);
        }
        if (first == 0) {
            begin_sums(tables, count, work, steady, sums);
        } else {
            add_tables(tables, first, count, work, sums);
        }
    }
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <algorithm>
#include <bit>
#include <cassert>

#include "models/kernels/row_sums.hpp"

namespace settle {

HWY_EXPORT(drive_panel_kernel);

namespace {

/// A source in a table costs a quarter of an addition a tick, and four rows of the table that are made and written; in
/// none, a row that is added and kept, and an addition an exception.
int few_exceptions(int ticks) {
    return ticks / group_size + group_size;
}

}  // namespace

ClampedDrive::ClampedDrive(int targets, int max_ticks)
    : max_ticks_(max_ticks),
      sums_(static_cast<std::size_t>(padded_size(targets)) * static_cast<std::size_t>(max_ticks)) {}

void ClampedDrive::compute(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                           const std::uint64_t* bits, std::ptrdiff_t words, int ticks) {
    assert(ticks <= max_ticks_);
    if (ticks <= ticks_by_rows) return compute_by_rows(weights, active, bits, words, ticks);
    sources_.find(active, bits, words, ticks, few_exceptions(ticks));
    active = sources_.varying();
    bits = sources_.bits();
    words = sources_.words();
    constexpr int group_round = group_size * unroll;
    const int groups = (static_cast<int>(active.size()) + group_round - 1) / group_round * unroll;
    offsets_.resize(static_cast<std::size_t>(groups) * static_cast<std::size_t>(ticks));
    constexpr int bytes_a_word = 8;
    for (int first = 0; first < groups; first += tables_at_a_time) {
        const int count = std::min(tables_at_a_time, groups - first);
        std::uint8_t* out = offsets_.data() + static_cast<std::ptrdiff_t>(first) * ticks;
        for (int tick = 0; tick < ticks; ++tick) {
            for (int pair = first / 2; pair < (first + count) / 2; ++pair) {
                const std::uint64_t word = bits[tick * words + pair / bytes_a_word];
                const auto byte = static_cast<unsigned>(word >> (pair % bytes_a_word * 8) & 0xff);
                *out++ = static_cast<std::uint8_t>((byte & (subsets - 1)) * offset_unit);
                *out++ = static_cast<std::uint8_t>((byte >> group_size) * offset_unit);
            }
        }
    }
    steady_rows_.resize(sources_.steady().size() * panel_width);
    const DriveWork work{active.data(),      static_cast<int>(active.size()), offsets_.data(), groups, ticks, &sources_,
                         steady_rows_.data()};
    for (int panel = 0; panel < weights.panels(); ++panel) {
        const std::ptrdiff_t to_next =
            panel + 1 < weights.panels() ? weights.panel(panel + 1) - weights.panel(panel) : 0;
        HWY_DYNAMIC_DISPATCH(drive_panel_kernel)(weights.panel(panel), to_next, work, sums_.data() + panel * stride());
    }
}

void ClampedDrive::compute_by_rows(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                                   const std::uint64_t* bits, std::ptrdiff_t words, int ticks) {
    std::vector<std::int32_t> sources(active.size());
    AlignedVector<std::int32_t> sums(static_cast<std::size_t>(weights.panels()) * panel_width);
    const auto used_words = static_cast<std::ptrdiff_t>((active.size() + 63) / 64);
    for (int tick = 0; tick < ticks; ++tick) {
        std::size_t count = 0;
        for (std::ptrdiff_t word = 0; word < used_words; ++word) {
            for (std::uint64_t rest = bits[tick * words + word]; rest != 0; rest &= rest - 1)
                sources[count++] = active[static_cast<std::size_t>(word * 64 + std::countr_zero(rest))];
        }
        add_rows(weights, std::span(sources).first(count), nullptr, panel_width, sums.data());
        for (int panel = 0; panel < weights.panels(); ++panel) {
            std::copy_n(sums.data() + static_cast<std::ptrdiff_t>(panel) * panel_width, panel_width,
                        sums_.data() + panel * stride() + static_cast<std::ptrdiff_t>(tick) * panel_width);
        }
    }
}

void ClampedDrive::compute_reference(const PanelMatrix<std::int32_t>& weights, std::span<const std::int32_t> active,
                                     const std::uint64_t* bits, std::ptrdiff_t words, int ticks) {
    assert(ticks <= max_ticks_);
    std::fill(sums_.begin(), sums_.end(), 0);
    for (int tick = 0; tick < ticks; ++tick) {
        for (std::size_t k = 0; k < active.size(); ++k) {
            if ((bits[tick * words + static_cast<std::ptrdiff_t>(k / 64)] >> (k % 64) & 1) == 0) continue;
            for (int column = 0; column < weights.columns(); ++column) {
                sums_[static_cast<std::size_t>(column / panel_width * stride() + tick * panel_width +
                                               column % panel_width)] += weights.at(active[k], column);
            }
        }
    }
}

}  // namespace settle
#endif
