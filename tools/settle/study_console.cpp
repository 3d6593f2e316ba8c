#include "tools/settle/study_console.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "core/error.hpp"
#include "sim/runs/resume.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/run_directory.hpp"
#include "sim/scenario/duration.hpp"
#include "tools/settle/results.hpp"
#include "tools/settle/resume_command.hpp"
#include "tools/settle/signals.hpp"

namespace settle {

StudyConsole::StudyConsole(const RunOptions& options)
    : quiet_(options.quiet), talks_(!options.json && !options.quiet), progress_(!options.quiet) {}

void StudyConsole::say_scaling(const std::string& scalings) {
    if (!scalings.empty()) say("inputs: " + scalings + "\n");
}

void StudyConsole::warn(const std::string& text) {
    progress_.clear();
    if (!quiet_ && !text.empty()) fmt::print(stderr, "settle: warning: {}\n", text);
}

void StudyConsole::say(const std::string& text) {
    progress_.clear();
    if (talks_) fmt::print("{}", text);
    std::fflush(stdout);
}

StudyStart choose_study(const Study& study, const RunOptions& options, const Scenario& scenario,
                        const std::string& path) {
    if (options.resume && !options.out)
        throw input_error("--resume", "", "does not know which directory is meant", "--out DIR");
    if (options.resume) return study.find(path, scenario);
    if (options.out) RunDirectory::check(path);
    return {};
}

InputFiles inputs_again(const StudyStart& start, const std::function<InputFiles()>& look, const std::string& path) {
    const auto before = inputs_in_manifest(start.manifest);
    InputFiles now;
    try {
        now = look();
    } catch (const Error&) {
        if (!start.summary.empty()) return before.value_or(InputFiles());
        throw;
    }
    if (before) refuse_other_inputs(*before, now, false, path);
    return now;
}

void add_linked_files(const StudyStart& start, const std::vector<const Scenario*>& runs, const std::string& path,
                      SharedData& data, InputFiles& inputs) {
    for (const Scenario* run : runs) {
        if (run->data.set != DataSet::random) add_linked_files(data.of(*run)->files, inputs);
    }
    if (!start.lines.empty() && !inputs.empty() && !is_manifest(start.manifest)) {
        throw input_error(path + "/manifest.json", "",
                          "is gone or damaged, so that nothing says which data the runs that are done have read",
                          "the file that was there, or another --out");
    }
    if (const auto before = inputs_in_manifest(start.manifest)) refuse_other_inputs(*before, inputs, true, path);
}

void refuse_another_unit(const StudyStart& start, const std::vector<const Scenario*>& runs, const std::string& path) {
    if (start.lines.empty() || start.manifest.empty() || inputs_in_manifest(start.manifest)) return;
    for (const Scenario* run : runs) {
        if (run->engine == EngineKind::free_running || run->timing.unit == TimeUnit()) continue;
        throw input_error(
            path, "timing.period",
            "this was begun by an earlier version, whose unit of time was 1 ns at any period; now it is " +
                unit_text(run->timing.unit),
            "the version of settle that manifest.json names, or another --out");
    }
}

bool has_files(const std::string& path, const std::vector<std::string>& names) {
    std::error_code failure;
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
        const auto size = std::filesystem::file_size(path + "/" + name, failure);
        return !failure && size > 0;
    });
}

int print_finished_study(const StudyStart& start, const RunOptions& options, const std::string& path) {
    if (options.json) fmt::print("{}", start.summary);
    if (!options.json && !options.quiet) fmt::print("{} is finished\n{}", path, start.summary);
    return exit_good;
}

int say_study_stopped(const RunOptions& options, std::size_t done, std::size_t all, const std::string& path) {
    const int signal = signal_that_came();
    const std::string text =
        fmt::format("settle: stopped by {} after {} of {} runs, which are kept; go on with: {}\n", signal_name(signal),
                    done, all, resume_command(options.command_line, options.out, options.resume, path));
    std::fputs(text.c_str(), stderr);  // which may have gone: no reason for another exit code
    return 128 + signal;
}

int conclude_study(const std::vector<Verdict>& verdicts, StudyConsole& console) {
    console.say(verdict_lines(verdicts));
    bool good = true;
    for (const Verdict& verdict : verdicts) {
        good = good && verdict.passed;
        if (verdict.passed || console.talks()) continue;
        fmt::print(stderr, "settle: expectation failed: {}; seen {}\n", verdict.expected, verdict.seen);
    }
    return good ? exit_good : exit_expectation;
}

std::string text_table(const std::vector<std::vector<std::string>>& rows) {
    std::vector<std::size_t> widths;
    for (const auto& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], row[c].size());
    }
    std::string text;
    for (const auto& row : rows) {
        std::string line;
        for (std::size_t c = 0; c < row.size(); ++c) {
            line += c == 0 ? fmt::format("{:<{}}", row[c], widths[c]) : fmt::format("  {:>{}}", row[c], widths[c]);
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

}  // namespace settle
