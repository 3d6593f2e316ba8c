// The script of a run: which of its events act when, and what the scenario, the neurons and the links are like then. A
// function of the scenario and of the training presentations done, so that a run that is resumed finds it again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <vector>

#include "sim/data/dataset.hpp"
#include "sim/engines/plan.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/engines/scripted_conditions.hpp"
#include "sim/runs/session/hits.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What a minibatch of training and everything after it, until the next, lives under.
struct Regime {
    Scenario scenario;    ///< with the values that keys have now; without events, expectations and studies
    ActingEvents acting;  ///< between minibatches
};

/// An event between minibatches happens, or ends because of its `until`.
struct Occurrence {
    std::size_t event = 0;
    std::int64_t presentation = 0;  ///< training presentations done
    bool ended = false;
};

/// The instants of events within presentations of one part of the data, of branch main, and the tables that they refer
/// to.
struct ScriptedInstants {
    std::vector<Instant> instants;             ///< in order
    std::shared_ptr<const PlanTables> tables;  ///< null: none is needed
};

class Script {
public:
    /// `scenario` has passed its checks, and check_events_on() too. `epoch_presentations`: training samples; 0: nothing
    /// is trained. Throws Error (input) at the place of an event that is wrong after those that act before it, though
    /// right alone, and of one that comes after the longest stream has ended.
    Script(const Scenario& scenario, const Wiring& wiring, std::int64_t epoch_presentations);

    bool empty() const { return events_.empty(); }
    const std::vector<Event>& events() const { return events_; }
    const Hits& hits() const { return hits_; }
    /// Training samples; 0: nothing is trained.
    std::int64_t epoch_presentations() const { return epoch_presentations_; }

    /// Before anything has happened.
    Regime beginning() const;
    /// From the minibatch on that begins when so many training presentations are done.
    Regime regime(std::int64_t presentations) const;
    /// Whether it is another one than that, or a step of a ramp is due.
    bool changes(const Regime& regime, std::int64_t presentations) const;
    /// What happens there: ends first, then events in the order of the file.
    std::vector<Occurrence> occurrences(std::int64_t presentations) const;
    /// All that have happened before so many presentations were done, in order.
    std::vector<Occurrence> occurrences_before(std::int64_t presentations) const;
    /// The events that act when one has happened, it being the last.
    ActingEvents acting_at(const Occurrence& occurrence) const;

    /// What happens within presentations of a part of the data. `device` has the dead links of the regime.
    ScriptedInstants within(PresentationId::Part part, const Regime& regime, const Device& device,
                            const Network& network) const;
    /// The conditions that the chip may come under, whenever it is; of a ramp, the first and the last. None without
    /// events.
    const ScriptedConditions& conditions() const { return conditions_; }
    /// The samples that presentations of the part are given after their own, in order; nullopt: the next one.
    std::vector<std::optional<std::int64_t>> presented(PresentationId::Part part) const;
    /// The events that act within presentations of a part at the end of a period, after all that happens then.
    ActingEvents acting_within(PresentationId::Part part, std::int64_t period) const;

private:
    struct Span {
        std::size_t event;
        std::int64_t from;
        std::int64_t to;  ///< ends
    };
    static ActingEvents acting_of(const std::vector<Span>& spans, std::int64_t time);
    std::vector<Span> spans_within(PresentationId::Part part) const;
    std::set<std::int64_t> turning_points(const std::vector<Span>& spans) const;
    template <class Call>
    void walk(const std::vector<Span>& spans, const Regime& regime, bool steps, const Call& call) const;
    void apply(const ActingEvents& acting, std::span<const double> starts, Scenario& scenario) const;
    void add_start(const ActingEvents& acting, const Scenario& base, std::vector<double>& starts) const;
    void refuse_late_events() const;
    void survey();

    const Scenario base_;  ///< without events, expectations and studies
    const std::vector<Event> events_;
    const Hits hits_;
    const std::int64_t epoch_presentations_;
    const std::int64_t training_length_, validation_length_, test_length_;  ///< periods
    std::vector<Span> spans_;     ///< between minibatches, in order of time, then of the file
    std::vector<double> starts_;  ///< (events) where ramps between minibatches start
    ScriptedConditions conditions_;
};

/// What the constructor of Script refuses. Needs no network.
void check_script(const Scenario& scenario, std::int64_t epoch_presentations);

/// A plan with the instants of events put into it: after what else happens to a branch in their period.
Plan scripted(const Plan& plan, const ScriptedInstants& scripted);

/// Gives presentations of samples the further inputs that are presented to them. Throws Error (input) for samples that
/// are not there.
void add_inputs(Minibatch& minibatch, const Samples& samples,
                const std::vector<std::optional<std::int64_t>>& presented);

}  // namespace settle
