#include "sim/reports/chip_section.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "sim/measures/number_text.hpp"

namespace settle {

namespace {

constexpr std::size_t most_servers = 10;

/// A line of a table of commas: its cells by the names of the first line.
using CsvRow = std::map<std::string, std::string>;

std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells{""};
    for (const char c : line) {
        if (c == ',') {
            cells.emplace_back();
        } else if (c != '\r') {
            cells.back() += c;
        }
    }
    return cells;
}

std::vector<CsvRow> rows_of(const std::string& text) {
    std::vector<CsvRow> rows;
    std::vector<std::string> head;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        const std::vector<std::string> cells = cells_of(text.substr(begin, end - begin));
        begin = end + 1;
        if (head.empty()) {
            head = cells;
            continue;
        }
        // Whoever writes the file may be at its last line.
        if (cells.size() != head.size()) continue;
        CsvRow& row = rows.emplace_back();
        for (std::size_t i = 0; i < head.size(); ++i) row[head[i]] = cells[i];
    }
    return rows;
}

double number_in(const CsvRow& row, const char* name) {
    const auto cell = row.find(name);
    return cell == row.end() ? 0 : std::strtod(cell->second.c_str(), nullptr);
}

std::string text_in(const CsvRow& row, const char* name) {
    const auto cell = row.find(name);
    return cell == row.end() ? "" : cell->second;
}

/// A line of chip.csv.
struct ServerLine {
    std::string kind, direction;
    int tile = 0;
    std::string core;
    double packets = 0, busy = 0, wait = 0, drops = 0, blocked = 0;
    std::optional<double> energy;

    bool is_core() const { return kind == "core"; }
    double waiting() const { return packets * wait; }
    std::string name(int columns) const {
        if (kind != "link") return fmt::format("{} of core {}", kind, core);
        return fmt::format("link ({},{})→{}", tile % columns, tile / columns, direction);
    }
};

std::vector<ServerLine> server_lines(const std::string& text, int tiles) {
    std::vector<ServerLine> lines;
    for (const CsvRow& row : rows_of(text)) {
        ServerLine& line = lines.emplace_back();
        line.kind = text_in(row, "kind");
        line.direction = text_in(row, "direction");
        line.core = text_in(row, "core");
        line.tile = static_cast<int>(number_in(row, "tile"));
        line.packets = number_in(row, "packets");
        line.busy = number_in(row, "busy");
        line.wait = number_in(row, "wait_mean");
        line.drops = number_in(row, "drops");
        line.blocked = number_in(row, "blocked");
        if (!text_in(row, "energy").empty()) line.energy = number_in(row, "energy");
        if (line.tile < 0 || line.tile >= tiles) return {};
    }
    return lines;
}

/// The mesh as it lies: tiles with their links between them.
class MeshMap {
public:
    MeshMap(const ChipSettings& chip, bool adds) : chip_(chip), adds_(adds) {
        map_.columns.resize(static_cast<std::size_t>(2 * chip.columns - 1));
        map_.rows.resize(static_cast<std::size_t>(2 * chip.rows - 1));
        for (int c = 0; c < chip.columns; ++c) map_.columns[static_cast<std::size_t>(2 * c)] = std::to_string(c);
        // Rows are named from below, and row 0 is the northernmost.
        for (int r = 0; r < chip.rows; ++r)
            map_.rows[map_.rows.size() - 1 - static_cast<std::size_t>(2 * r)] = std::to_string(r);
        map_.values.resize(map_.columns.size() * map_.rows.size());
        map_.numbered = map_.columns.size() <= 14;
    }

    void add(const ServerLine& line, double value) {
        int x = 2 * (line.tile % chip_.columns), y = 2 * (line.tile / chip_.columns);
        if (line.direction == "W") --x;
        if (line.direction == "E") ++x;
        if (line.direction == "N") --y;
        if (line.direction == "S") ++y;
        const auto row = map_.rows.size() - 1 - static_cast<std::size_t>(y);
        if (x < 0 || y < 0 || row >= map_.rows.size() || static_cast<std::size_t>(x) >= map_.columns.size()) return;
        auto& cell = map_.values[row * map_.columns.size() + static_cast<std::size_t>(x)];
        cell = adds_ ? cell.value_or(0) + value : std::max(cell.value_or(0), value);
    }

    Plot plot(const char* name, const char* title, const char* label, const char* caption) && {
        Plot plot{name, title, caption, {"column; links between"}, {"row; links between"}};
        plot.x.low = plot.y.low = -0.5;
        plot.x.high = static_cast<double>(map_.columns.size()) - 0.5;
        plot.y.high = static_cast<double>(map_.rows.size()) - 0.5;
        const auto names = [](const std::vector<std::string>& texts) {
            std::vector<std::pair<std::string, double>> marks;
            for (std::size_t i = 0; i < texts.size(); ++i) {
                if (!texts[i].empty()) marks.emplace_back(texts[i], static_cast<double>(i));
            }
            return marks;
        };
        plot.x.names = names(map_.columns);
        plot.y.names = names(map_.rows);
        plot.height = std::clamp(75 + 30 * static_cast<int>(map_.rows.size()), 200, 520);
        map_.label = label;
        plot.map = std::move(map_);
        return plot;
    }

private:
    const ChipSettings& chip_;
    bool adds_;
    HeatMap map_;
};

std::vector<Plot> mesh_maps(const ChipSettings& chip, const std::vector<ServerLine>& servers) {
    std::vector<Plot> plots;
    MeshMap busy(chip, false), energy(chip, true);
    bool priced = false;
    for (const ServerLine& line : servers) {
        if (!line.is_core()) busy.add(line, 100 * line.busy);
        if (line.energy) energy.add(line, 1e6 * *line.energy);
        priced = priced || line.energy.value_or(0) > 0;
    }
    plots.push_back(std::move(busy).plot(
        "chip-busy", "How busy the chip is", "busy (%)",
        "Share of the time in service. A tile: the busiest of its encoders and decoders; between two tiles: the busier "
        "of their two links."));
    if (priced)
        plots.push_back(std::move(energy).plot(
            "chip-energy", "What the chip spends where", "energy (uJ)",
            "Joules of the run. A tile: its encoders, decoders and cores; between two tiles: their two links."));
    return plots;
}

/// Bins of an eighth of an octave, each as high as its share of all bits.
std::optional<Plot> latency_plot(const std::string& latencies) {
    constexpr int parts = 8;
    std::map<int, double> bins;
    double all = 0;
    for (const CsvRow& row : rows_of(latencies)) {
        const double middle = (number_in(row, "from") + number_in(row, "below")) / 2, bits = number_in(row, "bits");
        if (!(middle > 0) || !(bits > 0)) continue;
        bins[static_cast<int>(std::floor(parts * std::log2(middle)))] += bits;
        all += bits;
    }
    if (bins.empty()) return std::nullopt;
    Plot plot{"chip-latency",
              "How long bits take",
              "Bits by the time from fired to heard, in bins of an eighth of an octave.",
              {"latency (ns)", true, {}, {}},
              {"share of bits (%)", false, 0.0, {}}};
    Series series;
    series.style = Series::Style::steps;
    for (int bin = bins.begin()->first - 1; bin <= bins.rbegin()->first + 1; ++bin) {
        const auto found = bins.find(bin);
        series.x.push_back(std::exp2((bin + 0.5) / parts));
        series.y.push_back(found == bins.end() ? 0 : 100 * found->second / all);
    }
    plot.series.push_back(std::move(series));
    return plot;
}

std::string percent(double part) {
    return number_text(100 * part, 2) + " %";
}

/// The server that makes most of the waiting; where nobody waits, the busiest.
std::string bottleneck(const ChipSettings& chip, const std::vector<ServerLine>& servers) {
    double waiting = 0, dropped = 0;
    const ServerLine* tight = nullptr;
    for (const ServerLine& line : servers) {
        if (line.is_core()) continue;
        waiting += line.waiting();
        dropped += line.drops;
        const auto rank = [](const ServerLine& one) { return std::make_pair(one.waiting(), one.busy); };
        if (!tight || rank(*tight) < rank(line)) tight = &line;
    }
    if (!tight || tight->packets == 0) return "No packet has entered the chip.";
    const std::string busy = fmt::format("{} is {} busy", tight->name(chip.columns), percent(tight->busy));
    if (waiting == 0) return busy + ", more than any other server, and nobody waits.";
    std::string text = fmt::format("{} and makes {} of the waiting", busy, percent(tight->waiting() / waiting));
    if (dropped > 0) text += fmt::format("; {:.0f} packets found a queue full and were dropped", dropped);
    return text + ".";
}

Table busiest_table(const ChipSettings& chip, std::vector<ServerLine> servers) {
    Table table{
        "The busiest servers of the chip", {"server", "busy", "packets", "mean wait", "drops", "blocked"}, {}, true};
    std::erase_if(servers, [](const ServerLine& line) { return line.is_core() || line.packets == 0; });
    std::stable_sort(servers.begin(), servers.end(),
                     [](const ServerLine& a, const ServerLine& b) { return a.busy > b.busy; });
    servers.resize(std::min(servers.size(), most_servers));
    for (const ServerLine& line : servers)
        table.rows.push_back({line.name(chip.columns), percent(line.busy), number_text(line.packets),
                              number_text(line.wait) + " ns", number_text(line.drops),
                              number_text(line.blocked) + " s"});
    return table;
}

}  // namespace

std::optional<ChipSection> chip_section(const ChipSettings& chip, const std::string& servers,
                                        const std::string& latencies) {
    const std::vector<ServerLine> lines = server_lines(servers, chip.tiles());
    if (lines.empty()) return std::nullopt;
    ChipSection section;
    section.plots = mesh_maps(chip, lines);
    if (auto plot = latency_plot(latencies)) section.plots.push_back(*std::move(plot));
    section.words = bottleneck(chip, lines);
    section.busiest = busiest_table(chip, lines);
    return section;
}

}  // namespace settle
