#include "tools/settle/console.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "core/error.hpp"
#include "tools/settle/results.hpp"
#include "tools/settle/resume_command.hpp"
#include "tools/settle/scenario_options.hpp"
#include "tools/settle/signals.hpp"

namespace settle {

Console::Console(const RunOptions& options)
    : quiet_(options.quiet), talks_(!options.json && !options.quiet), progress_(!options.quiet) {}

void Console::say(const std::string& text) {
    progress_.clear();
    if (talks_) fmt::print("{}", text);
    std::fflush(stdout);
}

void Console::warn(const std::string& text) {
    progress_.clear();
    if (!quiet_) fmt::print(stderr, "settle: warning: {}\n", text);
}

StudyObserver study_observer(Console& console, const RunOptions& options, const std::string& headline) {
    StudyObserver observer;
    observer.warning = [&console](const std::string& text) { console.warn(text); };
    observer.validated = watch_signals;
    observer.begun = [&](const StudyBeginning& study) {
        tell_missing_threads(study.threads_wanted, study.threads, options.quiet);
        std::string text = fmt::format("{}, {} at a time\n", headline, study.threads);
        if (!study.scalings.empty()) text += "inputs: " + study.scalings + "\n";
        if (study.finished > 0) text += fmt::format("going on after {} of {} runs\n", study.finished, study.runs);
        console.say(text);
    };
    observer.progress = [&console](const BatchProgress& progress) { console.show(progress); };
    observer.comparing = [&console](const std::string& name) { console.say("to compare with: " + name + "\n"); };
    observer.performed = [&console] { console.clear(); };
    observer.stop = [] { return signal_that_came() != 0; };
    return observer;
}

std::string directory_of(const RunOptions& options) {
    if (options.out && options.out->empty()) throw input_error("--out", "", "is empty", "a new or empty directory");
    return options.out.value_or("");
}

int print_finished(const RunOptions& options, const std::string& directory, const std::string& summary,
                   const std::vector<std::string>& restored) {
    if (options.json) fmt::print("{}", summary);
    if (!options.json && !options.quiet) {
        const std::string again = restored.empty() ? "" : fmt::format("; made again: {}", fmt::join(restored, ", "));
        fmt::print("{} is finished{}\n{}", directory, again, summary);
    }
    return exit_good;
}

int say_stopped(const std::string& kept) {
    const int signal = signal_that_came();
    const std::string text = fmt::format("settle: stopped by {}{}\n", signal_name(signal), kept);
    std::fputs(text.c_str(), stderr);  // which may have gone: no reason for another exit code
    return 128 + signal;
}

int say_study_stopped(const RunOptions& options, std::size_t done, std::size_t all, const std::string& directory) {
    return say_stopped(fmt::format(" after {} of {} runs, which are kept; go on with: {}", done, all,
                                   resume_command(options.command_line, options.out, options.resume, directory)));
}

int conclude(const std::vector<Verdict>& verdicts, Console& console) {
    console.say(verdict_lines(verdicts));
    bool good = true;
    for (const Verdict& verdict : verdicts) {
        good = good && verdict.passed;
        if (verdict.passed || console.talks()) continue;
        fmt::print(stderr, "settle: expectation failed: {}; seen {}\n", verdict.expected, verdict.seen);
    }
    return good ? exit_good : exit_expectation;
}

}  // namespace settle
