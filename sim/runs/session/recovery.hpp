// Recovery: how many periods after an event within presentations it takes until what the event has disturbed is
// settled again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/measures/recovery_figures.hpp"
#include "sim/scenario/event_window.hpp"

namespace settle {

/// What has been seen of one event.
struct Recovery {
    std::string event;  ///< its name
    std::vector<std::int64_t>
        recovered_at;              ///< entry k: presentations that are settled again from k + 1 periods after it on
    std::int64_t unrecovered = 0;  ///< that are not at the end of its window

    bool operator==(const Recovery&) const = default;

    /// nullopt: the presentation has not settled again.
    void add(std::optional<std::int64_t> periods);
    std::int64_t presentations() const;
};

/// One for each window, in which nothing has been seen yet.
std::vector<Recovery> recoveries_of(const std::vector<EventWindow>& windows);

/// Periods from the event to the first period end from which all of the window are good; nullopt: its last is not.
/// `good` is asked about period ends, 1, 2 …
std::optional<std::int64_t> periods_to_recover(const EventWindow& window,
                                               const std::function<bool(std::int64_t period)>& good);

/// Of those that have been seen in any presentation.
std::vector<RecoveryFigures> recovery_figures(const std::vector<Recovery>& recoveries);

}  // namespace settle
