#include "sim/runs/store/recorder.hpp"

#include <algorithm>
#include <numeric>
#include <system_error>
#include <utility>

#include "core/error.hpp"
#include "sim/runs/session/input_course.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

constexpr std::size_t queue_limit = 64;

bool covers(const Recording& recording, std::int64_t minibatch) {
    return recording.on && minibatch >= recording.from && (recording.to == 0 || minibatch < recording.to) &&
           (minibatch - recording.from) % recording.every == 0;
}

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
    check_keys(scenario, {"network", "population", "projection", "phases", "record", "stream.dwell", "stream.inputs",
                          "stream.streams"});
    return scenario;
}

Recorder::Recorder(const Scenario& scenario, RecordingSink sink)
    : sizes_(checked(scenario).network.sizes()),
      neurons_(std::accumulate(sizes_.begin(), sizes_.end(), std::int64_t{0})),
      record_(scenario.record),
      free_(scenario.task == Task::stream ? longest_stream(scenario) : scenario.phases.free),
      nudged_(scenario.task == Task::infer || scenario.task == Task::stream ? 0 : scenario.phases.nudged),
      state_columns_(columns_of(record_.state, sizes_, 1)),
      bit_columns_(columns_of(record_.bits, sizes_, 0)),
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
    return scenario.record.state.on || bits || (scenario.record.weights.on && scenario.task == Task::train);
}

bool Recorder::records(const Scenario& scenario, std::int64_t minibatch) {
    return covers(scenario.record.state, minibatch) || covers(scenario.record.bits, minibatch);
}

bool Recorder::records(std::int64_t minibatch) const {
    return covers(record_.state, minibatch) || covers(record_.bits, minibatch);
}

void Recorder::add_minibatch(const Minibatch& minibatch) {
    if (!records(minibatch.number) && !covers(record_.weights, minibatch.number)) return;
    RecordedSamples presented{minibatch.number,
                              PresentationId::of(minibatch.presentations.front()).part,
                              minibatch.labels,
                              minibatch.samples,
                              {},
                              {}};
    for (const std::uint64_t word : minibatch.presentations)
        presented.positions.push_back(static_cast<std::int64_t>(PresentationId::of(word).position));
    if (!minibatch.plans.empty()) presented.shown = inputs_of(minibatch);
    push(std::move(presented));
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
    push(std::move(kept));
}

void Recorder::add_weights(std::int64_t minibatch, const Network& network) {
    if (covers(record_.weights, minibatch)) push(RecordedWeights{minibatch, to_arrays(network), network.wiring});
}

void Recorder::push(RecordedItem&& item) {
    std::unique_lock lock(mutex_);
    if (!thread_.joinable()) return sink_.take(item);
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
    sink_.finish();
}

void Recorder::work() {
    try {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !queue_.empty() || finished_; });
            if (queue_.empty()) return;
            const RecordedItem item = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            changed_.notify_all();
            sink_.take(item);
        }
    } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        changed_.notify_all();
    }
}

void Recorder::drop(std::int64_t minibatch) {
    push(DroppedMinibatch{minibatch});
}

}  // namespace settle
