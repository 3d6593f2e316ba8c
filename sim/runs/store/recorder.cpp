#include "sim/runs/store/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <numeric>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/scenario/byte_count.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

constexpr std::size_t queue_limit = 64;

/// Which columns of a row a recording keeps; the row holds the populations from `first` on.
std::vector<int> columns_of(const Recording& recording, const std::vector<int>& sizes, int first) {
    std::vector<int> columns;
    for (const RecordedColumn& column : recorded_columns(recording, sizes, first))
        columns.push_back(
            std::accumulate(sizes.begin() + first, sizes.begin() + column.layer, static_cast<int>(column.neuron)));
    return columns;
}

template <class T>
std::vector<T> keep(std::vector<T>&& values, int rows, const std::vector<int>& columns) {
    const std::size_t stride = values.size() / static_cast<std::size_t>(rows);
    if (columns.size() == stride) return std::move(values);
    std::vector<T> kept;
    kept.reserve(static_cast<std::size_t>(rows) * columns.size());
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows); ++row) {
        for (const int column : columns) kept.push_back(values[row * stride + static_cast<std::size_t>(column)]);
    }
    return kept;
}

/// Which inputs streams show, and when.
RecordedSamples::Shown inputs_of(const Minibatch& minibatch) {
    RecordedSamples::Shown shown;
    for (int b = 0; b < minibatch.batch(); ++b) {
        const auto at = static_cast<std::size_t>(b);
        shown.samples.push_back(minibatch.samples[at]);
        shown.labels.push_back(minibatch.labels[at]);
        shown.begins.push_back(0);
        for (const Instant& instant : minibatch.plans[at].instants) {
            const auto* present = std::get_if<Present>(&instant);
            if (!present) continue;
            const std::size_t row = minibatch.next(b, present->input);
            shown.samples.push_back(minibatch.next_samples[row]);
            shown.labels.push_back(minibatch.next_labels[row]);
            shown.begins.push_back(present->period);
        }
        shown.periods.push_back(minibatch.plans[at].periods);
    }
    return shown;
}

}  // namespace

/// What a recording is made for.
static const Scenario& checked(const Scenario& scenario) {
    check_keys(scenario, {"network", "population", "projection", "phases", "record", "timing.period", "stream.dwell",
                          "stream.inputs", "stream.streams"});
    return scenario;
}

Recorder::Recorder(const Scenario& scenario, RecordingSink sink, const std::string& folder, EventsBefore before)
    : sizes_(checked(scenario).network.sizes()),
      neurons_(std::accumulate(sizes_.begin(), sizes_.end(), std::int64_t{0})),
      record_(scenario.record),
      free_(scenario.task == Task::stream ? longest_stream(scenario) : scenario.phases.free),
      nudged_(scenario.task == Task::infer || scenario.task == Task::stream ? 0 : scenario.phases.nudged),
      state_columns_(columns_of(record_.state, sizes_, 1)),
      bit_columns_(columns_of(record_.bits, sizes_, 0)),
      events_(scenario),
      spikes_(folder.empty() ? std::filesystem::temp_directory_path().string() : folder),
      messages_(folder.empty() ? std::filesystem::temp_directory_path().string() : folder),
      queues_(folder.empty() ? std::filesystem::temp_directory_path().string() : folder),
      room_(std::max<std::int64_t>(0, record_.limit - before.bytes)),
      limit_reached_(before.limit_reached),
      sink_(std::move(sink)) {
    if (!sink_.take || !sink_.finish)
        throw input_error("", "sink", "lacks take or finish", "both, as hdf5_recording gives them");
    start();
}

void Recorder::start() {
    try {
        thread_ = std::thread([this] { work(); });
    } catch (const std::system_error&) {
        // A limit on processes, or no room for a stack: slower, and nothing else.
    }
}

Recorder::~Recorder() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool Recorder::wanted(const Scenario& scenario) {
    const bool bits = scenario.record.bits.on && scenario.neuron.kind == NeuronKind::binary;
    return scenario.record.state.on || bits || RecordedEvents::wanted(scenario) ||
           (scenario.record.weights.on && scenario.task == Task::train);
}

bool Recorder::records(const Scenario::RecordPart& record, std::int64_t minibatch) {
    return covers(record.state, minibatch) || covers(record.bits, minibatch);
}

void Recorder::add_minibatch(const Minibatch& minibatch) {
    const bool any_events =
        events_.spikes(minibatch.number) || events_.messages(minibatch.number) || events_.queues(minibatch.number);
    if (!records(minibatch.number) && !covers(record_.weights, minibatch.number) && !any_events) return;
    RecordedSamples presented{minibatch.number,
                              PresentationId::of(minibatch.presentations.front()).part,
                              minibatch.labels,
                              minibatch.samples,
                              {},
                              {}};
    for (const std::uint64_t word : minibatch.presentations)
        presented.positions.push_back(static_cast<std::int64_t>(PresentationId::of(word).position));
    if (!minibatch.plans.empty()) presented.shown = inputs_of(minibatch);
    push(RecordedItem(std::move(presented)));
}

EventSink Recorder::events(std::int64_t minibatch) {
    return events_.sink(minibatch, [this](EventRows&& rows) { push(std::move(rows)); });
}

void Recorder::add(TickRows&& rows) {
    const std::int64_t states = rows.rows * (neurons_ - sizes_.front()), bits = rows.rows * neurons_;
    if (rows.rows < 1 || rows.first_row < 0 || rows.presentation < 0 || rows.presentation >= rows.batch ||
        static_cast<std::int64_t>(rows.states.size()) != states ||
        (!rows.bits.empty() && static_cast<std::int64_t>(rows.bits.size()) != bits))
        throw input_error("", "rows", "are those of another network", "rows of the recorded scenario's layers");
    RecordedRows kept{rows.minibatch,
                      rows.presentation,
                      rows.batch,
                      rows.branch,
                      rows.branch == Branch::main ? free_ + nudged_ : nudged_,
                      rows.first_row,
                      rows.rows,
                      {},
                      {}};
    const bool any_bits = !rows.bits.empty();
    if (covers(record_.state, rows.minibatch)) kept.states = keep(std::move(rows.states), rows.rows, state_columns_);
    if (covers(record_.bits, rows.minibatch) && any_bits)
        kept.bits = keep(std::move(rows.bits), rows.rows, bit_columns_);
    push(RecordedItem(std::move(kept)));
}

void Recorder::add_weights(std::int64_t minibatch, const Network& network) {
    if (covers(record_.weights, minibatch))
        push(RecordedItem(RecordedWeights{minibatch, to_arrays(network), network.wiring}));
}

void Recorder::push(Pending&& item) {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) return handle(std::move(item));
    changed_.wait(lock, [&] { return queue_.size() < queue_limit || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    queue_.push_back(std::move(item));
    changed_.notify_all();
}

void Recorder::finish() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (failure_) std::rethrow_exception(failure_);
    write_events();
    sink_.finish();
}

void Recorder::commit() {
    std::promise<void> safe;
    push(EventsOver{&safe});
    safe.get_future().get();
}

void Recorder::work() {
    try {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !queue_.empty() || finished_; });
            if (queue_.empty()) return;
            Pending item = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            changed_.notify_all();
            handle(std::move(item));
        }
    } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        // Who waits for a commit behind it must not wait for ever.
        for (const Pending& left : queue_) {
            const auto* over = std::get_if<EventsOver>(&left);
            if (over && over->told) over->told->set_exception(failure_);
        }
        changed_.notify_all();
    }
}

void Recorder::handle(Pending&& item) {
    if (const auto* rows = std::get_if<EventRows>(&item)) return spool(*rows);
    if (const auto* over = std::get_if<EventsOver>(&item)) {
        try {
            write_events();
            sink_.take(RecordedSoFar{});
            minibatches_ = 0;
        } catch (...) {
            over->told->set_exception(std::current_exception());
            throw;
        }
        return over->told->set_value();
    }
    RecordedItem& recorded = std::get<RecordedItem>(item);
    if (const auto* dropped = std::get_if<DroppedMinibatch>(&recorded)) {
        if (dropped->minibatch == events_of_) {
            spikes_.clear();
            messages_.clear();
            queues_.clear();
            events_of_ = -1;
        }
    } else if (const auto* presented = std::get_if<RecordedSamples>(&recorded)) {
        // The minibatch before it is over.
        write_events();
        // So that what the sink keeps in memory of its minibatches is bounded.
        constexpr int many = 256;
        if (++minibatches_ >= many) sink_.take(RecordedSoFar{});
        minibatches_ %= many;
        events_of_ = presented->minibatch;
    }
    sink_.take(recorded);
}

void Recorder::spool(const EventRows& rows) {
    const auto add = [&](auto& spool, const auto& some, std::int64_t bytes) {
        for (const auto& row : some) spool.add({rows.presentation, static_cast<std::uint8_t>(rows.branch), row});
        if (!some.empty()) spool.keep_first(room_ / bytes);
    };
    add(spikes_, rows.spikes, spike_bytes);
    add(messages_, rows.messages, message_bytes);
    add(queues_, rows.queues, queue_bytes);
}

/// Those of the minibatch that is over, sorted, as far as record.limit lets them.
void Recorder::write_events() {
    if (events_of_ < 0) return;
    write_sorted<SpikeRow, RecordedSpikes>(spikes_, events_.spikes(events_of_), spike_bytes,
                                           [](RecordedSpikes& out, const SpikeRow& row) {
                                               out.neuron.push_back(row.neuron);
                                               out.time.push_back(row.time);
                                           });
    write_sorted<MessageRow, RecordedMessages>(
        messages_, events_.messages(events_of_), message_bytes,
        [](RecordedMessages& out, const MessageRow& row) { out.rows.push_back(row); });
    write_sorted<QueueRow, RecordedQueues>(queues_, events_.queues(events_of_), queue_bytes,
                                           [](RecordedQueues& out, const QueueRow& row) { out.rows.push_back(row); });
    events_of_ = -1;
}

/// `bytes` of a row; `fill` adds one to what is handed on.
template <class Row, class Recorded, class Fill>
void Recorder::write_sorted(EventSpool<Row>& spool, bool wanted, std::int64_t bytes, const Fill& fill) {
    // Where it has stopped nothing follows: a recording without holes.
    if (!wanted || (limit_reached_ && *limit_reached_ != events_of_)) return spool.clear();
    const std::int64_t all = std::min(spool.added(), room_ / bytes);
    std::int64_t first = 0;
    const auto hand_on = [&](std::span<const Spooled<Row>> rows) {
        rows = rows.first(static_cast<std::size_t>(std::min<std::int64_t>(std::ssize(rows), all - first)));
        if (rows.empty() && all > 0) return;
        Recorded out;
        out.minibatch = events_of_;
        out.all = all;
        out.first = first;
        out.left_out = spool.added() - all;
        for (const Spooled<Row>& one : rows) {
            out.presentation.push_back(one.presentation);
            out.branch.push_back(one.branch);
            fill(out, one.row);
        }
        first += std::ssize(rows);
        sink_.take(out);
    };
    if (all == 0) {
        hand_on({});
    } else {
        spool.visit(hand_on);
    }
    room_ -= all * bytes;
    if (spool.added() > all) limit_reached_ = events_of_;
    spool.clear();
}

std::string Recorder::limit_warning() const {
    if (!limit_reached_) return "";
    return fmt::format("record.limit = {} has stopped the recording of events in minibatch {}",
                       byte_text(record_.limit), *limit_reached_);
}

void Recorder::drop(std::int64_t minibatch) {
    push(RecordedItem(DroppedMinibatch{minibatch}));
}

}  // namespace settle
