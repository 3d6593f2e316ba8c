// How a minibatch settles: what is seen of it at every period end, measured against the fixed points that it should
// come to. Filled while an engine runs, from as many threads as it has.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "core/stop.hpp"
#include "models/network/network.hpp"
#include "models/theory/relaxation.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/measures/convergence_figures.hpp"
#include "sim/scenario/event_window.hpp"

namespace settle {

/// Where a continuous network comes to rest from the end of period `from` on, until the next one.
struct FixedPoint {
    std::int64_t from = 0;
    RateStates states;
};

/// The nudge moves it, and so do events.
struct FixedPoints {
    std::vector<FixedPoint> points;  ///< in order of time; the first from 0
    double residual = 0;             ///< max |s(t) - s(t - 1)| at the last tick of any

    /// The one in force at the end of a period, 1, 2 …
    const FixedPoint& at(std::int64_t period) const;
};

/// The trace of one minibatch's main branch (free phase, then nudged phase). A mean over neurons is that of the
/// populations 1..L, of the mean over the neurons of each. Presentations are kept apart and added up in their order, in
/// double: no figure depends on threads or shards.
class SettlingTrace {
public:
    static constexpr std::int64_t window = 50;  ///< K

    /// `network` (the ideal one), `minibatch`, `ideal` and `effective` must outlive the trace: temporaries do not
    /// compile. `periods`: free, then nudged ones. Throws Error (input) for shapes that do not fit each other.
    SettlingTrace(std::reference_wrapper<const Network> network, std::reference_wrapper<const Minibatch> minibatch,
                  std::reference_wrapper<const FixedPoints> ideal, std::reference_wrapper<const FixedPoints> effective,
                  std::int64_t free, std::int64_t periods, const StopCheck& stop = nullptr);

    /// Takes rows of an engine; those of other branches are left out. Any thread: rows of one presentation come one
    /// after the other, in the order of time. Throws Stopped, and Error (input) for rows of another network.
    void add(const TickRows& rows, const StopCheck& stop = nullptr);

    // When the engine has returned.
    std::int64_t periods() const { return periods_; }
    /// Period 1, 2, …
    SettlingSample sample(std::int64_t period) const;
    Steadiness steadiness() const;
    /// The first period after which a presentation's distance from the effective fixed point stays under `tolerance`
    /// for the rest of its free phase; nullopt: it has not settled. One a presentation.
    std::vector<std::optional<std::int64_t>> settled_at(double tolerance) const;
    /// Periods from an event until a presentation's distance from the effective fixed point is under `tolerance` and
    /// stays so to the end of the event's window; nullopt: it has not recovered. One a presentation.
    std::vector<std::optional<std::int64_t>> recovered_after(const EventWindow& window, double tolerance) const;
    /// <s> of the last K period ends of a phase, of those since the last fixed point began; population 0 is the data.
    RateStates mean_states(bool nudged) const;

private:
    /// What is kept of one presentation. Written by the worker that has it at hand.
    struct Presentation {
        std::vector<double> by_population;        ///< (periods x L) distance
        std::vector<double> distance;             ///< (periods)
        std::vector<double> effective;            ///< (periods)
        std::vector<double> energy;               ///< (periods)
        std::vector<std::uint64_t> spikes;        ///< (periods) up to its end
        std::vector<float> last[2];               ///< (K x neurons of layers 1..L) of the free and of the nudged phase
        std::vector<std::vector<double>> drives;  ///< of the clamped population, by ideal fixed point
    };

    void add_row(int presentation, std::int64_t period, std::span<const float> states);
    std::int64_t window_of(bool nudged) const;
    std::int64_t end_of(bool nudged) const { return nudged ? periods_ : free_; }
    bool has(bool nudged) const { return !nudged || periods_ > free_; }

    const Network& network_;
    const Minibatch& minibatch_;
    const FixedPoints& ideal_;
    const FixedPoints& effective_;
    std::int64_t free_, periods_;
    std::size_t neurons_;  ///< of layers 1..L
    std::vector<Presentation> presentations_;
};

}  // namespace settle
