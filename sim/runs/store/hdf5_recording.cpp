#include "sim/runs/store/hdf5_recording.hpp"

#include <fmt/format.h>

#include <iterator>
#include <map>
#include <memory>

#include "sim/formats/hdf5_file.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/runs/store/build_info.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

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

class Hdf5Recording {
public:
    Hdf5Recording(const std::string& path, const Scenario& scenario) : file_(path) { describe(scenario); }

    void take(const RecordedItem& item) {
        std::visit([this](const auto& one) { write(one); }, item);
    }

    void finish() {
        open_.clear();
        file_.close();
    }

private:
    /// Whose run it is, so that the file says what it holds wherever it goes.
    void describe(const Scenario& scenario) {
        file_.attribute("scenario", scenario.name);
        file_.attribute("version", build_info().version);
        file_.attribute("seed", static_cast<std::int64_t>(scenario.seed));
        write_picoseconds(file_, "period_ps", scenario.timing.period, scenario.timing.unit);
        write_picoseconds(file_, "unit_ps", 1, scenario.timing.unit);
        const std::vector<int> sizes = scenario.network.sizes();
        file_.attribute("population_names", population_names(scenario.network));
        file_.attribute("population_sizes", std::vector<std::int64_t>(sizes.begin(), sizes.end()));
    }

    void write(const RecordedSamples& presented) {
        if (!part_known_)
            file_.attribute("part", std::string(presented.part == PresentationId::Part::test ? "test" : "train"));
        part_known_ = true;
        const std::string base = minibatch_folder(presented.minibatch);
        const std::int64_t shape[] = {std::ssize(presented.labels)};
        file_.write(base + "labels", std::span<const std::int32_t>(presented.labels), shape);
        file_.write(base + "samples", std::span<const std::int64_t>(presented.samples), shape);
        file_.write(base + "positions", std::span<const std::int64_t>(presented.positions), shape);
        if (!presented.shown) return;
        const RecordedSamples::Shown& shown = *presented.shown;
        const std::int64_t inputs[] = {shape[0], std::ssize(shown.samples) / shape[0]};
        file_.write(base + "inputs/samples", std::span<const std::int64_t>(shown.samples), inputs);
        file_.write(base + "inputs/labels", std::span<const std::int32_t>(shown.labels), inputs);
        file_.write(base + "inputs/begins", std::span<const std::int64_t>(shown.begins), inputs);
        file_.write(base + "periods", std::span<const std::int64_t>(shown.periods), shape);
    }

    void write(const RecordedRows& rows) {
        if (rows.minibatch != open_minibatch_) open_.clear();
        open_minibatch_ = rows.minibatch;
        const std::string name = minibatch_folder(rows.minibatch) + branch_folder(rows.branch);
        if (rows.states) write_columns(rows, name + "state", Hdf5Type::float32, *rows.states);
        if (rows.bits) write_columns(rows, name + "bits", Hdf5Type::uint8, *rows.bits);
    }

    template <class T>
    void write_columns(const RecordedRows& rows, const std::string& name, Hdf5Type type, const std::vector<T>& values) {
        const std::int64_t width = std::ssize(values) / rows.rows;
        auto found = open_.find(name);
        if (found == open_.end()) {
            const std::int64_t shape[] = {rows.ticks, rows.batch, width};
            found = open_.emplace(name, file_.create(name, type, shape)).first;
        }
        const std::int64_t first[] = {rows.first_row, rows.presentation, 0};
        const std::int64_t count[] = {rows.rows, 1, width};
        found->second.write(std::span<const T>(values), first, count);
    }

    void write(const RecordedWeights& weights) {
        const std::string base = minibatch_folder(weights.minibatch);
        for (std::size_t k = 0; k < weights.arrays.weights.size(); ++k)
            write_projection(file_, base + fmt::format("weights/{}", k), weights.wiring, static_cast<int>(k),
                             weights.arrays.weights[k]);
        for (std::size_t k = 0; k < weights.arrays.biases.size(); ++k) {
            const std::vector<float>& biases = weights.arrays.biases[k];
            const std::int64_t shape[] = {std::ssize(biases)};
            file_.write(base + fmt::format("biases/{}", k), std::span<const float>(biases), shape);
        }
    }

    void write(const RecordedSpikes& spikes) {
        const std::string base = begin_events(spikes, "spikes/");
        write_part(base + "presentation", Hdf5Type::int32, spikes, spikes.presentation);
        write_part(base + "branch", Hdf5Type::uint8, spikes, spikes.branch);
        write_part(base + "neuron", Hdf5Type::int32, spikes, spikes.neuron);
        write_part(base + "time", Hdf5Type::int64, spikes, spikes.time);
        end_events(spikes, base);
    }

    /// One field of all rows.
    template <class Events, class Row, class Value>
    void write_field(const std::string& name, Hdf5Type type, const Events& events, Value Row::*field) {
        std::vector<Value> values;
        values.reserve(events.rows.size());
        for (const Row& row : events.rows) values.push_back(row.*field);
        write_part(name, type, events, values);
    }

    void write(const RecordedMessages& messages) {
        const std::string base = begin_events(messages, "messages/");
        const auto column = [&](const char* name, Hdf5Type type, auto field) {
            write_field(base + name, type, messages, field);
        };
        write_part(base + "presentation", Hdf5Type::int32, messages, messages.presentation);
        write_part(base + "branch", Hdf5Type::uint8, messages, messages.branch);
        column("source", Hdf5Type::int32, &MessageRow::source);
        column("tick", Hdf5Type::int32, &MessageRow::tick);
        column("copy", Hdf5Type::uint8, &MessageRow::copy);
        column("target", Hdf5Type::int32, &MessageRow::target);
        column("sent", Hdf5Type::int64, &MessageRow::sent);
        column("arrived", Hdf5Type::int64, &MessageRow::arrived);
        std::vector<std::uint8_t> fates;
        for (const MessageRow& row : messages.rows) fates.push_back(static_cast<std::uint8_t>(row.fate));
        write_part(base + "fate", Hdf5Type::uint8, messages, fates);
        column("hops", Hdf5Type::int32, &MessageRow::hops);
        end_events(messages, base);
    }

    void write(const RecordedQueues& queues) {
        const std::string base = begin_events(queues, "queues/");
        write_part(base + "presentation", Hdf5Type::int32, queues, queues.presentation);
        write_part(base + "branch", Hdf5Type::uint8, queues, queues.branch);
        write_field(base + "time", Hdf5Type::int64, queues, &QueueRow::time);
        write_field(base + "server", Hdf5Type::int32, queues, &QueueRow::server);
        write_field(base + "packets", Hdf5Type::int32, queues, &QueueRow::packets);
        write_field(base + "busy", Hdf5Type::uint8, queues, &QueueRow::busy);
        end_events(queues, base);
    }

    template <class Events>
    std::string begin_events(const Events& events, const char* folder) {
        if (events.minibatch != open_minibatch_ || events.first == 0) open_.clear();
        open_minibatch_ = events.minibatch;
        return minibatch_folder(events.minibatch) + folder;
    }

    template <class Events, class Value>
    void write_part(const std::string& name, Hdf5Type type, const Events& events, const std::vector<Value>& values) {
        auto found = open_.find(name);
        if (found == open_.end()) {
            const std::int64_t shape[] = {events.all};
            found = open_.emplace(name, file_.create(name, type, shape)).first;
        }
        const std::int64_t first[] = {events.first}, count[] = {std::ssize(values)};
        found->second.write(std::span<const Value>(values), first, count);
    }

    template <class Events>
    void end_events(const Events& events, const std::string& base) {
        if (events.first + std::ssize(events.presentation) < events.all) return;
        open_.clear();
        if (events.left_out == 0) return;
        file_.attribute(base, "left_out", events.left_out);
        if (!limit_reached_) file_.attribute("limit_reached", events.minibatch);
        limit_reached_ = true;
    }

    void write(const RecordedSoFar&) {
        open_.clear();
        file_.commit();
    }

    void write(const DroppedMinibatch& dropped) {
        open_.clear();
        open_minibatch_ = -1;
        file_.remove(minibatch_folder(dropped.minibatch));
    }

    Hdf5Writer file_;
    std::int64_t open_minibatch_ = -1;
    bool part_known_ = false;
    bool limit_reached_ = false;
    std::map<std::string, Hdf5Dataset> open_;
};

}  // namespace

std::string minibatch_folder(std::int64_t minibatch) {
    return fmt::format("/minibatch/{:06}/", minibatch);
}

RecordingSink hdf5_recording(const std::string& path, const Scenario& scenario) {
    check_keys(scenario, {"network", "population", "projection", "phases", "record"});
    const auto file = std::make_shared<Hdf5Recording>(path, scenario);
    return {[file](const RecordedItem& item) { file->take(item); }, [file] { file->finish(); }};
}

}  // namespace settle
