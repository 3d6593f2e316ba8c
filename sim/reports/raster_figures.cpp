#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "sim/reports/figures.hpp"
#include "sim/runs/recording.hpp"

namespace settle {

namespace {

/// Neurons of one population that are shown: more would be a grey wall.
constexpr std::int64_t most_of_a_population = 40;
/// Bytes of a recording that are held at a time.
constexpr std::int64_t most_bytes = 16 << 20;

/// A row of the raster: a neuron, and its column in the recording.
struct RasterRow {
    std::int64_t column;
    double y;
    int colour;
};

struct RasterLayout {
    std::vector<RasterRow> rows;
    std::vector<std::pair<std::string, double>> names;
    double height = 0;
};

/// Input at the bottom, output at the top; of large populations every so-manieth neuron.
RasterLayout layout_of(const std::vector<RecordedColumn>& columns, int last_layer) {
    RasterLayout layout;
    for (std::size_t begin = 0; begin < columns.size();) {
        std::size_t end = begin;
        while (end < columns.size() && columns[end].layer == columns[begin].layer) ++end;
        const auto all = static_cast<std::int64_t>(end - begin), shown = std::min(all, most_of_a_population);
        const double first = layout.height;
        for (std::int64_t i = 0; i < shown; ++i) {
            layout.rows.push_back(
                {static_cast<std::int64_t>(begin) + i * all / shown, layout.height, columns[begin].layer});
            layout.height += 1;
        }
        const int layer = columns[begin].layer;
        const std::string name = layer == 0 ? "input" : layer == last_layer ? "output" : fmt::format("layer {}", layer);
        layout.names.emplace_back(name, (first + layout.height - 1) / 2);
        layout.height += 3;
        begin = end;
    }
    return layout;
}

/// Calls `seen(row, period)` for every bit of value 1 of the first presentation.
template <class Seen>
void read_bits(const Hdf5Reader& file, const std::string& name, const RasterLayout& layout, std::int64_t columns,
               Seen&& seen) {
    const auto shape = file.inspect(name).shape;
    if (shape.size() != 3 || shape[2] != columns) {
        throw input_error(file.path(), name, "has the shape " + shape_text(shape),
                          fmt::format("ticks x presentations x {} neurons", columns));
    }
    const std::int64_t row_bytes = std::max<std::int64_t>(1, shape[1] * shape[2]);
    const std::int64_t chunk = std::max<std::int64_t>(1, most_bytes / row_bytes);
    for (std::int64_t first = 0; first < shape[0] && shape[1] > 0; first += chunk) {
        const std::int64_t count = std::min(chunk, shape[0] - first);
        const auto bytes = file.read_bytes(name, {first, count});
        for (std::int64_t t = 0; t < count; ++t) {
            for (const RasterRow& row : layout.rows) {
                if (bytes[static_cast<std::size_t>(t * row_bytes + row.column)] > 0) seen(row, first + t + 1);
            }
        }
    }
}

Plot raster_of(const RunFiles& run, std::int64_t minibatch, const Hdf5Reader& file) {
    const auto columns = recorded_columns(run.scenario->record.bits, run.scenario->network.layers, 0);
    const auto last_layer = static_cast<int>(run.scenario->network.layers.size()) - 1;
    const RasterLayout layout = layout_of(columns, last_layer);
    Plot plot{"raster", "Spikes", "", {"time t (periods)", false, 0.0, {}}, {"", false, -2.0, layout.height - 1}};
    plot.series.resize(run.scenario->network.layers.size());
    for (std::size_t l = 0; l < plot.series.size(); ++l) {
        plot.series[l].style = Series::Style::ticks;
        plot.series[l].colour = static_cast<int>(l);
    }
    double last = 0;
    read_bits(file, fmt::format("/minibatch/{:06}/bits", minibatch), layout, static_cast<std::int64_t>(columns.size()),
              [&](const RasterRow& row, std::int64_t period) {
                  Series& series = plot.series[static_cast<std::size_t>(row.colour)];
                  series.x.push_back(static_cast<double>(period));
                  series.y.push_back(row.y);
                  series.low.push_back(row.y - 0.42);
                  series.high.push_back(row.y + 0.42);
                  last = std::max(last, static_cast<double>(period));
              });
    plot.x.high = last;
    plot.y.names = layout.names;
    plot.grid = false;
    plot.height = std::clamp(100 + static_cast<int>(3.6 * layout.height), 260, 560);
    const int free = run.scenario->phases.free;
    if (last > free) plot.marks = {{free + 0.5, "nudge"}};
    plot.caption = fmt::format(
        "Bits of value 1 in the first presentation of minibatch {}, a row a neuron; of larger populations {} neurons, "
        "evenly spaced.",
        minibatch, most_of_a_population);
    return plot;
}

}  // namespace

std::vector<Plot> raster_figures(const RunFiles& run, std::vector<std::string>& notes) {
    if (!run.scenario) return {};
    const RecordedRun recorded(run.directory, notes);
    for (const auto& [minibatch, file] : recorded.minibatches()) {
        if (!file->has(fmt::format("/minibatch/{:06}/bits", minibatch))) continue;
        try {
            Plot plot = raster_of(run, minibatch, *file);
            const bool any =
                std::any_of(plot.series.begin(), plot.series.end(), [](const Series& s) { return !s.x.empty(); });
            if (any) return {std::move(plot)};
            notes.push_back("The recorded presentation has no bit of value 1.");
        } catch (const Error& error) {
            notes.push_back(error.what());
        }
        break;
    }
    return {};
}

}  // namespace settle
