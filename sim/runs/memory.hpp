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

/// What this process can still take, bytes: the least of what the machine has free, with its swap, what its control
/// groups leave it and its own limit on address space.
double available_memory();

/// Throws Error (runtime) that names the keys to change if a run clearly needs more than `available`, in bytes: more
/// than what it says and the error of the estimate.
void check_memory(const MemoryEstimate& estimate, double available);

/// Workers that a run asks for.
int workers_of(const Scenario& scenario);

/// All of this for a run of the scenario here, with scenario.threads workers. Throws what measure_dataset throws, too.
void require_memory(const Scenario& scenario);

/// "1.8 GB", "53 MB"
std::string memory_text(double bytes);

}  // namespace settle
