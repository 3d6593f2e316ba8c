// Value change dump, IEEE 1364-2001, 18.2: waveforms, as GTKWave and others show them.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <queue>
#include <tuple>

#include "core/error.hpp"
#include "models/chip/mesh.hpp"
#include "models/chip/placement.hpp"
#include "sim/exports/export_file.hpp"
#include "sim/exports/recorded_minibatch.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

/// Names of one and more printable characters: 0 is "!".
std::string code_of(std::size_t number) {
    constexpr std::size_t codes = '~' - '!' + 1;
    std::string code;
    do {
        code += static_cast<char>('!' + number % codes);
        number /= codes;
    } while (number-- > 0);
    return code;
}

/// Blanks and such end a name there.
std::string without_blanks(std::string name) {
    for (char& c : name) c = c > ' ' && c <= '~' ? c : '_';
    return name.empty() ? "_" : name;
}

/// A presentation's waveforms, from its events in order of time.
class Waveforms {
public:
    Waveforms(const ExportedMinibatch& exported, ExportFile& file)
        : exported_(exported),
          file_(file),
          sizes_(exported.scenario.network.sizes()),
          spikes_(exported.minibatch, exported.choice),
          messages_(exported.minibatch, exported.choice),
          queues_(exported.minibatch, exported.choice),
          states_(recorded_states(exported.minibatch, exported.scenario, exported.choice)) {
        for (std::size_t p = 0; p < sizes_.size(); ++p) population_.insert(population_.end(), sizes_[p], p);
        wires_.resize(population_.size());
        reals_.resize(population_.size());
        const auto& chip = exported.scenario.chip;
        if (chip) core_ = place(*chip, sizes_, exported.scenario.timing.device_seed).core;
        by_core_ = chip && exported.scenario.timing.scope == Scope::core;
        in_flight_.resize(by_core_ ? static_cast<std::size_t>(chip->cores()) : sizes_.size());
        on_their_way_.resize(in_flight_.size());
        choose_shown();
        if (chip) choose_servers(Mesh(*chip));
    }

    void write() {
        declare();
        for (std::int64_t now = next(); now != never; now = next()) {
            if (now > 0) text_ += fmt::format("#{}\n", now);
            fall(now);
            rise(now);
            move(now);
            show_queues(now);
            show_states(now);
            flush(false);
        }
        flush(true);
    }

private:
    using Time = std::int64_t;
    /// When a wire falls, or a message arrives: time, then whose.
    using Due = std::pair<Time, std::size_t>;
    struct Server {
        bool shown = false;
        std::string queue, busy;  ///< codes
        std::int32_t packets = 0;
        std::uint8_t serves = 0;
    };
    using DueQueue = std::priority_queue<Due, std::vector<Due>, std::greater<>>;

    void declare() {
        const Scenario& scenario = exported_.scenario;
        text_ +=
            fmt::format("$comment settle: {}, minibatch {}, presentation {} $end\n$timescale 1 ps $end\n",
                        without_blanks(scenario.name), exported_.number, exported_.choice.presentation.value_or(0));
        open_scope(scenario.name);
        if (scenario.chip) {
            declare_tiles(*scenario.chip);
        } else {
            for (std::size_t p = 0; p < sizes_.size(); ++p) declare_population(p, -1);
        }
        text_ += "$upscope $end\n$enddefinitions $end\n#0\n$dumpvars\n" + begin_ + "$end\n";
    }

    /// Which neurons have a wire, and which a state.
    void choose_shown() {
        shows_state_.resize(population_.size());
        shows_spikes_.resize(population_.size());
        for (const RecordedStates& states : states_) {
            for (const std::int32_t neuron : states.neurons) shows_state_[static_cast<std::size_t>(neuron)] = true;
        }
        if (!exported_.has_spikes()) return;
        for (const std::int32_t neuron : recorded_neurons(exported_.scenario.record.spikes, sizes_, 0))
            shows_spikes_[static_cast<std::size_t>(neuron)] = true;
    }

    /// Those that a packet has come to.
    void choose_servers(const Mesh& mesh) {
        servers_.resize(static_cast<std::size_t>(mesh.servers()));
        for (EventQueue<QueueRow> queues(exported_.minibatch, exported_.choice); const auto* change = queues.front();
             queues.pop()) {
            const auto server = static_cast<std::size_t>(change->row.server);
            if (server >= servers_.size())
                throw input_error("", "queues/server", "has a server that the chip lacks", "an undamaged recording");
            servers_[server].shown = true;
        }
    }

    void open_scope(const std::string& name) { text_ += fmt::format("$scope module {} $end\n", without_blanks(name)); }

    void declare_wire(std::string& code, const char* type, int bits, const std::string& name, const char* value) {
        code = code_of(codes_++);
        text_ += fmt::format("$var {} {} {} {} $end\n", type, bits, code, name);
        begin_ += value + code + "\n";
    }

    /// Tiles, in them the links that leave them and the cores that hold somebody, and in those the neurons of each
    /// population.
    void declare_tiles(const ChipSettings& chip) {
        const Mesh mesh(chip);
        const std::vector<std::int32_t> used = Placement{core_}.used();
        auto core = used.begin();
        for (int tile = 0; tile < chip.tiles(); ++tile) {
            bool opened = false;
            const auto open = [&] {
                if (!opened) open_scope(fmt::format("tile_{}", tile));
                opened = true;
            };
            for (const auto& [direction, name] : {std::pair(Direction::west, "link_W"),
                                                  {Direction::east, "link_E"},
                                                  {Direction::north, "link_N"},
                                                  {Direction::south, "link_S"}}) {
                const int link = mesh.link(tile, direction);
                if (!servers_[static_cast<std::size_t>(link)].shown) continue;
                open();
                declare_server(link, name);
            }
            for (; core != used.end() && chip.tile_of(*core) == tile; ++core) {
                open();
                declare_core(mesh, *core);
            }
            if (opened) text_ += "$upscope $end\n";
        }
    }

    void declare_core(const Mesh& mesh, std::int32_t core) {
        open_scope(fmt::format("core_{}", core));
        for (std::size_t p = 0; p < sizes_.size(); ++p) declare_population(p, core);
        if (by_core_ && exported_.has_messages())
            declare_wire(in_flight_[static_cast<std::size_t>(core)], "integer", 32, "in_flight", "b0 ");
        declare_server(mesh.encoder(core), "encoder");
        declare_server(mesh.decoder(core), "decoder");
        text_ += "$upscope $end\n";
    }

    /// Packets in its queue, and whether it is in service.
    void declare_server(int number, const std::string& name) {
        Server& server = servers_[static_cast<std::size_t>(number)];
        if (!server.shown) return;
        declare_wire(server.queue, "integer", 32, name + "_queue", "b0 ");
        declare_wire(server.busy, "wire", 1, name + "_busy", "0");
    }

    /// Those in a core; -1: all of them.
    void declare_population(std::size_t p, std::int32_t core) {
        const std::size_t first =
            static_cast<std::size_t>(std::accumulate(sizes_.begin(), sizes_.begin() + static_cast<int>(p), 0));
        bool opened = core < 0;
        const auto open = [&] {
            open_scope(population_label(exported_.scenario.network, static_cast<int>(p)));
            opened = true;
        };
        if (opened) open();
        for (int i = 0; i < sizes_[p]; ++i) {
            const std::size_t neuron = first + static_cast<std::size_t>(i);
            if (core >= 0 && core_[neuron] != core) continue;
            if (!exported_.choice.takes_neuron(static_cast<std::int64_t>(neuron))) continue;
            if (!shows_spikes_[neuron] && !shows_state_[neuron]) continue;
            if (!opened) open();
            if (shows_spikes_[neuron]) declare_wire(wires_[neuron], "wire", 1, fmt::format("spike_{}", i), "0");
            if (shows_state_[neuron]) declare_wire(reals_[neuron], "real", 64, fmt::format("state_{}", i), "r0 ");
        }
        if (!by_core_ && core < 0 && exported_.has_messages())
            declare_wire(in_flight_[p], "integer", 32, "in_flight", "b0 ");
        if (opened) text_ += "$upscope $end\n";
    }

    /// The time of what comes next.
    Time next() {
        Time time = never;
        if (const auto* spike = spikes_.front()) time = std::min(time, exported_.time_ps(spike->row.time));
        if (const auto* message = messages_.front()) time = std::min(time, message->row.sent);
        if (const auto* change = queues_.front()) time = std::min(time, change->row.time);
        if (!falls_.empty()) time = std::min(time, falls_.top().first);
        if (!arrivals_.empty()) time = std::min(time, arrivals_.top().first);
        if (!states_.empty() && row_ < states_.front().rows) time = std::min(time, state_time());
        return time;
    }

    Time state_time() const { return (states_.front().first_period + row_) * exported_.period_ps(); }

    void fall(Time now) {
        for (; !falls_.empty() && falls_.top().first <= now; falls_.pop())
            text_ += "0" + wires_[falls_.top().second] + "\n";
    }

    /// A spike is as long as a unit of time.
    void rise(Time now) {
        for (; const auto* spike = spikes_.front(); spikes_.pop()) {
            if (exported_.time_ps(spike->row.time) > now) return;
            const auto neuron = static_cast<std::size_t>(spike->row.neuron);
            text_ += "1" + wires_[neuron] + "\n";
            falls_.emplace(now + exported_.unit_ps(), neuron);
        }
    }

    /// Messages come and go, by the population or the core that they are addressed to.
    void move(Time now) {
        std::map<std::size_t, bool> changed;
        for (; !arrivals_.empty() && arrivals_.top().first <= now; arrivals_.pop()) {
            --on_their_way_[arrivals_.top().second];
            changed[arrivals_.top().second] = true;
        }
        for (; const auto* message = messages_.front(); messages_.pop()) {
            if (message->row.sent > now) break;
            const bool synapse = exported_.scenario.timing.scope == Scope::synapse;
            const auto target = static_cast<std::size_t>(message->row.target);
            if (message->row.fate == MessageEnd::lost || message->row.fate == MessageEnd::dropped) continue;
            const std::size_t p = synapse ? population_[target] : target;
            ++on_their_way_[p];
            changed[p] = true;
            // What expires stays on its way to the end.
            if (message->row.arrived >= 0) arrivals_.emplace(message->row.arrived, p);
        }
        for (const auto& change : changed) {
            if (in_flight_[change.first].empty()) continue;
            text_ += fmt::format("b{:b} {}\n", on_their_way_[change.first], in_flight_[change.first]);
        }
    }

    void show_queues(Time now) {
        for (; const auto* change = queues_.front(); queues_.pop()) {
            const QueueRow& row = change->row;
            if (row.time > now) return;
            Server& server = servers_[static_cast<std::size_t>(row.server)];
            if (row.packets != server.packets) text_ += fmt::format("b{:b} {}\n", row.packets, server.queue);
            if (row.busy != server.serves) text_ += fmt::format("{}{}\n", static_cast<int>(row.busy), server.busy);
            server.packets = row.packets;
            server.serves = row.busy;
        }
    }

    void show_states(Time now) {
        if (states_.empty() || row_ == states_.front().rows || state_time() > now) return;
        states_.front().visit(row_, exported_.choice.presentation.value_or(0), exported_.choice,
                              [&](std::int32_t neuron, float state) {
                                  text_ += fmt::format("r{} {}\n", state, reals_[static_cast<std::size_t>(neuron)]);
                              });
        ++row_;
    }

    void flush(bool all) {
        constexpr std::size_t portion = 1 << 16;
        if (!all && text_.size() < portion) return;
        file_.write(text_);
        text_.clear();
    }

    const ExportedMinibatch& exported_;
    ExportFile& file_;
    const std::vector<int> sizes_;
    std::vector<std::size_t> population_;  ///< (neurons)
    EventQueue<SpikeRow> spikes_;
    EventQueue<MessageRow> messages_;
    EventQueue<QueueRow> queues_;
    std::vector<RecordedStates> states_;            ///< of the one branch
    std::vector<std::string> wires_, reals_;        ///< (neurons) codes; empty: not shown
    std::vector<std::int32_t> core_;                ///< (neurons) of a chip; empty: none
    bool by_core_ = false;                          ///< messages are addressed to cores
    std::vector<bool> shows_spikes_, shows_state_;  ///< (neurons)
    std::vector<std::string> in_flight_;            ///< (populations or cores) codes
    std::vector<std::uint64_t> on_their_way_;
    std::vector<Server> servers_;  ///< of a chip
    std::size_t codes_ = 0;
    std::string begin_;  ///< what everything is at the beginning
    DueQueue falls_, arrivals_;
    std::int64_t row_ = 0;
    std::string text_;
};

}  // namespace

std::vector<std::string> write_vcd(const ExportedMinibatch& exported, const std::string& file) {
    ExportFile out(file);
    Waveforms(exported, out).write();
    out.finish();
    return {file};
}

}  // namespace settle
