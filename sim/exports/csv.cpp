#include <fmt/format.h>

#include <filesystem>
#include <functional>
#include <iterator>

#include "sim/exports/export_file.hpp"
#include "sim/exports/recorded_minibatch.hpp"

namespace settle {

namespace {

/// One line after the other, handed on in larger portions.
class Lines {
public:
    explicit Lines(ExportFile& file) : file_(file) {}
    ~Lines() = default;

    template <class... Fields>
    void add(fmt::format_string<Fields...> format, Fields&&... fields) {
        fmt::format_to(std::back_inserter(text_), format, std::forward<Fields>(fields)...);
        constexpr std::size_t portion = 1 << 16;
        if (text_.size() >= portion) flush();
    }
    void flush() {
        file_.write(text_);
        text_.clear();
    }

private:
    ExportFile& file_;
    std::string text_;
};

void write_spikes(const ExportedMinibatch& exported, Lines& lines) {
    lines.add("presentation,branch,neuron,time\n");
    EventQueue<SpikeRow> spikes(exported.minibatch, exported.choice);
    for (; const auto* spike = spikes.front(); spikes.pop())
        lines.add("{},{},{},{}\n", spike->presentation, spike->branch, spike->row.neuron, spike->row.time);
}

void write_messages(const ExportedMinibatch& exported, Lines& lines) {
    lines.add("presentation,branch,source,tick,copy,target,sent,arrived,fate,hops\n");
    EventQueue<MessageRow> messages(exported.minibatch, exported.choice);
    for (; const auto* message = messages.front(); messages.pop()) {
        const MessageRow& row = message->row;
        lines.add("{},{},{},{},{},{},{},{},{},{}\n", message->presentation, message->branch, row.source, row.tick,
                  row.copy, row.target, row.sent, row.arrived, static_cast<int>(row.fate), row.hops);
    }
}

void write_queues(const ExportedMinibatch& exported, Lines& lines) {
    lines.add("presentation,branch,time,server,packets,busy\n");
    EventQueue<QueueRow> queues(exported.minibatch, exported.choice);
    for (; const auto* change = queues.front(); queues.pop()) {
        const QueueRow& row = change->row;
        lines.add("{},{},{},{},{},{}\n", change->presentation, change->branch, row.time, row.server, row.packets,
                  static_cast<int>(row.busy));
    }
}

void write_states(const ExportedMinibatch& exported, Lines& lines) {
    lines.add("presentation,branch,period,neuron,state\n");
    const auto all = recorded_states(exported.minibatch, exported.scenario, exported.choice);
    const std::int64_t presentations = all.empty() ? 0 : all.front().presentations;
    for (std::int64_t presentation = 0; presentation < presentations; ++presentation) {
        if (exported.choice.presentation && *exported.choice.presentation != presentation) continue;
        for (const RecordedStates& states : all) {
            for (std::int64_t row = 0; row < states.rows; ++row) {
                states.visit(row, presentation, exported.choice, [&](std::int32_t neuron, float state) {
                    lines.add("{},{},{},{},{}\n", presentation, static_cast<int>(states.branch),
                              states.first_period + row, neuron, state);
                });
            }
        }
    }
}

}  // namespace

std::vector<std::string> write_csv(const ExportedMinibatch& exported, const std::string& file) {
    struct CsvTable {
        const char* name;
        bool there;
        void (*write)(const ExportedMinibatch&, Lines&);
    };
    const CsvTable tables[] = {{"spikes", exported.has_spikes(), write_spikes},
                               {"messages", exported.has_messages(), write_messages},
                               {"queues", exported.has_queues(), write_queues},
                               {"states", exported.has_states(), write_states}};
    const std::filesystem::path path(file);
    std::vector<std::string> files;
    for (const CsvTable& table : tables) {
        if (!table.there) continue;
        // The first has the name that was given, others one beside it.
        std::filesystem::path name = path;
        if (!files.empty()) name.replace_filename(path.stem().string() + "-" + table.name + path.extension().string());
        ExportFile out(name.string());
        Lines lines(out);
        table.write(exported, lines);
        lines.flush();
        out.finish();
        files.push_back(name.string());
    }
    return files;
}

}  // namespace settle
