// What several ranks are predicted to gain in training: a model of one minibatch, with the work measured here.
#pragma once

#include <cstdint>
#include <string>

#include "sim/scenario/scenario.hpp"

namespace settle {

/// A collective takes alpha for each doubling of the ranks, and the bytes that a rank gets at beta.
struct Interconnect {
    const char* name;
    double alpha = 0;  ///< s
    double beta = 0;   ///< bytes/s
};

/// Of one minibatch.
struct MinibatchWork {
    int batch = 0;
    double presentation = 0;  ///< s, of one, on one thread
    double update = 0;        ///< s, of the weights, which every rank makes by itself
};

/// Measured now, by training on a few samples with one thread. Throws Error (input) where the scenario does not train.
MinibatchWork measure_minibatch(const Scenario& scenario);

/// Seconds that the ranks compute: the greatest share, thread by thread, and the update.
double work_seconds(const MinibatchWork& work, int ranks, int threads);

/// Seconds of its collective.
double exchange_seconds(std::uint64_t bytes, int ranks, const Interconnect& network);

/// The number of ranks up to `most` with which a minibatch takes the least time, the fewest of equal ones.
int best_ranks(const Scenario& scenario, const MinibatchWork& work, int threads, const Interconnect& network, int most);

/// The prediction in words, for one network of a host and one between hosts.
std::string scaling_text(const Scenario& scenario, int ranks);

}  // namespace settle
