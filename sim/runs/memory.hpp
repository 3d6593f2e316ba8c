// How much memory a run will take, before it takes it.
#pragma once

#include <string>

#include "sim/data/dataset.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Bytes at the peak, by what they are for. What is measured lies within 30 % of the sum.
struct MemoryEstimate {
    double program = 0;                          ///< itself, with its libraries
    double data = 0;                             ///< samples and labels
    const char* network_key = "network.layers";  ///< what makes them fewer
    std::string training_key;                    ///< of what is trained first
    double weights = 0;     ///< with their images, the copies that a checkpoint takes, and the references of converge
    double minibatch = 0;   ///< inputs, states read, answers, terms of the update, traces of converge
    double presenters = 0;  ///< of the lockstep engine: neurons and sums of each worker
    double shards = 0;      ///< engines of actors: shards, channels, and the weights as shards see them
    double recording = 0;   ///< rows that wait for the file
    double training = 0;    ///< of a stream: what is trained first, while all of this is there

    double sum() const { return program + data + weights + minibatch + presenters + shards + recording + training; }
};

/// Of `threads` workers.
MemoryEstimate estimate_memory(const Scenario& scenario, const DatasetSize& data, int threads);

/// Workers that a run asks for.
int workers_of(const Scenario& scenario);

}  // namespace settle
