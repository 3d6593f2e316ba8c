// What a run has come to, as plain data: sim/scenario/metrics has a row for everything in it that summary.json says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/engines/asynchrony.hpp"
#include "sim/engines/counters.hpp"
#include "sim/measures/chip_summary.hpp"
#include "sim/measures/convergence_figures.hpp"
#include "sim/measures/energy_bill.hpp"
#include "sim/measures/recovery_figures.hpp"
#include "sim/measures/stream_figures.hpp"

namespace settle {

/// What does not apply to a run is absent.
struct Summary {
    std::string task, engine;
    int threads = 0;
    std::optional<int> ranks;  ///< processes that ran it together; absent: it ran without MPI
    std::optional<std::uint64_t> exchange_bytes;
    std::optional<double> exchange_seconds;
    std::uint64_t seed = 0;
    std::optional<double> test_error, train_error, validation_error;  ///< fractions, last epoch
    std::optional<std::int64_t> epochs;                               ///< of training
    std::int64_t presentations = 0;
    std::optional<double> samples_per_second;  ///< training presentations over training time alone
    double wall_seconds = 0;
    bool spiking = true;   ///< false: a continuous network sends no bits, so nothing but ticks is counted
    bool on_chip = false;  ///< in virtual time
    PopulationCounters counters;
    std::optional<std::int64_t> terminal_bits;  ///< of a terminal of a parity link
    std::optional<std::uint64_t> posts;         ///< to the pool, of an engine that has actors; differs from run to run
    std::optional<double> settling_median;      ///< periods
    std::optional<std::int64_t> settling_p99;
    std::optional<EnergyFigures> energy;
    std::optional<ChipSummary> chip;  ///< virtual time on a chip
    std::optional<ConvergenceFigures> convergence;
    std::optional<StreamFigures> stream;
    std::vector<RecoveryFigures> recoveries;  ///< by event, in the order of the file
    std::optional<Asynchrony> asynchrony;     ///< that the machine had; free-running
    bool paced = false;                       ///< by the wall clock
    std::int64_t resumed_at = 0;
    std::int64_t expectations_passed = 0, expectations_failed = 0;
    std::string fingerprint;  ///< empty where runs are not reproducible
};

/// 0 where nothing was counted.
inline double mean_of(std::uint64_t sum, std::uint64_t count) {
    return count == 0 ? 0 : static_cast<double>(sum) / static_cast<double>(count);
}

}  // namespace settle
