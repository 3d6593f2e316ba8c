#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numeric>

#include "core/error.hpp"
#include "sim/formats/shape_text.hpp"
#include "sim/reports/event_marks.hpp"
#include "sim/reports/figures.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

/// Neurons of one population that are shown: more would be a grey wall.
constexpr std::int64_t most_of_a_population = 40;
/// Bytes of a recording that are held at a time.
constexpr std::int64_t most_bytes = 16 << 20;

/// Pixels of a row of Plot::height, if there is room for them; between the numbers of two neurons.
constexpr double pixels_of_raster_row = 3.6, least_number_distance = 17;

/// A row of the raster: a neuron, and its column in the recording.
struct RasterRow {
    std::int64_t column;
    std::int64_t neuron;  ///< in its layer
    double y;
    int layer;
};

struct RasterLayout {
    std::vector<RasterRow> rows;
    std::vector<std::pair<std::string, double>> names;  ///< of populations, at their middle
    double height = 0;
};

/// In the order of the network, the input at the bottom; of large populations every so-manieth neuron.
RasterLayout layout_of(const std::vector<RecordedColumn>& columns, const NetworkPart& network) {
    RasterLayout layout;
    for (std::size_t begin = 0; begin < columns.size();) {
        std::size_t end = begin;
        while (end < columns.size() && columns[end].layer == columns[begin].layer) ++end;
        const auto all = static_cast<std::int64_t>(end - begin), shown = std::min(all, most_of_a_population);
        const double first = layout.height;
        for (std::int64_t i = 0; i < shown; ++i) {
            const std::int64_t column = static_cast<std::int64_t>(begin) + i * all / shown;
            layout.rows.push_back(
                {column, columns[static_cast<std::size_t>(column)].neuron, layout.height, columns[begin].layer});
            layout.height += 1;
        }
        const int layer = columns[begin].layer;
        layout.names.emplace_back(population_label(network, layer), (first + layout.height - 1) / 2);
        layout.height += 3;
        begin = end;
    }
    return layout;
}

/// Calls `seen(row, period)` for every bit of value 1 of the first presentation.
template <class Seen>
void read_bits(const RecordedArray& bits, const RasterLayout& layout, std::int64_t columns, Seen&& seen) {
    const auto shape = bits.shape();
    if (shape.size() != 3 || shape[2] != columns) {
        throw input_error(bits.path(), bits.name(), "has the shape " + shape_text(shape),
                          fmt::format("ticks x presentations x {} neurons", columns));
    }
    const std::int64_t row_bytes = std::max<std::int64_t>(1, shape[1] * shape[2]);
    const std::int64_t chunk = std::max<std::int64_t>(1, most_bytes / row_bytes);
    for (std::int64_t first = 0; first < shape[0] && shape[1] > 0; first += chunk) {
        const std::int64_t count = std::min(chunk, shape[0] - first);
        const auto bytes = bits.bytes(first, count);
        for (std::int64_t t = 0; t < count; ++t) {
            for (const RasterRow& row : layout.rows) {
                if (bytes[static_cast<std::size_t>(t * row_bytes + row.column)] > 0) seen(row, first + t + 1);
            }
        }
    }
}

/// Calls `seen(row, time)` for every spike of the first presentation's main branch.
template <class Seen>
void read_spikes(const RecordedMinibatch& minibatch, const RasterLayout& layout, const std::vector<int>& sizes,
                 Seen&& seen) {
    std::vector<const RasterRow*> row_of;
    for (const int size : sizes) row_of.resize(row_of.size() + static_cast<std::size_t>(size), nullptr);
    for (const RasterRow& row : layout.rows) {
        const auto first = std::accumulate(sizes.begin(), sizes.begin() + row.layer, std::int64_t{0});
        row_of[static_cast<std::size_t>(first + row.neuron)] = &row;
    }
    const auto part = [&](const char* name) { return minibatch.array(std::string("spikes/") + name); };
    const auto presentations = part("presentation"), branches = part("branch"), neurons = part("neuron"),
               times = part("time");
    if (!presentations || !branches || !neurons || !times) return;
    constexpr std::int64_t chunk = most_bytes / 32;
    const std::int64_t all = times->shape().front();
    for (std::int64_t first = 0; first < all; first += chunk) {
        const std::int64_t count = std::min(chunk, all - first);
        const auto presentation = presentations->integers(first, count), branch = branches->integers(first, count),
                   neuron = neurons->integers(first, count), time = times->integers(first, count);
        for (std::size_t i = 0; i < time.size(); ++i) {
            // They are sorted by presentation and branch.
            if (presentation[i] != 0 || branch[i] != 0) return;
            const auto at = static_cast<std::size_t>(neuron[i]);
            if (neuron[i] >= 0 && at < row_of.size() && row_of[at]) seen(*row_of[at], time[i]);
        }
    }
}

/// Numbers of neurons: the first and last of each population, as far as they do not touch; nothing for one alone.
std::vector<std::pair<std::string, double>> neuron_numbers(const RasterLayout& layout, double pixels_of_row) {
    std::vector<std::pair<std::string, double>> numbers;
    if (layout.rows.size() < 2) return numbers;
    for (std::size_t i = 0; i < layout.rows.size(); ++i) {
        const RasterRow& row = layout.rows[i];
        const bool first = i == 0 || layout.rows[i - 1].layer != row.layer;
        const bool last = i + 1 == layout.rows.size() || layout.rows[i + 1].layer != row.layer;
        const bool free = numbers.empty() || (row.y - numbers.back().second) * pixels_of_row >= least_number_distance;
        if ((first || last) && free) numbers.emplace_back(fmt::format("{}", row.neuron), row.y);
    }
    return numbers;
}

/// The axes, heights and words of a raster; its marks come from the recording.
Plot empty_raster(const RasterLayout& layout, std::int64_t minibatch) {
    Plot plot{"raster", "Spikes", "", {"time t (periods)", false, 0.0, {}}, {"", false, -2.0, layout.height - 1}};
    plot.grid = plot.legend = false;
    plot.height = std::clamp(100 + static_cast<int>(pixels_of_raster_row * layout.height), 260, 560);
    plot.beside = layout.names;
    plot.y.names = neuron_numbers(layout, (plot.height - 75) / (layout.height + 1));
    plot.y.shown = !plot.y.names.empty();
    if (plot.y.shown) plot.y.label = "neuron";
    plot.caption = fmt::format(
        "Bits of value 1 in the first presentation of minibatch {}, a row a neuron; of larger populations {} neurons, "
        "evenly spaced.",
        minibatch, most_of_a_population);
    return plot;
}

/// Events in the presentation that is shown; where a period has one place, their bits begin a half period later.
std::vector<PlotMark> event_marks(const RunFiles& run, double last, double later) {
    const Task task = run.scenario->task;
    const bool tested = (task == Task::infer || task == Task::stream) && run.scenario->data.test != 0;
    auto marks = marks_within({&run}, tested ? &Event::in_test : &Event::in_training, static_cast<std::int64_t>(last));
    for (PlotMark& mark : marks) mark.x += later;
    return marks;
}

/// Of spikes where they are recorded, at their times; else of bits, at the numbers of their ticks or periods.
Plot raster_of(const RunFiles& run, std::int64_t number, const RecordedMinibatch& minibatch) {
    const NetworkPart& network = run.scenario->network;
    const auto bits = minibatch.array("bits");
    const bool spikes = minibatch.array("spikes/time").has_value();
    const auto columns =
        recorded_columns(spikes ? run.scenario->record.spikes : run.scenario->record.bits, network.sizes(), 0);
    const RasterLayout layout = layout_of(columns, network);
    Plot plot = empty_raster(layout, number);
    plot.series.resize(network.sizes().size());
    for (std::size_t l = 0; l < plot.series.size(); ++l) {
        plot.series[l].label = population_label(network, static_cast<int>(l));
        plot.series[l].style = Series::Style::ticks;
        plot.series[l].colour = static_cast<int>(l);
    }
    double last = 0;
    const auto add = [&](const RasterRow& row, double period) {
        Series& series = plot.series[static_cast<std::size_t>(row.layer)];
        series.x.push_back(period);
        series.y.push_back(row.y);
        series.low.push_back(row.y - 0.42);
        series.high.push_back(row.y + 0.42);
        last = std::max(last, period);
    };
    const bool timed = spikes && run.scenario->engine != EngineKind::free_running;
    if (spikes) {
        const auto& timing = run.scenario->timing;
        const double unit = timed ? 1 / static_cast<double>(picoseconds_of(timing.period, timing.unit)) : 1;
        read_spikes(minibatch, layout, network.sizes(),
                    [&](const RasterRow& row, std::int64_t time) { add(row, static_cast<double>(time) * unit); });
    } else {
        read_bits(*bits, layout, std::ssize(columns),
                  [&](const RasterRow& row, std::int64_t period) { add(row, static_cast<double>(period)); });
    }
    const double later = timed ? 0 : 0.5;
    plot.x.high = timed ? std::ceil(last) : last;
    const int free = run.scenario->phases.free;
    if (last > free && run.scenario->task != Task::stream) plot.marks = {{free + later, "nudge"}};
    add_marks(event_marks(run, last, later), plot.marks);
    return plot;
}

}  // namespace

std::vector<Plot> raster_figures(const RunFiles& run, std::vector<std::string>& notes) {
    if (!run.scenario) return {};
    const RecordedRun recorded(run.directory, notes);
    for (const auto& [number, minibatch] : recorded.minibatches()) {
        if (!minibatch.array("spikes/time") && !minibatch.array("bits")) continue;
        try {
            Plot plot = raster_of(run, number, minibatch);
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
