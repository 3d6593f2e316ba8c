// Samples presented to given weights: what a network that has learned says about them, and how it comes to say it.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/worker_pool.hpp"
#include "models/network/network.hpp"
#include "sim/data/dataset.hpp"
#include "sim/engines/counters.hpp"
#include "sim/engines/event_sink.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What is kept beside the answers, most of it of every period. States take presentations x periods x neurons floats of
/// memory.
struct PresentOptions {
    bool states = false;
    bool bits = false;
    bool hopfield_energy = false;
    bool spikes = false;                                                ///< 24 bytes each
    bool messages = false;                                              ///< 48 bytes each; of the virtual engine
    std::function<bool()> stop;                                         ///< asked often, on any thread; may be empty
    std::function<void(std::int64_t done, std::int64_t all)> progress;  ///< presentations; may be empty
};

/// An event and the presentation that it is of. Row: SpikeRow or MessageRow.
template <class Row>
struct PresentedEvent {
    std::int64_t presentation = 0;
    Row row;

    bool operator==(const PresentedEvent&) const = default;
};

/// n presentations of free phases of `periods` periods (in lockstep, ticks). Arrays are row-major; those that were not
/// asked for are empty.
struct Presented {
    std::int64_t presentations = 0;  ///< n; fewer than there are samples where `stop` said so
    std::int64_t periods = 0;
    std::vector<int> layers;
    std::vector<std::int32_t> answers;     ///< (n): argmax of the outputs, lowest index on a tie
    std::vector<float> outputs;            ///< (n x outputs): the readout of the output layer
    std::vector<std::int64_t> settled_at;  ///< (n): the period from which on the answer is the last one
    std::vector<float> states;             ///< (n x periods x neurons of layers 1..L): s at the end of each period
    std::vector<std::uint8_t> bits;        ///< (n x periods x all neurons): bits of value 1 sent in the period
    std::vector<double> hopfield_energy;   ///< (n x periods): Hopfield energy of the network that is meant
    std::vector<PresentedEvent<SpikeRow>> spikes;      ///< by presentation, time and neuron
    std::vector<PresentedEvent<MessageRow>> messages;  ///< by presentation, sent, source, target and copy
    std::int64_t wrong = 0;                            ///< answers that are not the label, where samples have labels
    PopulationCounters counters;
    std::uint64_t fingerprint = 0;  ///< 0 for the free engine
};

/// Presents the samples, in their order, to a network of these weights on the scenario's neurons, engine and chip; its
/// task, data, recordings, and learning but for learning.batch are not looked at. Labels may be left out. The noise is
/// that of `infer` on a test set of the same samples, so that answers and fingerprint are the same. Events within
/// presentations of a test set happen, to whom they would in a run of the scenario. Throws Error (input) for a
/// scenario, samples or weights that are wrong, for a nudge where there are no labels, and for messages of another
/// engine; Error (runtime) for weights that are too large together.
///
///     const NetworkArrays weights = read_weights("runs/mine/weights.h5", scenario.network.layers);
///     const Presented seen = present(scenario, samples, weights);      // seen.answers[i] is that of sample i
Presented present(const Scenario& scenario, const Samples& samples, const NetworkArrays& weights,
                  const PresentOptions& options = {});

/// The same with workers that are there already; scenario.threads is not looked at.
Presented present(const Scenario& scenario, const Samples& samples, const NetworkArrays& weights,
                  const PresentOptions& options, WorkerPool& workers);

}  // namespace settle
