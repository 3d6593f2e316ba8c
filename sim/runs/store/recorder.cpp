#include "sim/runs/store/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <system_error>

#include "core/error.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/store/build_info.hpp"
#include "sim/scenario/check_scenario.hpp"

namespace settle {

namespace {

constexpr std::size_t queue_limit = 64;

bool covers(const Recording& recording, std::int64_t minibatch) {
    return recording.on && minibatch >= recording.from && (recording.to == 0 || minibatch < recording.to) &&
           (minibatch - recording.from) % recording.every == 0;
}

/// Which columns of a row a recording keeps; the row holds the layers from `first_layer` on.
std::vector<int> columns_of(const Recording& recording, const std::vector<int>& layers, int first_layer) {
    std::vector<int> columns;
    int column = 0;
    for (int l = first_layer; l < static_cast<int>(layers.size()); ++l) {
        const int size = layers[static_cast<std::size_t>(l)];
        const bool kept =
            recording.layers.empty() || std::count(recording.layers.begin(), recording.layers.end(), l) > 0;
        const int count = !kept ? 0 : recording.neurons == 0 ? size : std::min(size, recording.neurons);
        for (int i = 0; i < count; ++i) columns.push_back(column + i);
        column += size;
    }
    return columns;
}

/// In picoseconds, of which every unit has a whole number; floating point beyond 63 bits (periods above three months).
void write_picoseconds(Hdf5Writer& file, const std::string& name, Duration units, const TimeUnit& unit) {
    std::int64_t exact = units;
    double number = static_cast<double>(units);
    bool fits = true;
    for (int exponent = TimeUnit::finest; exponent < unit.exponent; ++exponent) {
        fits = fits && !__builtin_mul_overflow(exact, 10, &exact);
        number *= 10;
    }
    fits ? file.attribute(name, exact) : file.attribute(name, number);
}

std::string folder(std::int64_t minibatch) {
    return fmt::format("/minibatch/{:06}/", minibatch);
}

std::string branch_folder(Branch branch) {
    switch (branch) {
        case Branch::main:
            return "";
        case Branch::free:
            return "branch/free/";
        case Branch::minus:
            return "branch/minus/";
    }
    return "";
}

}  // namespace

/// What a file is made for.
static const Scenario& checked(const Scenario& scenario) {
    check_keys(scenario, {"network", "phases", "record"});
    return scenario;
}

Recorder::Recorder(const std::string& path, const Scenario& scenario)
    : wiring_(wiring_of(checked(scenario))),
      record_(scenario.record),
      free_(scenario.phases.free),
      nudged_(scenario.task == Task::infer ? 0 : scenario.phases.nudged),
      state_columns_(columns_of(record_.state, wiring_.sizes(), 1)),
      bit_columns_(columns_of(record_.bits, wiring_.sizes(), 0)),
      file_(path) {
    describe(scenario);
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

bool Recorder::records(std::int64_t minibatch) const {
    return covers(record_.state, minibatch) || covers(record_.bits, minibatch);
}

/// Whose run it is, so that the file says what it holds wherever it goes.
void Recorder::describe(const Scenario& scenario) {
    file_.attribute("scenario", scenario.name);
    file_.attribute("version", build_info().version);
    file_.attribute("seed", static_cast<std::int64_t>(scenario.seed));
    write_picoseconds(file_, "period_ps", scenario.timing.period, scenario.timing.unit);
    write_picoseconds(file_, "unit_ps", 1, scenario.timing.unit);
    std::vector<std::string> names;
    for (std::size_t l = 0; l < wiring_.sizes().size(); ++l)
        names.push_back(wiring_.population(static_cast<int>(l)).name);
    file_.attribute("population_names", names);
    file_.attribute("population_sizes", std::vector<std::int64_t>(wiring_.sizes().begin(), wiring_.sizes().end()));
}

void Recorder::add_minibatch(const Minibatch& minibatch) {
    if (!records(minibatch.number) && !covers(record_.weights, minibatch.number)) return;
    Presented presented{minibatch.number,
                        PresentationId::of(minibatch.presentations.front()).part,
                        minibatch.labels,
                        minibatch.samples,
                        {}};
    for (const std::uint64_t word : minibatch.presentations)
        presented.positions.push_back(static_cast<std::int64_t>(PresentationId::of(word).position));
    push(std::move(presented));
}

void Recorder::add(TickRows&& rows) {
    const std::int64_t all = wiring_.neurons();
    const std::int64_t states = rows.rows * (all - wiring_.size(wiring_.input())), bits = rows.rows * all;
    if (rows.rows < 1 || rows.first_row < 0 || rows.presentation < 0 || rows.presentation >= rows.batch ||
        static_cast<std::int64_t>(rows.states.size()) != states ||
        (!rows.bits.empty() && static_cast<std::int64_t>(rows.bits.size()) != bits))
        throw input_error("", "rows", "are those of another network", "rows of the recorded scenario's layers");
    push(std::move(rows));
}

void Recorder::add_weights(std::int64_t minibatch, const Network& network) {
    if (covers(record_.weights, minibatch)) push(Weights{minibatch, to_arrays(network)});
}

void Recorder::push(Item&& item) {
    if (!thread_.joinable()) return write_now(item);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return queue_.size() < queue_limit || failure_; });
    if (failure_) std::rethrow_exception(failure_);
    queue_.push_back(std::move(item));
    changed_.notify_all();
}

void Recorder::write_now(const Item& item) {
    const std::lock_guard lock(mutex_);
    std::visit([this](const auto& one) { write(one); }, item);
}

void Recorder::finish() {
    {
        const std::lock_guard lock(mutex_);
        finished_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    if (failure_) std::rethrow_exception(failure_);
    open_.clear();
    file_.close();
}

void Recorder::work() {
    try {
        for (;;) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return !queue_.empty() || finished_; });
            if (queue_.empty()) return;
            const Item item = std::move(queue_.front());
            queue_.pop_front();
            lock.unlock();
            changed_.notify_all();
            std::visit([this](const auto& one) { write(one); }, item);
        }
    } catch (...) {
        const std::lock_guard lock(mutex_);
        failure_ = std::current_exception();
        changed_.notify_all();
    }
}

void Recorder::drop(std::int64_t minibatch) {
    push(Dropped{minibatch});
}

void Recorder::write(const Dropped& dropped) {
    open_.clear();
    open_minibatch_ = -1;
    file_.remove(folder(dropped.minibatch));
}

void Recorder::write(const TickRows& rows) {
    if (rows.minibatch != open_minibatch_) open_.clear();
    open_minibatch_ = rows.minibatch;
    const std::string name = folder(rows.minibatch) + branch_folder(rows.branch);
    if (covers(record_.state, rows.minibatch)) {
        write_columns(rows, name + "state", Hdf5Type::float32, rows.states, state_columns_);
    }
    if (covers(record_.bits, rows.minibatch) && !rows.bits.empty()) {
        write_columns(rows, name + "bits", Hdf5Type::uint8, rows.bits, bit_columns_);
    }
}

template <class T>
void Recorder::write_columns(const TickRows& rows, const std::string& name, Hdf5Type type, const std::vector<T>& values,
                             const std::vector<int>& columns) {
    const auto width = static_cast<std::int64_t>(columns.size());
    auto found = open_.find(name);
    if (found == open_.end()) {
        const std::int64_t ticks = rows.branch == Branch::main ? free_ + nudged_ : nudged_;
        const std::int64_t shape[] = {ticks, rows.batch, width};
        found = open_.emplace(name, file_.create(name, type, shape)).first;
    }
    const std::size_t stride = values.size() / static_cast<std::size_t>(rows.rows);
    std::vector<T> kept;
    kept.reserve(static_cast<std::size_t>(rows.rows) * columns.size());
    for (std::size_t row = 0; row < static_cast<std::size_t>(rows.rows); ++row) {
        for (const int column : columns) kept.push_back(values[row * stride + static_cast<std::size_t>(column)]);
    }
    const std::int64_t first[] = {rows.first_row, rows.presentation, 0};
    const std::int64_t count[] = {rows.rows, 1, width};
    found->second.write(std::span<const T>(kept), first, count);
}

void Recorder::write(const Presented& presented) {
    if (!part_known_)
        file_.attribute("part", std::string(presented.part == PresentationId::Part::test ? "test" : "train"));
    part_known_ = true;
    const std::string base = folder(presented.minibatch);
    const std::int64_t shape[] = {static_cast<std::int64_t>(presented.labels.size())};
    file_.write(base + "labels", std::span<const std::int32_t>(presented.labels), shape);
    file_.write(base + "samples", std::span<const std::int64_t>(presented.samples), shape);
    file_.write(base + "positions", std::span<const std::int64_t>(presented.positions), shape);
}

void Recorder::write(const Weights& weights) {
    const std::string base = folder(weights.minibatch);
    for (std::size_t k = 0; k < weights.arrays.weights.size(); ++k)
        file_.write(base + fmt::format("weights/{}", k), std::span<const float>(weights.arrays.weights[k]),
                    wiring_.weight_shape(static_cast<int>(k)));
    for (std::size_t k = 0; k < weights.arrays.biases.size(); ++k) {
        const std::vector<float>& biases = weights.arrays.biases[k];
        const std::int64_t shape[] = {std::ssize(biases)};
        file_.write(base + fmt::format("biases/{}", k), std::span<const float>(biases), shape);
    }
}

}  // namespace settle
