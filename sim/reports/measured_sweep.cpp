#include "sim/reports/measured_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "core/error.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

std::int64_t whole(const Record& line, const char* path) {
    return static_cast<std::int64_t>(line.number(path).value_or(0));
}

/// Axes by their labels; where there are none, by their values.
void read_axes(const Record& line, MeasuredSweep& sweep, MeasuredPoint& point) {
    const Record labels = line.under("labels"), values = line.under("values");
    const Record& named = labels.entries.empty() ? values : labels;
    for (const RecordEntry& entry : named.entries) {
        auto at = std::find(sweep.axes.begin(), sweep.axes.end(), entry.path) - sweep.axes.begin();
        if (at == static_cast<std::ptrdiff_t>(sweep.axes.size())) sweep.axes.push_back(entry.path);
        const auto size = std::max(point.labels.size(), static_cast<std::size_t>(at) + 1);
        point.labels.resize(size);
        point.numbers.resize(size);
        point.labels[static_cast<std::size_t>(at)] = entry.text;
        point.numbers[static_cast<std::size_t>(at)] = values.number(entry.path);
    }
}

std::optional<double> to_number(const std::string& text) {
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

/// Takes runs, means and intervals as the sweep has written them.
void take_means(const std::string& text, const std::string& place, MeasuredSweep& sweep) {
    const auto rows = parse_csv(text);
    if (rows.empty()) return;
    const auto column = [&](const char* name) {
        const auto at = std::find(rows[0].begin(), rows[0].end(), name);
        if (at == rows[0].end()) throw input_error(place, name, "is not among its columns", "what settle sweep wrote");
        return static_cast<std::size_t>(at - rows[0].begin());
    };
    const std::size_t point = column("point"), metric = column("metric"), runs = column("runs"), mean = column("mean"),
                      low = column("low"), high = column("high");
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (rows[i].size() != rows[0].size())
            throw Error(Blame::input, {{place, static_cast<int>(i) + 1, 0, "", "has another number of columns",
                                        "what settle sweep wrote", ""}});
        const auto index = to_number(rows[i][point]), value = to_number(rows[i][mean]);
        for (MeasuredPoint& p : sweep.points) {
            if (!index || !value || static_cast<double>(p.index) != *index) continue;
            const auto count = to_number(rows[i][runs]);
            p.metrics[rows[i][metric]] = {static_cast<int>(count.value_or(0)), *value, to_number(rows[i][low]),
                                          to_number(rows[i][high])};
        }
    }
    sweep.has_intervals = true;
}

}  // namespace

std::vector<std::vector<std::string>> parse_csv(const std::string& text) {
    std::vector<std::vector<std::string>> rows;
    std::vector<std::string> row;
    std::string field;
    bool in_quotes = false, any = false;
    const auto end_row = [&] {
        row.push_back(std::move(field));
        rows.push_back(std::move(row));
        field.clear();
        row.clear();
        any = false;
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (in_quotes) {
            if (c != '"')
                field += c;
            else if (i + 1 < text.size() && text[i + 1] == '"')
                field += text[++i];
            else
                in_quotes = false;
        } else if (c == '"') {
            in_quotes = any = true;
        } else if (c == ',') {
            row.push_back(std::move(field));
            field.clear();
            any = true;
        } else if (c == '\n') {
            if (any || !row.empty()) end_row();
        } else if (c != '\r') {
            field += c;
            any = true;
        }
    }
    if (any || !row.empty()) end_row();
    return rows;
}

bool MeasuredSweep::intervals_are_ranges() const {
    return has_intervals && std::all_of(points.begin(), points.end(),
                                        [](const MeasuredPoint& point) { return point.repeats.size() <= 3; });
}

MeasuredSweep read_measured_sweep(const RunFiles& run) {
    MeasuredSweep sweep;
    std::map<std::int64_t, MeasuredPoint> points;
    for (const Record& line : run.points) {
        MeasuredPoint& point = points[whole(line, "point")];
        if (point.labels.empty()) {
            point.index = whole(line, "point");
            point.label = line.text("label");
            read_axes(line, sweep, point);
        }
        if (line.find("failed")) {
            ++sweep.failed;
            continue;
        }
        point.repeats.push_back(whole(line, "repeat"));
        ++sweep.runs;
        for (const RecordEntry& metric : line.under("metrics").entries) {
            if (!metric.number) continue;
            MetricMean& mean = point.metrics[metric.path];
            mean.mean += (*metric.number - mean.mean) / ++mean.runs;
        }
    }
    for (auto& [index, point] : points) {
        point.labels.resize(sweep.axes.size());
        point.numbers.resize(sweep.axes.size());
        std::sort(point.repeats.begin(), point.repeats.end());
        sweep.points.push_back(std::move(point));
    }
    if (const auto means = read_file(run.file("means.csv"))) take_means(*means, run.file("means.csv"), sweep);
    return sweep;
}

std::vector<Record> read_sweep_curve(const RunFiles& run, std::int64_t point, std::int64_t repeat) {
    const std::string path = run.file(fmt::format("curves/{:04}-{:03}.jsonl", point, repeat));
    const auto text = read_file(path);
    std::vector<std::string> ignored;
    return text ? parse_records(*text, path, ignored) : std::vector<Record>();
}

namespace {

/// Whether two metrics are the same at every point, but for rounding: of perfect hardware the distance and the
/// effective distance are.
bool same_everywhere(const MeasuredSweep& sweep, const std::string& one, const std::string& other) {
    return std::all_of(sweep.points.begin(), sweep.points.end(), [&](const MeasuredPoint& point) {
        const auto a = point.metrics.find(one), b = point.metrics.find(other);
        if (a == point.metrics.end() || b == point.metrics.end()) return a == b;
        return std::abs(a->second.mean - b->second.mean) <= 1e-9 * std::abs(a->second.mean);
    });
}

}  // namespace

std::vector<std::string> main_metrics(const MeasuredSweep& sweep) {
    std::vector<std::string> varying, all;
    for (const std::string& name : ranked_metrics(&Metric::plotted)) {
        std::set<double> values;
        for (const MeasuredPoint& point : sweep.points) {
            const auto at = point.metrics.find(name);
            if (at != point.metrics.end()) values.insert(at->second.mean);
        }
        const auto told = [&](const std::vector<std::string>& names) {
            return std::any_of(names.begin(), names.end(),
                               [&](const std::string& other) { return same_everywhere(sweep, name, other); });
        };
        if (!values.empty() && !told(all)) all.push_back(name);
        if (values.size() > 1 && !told(varying)) varying.push_back(name);
    }
    // That nothing changes is a result too.
    return varying.empty() ? all : varying;
}

}  // namespace settle
