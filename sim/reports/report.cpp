#include "sim/reports/report.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/reports/chip_section.hpp"
#include "sim/reports/figures.hpp"
#include "sim/reports/gnuplot.hpp"
#include "sim/reports/metric_words.hpp"
#include "sim/reports/plot_script.hpp"
#include "sim/reports/report_page.hpp"
#include "sim/runs/store/build_info.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/scenario/point_plot_form.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t most_rows_of_a_table = 400;

std::vector<const RunFiles*> of_kinds(const std::vector<RunFiles>& runs, const std::vector<RunKind>& kinds) {
    std::vector<const RunFiles*> found;
    for (const RunFiles& run : runs) {
        if (std::find(kinds.begin(), kinds.end(), run.kind) != kinds.end()) found.push_back(&run);
    }
    return found;
}

std::string mean_text(const std::string& metric, const MetricMean& mean) {
    std::string text = metric_text(metric, mean.mean);
    if (mean.low && mean.high) {
        text += fmt::format(" ({} to {})", metric_text(metric, *mean.low), metric_text(metric, *mean.high));
    }
    return text;
}

/// The metrics that the sweep shows, then those that a reader looks for first.
std::vector<std::string> metrics_of_table(const SweepOfRun& of) {
    std::vector<std::string> metrics;
    if (of.run->scenario) metrics = shown_metrics(*of.run->scenario);
    for (const std::string& metric : main_metrics(of.sweep)) {
        if (std::find(metrics.begin(), metrics.end(), metric) == metrics.end()) metrics.push_back(metric);
    }
    return metrics;
}

Table points_table(const SweepOfRun& of) {
    const MeasuredSweep& sweep = of.sweep;
    const bool numbered = of.run->scenario && !of.run->scenario->sweep.plot.empty();
    const char* title = sweep.has_intervals ? "Points: means and 95 % intervals (Student)" : "Points: means so far";
    Table table{title, {"point"}, {}, true};
    const std::vector<std::string> metrics = metrics_of_table(of);
    for (const std::string& axis : sweep.axes) table.head.push_back(axis);
    table.head.push_back("runs");
    table.head.insert(table.head.end(), metrics.begin(), metrics.end());
    for (const MeasuredPoint& point : sweep.points) {
        if (table.rows.size() == most_rows_of_a_table) break;
        std::vector<std::string> row = {point.label.empty() ? fmt::format("{}", point.index) : point.label};
        if (numbered && !point.label.empty()) row[0] = fmt::format("{}: {}", point.index, point.label);
        row.insert(row.end(), point.labels.begin(), point.labels.end());
        row.push_back(fmt::format("{}", point.repeats.size()));
        for (const std::string& metric : metrics) {
            const auto mean = point.metrics.find(metric);
            const auto absent = point.absent.find(metric);
            row.push_back(mean != point.metrics.end()    ? mean_text(metric, mean->second)
                          : absent != point.absent.end() ? absent->second
                                                         : "–");
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

/// What every point differs by from the reference point, in the metrics that a reader looks for first.
Table differences_table(const MeasuredSweep& sweep) {
    Table table{"Differences from " + sweep.against +
                    ", paired by seed, with 95 % intervals (Student) and p of the "
                    "paired t test",
                {"point", "metric", "pairs", "difference", "95 % interval", "p"},
                {},
                true};
    std::map<std::int64_t, std::string> labels;
    for (const MeasuredPoint& point : sweep.points) labels[point.index] = point.label;
    const std::vector<std::string> metrics = main_metrics(sweep);
    for (const MeasuredDifference& d : sweep.differences) {
        if (table.rows.size() == most_rows_of_a_table) break;
        if (std::find(metrics.begin(), metrics.end(), d.metric) == metrics.end()) continue;
        const std::string interval =
            d.low && d.high ? metric_text(d.metric, *d.low) + " to " + metric_text(d.metric, *d.high) : "–";
        const std::string p = d.p ? number_text(*d.p, 2) : d.pairs > 1 ? "all equal" : "–";
        table.rows.push_back(
            {labels[d.point], d.metric, fmt::format("{}", d.pairs), metric_text(d.metric, d.mean), interval, p});
    }
    return table;
}

Table best_table(const TriedSearch& search) {
    Table table{"The best trials", {"rank", "trial", search.objective}, {}, true};
    table.head.insert(table.head.end(), search.keys.begin(), search.keys.end());
    const auto ranking = search.ranking();
    for (std::size_t rank = 0; rank < std::min<std::size_t>(10, ranking.size()); ++rank) {
        const Trial& trial = search.trials[ranking[rank]];
        std::vector<std::string> row = {fmt::format("{}", rank + 1), fmt::format("{}", trial.index),
                                        metric_text(search.objective, *trial.objective)};
        for (std::size_t key = 0; key < search.keys.size(); ++key) {
            row.push_back(trial.numbers[key] ? number_text(*trial.numbers[key]) : trial.texts[key]);
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

ReportSection section_of(std::string title, std::vector<Plot> plots) {
    ReportSection section{std::move(title), {}, {}};
    for (Plot& plot : plots) {
        say_what_is_left_out(plot);
        section.plots.push_back({std::move(plot), {}});
    }
    return section;
}

void add_chip_section(const RunFiles& run, const std::string& of_it, std::vector<ReportSection>& sections) {
    if (!run.scenario || !run.scenario->chip) return;
    const auto servers = read_run_file(run.file("chip.csv")), latencies = read_run_file(run.file("latencies.csv"));
    auto chip = chip_section(*run.scenario->chip, servers.value_or(""), latencies.value_or(""));
    if (!chip) return;
    sections.push_back(section_of("The chip" + of_it, std::move(chip->plots)));
    sections.back().words = std::move(chip->words);
    sections.back().tables.push_back(std::move(chip->busiest));
}

/// Of searches, chips, and rasters of all: what is not laid over each other, with names of its own where there are
/// several.
void add_sections_of(RunFiles& run, std::size_t number, std::size_t count, std::vector<ReportSection>& sections) {
    const std::string of_it = count > 1 ? " of " + run.label : "";
    const std::size_t first = sections.size();
    if (run.kind == RunKind::search) {
        const TriedSearch search = read_tried_search(run);
        sections.push_back(section_of("Search" + of_it, search_figures(search)));
        if (!search.trials.empty()) sections.back().tables.push_back(best_table(search));
    }
    std::vector<Plot> raster = raster_figures(run, run.notes);
    const bool alone = count == 1 && !sections.empty();
    if (alone) {
        for (Plot& plot : raster) sections.back().plots.push_back({std::move(plot), {}});
    } else {
        sections.push_back(section_of("Spikes" + of_it, std::move(raster)));
    }
    add_chip_section(run, of_it, sections);
    if (alone) return;
    for (std::size_t i = first; i < sections.size(); ++i) {
        for (DrawnPlot& drawn : sections[i].plots) drawn.plot.name += fmt::format("-of-run-{}", number);
    }
}

/// All sweeps, laid over each other.
ReportSection section_of_sweeps(std::vector<RunFiles>& runs) {
    std::vector<SweepOfRun> sweeps;
    for (RunFiles& run : runs) {
        if (run.kind != RunKind::sweep) continue;
        sweeps.push_back({&run, read_measured_sweep(run)});
        const std::int64_t failed = sweeps.back().sweep.failed;
        if (failed > 0) run.notes.push_back(fmt::format("Runs that failed and are left out: {}.", failed));
    }
    check_axes(sweeps);
    ReportSection section = section_of(sweeps.size() > 1 ? "Sweeps" : "Sweep", sweep_figures(sweeps));
    for (const SweepOfRun& of : sweeps) {
        if (of.sweep.points.empty()) continue;
        std::vector<Table> tables = {points_table(of)};
        if (!of.sweep.differences.empty()) tables.push_back(differences_table(of.sweep));
        for (Table& table : tables) {
            if (sweeps.size() > 1) table.caption = of.run->label + ": " + table.caption;
            section.tables.push_back(std::move(table));
        }
    }
    return section;
}

std::vector<ReportSection> sections_of(std::vector<RunFiles>& runs) {
    std::vector<ReportSection> sections;
    const auto converging = of_kinds(runs, {RunKind::convergence});
    const auto streaming = of_kinds(runs, {RunKind::stream});
    const auto learning = of_kinds(runs, {RunKind::training, RunKind::inference});
    if (!converging.empty()) sections.push_back(section_of("Convergence", convergence_figures(converging)));
    if (!streaming.empty()) sections.push_back(section_of("Following a stream", stream_figures(streaming)));
    if (!learning.empty()) sections.push_back(section_of("Learning and settling", training_figures(learning)));
    if (!of_kinds(runs, {RunKind::sweep}).empty()) sections.push_back(section_of_sweeps(runs));
    for (std::size_t i = 0; i < runs.size(); ++i) add_sections_of(runs[i], i + 1, runs.size(), sections);
    return sections;
}

void write_text(const fs::path& path, const std::string& text) {
    write_whole_file(path.string(), text);
}

/// A folder that is gone when this is, whatever happens.
class TemporaryFolder {
public:
    explicit TemporaryFolder(const std::string& parent) : path_(parent + "/.report-XXXXXX") {
        if (!::mkdtemp(path_.data())) throw runtime_failure(parent, "cannot be written", "a place that can be written");
    }
    ~TemporaryFolder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const std::string& path() const { return path_; }

private:
    std::string path_;
};

/// Draws all plots in `folder`, which is made; returns their number.
int draw(const std::vector<ReportSection>& sections, const std::string& folder, const PlotStyle& style) {
    fs::create_directories(folder);
    std::vector<std::string> scripts;
    for (const ReportSection& section : sections) {
        for (const DrawnPlot& drawn : section.plots) {
            const std::string base = folder + "/" + drawn.plot.name;
            write_text(base + ".gp", gnuplot_script(drawn.plot, style));
            write_text(base + ".dat", gnuplot_data(drawn.plot));
            scripts.push_back(drawn.plot.name + ".gp");
        }
    }
    if (!scripts.empty()) run_gnuplot(folder, scripts);
    for (const std::string& script : scripts) {
        const std::string name = script.substr(0, script.size() - 3);
        for (const PlotFormat format : style.formats) {
            std::error_code failure;
            const auto size = fs::file_size(folder + "/" + name + "." + format_name(format), failure);
            if (failure || size == 0)
                throw runtime_failure("gnuplot", "has not drawn " + name + "." + format_name(format));
        }
    }
    return static_cast<int>(scripts.size());
}

/// Gives the plots their SVG of the page: that in `own`, if it looks as the page's does, else one drawn in `folder`.
void take_svgs(std::vector<ReportSection>& sections, const PlotStyle& style, const std::string& own,
               const std::string& folder) {
    PlotStyle page;
    const auto& formats = style.formats;
    const bool there =
        style.looks_like(page) && std::find(formats.begin(), formats.end(), PlotFormat::svg) != formats.end();
    page.formats = {PlotFormat::svg};
    if (!there) draw(sections, folder, page);
    for (ReportSection& section : sections) {
        for (DrawnPlot& drawn : section.plots) {
            auto svg = read_run_file((there ? own : folder) + "/" + drawn.plot.name + ".svg");
            if (!svg || svg->find("</svg>") == std::string::npos)
                throw runtime_failure("gnuplot", "has not drawn the whole of " + drawn.plot.name,
                                      "free space, and no limit on the size of files (ulimit -f) in its way");
            drawn.svg = *std::move(svg);
        }
    }
}

/// The files of all plots; pictures of an earlier report in other formats go, since they would show other data.
void move_plots(const std::vector<ReportSection>& sections, const std::string& from, const std::string& to,
                const PlotStyle& style) {
    fs::create_directories(to);
    for (const ReportSection& section : sections) {
        for (const DrawnPlot& drawn : section.plots) {
            const std::string& name = drawn.plot.name;
            for (const char* ending : {".svg", ".png", ".pdf"}) fs::remove(to + "/" + name + ending);
            std::vector<std::string> endings = {"gp", "dat"};
            for (const PlotFormat format : style.formats) endings.emplace_back(format_name(format));
            for (const std::string& ending : endings) {
                fs::rename(from + "/" + name + "." + ending, to + "/" + name + "." + ending);
            }
        }
    }
}

}  // namespace

WrittenReport write_report(const std::vector<std::string>& directories, const std::string& out,
                           const std::string& command, const PlotStyle& style) {
    Report report;
    report.formats = style.formats;
    for (const std::string& directory : directories) report.runs.push_back(read_run_files(directory));
    label_runs(report.runs);
    report.sections = sections_of(report.runs);
    report.command = command;
    report.program_version = build_info().version;
    const RunDirectory target(out);
    const TemporaryFolder temporary(out);
    WrittenReport written{target.file("report.html"), target.file("plots"), 0, {}};
    const std::string own = temporary.path() + "/plots";
    written.plot_count = draw(report.sections, own, style);
    take_svgs(report.sections, style, own, temporary.path() + "/page");
    const std::string page = report_page(report);
    try {
        move_plots(report.sections, own, written.plots, style);
    } catch (const fs::filesystem_error& error) {
        throw runtime_failure(written.plots, "cannot be written: " + error.code().message(),
                              "free space and write permission");
    }
    target.write("report.html", page);
    for (const RunFiles& run : report.runs) {
        for (const std::string& note : run.notes) written.notes.push_back(run.directory + ": " + note);
    }
    return written;
}

}  // namespace settle
