#include "sim/reports/measured_sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <set>

#include "core/error.hpp"
#include "sim/reports/metric_words.hpp"
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
        point.labels[static_cast<std::size_t>(at)] = label_text(entry.text);
        point.numbers[static_cast<std::size_t>(at)] = values.number(entry.path);
    }
}

std::optional<double> to_number(const std::string& text) {
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
    return number;
}

/// A table that the sweep has written, by the names of its columns.
class Csv {
public:
    Csv(const std::string& text, std::string place) : rows_(parse_csv(text)), place_(std::move(place)) {
        for (std::size_t i = 1; i < rows_.size(); ++i) {
            if (rows_[i].size() == rows_[0].size()) continue;
            throw Error(Blame::input, {{place_, static_cast<int>(i) + 1, 0, "", "has another number of columns",
                                        "what settle sweep wrote", ""}});
        }
    }
    /// The rows below the head.
    std::size_t rows() const { return rows_.empty() ? 0 : rows_.size() - 1; }
    std::size_t column(const char* name) const {
        const auto at = std::find(rows_[0].begin(), rows_[0].end(), name);
        if (at == rows_[0].end())
            throw input_error(place_, name, "is not among its columns", "what settle sweep wrote");
        return static_cast<std::size_t>(at - rows_[0].begin());
    }
    const std::string& text(std::size_t row, std::size_t column) const { return rows_[row + 1][column]; }
    std::optional<double> number(std::size_t row, std::size_t column) const { return to_number(text(row, column)); }

private:
    std::vector<std::vector<std::string>> rows_;
    std::string place_;
};

/// Takes runs, means and intervals as the sweep has written them.
void take_means(const Csv& csv, MeasuredSweep& sweep) {
    if (csv.rows() == 0) return;
    const std::size_t point = csv.column("point"), metric = csv.column("metric"), runs = csv.column("runs"),
                      mean = csv.column("mean"), low = csv.column("low"), high = csv.column("high");
    std::map<double, MeasuredPoint*> points;
    for (MeasuredPoint& p : sweep.points) points.emplace(static_cast<double>(p.index), &p);
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        const auto index = csv.number(row, point), value = csv.number(row, mean);
        const auto found = points.find(index.value_or(-1));
        if (!value || found == points.end()) continue;
        found->second->metrics[csv.text(row, metric)] = {static_cast<int>(csv.number(row, runs).value_or(0)), *value,
                                                         csv.number(row, low), csv.number(row, high)};
    }
    sweep.has_intervals = true;
}

void take_differences(const Csv& csv, MeasuredSweep& sweep) {
    if (csv.rows() == 0) return;
    const std::size_t point = csv.column("point"), metric = csv.column("metric"), pairs = csv.column("pairs"),
                      mean = csv.column("mean"), low = csv.column("low"), high = csv.column("high"),
                      p = csv.column("p");
    sweep.against = label_text(csv.text(0, csv.column("against")));
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        const auto index = csv.number(row, point), value = csv.number(row, mean);
        if (!index || !value) continue;
        sweep.differences.push_back({static_cast<std::int64_t>(*index), csv.text(row, metric),
                                     static_cast<int>(csv.number(row, pairs).value_or(0)), *value, csv.number(row, low),
                                     csv.number(row, high), csv.number(row, p)});
    }
}

/// A mean over some of the repeats would look better than the point is.
void take_out_survivors(MeasuredPoint& point) {
    const auto all = static_cast<int>(point.repeats.size()) + static_cast<int>(point.failed);
    std::set<std::string> names;
    for (const auto& [name, mean] : point.metrics) names.insert(name);
    add_expectable(names);
    if (point.repeats.empty()) return;
    for (const std::string& name : names) {
        const auto found = point.metrics.find(name);
        const int have = found == point.metrics.end() ? 0 : found->second.runs;
        const std::string absence = absence_over_repeats(name, have, all, static_cast<int>(point.failed));
        if (absence.empty()) continue;
        point.metrics.erase(name);
        point.absent[name] = absence;
    }
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

MeasuredSweep read_measured_sweep(const RunFiles& run) {
    MeasuredSweep sweep;
    if (run.scenario) sweep.shown = run.scenario->sweep.show;
    std::map<std::int64_t, MeasuredPoint> points;
    for (const Record& line : run.points) {
        MeasuredPoint& point = points[whole(line, "point")];
        if (point.labels.empty()) {
            point.index = whole(line, "point");
            point.label = label_text(line.text("label"));
            read_axes(line, sweep, point);
        }
        if (line.find("failed")) {
            ++sweep.failed;
            ++point.failed;
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
        take_out_survivors(point);
        sweep.points.push_back(std::move(point));
    }
    for (const char* name : {"means.csv", "differences.csv"}) {
        const auto text = read_run_file(run.file(name));
        if (!text) continue;
        const Csv csv(*text, run.file(name));
        if (name == std::string("means.csv")) {
            take_means(csv, sweep);
        } else {
            take_differences(csv, sweep);
        }
    }
    return sweep;
}

std::string values_text(const MeasuredSweep& sweep, const MeasuredPoint& point, const std::vector<std::size_t>& axes) {
    std::string text;
    for (const std::size_t axis : axes) {
        const std::string key = sweep.axes[axis].substr(sweep.axes[axis].rfind('.') + 1);
        const std::string& label = point.labels[axis];
        text += (text.empty() ? "" : ", ") + (point.numbers[axis] ? key + " = " + label : label);
    }
    return text;
}

std::vector<Record> read_sweep_curve(const RunFiles& run, std::int64_t point, std::int64_t repeat) {
    const std::string path = run.file(fmt::format("curves/{:04}-{:03}.jsonl", point, repeat));
    const auto text = read_run_file(path);
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

/// "not settled (3 of 3)", unlike "failed (3 of 3)".
bool did_not_happen(const std::string& name, const std::string& absence) {
    const Metric* metric = find_metric(name);
    return metric && !metric->without.empty() && absence.rfind(metric->without, 0) == 0;
}

}  // namespace

std::vector<std::string> main_metrics(const MeasuredSweep& sweep) {
    std::vector<std::string> varying, all, unmet;
    std::vector<std::string> names = sweep.shown;
    for (std::string& name : ranked_metrics(&Metric::plotted)) {
        if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
    }
    for (const std::string& name : names) {
        std::set<double> values;
        bool gone = false;   // at one of the points, which is a difference from the others
        bool never = false;  // what it measures did not happen at some: where that is everywhere, it is the result
        for (const MeasuredPoint& point : sweep.points) {
            const auto at = point.metrics.find(name);
            if (at != point.metrics.end()) values.insert(at->second.mean);
            const auto absence = point.absent.find(name);
            gone = gone || absence != point.absent.end();
            never = never || (absence != point.absent.end() && did_not_happen(name, absence->second));
        }
        const auto told = [&](const std::vector<std::string>& names) {
            return std::any_of(names.begin(), names.end(),
                               [&](const std::string& other) { return same_everywhere(sweep, name, other); });
        };
        if (values.empty() && never) unmet.push_back(name);
        if (!values.empty() && !told(all)) all.push_back(name);
        if (values.size() + (gone ? 1 : 0) > 1 && !values.empty() && !told(varying)) varying.push_back(name);
    }
    // That nothing changes is a result too.
    std::vector<std::string> main = varying.empty() ? all : varying;
    main.insert(main.end(), unmet.begin(), unmet.end());
    return main;
}

}  // namespace settle
