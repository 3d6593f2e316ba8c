// The recorder: what a run hands to a recording. Engines give it rows of ticks from several threads; it keeps what the
// scenario wants of them and hands that on in a thread of its own, with a bounded queue between, so that a recording is
// never held in memory. Where no thread can be started, whoever gives rows writes them.
#pragma once

#include <condition_variable>
#include <deque>
#include <exception>
#include <future>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "models/network/network.hpp"
#include "sim/engines/presentation.hpp"
#include "sim/runs/store/event_spool.hpp"
#include "sim/runs/store/recorded_events.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/runs/store/recording_sink.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

class Recorder {
public:
    /// Of a run of the scenario, into the sink, such as hdf5_recording(path, scenario). Throws Error (input).
    /// `folder`: where events wait until they are sorted; "": that of temporary files. `before`: what counts
    /// against record.limit already.
    Recorder(const Scenario& scenario, RecordingSink sink, const std::string& folder = "", EventsBefore before = {});
    ~Recorder();
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    /// Whether the scenario records anything at all; without, no file is made.
    static bool wanted(const Scenario& scenario);

    /// Whether rows of this minibatch are wanted: by a section [record], and here.
    static bool records(const Scenario::RecordPart& record, std::int64_t minibatch);
    bool records(std::int64_t minibatch) const { return records(record_, minibatch); }

    /// What is wanted of this minibatch's events; it may outlive neither the recorder nor the minibatch.
    EventSink events(std::int64_t minibatch);

    /// Bytes that an event takes in a recording.
    static constexpr std::int64_t spike_bytes = 17, message_bytes = 39, queue_bytes = 22;

    /// Notes labels, samples and positions of a minibatch, if anything of it is recorded.
    void add_minibatch(const Minibatch& minibatch);

    /// Hands rows over; waits while the queue is full. Any thread. Rethrows what went wrong in the sink.
    void add(TickRows&& rows);

    /// Hands the weights after the update of `minibatch` over, if they are wanted. From the thread that owns the
    /// network.
    void add_weights(std::int64_t minibatch, const Network& network);

    /// Takes a minibatch that was stopped inside out again: its missing rows would read as silence.
    void drop(std::int64_t minibatch);

    /// What is recorded so far is safe from now on: a run that goes on from here later finds it.
    void commit();

    /// The minibatch in which record.limit stopped events; nullopt: it did not. Once finished.
    std::optional<std::int64_t> limit_reached() const { return limit_reached_; }
    /// What is to be said of it; "": nothing.
    std::string limit_warning() const;

    /// Waits until the sink has everything and has finished. Rethrows what went wrong.
    void finish();

private:
    /// Events as they come, or the end of their minibatch.
    struct EventsOver {
        std::promise<void>* told = nullptr;  ///< who waits for it; null: nobody
    };
    using Pending = std::variant<RecordedItem, EventRows, EventsOver>;

    void start();
    void push(Pending&& item);
    void work();
    void handle(Pending&& item);
    void spool(const EventRows& rows);
    void write_events();
    template <class Row, class Recorded, class Fill>
    void write_sorted(EventSpool<Row>& spool, bool wanted, std::int64_t bytes, const Fill& fill);

    const std::vector<int> sizes_;  ///< of populations, the input first
    const std::int64_t neurons_;
    const Scenario::RecordPart record_;
    const std::int64_t free_, nudged_;
    std::vector<int> state_columns_;  ///< of (neurons of layers 1..L)
    std::vector<int> bit_columns_;    ///< of (all neurons)
    const RecordedEvents events_;

    // Used by whoever uses the sink.
    EventSpool<SpikeRow> spikes_;
    EventSpool<MessageRow> messages_;
    EventSpool<QueueRow> queues_;
    std::int64_t events_of_ = -1;  ///< the minibatch whose events are in the spools; -1: none
    std::int64_t room_;            ///< bytes until record.limit
    int minibatches_ = 0;          ///< since the last commit
    std::optional<std::int64_t> limit_reached_;

    RecordingSink sink_;  ///< used by the writing thread alone, once it runs; without one, under the mutex
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Pending> queue_;
    bool finished_ = false;
    std::exception_ptr failure_;
    std::thread thread_;
};

}  // namespace settle
