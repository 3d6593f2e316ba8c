// How much memory engines of actors take, and what recorded events need to know of them.
#pragma once

#include <functional>
#include <vector>

#include "models/network/wiring.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Of a presentation: the main one, and those that are nudged beside it.
double branches_of(const Scenario& scenario);
/// Neurons on cores whose fabric is simulated.
bool on_chip(const Scenario& scenario);
/// Pairs that one way of a projection joins: a lateral one both ways at once.
double joined_pairs(const Scenario& scenario, const Pathway& pathway);

/// So many slices of a population have so many lanes, padded.
struct AlikeSlices {
    double count = 0, lanes = 0;
};
/// By population: of shards, or of the cores of a chip.
std::vector<std::vector<AlikeSlices>> slices_of(const Scenario& scenario, const Wiring& wiring, double shard);
double count_of(const std::vector<AlikeSlices>& slices);

/// Shards of a population of `neurons`.
double shards_of(double neurons, double shard);
/// Neurons that a shard has of the largest population, or more. Links are not known: what is sparse may be cut into
/// strips.
double shard_of(const Wiring& wiring, const Scenario& scenario, int threads);

/// A wire each: a bit is on its way to every target, for its latency and for as long as inputs run ahead. `bytes_each`:
/// of a pathway, of a bit on one wire.
double bytes_in_flight(const Scenario& scenario,
                       const std::function<double(const Wiring&, const Pathway&)>& bytes_each);

/// Shards, channels, and the weights as shards see them, of so many presentations.
double shard_bytes(const Scenario& scenario, double presentations, int threads);

}  // namespace settle
