#include "sim/runs/session/recovery.hpp"

#include <algorithm>
#include <numeric>

#include "sim/runs/session/evaluation.hpp"

namespace settle {

void Recovery::add(std::optional<std::int64_t> periods) {
    if (!periods) {
        ++unrecovered;
        return;
    }
    recovered_at.resize(std::max(recovered_at.size(), static_cast<std::size_t>(*periods)));
    ++recovered_at[static_cast<std::size_t>(*periods) - 1];
}

std::int64_t Recovery::presentations() const {
    return std::accumulate(recovered_at.begin(), recovered_at.end(), unrecovered);
}

std::vector<Recovery> recoveries_of(const std::vector<EventWindow>& windows) {
    std::vector<Recovery> recoveries;
    for (const EventWindow& window : windows) recoveries.push_back({window.event, {}, 0});
    return recoveries;
}

std::optional<std::int64_t> periods_to_recover(const EventWindow& window,
                                               const std::function<bool(std::int64_t period)>& good) {
    std::int64_t last_bad = window.to;
    while (last_bad > window.from && good(last_bad)) --last_bad;
    if (last_bad == window.to) return std::nullopt;
    return last_bad + 1 - window.from;
}

std::vector<RecoveryFigures> recovery_figures(const std::vector<Recovery>& recoveries) {
    std::vector<RecoveryFigures> figures;
    for (const Recovery& recovery : recoveries) {
        const std::int64_t all = recovery.presentations();
        if (all <= 0) continue;
        RecoveryFigures& one = figures.emplace_back();
        one.event = recovery.event;
        one.median = median_period(recovery.recovered_at, recovery.unrecovered);
        one.p99 = period_by_which(recovery.recovered_at, 0.99, recovery.unrecovered);
        one.unrecovered = static_cast<double>(recovery.unrecovered) / static_cast<double>(all);
    }
    return figures;
}

}  // namespace settle
