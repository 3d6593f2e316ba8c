// The recorder: what a run hands to a recording. Engines give it rows of ticks from several threads; it keeps what the
// scenario wants of them and hands that on in a thread of its own, with a bounded queue between, so that a recording is
// never held in memory. Where no thread can be started, whoever gives rows writes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

#include "models/network/network.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/store/recording_sink.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

class Recorder {
public:
    /// Of a run of the scenario, into the sink, such as hdf5_recording(path, scenario). Throws Error (input).
    Recorder(const Scenario& scenario, RecordingSink sink);
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Whether the scenario records anything at all; without, no file is made.
    static bool wanted(const Scenario& scenario);

    /// Whether rows of this minibatch are wanted: of a run of the scenario, and here.
    static bool records(const Scenario& scenario, std::int64_t minibatch);
    bool records(std::int64_t minibatch) const;

    /// Notes labels, samples and positions of a minibatch, if anything of it is recorded.
    void add_minibatch(const Minibatch& minibatch);

    /// Hands rows over; waits while the queue is full. Any thread. Rethrows what went wrong in the sink.
    void add(TickRows&& rows);

    /// Hands the weights after the update of `minibatch` over, if they are wanted. From the thread that owns the
    /// network.
    void add_weights(std::int64_t minibatch, const Network& network);

    /// Takes a minibatch that was stopped inside out again: its missing rows would read as silence.
    void drop(std::int64_t minibatch);

    /// Waits until the sink has everything and has finished. Rethrows what went wrong.
    void finish();

private:
    void start();
    void push(RecordedItem&& item);
    void work();

    const std::vector<int> sizes_;  ///< of populations, the input first
    const std::int64_t neurons_;
    const Scenario::RecordPart record_;
    const std::int64_t free_, nudged_;
    std::vector<int> state_columns_;  ///< of (neurons of layers 1..L)
    std::vector<int> bit_columns_;    ///< of (all neurons)

    RecordingSink sink_;  ///< used by the writing thread alone, once it runs; without one, under the mutex
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<RecordedItem> queue_;
    bool finished_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace settle
