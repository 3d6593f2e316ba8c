// What presentations say about a network: how many answers were wrong, and how fast they settled.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/data/dataset.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/session/recovery.hpp"

namespace settle {

/// What the answers of a minibatch should be: its labels, and from a Present of the plan on those of its further
/// inputs.
class Targets {
public:
    /// Both must outlive the object.
    Targets(const Plan& plan, const Minibatch& minibatch);

    /// At the end of a period, before what happens there.
    int at(int presentation, std::int64_t period) const;

private:
    const Minibatch& minibatch_;
    std::vector<Present> presented_;  ///< of branch main, in order of time
};

/// Answers of a set of presentations. The answer is the argmax of the output layer's readout, lowest index on a tie; it
/// is right where it is the label that the presentation has at that time.
struct Evaluation {
    std::int64_t presentations = 0;
    std::int64_t wrong = 0;
    std::vector<std::int64_t> wrong_at;  ///< entry k: wrong if read at the end of period k + 1
    std::vector<std::int64_t>
        settled_at;  ///< entry k: presentations whose answer is final from the end of period k + 1 on
    std::vector<std::int32_t> answers;  ///< (presentations), in the order they were added
    std::vector<Recovery> recoveries;   ///< of the events within them: until the answer is right and stays right
    Effort settled_effort;              ///< of each presentation until its answer is final, where plans ask for it

    bool operator==(const Evaluation&) const = default;

    /// Fraction wrong; 0 without presentations.
    double error() const;

    /// Adds the presentations of a minibatch, with the windows of the events that happen in them. Throws Error (input)
    /// for an outcome of another plan or minibatch.
    void add(const Plan& plan, const Minibatch& minibatch, const Outcome& outcome,
             const std::vector<EventWindow>& windows = {});
};

/// Of presentations, settled_at[k] of which have settled at the end of period k + 1 and `unsettled` not at all, one at
/// least: the period by which a fraction of them all has (nearest rank), and the median, the mean of the middle two of
/// an even number. What has not settled comes after everything that has, and a rank among it is absent: of those that
/// settle alone, a worse network would look better.
std::optional<std::int64_t> period_by_which(std::span<const std::int64_t> settled_at, double fraction,
                                            std::int64_t unsettled = 0);
std::optional<double> median_period(std::span<const std::int64_t> settled_at, std::int64_t unsettled = 0);

/// The samples `indices` of a part as a minibatch whose presentations stand at `first_position` … of the epoch. Throws
/// Error (input) for an index of none.
Minibatch make_minibatch(const Samples& samples, std::span<const std::int64_t> indices, PresentationId::Part part,
                         std::uint64_t epoch, std::uint64_t first_position);

}  // namespace settle
