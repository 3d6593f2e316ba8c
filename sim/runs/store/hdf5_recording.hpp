// recording.h5: a recording as an HDF5 file.
#pragma once

#include <cstdint>
#include <string>

#include "sim/runs/store/recording_sink.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Makes the file, and fills it with what it is given. Throws Error (runtime).
///
/// Attributes of the file: `scenario`, `version` (texts), `seed`, `period_ps`, `unit_ps` (of times),
/// `population_names`, `population_sizes`, and `part`, the part of the data set that is recorded ("train" or "test").
/// /minibatch/NNNNNN/labels int32, samples int64 (index in that part as it was read, before shuffling), positions int64
/// (in the epoch, after shuffling), each (batch); state float32 (ticks x batch x neurons of layers 1..L), bits uint8
/// (ticks x batch x all neurons) of the free, then the nudged phase; branch/free and branch/minus hold their own rows;
/// weights/l and biases/l after the update. Of streams, of which state and bits have as many ticks as the longest, 0
/// after the end of the others: inputs/samples, inputs/labels and inputs/begins, the period at whose end each input
/// begins (batch x inputs), and periods (batch), where they end.
///
/// spikes/presentation int32, branch uint8, neuron int32 (network-wide), time int64 (ps; free-running: ticks), sorted
/// by presentation, branch, time, neuron. messages/presentation int32, branch uint8, source int32, tick int32, copy
/// uint8, target int32, sent int64, arrived int64 (ps), fate uint8 (MessageEnd), hops int32, sorted by presentation,
/// branch, sent, source, target, copy. queues/presentation int32, branch uint8, time int64 (ps), server int32
/// (models/chip/mesh.hpp), packets int32, busy uint8, sorted by presentation, branch, time, server. Where record.limit
/// stopped it the file has the attribute `limit_reached`, the number of the minibatch, and spikes, messages or queues
/// there `left_out`, how many would follow; later minibatches have none.
RecordingSink hdf5_recording(const std::string& path, const Scenario& scenario);

/// "/minibatch/000003/".
std::string minibatch_folder(std::int64_t minibatch);

}  // namespace settle
