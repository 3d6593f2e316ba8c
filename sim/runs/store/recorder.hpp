// The recorder: the one writer of recording.h5. Engines hand it rows of ticks from several threads; it writes them in a
// thread of its own, with a bounded queue between, so that a recording is never held in memory. Where no thread can be
// started, whoever hands rows over writes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>

#include "models/network/network.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/formats/hdf5_file.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// Attributes of the file: `scenario`, `version` (texts), `seed`, `period_ps`, `unit_ps` (of times),
/// `population_names`, `population_sizes`, and `part`, the part of the data set that is recorded ("train" or "test").
/// /minibatch/NNNNNN/labels int32, samples int64 (index in that part as it was read, before shuffling), positions int64
/// (in the epoch, after shuffling), each (batch); state float32 (ticks x batch x neurons of layers 1..L), bits uint8
/// (ticks x batch x all neurons) of the free, then the nudged phase; branch/free and branch/minus hold their own rows;
/// weights/l and biases/l after the update.
class Recorder {
public:
    /// Creates the file. Throws Error (runtime).
    Recorder(const std::string& path, const Scenario& scenario);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Whether the scenario records anything at all; without, no file is made.
    static bool wanted(const Scenario& scenario);

    /// Whether rows of this minibatch are wanted.
    bool records(std::int64_t minibatch) const;

    /// Notes labels, samples and positions of a minibatch, if anything of it is recorded.
    void add_minibatch(const Minibatch& minibatch);

    /// Hands rows over; waits while the queue is full. Any thread. Rethrows what went wrong in the writer.
    void add(TickRows&& rows);

    /// Hands the weights after the update of `minibatch` over, if they are wanted. From the thread that owns the
    /// network.
    void add_weights(std::int64_t minibatch, const Network& network);

    /// Takes a minibatch that was stopped inside out again: its missing rows would read as silence.
    void drop(std::int64_t minibatch);

    /// Waits until everything is written and closes the file. Rethrows what went wrong.
    void finish();

private:
    struct Weights {
        std::int64_t minibatch;
        NetworkArrays arrays;
    };
    struct Presented {
        std::int64_t minibatch;
        PresentationId::Part part;
        std::vector<std::int32_t> labels;
        std::vector<std::int64_t> samples, positions;
    };
    struct Dropped {
        std::int64_t minibatch;
    };
    using Item = std::variant<TickRows, Weights, Presented, Dropped>;

    void start();
    void push(Item&& item);
    void write_now(const Item& item);
    void work();
    void write(const TickRows& rows);
    void write(const Weights& weights);
    void write(const Presented& presented);
    void write(const Dropped& dropped);
    void describe(const Scenario& scenario);
    template <class T>
    void write_columns(const TickRows& rows, const std::string& name, Hdf5Type type, const std::vector<T>& values,
                       const std::vector<int>& columns);

    const Wiring wiring_;
    const Scenario::RecordPart record_;
    const std::int64_t free_, nudged_;
    std::vector<int> state_columns_;  ///< of (neurons of layers 1..L)
    std::vector<int> bit_columns_;    ///< of (all neurons)

    // Used by the writing thread alone, once it runs; without one, under the mutex.
    Hdf5Writer file_;
    std::int64_t open_minibatch_ = -1;
    bool part_known_ = false;
    std::map<std::string, Hdf5Dataset> open_;

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Item> queue_;
    bool finished_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace settle
