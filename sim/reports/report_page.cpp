#include "sim/reports/report_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "sim/formats/shell_words.hpp"
#include "sim/formats/toml.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/reports/metric_words.hpp"
#include "sim/reports/page_style.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

/// The numbers that stand large at the top, as far as a run has them; those of sweeps and searches in between.
std::vector<std::string> headline_metrics() {
    std::vector<std::string> names = ranked_metrics(&Metric::headline);
    const auto last = std::find(names.begin(), names.end(), "wall_seconds");
    names.insert(last, {"points", "repeats", "runs", "trials", "best_objective", "best_trial", "failed"});
    return names;
}

constexpr std::size_t most_tiles = 6;
constexpr std::size_t most_open_verdicts = 8;

std::string command_of(RunKind kind) {
    return kind == RunKind::sweep ? "sweep" : kind == RunKind::search ? "search" : "run";
}

std::string kind_text(const RunFiles& run) {
    switch (run.kind) {
        case RunKind::training:
            return "training";
        case RunKind::inference:
            return "inference";
        case RunKind::stream:
            return "stream";
        case RunKind::convergence:
            return "convergence";
        case RunKind::sweep:
            return "sweep";
        case RunKind::search:
            return "search";
    }
    return "";
}

std::string layers_text(const RunFiles& run) {
    const Value* network = run.settings.find("network");
    const Value* layers = network ? network->find("layers") : nullptr;
    std::string text;
    const Value* populations = run.settings.find("population");
    for (const Value& one : populations && populations->array() ? *populations->array() : Value::Array()) {
        const Value *name = one.find("name"), *size = one.find("size"), *shape = one.find("shape");
        if (!name || !name->string() || !(size || shape)) continue;
        text += (text.empty() ? "" : ", ") + *name->string() + " " + to_toml(size ? *size : *shape);
    }
    if (!layers || !layers->array()) return text;
    for (const Value& size : *layers->array()) text += (text.empty() ? "" : "–") + to_toml(size);
    return text;
}

std::string facts_html(const RunFiles& run) {
    std::vector<std::pair<std::string, std::string>> facts = {
        {"what", kind_text(run)},
        {"engine", run.setting("scenario", "engine")},
        {"network", layers_text(run)},
        {"data", run.setting("data", "set")},
        {"seed", run.setting("scenario", "seed")},
        {"unit of time", run.manifest.text("time_unit")},
        {"settle", run.manifest.text("version")},
        {"commit", run.manifest.text("commit")},
        {"compiler", run.manifest.text("compiler")},
        {"started", run.manifest.text("started")},
    };
    std::string html = "<dl class=\"facts\">\n";
    for (const auto& [name, value] : facts) {
        if (!value.empty()) html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, escape_html(value));
    }
    return html + "</dl>\n";
}

std::string notes_html(const RunFiles& run, bool several) {
    std::string html;
    for (const std::string& note : run.notes) {
        html += fmt::format("<p class=\"note\">{}</p>\n", escape_html((several ? run.label + ": " : "") + note));
    }
    return html;
}

std::string tiles_html(const RunFiles& run) {
    std::string tiles;
    std::size_t count = 0;
    for (const std::string& name : headline_metrics()) {
        const RecordEntry* entry = run.summary.find(name);
        if (!entry || !entry->number || count == most_tiles) continue;
        ++count;
        std::string words = name;
        std::replace(words.begin(), words.end(), '_', ' ');
        tiles +=
            fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(words), escape_html(metric_text(*entry)));
    }
    return tiles.empty() ? "" : "<dl class=\"tiles\">\n" + tiles + "</dl>\n";
}

std::string verdict_html(const RecordedVerdict& verdict) {
    using State = RecordedVerdict::State;
    const char* name = verdict.state == State::passed   ? "passed"
                       : verdict.state == State::failed ? "failed"
                                                        : "unknown";
    const char* sign = verdict.state == State::passed   ? "✓ passed"
                       : verdict.state == State::failed ? "✗ failed"
                                                        : "? not kept";
    const std::string expected = with_short_numbers(verdict.expected);
    std::string seen = with_short_numbers(verdict.seen);
    // What has missed by less than the digits show keeps all of them: nothing is both 0.02 and not below 0.02.
    if (expected.find(seen) != std::string::npos && verdict.expected.find(verdict.seen) == std::string::npos) {
        seen = verdict.seen;
    }
    std::string html = fmt::format("<li class=\"{}\"><b>{}</b><span>{}", name, sign, escape_html(expected));
    if (!seen.empty()) html += fmt::format(" <span class=\"seen\">({})</span>", escape_html(seen));
    return html + "</span></li>\n";
}

/// A long list folds, but for what did not pass: nobody should have to look for that.
std::string verdicts_html(const RunFiles& run) {
    if (run.verdicts.empty()) return "";
    std::string passed, others;
    std::size_t count = 0;
    for (const RecordedVerdict& verdict : run.verdicts) {
        const bool good = verdict.state == RecordedVerdict::State::passed;
        count += good ? 1 : 0;
        (good ? passed : others) += verdict_html(verdict);
    }
    const auto list = [](const std::string& items) {
        return items.empty() ? "" : "<ul class=\"verdicts\">\n" + items + "</ul>\n";
    };
    const std::string title = "<h3>Expectations</h3>\n";
    if (run.verdicts.size() <= most_open_verdicts) return title + list(others + passed);
    const std::string folded = fmt::format("<details>\n<summary>{} of {} passed</summary>\n{}</details>\n", count,
                                           run.verdicts.size(), list(passed));
    return title + list(others) + folded;
}

std::string figure_html(const DrawnPlot& drawn, const std::vector<PlotFormat>& formats) {
    const Plot& plot = drawn.plot;
    std::string html = fmt::format("<figure aria-labelledby=\"title-{0}\">\n<h3 id=\"title-{0}\">{1}</h3>\n", plot.name,
                                   escape_html(plot.title));
    html += inline_svg(plot, drawn.svg);
    std::string files;
    for (const PlotFormat format : formats) {
        std::string name = format_name(format);
        files += fmt::format("<a href=\"plots/{}.{}\">", plot.name, name);
        for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
        files += name + "</a>, ";
    }
    html += fmt::format(
        "<figcaption>{1} <span class=\"files\">{2}<a href=\"plots/{0}.gp\">script</a>, "
        "<a href=\"plots/{0}.dat\">data</a></span></figcaption>\n</figure>\n",
        plot.name, escape_html(plot.caption), files);
    return html;
}

std::string section_html(const ReportSection& section, const std::vector<PlotFormat>& formats) {
    if (section.plots.empty() && section.tables.empty()) return "";
    std::string html = fmt::format("<section>\n<h2>{}</h2>\n", escape_html(section.title));
    if (!section.words.empty()) html += fmt::format("<p>{}</p>\n", escape_html(section.words));
    if (!section.plots.empty()) {
        html += "<div class=\"figures\">\n";
        for (const DrawnPlot& drawn : section.plots) html += figure_html(drawn, formats);
        html += "</div>\n";
    }
    for (const Table& table : section.tables) html += table_html(table);
    return html + "</section>\n";
}

/// The command line as it was typed, whatever the path of the program was; a call from Python is one word.
std::string typed_command(const RunFiles& run) {
    const std::string call = run.manifest.text("command_line/0");
    if (call.starts_with("settle.") && call.ends_with(")")) return call;
    std::string text;
    for (int i = 0;; ++i) {
        const RecordEntry* word = run.manifest.find(fmt::format("command_line/{}", i));
        if (!word) return text;
        text += i == 0 ? "settle" : " " + shell_quoted(word->text);
    }
}

std::string again_html(const RunFiles& run) {
    std::string html;
    const std::string commit = run.manifest.text("commit"), typed = typed_command(run);
    std::string clean = commit;
    if (clean.ends_with("-dirty")) clean.resize(clean.size() - 6);
    if (!clean.empty() && clean != "unknown") {
        html += "<p>The same program, from a checkout of settle:</p>\n";
        html += code_html("git checkout " + shell_quoted(clean) + "\ntools/build release",
                          "commands that build the program");
        if (clean != commit) html += "<p class=\"note\">The sources had changes that no commit has.</p>\n";
    }
    if (!typed.empty()) html += "<p>As it was started:</p>\n" + code_html(typed, "command line as it was typed");
    html +=
        "<p>The same again, from the resolved scenario in the run directory, which has every default written "
        "out:</p>\n";
    std::string command = fmt::format("settle {} scenario.toml --out again", command_of(run.kind));
    html += code_html(command, "command line with the resolved scenario");
    if (run.kind == RunKind::search && read_run_file(run.file("best.toml"))) {
        html += "<p>The best trial alone:</p>\n";
        html += code_html("settle run best.toml --out best", "command line of the best trial");
    }
    const std::string fingerprint = run.summary.text("fingerprint");
    if (!fingerprint.empty()) {
        html += fmt::format("<p>It gives the same bits: fingerprint <code>{}</code>.</p>\n", escape_html(fingerprint));
    }
    return html;
}

std::string settings_html(const RunFiles& run) {
    return "<details open>\n<summary>scenario.toml</summary>\n" + code_html(run.scenario_text, "resolved scenario") +
           "</details>\n";
}

std::string title_of(const Report& report) {
    if (report.runs.size() > 1) return fmt::format("{} runs", report.runs.size());
    const std::string name = report.runs.front().setting("scenario", "name");
    return name.empty() ? report.runs.front().label : name;
}

std::string one_run_html(const Report& report) {
    const RunFiles& run = report.runs.front();
    std::string html = "<section>\n<h2>Result</h2>\n" + tiles_html(run) + verdicts_html(run);
    if (!run.finished) html += "<p>There are no final numbers yet.</p>\n";
    html += "</section>\n";
    for (const ReportSection& section : report.sections) html += section_html(section, report.formats);
    if (run.finished) {
        html += "<section>\n<h2>All numbers</h2>\n" + table_html(metrics_table(report.runs)) + "</section>\n";
    }
    html += "<section>\n<h2>Settings</h2>\n" + settings_html(run) + "</section>\n";
    return html + "<section>\n<h2>Run it again</h2>\n" + again_html(run) + "</section>\n";
}

/// The rows of the metrics that stand large at the top of a single run.
Table headline_table(const std::vector<RunFiles>& runs) {
    Table table = metrics_table(runs);
    table.caption = "Results";
    const std::vector<std::string> names = headline_metrics();
    std::erase_if(table.rows, [&](const std::vector<std::string>& row) {
        return std::find(names.begin(), names.end(), row.front()) == names.end();
    });
    return table;
}

std::string several_runs_html(const Report& report) {
    std::string html = "<section>\n<h2>Side by side</h2>\n";
    for (const Table& table : {differing_settings(report.runs), headline_table(report.runs)}) {
        if (!table.rows.empty()) html += table_html(table);
    }
    html += "</section>\n";
    for (const ReportSection& section : report.sections) html += section_html(section, report.formats);
    html += "<section>\n<h2>All numbers</h2>\n" + table_html(metrics_table(report.runs)) + "</section>\n";
    for (const RunFiles& run : report.runs) {
        html += fmt::format("<section>\n<h2>{}</h2>\n", escape_html(run.label));
        const std::string description = run.setting("scenario", "description");
        if (!description.empty()) html += fmt::format("<p>{}</p>\n", escape_html(description));
        html += facts_html(run) + verdicts_html(run);
        html += "<details>\n<summary>Settings</summary>\n" + code_html(run.scenario_text, "resolved scenario") +
                "</details>\n";
        html += "<details>\n<summary>Run it again</summary>\n" + again_html(run) + "</details>\n</section>\n";
    }
    return html;
}

/// Keys of a scenario with their values as text; a list of tables (expectations) is left out.
std::map<std::string, std::string> keys_of(const Value& settings) {
    std::map<std::string, std::string> keys;
    if (!settings.table()) return keys;
    for (const auto& [section, content] : *settings.table()) {
        if (!content.table()) continue;
        for (const auto& [name, value] : *content.table()) {
            keys[section + "." + name] = value.string() ? *value.string() : to_toml(value);
        }
    }
    return keys;
}

}  // namespace

Table metrics_table(const std::vector<RunFiles>& runs) {
    Table table{runs.size() == 1 ? "summary.json" : "Metrics", {"metric"}, {}, true};
    std::vector<std::string> names;
    for (const RunFiles& run : runs) {
        table.head.push_back(runs.size() == 1 ? "value" : run.label);
        for (const RecordEntry& entry : run.summary.entries) {
            const bool known = std::find(names.begin(), names.end(), entry.path) != names.end();
            if (!known && entry.path.find('/') == std::string::npos) names.push_back(entry.path);
        }
        for (const auto& absent : run.absences) {
            if (std::find(names.begin(), names.end(), absent.first) == names.end()) names.push_back(absent.first);
        }
    }
    if (runs.size() == 1) table.head.push_back("what it is");
    table.numbers = runs.size() > 1;
    for (const std::string& name : names) {
        std::vector<std::string> row = {name};
        for (const RunFiles& run : runs) {
            const RecordEntry* entry = run.summary.find(name);
            const auto absent = run.absences.find(name);
            row.push_back(entry ? metric_text(*entry) : absent != run.absences.end() ? absent->second : "–");
        }
        if (runs.size() == 1) row.push_back(metric_help(name));
        table.rows.push_back(std::move(row));
    }
    return table;
}

Table differing_settings(const std::vector<RunFiles>& runs) {
    Table table{"Settings that differ", {"key"}, {}, false};
    std::vector<std::map<std::string, std::string>> leaves(runs.size());
    std::map<std::string, int> keys;
    for (std::size_t i = 0; i < runs.size(); ++i) {
        table.head.push_back(runs[i].label);
        leaves[i] = keys_of(runs[i].settings);
        for (const auto& leaf : leaves[i]) ++keys[leaf.first];
    }
    for (const auto& [key, count] : keys) {
        std::vector<std::string> row = {key};
        bool differs = false;
        for (const auto& run : leaves) {
            const auto found = run.find(key);
            row.push_back(found == run.end() ? "–" : found->second);
            differs = differs || row.back() != row[1];
        }
        if (differs) table.rows.push_back(std::move(row));
    }
    return table;
}

std::string report_page(const Report& report) {
    const bool several = report.runs.size() > 1;
    const std::string title = title_of(report);
    std::string html = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
    html += "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n";
    // No icon is asked for, so that the page makes no request at all.
    html += "<link rel=\"icon\" href=\"data:,\">\n";
    html += fmt::format("<title>{}: settle report</title>\n<style>{}</style>\n</head>\n<body>\n<header>\n",
                        escape_html(title), page_style);
    html += fmt::format("<p class=\"kicker\">settle report</p>\n<h1>{}</h1>\n", escape_html(title));
    if (!several) {
        const std::string description = report.runs.front().setting("scenario", "description");
        if (!description.empty()) html += fmt::format("<p class=\"lead\">{}</p>\n", escape_html(description));
        html += facts_html(report.runs.front());
    }
    html += "</header>\n<main>\n";
    for (const RunFiles& run : report.runs) html += notes_html(run, several);
    html += several ? several_runs_html(report) : one_run_html(report);
    html += fmt::format(
        "</main>\n<footer>\nMade by settle {} with <code>{}</code>. Plots, their gnuplot scripts and their data are in "
        "<code>plots/</code> beside this page.\n</footer>\n</body>\n</html>\n",
        escape_html(report.program_version), escape_html(report.command));
    return html;
}

}  // namespace settle
