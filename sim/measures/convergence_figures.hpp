// What a converge run has measured, as plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sim/engines/traffic.hpp"
#include "sim/measures/certificate_figures.hpp"
#include "sim/measures/recovery_figures.hpp"

namespace settle {

/// One period end, averaged over the presentations.
struct SettlingSample {
    std::int64_t period = 0;
    bool nudged = false;
    double distance = 0;                  ///< from the fixed point of the ideal network
    double distance_effective = 0;        ///< from that of the network which the chip really is
    std::vector<double> by_population;    ///< (L) distance of populations 1..L
    double hopfield_energy = 0;           ///< E(s) of the ideal network in these states
    std::optional<std::uint64_t> spikes;  ///< bits of value 1 sent up to then; a continuous network sends none
};

/// What stays of the distance when the network has settled: over the last K = 50 period ends of each phase (all since
/// its beginning or the last event that moved a fixed point, where there are fewer), <s> being the mean over them,
/// averaged over the phases.
struct Steadiness {
    double bias = 0;         ///< mean |<s> - s_fixed| from the ideal fixed point
    double fluctuation = 0;  ///< mean |s - <s>|
};

/// Of several contrastive updates against dW* of the continuous network, all weights as one vector.
struct UpdateFigures {
    double cosine = 0;    ///< of the mean update <dW> with dW*
    double bias = 0;      ///< |E dW - dW*|^2 / |dW*|^2, without bias: may come out a little below 0
    double variance = 0;  ///< E |dW - E dW|^2 / |dW*|^2; together with the bias the mean square error of one update
};

/// The convergence figures (docs/outputs.md). Averages over presentations; those of a nudged phase are absent without
/// one.
struct ConvergenceFigures {
    double final_distance = 0;        ///< at the end of the free and of the nudged phase, averaged over the two
    double mean_distance = 0;         ///< over all period ends
    double free_distance = 0;         ///< at the end of the free phase
    std::optional<double> late_fall;  ///< 1 - free_distance / the distance after a fifth of the free phase
    std::optional<double> nudged_distance;
    /// The same two ends, from the fixed points of the network that the chip really is.
    double distance_effective = 0, free_distance_effective = 0;
    std::optional<double> nudged_distance_effective;
    Steadiness steadiness;
    /// Cosine of the contrastive update of the weights, from the states as they are read, with the continuous
    /// network's: all weights as one vector, and by projection. Absent where an update is 0.
    std::optional<double> update_cosine;
    std::vector<std::optional<double>> update_cosines;
    /// The same of the updates that minibatches of learning.batch presentations make one by one, laid end to end;
    /// absent where there is one.
    std::optional<double> minibatch_cosine;
    std::vector<std::optional<double>> minibatch_cosines;
    std::optional<UpdateFigures> updates;  ///< of data.repeats updates; absent with one
    /// Periods until the free phase has settled. What does not settle comes after everything that does: absent where
    /// the median or the 99th percentile falls among those.
    std::optional<double> settling_median;
    std::optional<std::int64_t> settling_p99;
    std::int64_t unsettled = 0;               ///< of `presentations`
    std::int64_t presentations = 0;           ///< that settle or do not
    Effort settled_effort;                    ///< of those that settle, until then; where plans ask for it
    std::int64_t settled_periods = 0;         ///< the same
    std::vector<RecoveryFigures> recoveries;  ///< by event, in the order of the file
    double reference_residual = 0;            ///< by how much the ideal continuous network still moves in its last tick
    double effective_residual = 0;            ///< and the effective one
    double hopfield_energy = 0;               ///< E(s) of the ideal network at the end of the free phase
    /// Presentations whose mean states, taken as the start, lead the continuous network to another fixed point: the
    /// distance of these says little. Counted only where the reference is at rest.
    std::int64_t elsewhere = 0;
    CertificateFigures certificate;       ///< of the ideal network at the end of the free phase
    std::vector<SettlingSample> samples;  ///< every record.metrics_every periods, and the end of both phases
};

}  // namespace settle
