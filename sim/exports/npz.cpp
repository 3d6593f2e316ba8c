// NPZ: a zip archive of .npy arrays, as numpy.savez writes it (numpy.lib.format, version 1.0), stored and not packed.
// Entries have no time (1 January 1980), so that the same recording gives the same bytes.
#include <fmt/format.h>
#include <zlib.h>

#include <limits>
#include <span>

#include "core/error.hpp"
#include "sim/exports/export_file.hpp"
#include "sim/exports/recorded_minibatch.hpp"

namespace settle {

namespace {

/// Little-endian numbers of zip headers.
std::string bytes_of(std::initializer_list<std::pair<std::uint32_t, int>> numbers) {
    std::string bytes;
    for (const auto& [number, count] : numbers) {
        for (int i = 0; i < count; ++i) bytes += static_cast<char>(number >> (8 * i) & 0xff);
    }
    return bytes;
}

/// Entries one after the other (PKWARE's APPNOTE 6.3, 4.3); none above 4 GiB.
class StoredZip {
public:
    explicit StoredZip(const std::string& path) : path_(path), file_(path) {}

    void begin(const std::string& name) {
        entries_.push_back({name, file_.size(), 0, static_cast<std::uint32_t>(crc32(0, nullptr, 0))});
        file_.write(header(entries_.back()));
    }
    void write(std::span<const char> bytes) {
        Entry& entry = entries_.back();
        entry.size += static_cast<std::int64_t>(bytes.size());
        entry.sum =
            static_cast<std::uint32_t>(crc32_z(entry.sum, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
        refuse_beyond(file_.size() + static_cast<std::int64_t>(bytes.size()));
        file_.write({bytes.data(), bytes.size()});
    }
    /// What was not known when the entry began.
    void end() { file_.overwrite(entries_.back().at, header(entries_.back())); }

    void finish() {
        const std::int64_t begin = file_.size();
        for (const Entry& entry : entries_) {
            file_.write(bytes_of({{0x02014b50, 4}, {20, 2}}) + common(entry) +
                        bytes_of({{0, 2}, {0, 2}, {0, 2}, {0, 4}, {narrow(entry.at), 4}}) + entry.name);
        }
        refuse_beyond(file_.size());
        const auto count = static_cast<std::uint32_t>(entries_.size());
        file_.write(bytes_of({{0x06054b50, 4},
                              {0, 2},
                              {0, 2},
                              {count, 2},
                              {count, 2},
                              {narrow(file_.size() - begin), 4},
                              {narrow(begin), 4},
                              {0, 2}}));
        file_.finish();
    }

private:
    struct Entry {
        std::string name;
        std::int64_t at;  ///< of its header
        std::int64_t size;
        std::uint32_t sum;
    };

    static std::uint32_t narrow(std::int64_t number) { return static_cast<std::uint32_t>(number); }
    /// Version, flags, method, time and date, sum, sizes, lengths.
    static std::string common(const Entry& entry) {
        constexpr std::uint32_t first_of_january_1980 = 1 << 5 | 1;
        return bytes_of({{20, 2},
                         {0, 2},
                         {0, 2},
                         {0, 2},
                         {first_of_january_1980, 2},
                         {entry.sum, 4},
                         {narrow(entry.size), 4},
                         {narrow(entry.size), 4},
                         {static_cast<std::uint32_t>(entry.name.size()), 2},
                         {0, 2}});
    }
    static std::string header(const Entry& entry) { return bytes_of({{0x04034b50, 4}}) + common(entry) + entry.name; }

    void refuse_beyond(std::int64_t size) const {
        if (size < std::numeric_limits<std::uint32_t>::max()) return;
        throw runtime_failure(path_, "would be larger than 4 GiB",
                              "fewer neurons, one presentation, or --format csv or sonata");
    }

    std::string path_;
    ExportFile file_;
    std::vector<Entry> entries_;
};

template <class Value>
constexpr const char* npy_type = sizeof(Value) == 8   ? "<i8"
                                 : sizeof(Value) == 4 ? "<i4"
                                                      : "|u1";
template <>
constexpr const char* npy_type<float> = "<f4";

/// Arrays of such an archive.
class Npz {
public:
    explicit Npz(const std::string& path) : zip_(path) {}

    void begin(const std::string& name, const char* type, const std::vector<std::int64_t>& shape) {
        std::string extent;
        for (const std::int64_t n : shape) extent += fmt::format("{}{}", n, shape.size() == 1 ? "," : ", ");
        if (shape.size() > 1) extent.resize(extent.size() - 2);
        std::string head = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type, extent);
        constexpr std::size_t preamble = 10, alignment = 64;
        while ((preamble + head.size() + 1) % alignment != 0) head += ' ';
        head += '\n';
        zip_.begin(name + ".npy");
        const std::string all =
            "\x93NUMPY" + bytes_of({{1, 1}, {0, 1}, {static_cast<std::uint32_t>(head.size()), 2}}) + head;
        zip_.write(all);
    }
    template <class Value>
    void add(const std::vector<Value>& values) {
        zip_.write({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Value)});
    }
    void end() { zip_.end(); }

    template <class Value>
    void array(const std::string& name, const std::vector<Value>& values) {
        begin(name, npy_type<Value>, {std::ssize(values)});
        add(values);
        end();
    }
    void finish() { zip_.finish(); }

private:
    StoredZip zip_;
};

template <class Row>
std::int64_t count_of(const ExportedMinibatch& exported) {
    std::int64_t count = 0;
    for (EventQueue<Row> events(exported.minibatch, exported.choice); events.front(); events.pop()) ++count;
    return count;
}

/// One column of a table of events.
template <class Row, class Value, class Get>
void write_column(const ExportedMinibatch& exported, Npz& npz, const std::string& name, std::int64_t count, Get get) {
    npz.begin(name, npy_type<Value>, {count});
    std::vector<Value> values;
    constexpr std::size_t portion = 1 << 14;
    for (EventQueue<Row> events(exported.minibatch, exported.choice); const auto* event = events.front();
         events.pop()) {
        values.push_back(static_cast<Value>(get(*event)));
        if (values.size() < portion) continue;
        npz.add(values);
        values.clear();
    }
    npz.add(values);
    npz.end();
}

void write_spikes(const ExportedMinibatch& exported, Npz& npz) {
    const std::int64_t count = count_of<SpikeRow>(exported);
    const auto column = [&]<class Value>(const char* name, Value, auto get) {
        write_column<SpikeRow, Value>(exported, npz, std::string("spikes/") + name, count, get);
    };
    column("presentation", std::int32_t(), [](const auto& spike) { return spike.presentation; });
    column("branch", std::uint8_t(), [](const auto& spike) { return spike.branch; });
    column("neuron", std::int32_t(), [](const auto& spike) { return spike.row.neuron; });
    column("time", std::int64_t(), [](const auto& spike) { return spike.row.time; });
}

void write_messages(const ExportedMinibatch& exported, Npz& npz) {
    const std::int64_t count = count_of<MessageRow>(exported);
    const auto column = [&]<class Value>(const char* name, Value, auto get) {
        write_column<MessageRow, Value>(exported, npz, std::string("messages/") + name, count, get);
    };
    column("presentation", std::int32_t(), [](const auto& message) { return message.presentation; });
    column("branch", std::uint8_t(), [](const auto& message) { return message.branch; });
    column("source", std::int32_t(), [](const auto& message) { return message.row.source; });
    column("tick", std::int32_t(), [](const auto& message) { return message.row.tick; });
    column("copy", std::uint8_t(), [](const auto& message) { return message.row.copy; });
    column("target", std::int32_t(), [](const auto& message) { return message.row.target; });
    column("sent", std::int64_t(), [](const auto& message) { return message.row.sent; });
    column("arrived", std::int64_t(), [](const auto& message) { return message.row.arrived; });
    column("fate", std::uint8_t(), [](const auto& message) { return message.row.fate; });
    column("hops", std::int32_t(), [](const auto& message) { return message.row.hops; });
}

void write_queues(const ExportedMinibatch& exported, Npz& npz) {
    const std::int64_t count = count_of<QueueRow>(exported);
    const auto column = [&]<class Value>(const char* name, Value, auto get) {
        write_column<QueueRow, Value>(exported, npz, std::string("queues/") + name, count, get);
    };
    column("presentation", std::int32_t(), [](const auto& change) { return change.presentation; });
    column("branch", std::uint8_t(), [](const auto& change) { return change.branch; });
    column("time", std::int64_t(), [](const auto& change) { return change.row.time; });
    column("server", std::int32_t(), [](const auto& change) { return change.row.server; });
    column("packets", std::int32_t(), [](const auto& change) { return change.row.packets; });
    column("busy", std::uint8_t(), [](const auto& change) { return change.row.busy; });
}

/// (rows x presentations x neurons), of those that are chosen.
void write_states(const ExportedMinibatch& exported, const RecordedStates& states, Npz& npz) {
    const EventChoice& choice = exported.choice;
    std::vector<std::int32_t> neurons;
    for (const std::int32_t neuron : states.neurons) {
        if (choice.takes_neuron(neuron)) neurons.push_back(neuron);
    }
    const std::int64_t first = choice.presentation.value_or(0);
    const std::int64_t count = choice.presentation ? 1 : states.presentations;
    const char* folder = states.branch == Branch::main   ? ""
                         : states.branch == Branch::free ? "branch/free/"
                                                         : "branch/minus/";
    if (states.branch == Branch::main || choice.branch) npz.array("state_neurons", neurons);
    npz.begin(std::string(folder) + "state", npy_type<float>, {states.rows, count, std::ssize(neurons)});
    std::vector<float> row;
    for (std::int64_t r = 0; r < states.rows; ++r) {
        row.clear();
        for (std::int64_t p = first; p < first + count; ++p)
            states.visit(r, p, choice, [&](std::int32_t, float state) { row.push_back(state); });
        npz.add(row);
    }
    npz.end();
}

}  // namespace

std::vector<std::string> write_npz(const ExportedMinibatch& exported, const std::string& file) {
    Npz npz(file);
    for (const char* name : {"labels", "samples", "positions"}) {
        const auto array = exported.minibatch.array(name);
        if (array) npz.array(name, array->integers(0, array->shape().front()));
    }
    const std::vector<int> sizes = exported.scenario.network.sizes();
    npz.array("population_sizes", std::vector<std::int64_t>(sizes.begin(), sizes.end()));
    npz.array("period_ps", std::vector<std::int64_t>{exported.period_ps()});
    if (exported.has_spikes()) write_spikes(exported, npz);
    if (exported.has_messages()) write_messages(exported, npz);
    if (exported.has_queues()) write_queues(exported, npz);
    for (const RecordedStates& states : recorded_states(exported.minibatch, exported.scenario, exported.choice))
        write_states(exported, states, npz);
    npz.finish();
    return {file};
}

}  // namespace settle
