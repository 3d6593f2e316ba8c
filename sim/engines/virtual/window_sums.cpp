#include "sim/engines/virtual/window_sums.hpp"

#include <algorithm>
#include <limits>

namespace settle {

void WindowSums::reset(WindowSumsState& state) const {
    const auto uses = [](const Afferents& afferents) { return !afferents.windowed().empty(); };
    const bool used = uses(slice_.afferents) || std::any_of(slice_.severed.begin(), slice_.severed.end(), uses);
    const std::vector<std::int32_t>& places = slice_.afferents.window_places();
    const std::size_t size =
        used ? static_cast<std::size_t>(padded_size(*std::max_element(places.begin(), places.end()) + 1)) : 0;
    state.heard.assign(size, 0);
    state.later.assign(size, 0);
    state.next.assign(size, 0);
    begin(state);
}

/// A tick that is further away than an offset says comes after all that arrives before there is another base.
static std::int32_t offset_of(Time time, Time base) {
    constexpr Time least = std::numeric_limits<std::int32_t>::min(), most = std::numeric_limits<std::int32_t>::max();
    return static_cast<std::int32_t>(std::clamp(time - base, least, most));
}

void WindowSums::open(WindowSumsState& state, std::span<const PulseArrival> pulses, Time from, Time to,
                      const Time* next) {
    constexpr Time longest = Time{1} << 30;
    if (state.base < 0 || to - state.base >= longest) find_next(state, from, next);
    for (const Afferents::Windowed& one : afferents_->windowed()) {
        gather(one, pulses, state.base);
        add_timed_runs(*one.table, arrivals_, one.weights, {state.next.data(), state.heard.data(), state.later.data()});
    }
}

void WindowSums::find_next(WindowSumsState& state, Time base, const Time* next) const {
    state.base = base;
    for (int lane = 0; lane < slice_.lanes(); ++lane) state.next[place_of(lane)] = offset_of(next[lane], base);
}

/// arrivals_ = those that come over this one.
void WindowSums::gather(const Afferents::Windowed& one, std::span<const PulseArrival> pulses, Time base) {
    const Afferents::Listed& listed = slice_.afferents.listed()[one.listed];
    const std::int32_t first = listed.rows.front() - slice_.afferents.dense_rows();
    const auto rows = static_cast<std::uint32_t>(listed.sources.size());
    arrivals_.clear();
    for (const auto& [at, row] : pulses) {
        const auto k = static_cast<std::uint32_t>(row - first);
        if (k < rows) arrivals_.push_back({static_cast<std::int32_t>(at - base), listed.sources[k]});
    }
}

void WindowSums::ticked(WindowSumsState& state, int panel, LaneSet lanes, const Time* next, Time opened_to,
                        std::span<const PulseArrival> pulses) const {
    if (state.heard.empty()) return;
    const std::int32_t* const places = slice_.afferents.window_places().data() + std::ptrdiff_t{panel} * panel_width;
    std::int32_t *const heard = state.heard.data(), *const after = state.later.data(), *const ticks = state.next.data();
    const Time base = state.base;
    for (; lanes != 0; lanes &= lanes - 1) {
        const int i = std::countr_zero(lanes);
        const std::int32_t place = places[i];
        const std::uint32_t later = next[i] < opened_to ? sum_after(panel * panel_width + i, next[i], pulses) : 0;
        heard[place] = static_cast<std::int32_t>(static_cast<std::uint32_t>(after[place]) - later);
        after[place] = static_cast<std::int32_t>(later);
        ticks[place] = offset_of(next[i], base);
    }
}

/// What has arrived at a lane after a time, modulo 2^32.
std::uint32_t WindowSums::sum_after(int lane, Time time, std::span<const PulseArrival> pulses) const {
    std::uint32_t sum = 0;
    const auto place = static_cast<std::int32_t>(place_of(lane));
    for (const Afferents::Windowed& one : afferents_->windowed()) {
        const Afferents::Listed& listed = slice_.afferents.listed()[one.listed];
        const RunTable& table = *one.table;
        for (const auto& [at, row] : pulses) {
            if (at <= time || !in_rows(one, row)) continue;
            const std::int32_t source =
                listed.sources[static_cast<std::size_t>(row + slice_.afferents.dense_rows() - listed.rows.front())];
            const auto from = static_cast<std::size_t>(source % table.places);
            for (std::int32_t r = table.first[from]; r < table.first[from + 1]; ++r) {
                const WeightRun& run = table.runs[static_cast<std::size_t>(r)];
                if (place < run.to || place >= run.to + run.count) continue;
                sum += static_cast<std::uint32_t>(
                    one.weights[source / table.places * table.channel_weights + run.from + place - run.to]);
            }
        }
    }
    return sum;
}

}  // namespace settle
