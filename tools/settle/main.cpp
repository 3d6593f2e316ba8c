// The program: parses the command line, runs the command, turns errors into messages and exit codes.
#include <fmt/format.h>
#include <malloc.h>
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>

#include "core/error.hpp"
#include "models/kernels/instruction_set.hpp"
#include "sim/exports/export.hpp"
#include "sim/runs/store/build_info.hpp"
#include "tools/settle/commands.hpp"
#include "tools/settle/launch.hpp"
#include "tools/settle/signals.hpp"

namespace {

using namespace settle;

/// Options of the command line, filled by the parser.
struct Arguments {
    RunOptions run;
    MergeOptions merge;
    ScenarioOptions describe;
    std::optional<int> ranks;
    CompareOptions compare;
    ReportOptions report;
    ExportOptions exported;
    std::string data_set = "mnist";
    std::optional<std::string> folder, address;
    std::string shell;
};

void add_scenario_options(CLI::App& command, ScenarioOptions& options) {
    command.add_option("SCENARIO", options.scenario, "path of a scenario file, or name of a built-in one")
        ->required()
        ->type_name("");
    command.add_option("--set", options.set, "any scenario key (settle keys lists them), once for each")
        ->allow_extra_args(false)
        ->type_name("KEY=VALUE");
    // Later wins over earlier, as with --set.
    const auto add = [&](const char* name, std::optional<std::string>& value, const char* help, const char* type) {
        command.add_option(name, value, help)->type_name(type)->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    };
    add("--engine", options.engine, "lockstep, virtual or free", "ENGINE");
    add("--threads", options.threads, "workers; 0: all cores", "N");
    add("--seed", options.seed, "of everything that is drawn", "N");
}

/// The commands that run something take the same options.
void add_run_options(CLI::App& command, RunOptions& options, const std::string& name) {
    const std::string kind = name == "run" ? "" : name + "-";
    add_scenario_options(command, options.scenario);
    command
        .add_option("--out", options.out, "directory: new, or empty (default: runs/NAME-" + kind + "YYYYMMDD-HHMMSS)")
        ->type_name("DIR");
    command.add_flag("--dry-run", options.dry_run,
                     name == "run" ? "validate, print the resolved scenario, make nothing"
                                   : "validate, print the resolved scenario and what would be run, make nothing");
    command.add_flag("--json", options.json, "print the summary as JSON and nothing else");
    command.add_flag("--quiet", options.quiet, "print nothing");
    command.add_flag("--no-expect", options.scenario.no_expect,
                     "leave out the scenario's expectations, and judge nothing");
    command.add_flag("--resume", options.resume,
                     name == "run" ? "go on from the checkpoint in --out, or start if there is none"
                                   : "run what is missing in --out, or start if there is nothing");
}

/// Without MPI: a job array runs the parts.
void add_part(CLI::App& sweep, RunOptions& options) {
    sweep
        .add_option("--part", options.part,
                    "run every N-th run from the I-th on, I from 1 to N, and no tables: settle merge makes them of all "
                    "N parts")
        ->type_name("I/N");
}

void add_merge(CLI::App& app, MergeOptions& options) {
    CLI::App* merge = app.add_subcommand("merge", "make one sweep of the parts that sweep --part has run");
    merge->add_option("DIR", options.parts, "directories of all parts")->required()->type_name("");
    merge->add_option("--out", options.run.out, "directory of the whole sweep: new, or empty")
        ->required()
        ->type_name("DIR");
    merge->add_flag("--json", options.run.json, "print the summary as JSON and nothing else");
    merge->add_flag("--quiet", options.run.quiet, "print nothing");
    merge->add_flag("--no-expect", options.run.scenario.no_expect,
                    "leave out the scenario's expectations, and judge nothing");
}

void add_report(CLI::App& app, ReportOptions& options) {
    CLI::App* report = app.add_subcommand("report", "draw plots of runs, sweeps and searches, and write report.html");
    report
        ->add_option(
            "RUN", options.runs,
            "directory of a run, sweep or search. Several runs are laid over each other in the same plots, and so "
            "are several sweeps over the same axes: one figure for every metric, with a curve for every sweep "
            "called by its directory (sweeps over different axes are refused)")
        ->required()
        ->type_name("");
    report->add_option("--out", options.out, "where to write (default: the first RUN)")->type_name("DIR");
    report
        ->add_option("--format", options.format,
                     "of the pictures in plots/: svg, pdf or png, or several with commas between (default: svg,png); "
                     "the page shows SVG whatever this is")
        ->type_name("FORMAT");
    report
        ->add_option("--font", options.font,
                     "of the pictures in plots/, its size in points, such as \"Times New Roman,9\" (default: "
                     "Helvetica, as large as the width lets it)")
        ->type_name("NAME[,SIZE]");
    report
        ->add_option("--width", options.width,
                     "of the pictures in plots/, with a unit: cm, mm, in, pt or px of 1/96 inch, such as 8.5cm "
                     "(default: 500px); a PNG then has 300 dots an inch")
        ->type_name("LENGTH");
    report->add_flag("--quiet", options.quiet, "print nothing");
}

std::string in_capitals(std::string text) {
    for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return text;
}

void add_export(CLI::App& app, ExportOptions& options) {
    std::vector<std::string> names = export_format_names();
    const std::string formats = listed(names, "or"), one_axis = listed(one_axis_format_names(), "and");
    std::transform(names.begin(), names.end(), names.begin(), in_capitals);
    CLI::App* command = app.add_subcommand("export", "write what a run has recorded as " + listed(names, "or"));
    command->add_option("RUN", options.run, "directory of a run")->required()->type_name("");
    command->add_option("--format", options.format, formats)->required()->type_name("FORMAT");
    command->add_option("--minibatch", options.minibatch, "(default: the first that is recorded)")->type_name("N");
    command
        ->add_option("--presentation", options.presentation,
                     "its number in the minibatch (default: all; " + one_axis + " have one, the first)")
        ->type_name("P");
    command
        ->add_option("--branch", options.branch, "main, free or minus (default: all; " + one_axis + " have one, main)")
        ->type_name("BRANCH");
    command
        ->add_option("--neurons", options.neurons,
                     "numbers, ranges and populations, such as 0-99,output or output:0-4; of messages, the sources "
                     "(default: all that are recorded)")
        ->type_name("LIST");
    command->add_option("--out", options.out, "(default: export.EXTENSION in the run)")->type_name("FILE");
    command->add_flag("--quiet", options.quiet, "print nothing");
}

void add_commands(CLI::App& app, Arguments& arguments) {
    const std::pair<const char*, const char*> runs[] = {
        {"run", "run a scenario"},
        {"sweep", "run the grid of a scenario's [sweep], with several seeds for each point"},
        {"search", "look for the best values in the ranges of a scenario's [search]"}};
    for (const auto& [name, help] : runs) {
        CLI::App* command = app.add_subcommand(name, help);
        add_run_options(*command, arguments.run, name);
        if (name == std::string("sweep")) add_part(*command, arguments.run);
    }
    add_merge(app, arguments.merge);
    CLI::App* compare = app.add_subcommand("compare", "say where two runs first differ; exit code 1 if they do");
    compare->add_option("A", arguments.compare.a, "run directory")->required()->type_name("");
    compare->add_option("B", arguments.compare.b, "run directory")->required()->type_name("");
    compare->add_flag("--json", arguments.compare.json, "print the comparison as JSON");
    add_report(app, arguments.report);
    add_export(app, arguments.exported);
    app.add_subcommand("list", "list the built-in scenarios");
    CLI::App* describe = app.add_subcommand("describe", "say what a scenario does, and which engines it allows");
    add_scenario_options(*describe, arguments.describe);
    describe
        ->add_option("--ranks", arguments.ranks,
                     "also what training on so many processes joined by MPI is predicted to gain")
        ->type_name("N");
    app.add_subcommand("keys", "print the table of scenario keys (Markdown)");
    app.add_subcommand("metrics", "print the table of metrics, the numbers of summary.json (Markdown)");
    CLI::App* data = app.add_subcommand("data", "list, check or fetch data sets");
    data->require_subcommand(1);
    data->add_subcommand("list", "the data sets and where they are");
    for (const char* name : {"check", "fetch"}) {
        CLI::App* command = data->add_subcommand(
            name, name == std::string("check") ? "check the files of a data set" : "download and check a data set");
        command->add_option("SET", arguments.data_set, "mnist or fashion-mnist")->required()->type_name("");
        command->add_option("--to,--folder", arguments.folder, "folder of the files")->type_name("DIR");
        if (name == std::string("fetch"))
            command->add_option("--from", arguments.address, "address of a folder with the four .gz files")
                ->type_name("URL");
    }
    CLI::App* completion = app.add_subcommand("completion", "print a completion script");
    completion->add_option("SHELL", arguments.shell, "bash, zsh or fish")->required()->type_name("");
}

/// The deepest command that was named, for messages about its options.
const CLI::App* innermost(const CLI::App& app) {
    for (const CLI::App* command : app.get_subcommands()) return innermost(*command);
    return &app;
}

[[noreturn]] void refuse_arguments(const CLI::App& app, const CLI::ParseError& error, int argc, char** argv) {
    const CLI::App* command = innermost(app);
    std::vector<std::string> names;
    for (const CLI::Option* option : command->get_options()) {
        if (!option->get_lnames().empty()) names.push_back("--" + option->get_lnames().front());
    }
    const auto commands = command->get_subcommands([](const CLI::App*) { return true; });
    for (const CLI::App* sub : commands) names.push_back(sub->get_name());
    Problem problem;
    problem.message = std::string(error.what()) + "; see settle --help";
    for (int i = 1; i < argc; ++i) {
        const std::string argument = argv[i];
        const std::string name = argument.substr(0, argument.find('='));
        const bool is_known = std::find(names.begin(), names.end(), name) != names.end();
        if (is_known || argument == command->get_name()) continue;
        // Where a command is missing, the first word that is none is the slip; else the parser's message names it.
        if (commands.empty() && problem.message.find(name) == std::string::npos) continue;
        problem.place = name;
        const char* what = argument.rfind("-", 0) == 0 ? "unknown option"
                           : commands.empty()          ? "was not expected here"
                                                       : "unknown command";
        problem.message = std::string(what) + "; see settle --help";
        problem.suggestion = nearest_name(name, names);
        break;
    }
    throw Error(Blame::input, {problem});
}

int dispatch(const CLI::App& app, Arguments& arguments) {
    const std::string name = app.get_subcommands().front()->get_name();
    if (name == "run") return run_command(arguments.run);
    if (name == "sweep") return sweep_command(arguments.run);
    if (name == "search") return search_command(arguments.run);
    if (name == "merge") return merge_command(arguments.merge);
    if (name == "compare") return compare_command(arguments.compare);
    if (name == "report") return report_command(arguments.report);
    if (name == "export") return export_command(arguments.exported);
    if (name == "list") return list_command();
    if (name == "describe") return describe_command(arguments.describe, arguments.ranks);
    if (name == "keys") return keys_command();
    if (name == "metrics") return metrics_command();
    if (name == "completion") return completion_command(arguments.shell);
    const std::string action = app.get_subcommands().front()->get_subcommands().front()->get_name();
    if (action == "check") return data_check_command(arguments.data_set, arguments.folder);
    if (action == "fetch") return data_fetch_command(arguments.data_set, arguments.folder, arguments.address);
    return data_list_command();
}

/// Ranks that follow take part in what is run. Whatever is only said, rank 0 says.
bool takes_part(const CLI::App& app, const Arguments& arguments) {
    const std::string name = app.get_subcommands().front()->get_name();
    return (name == "run" || name == "sweep" || name == "search") && !arguments.run.dry_run;
}

int parse_and_run(int argc, char** argv, Ranks& ranks) {
    // For those who doubt that results do not depend on vector instructions.
    if (const char* name = std::getenv("SETTLE_INSTRUCTION_SET")) use_instruction_set(name);
    Arguments arguments;
    arguments.run.ranks = &ranks;
    if (!ranks.alone()) arguments.run.command_line = {"mpirun", "-n", std::to_string(ranks.count())};
    arguments.run.command_line.insert(arguments.run.command_line.end(), argv, argv + argc);
    arguments.merge.run.command_line = arguments.run.command_line;
    CLI::App app("settle simulates asynchronous spiking hardware that computes by settling", "settle");
    const BuildInfo build = build_info();
    app.set_version_flag("--version", "settle " + build.version + " (" + build.commit + ")");
    app.require_subcommand(1);
    add_commands(app, arguments);
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return ranks.leads() ? app.exit(error) : 0;  // --help, --version
        refuse_arguments(app, error, argc, argv);
    }
    refuse_company();
    if (!ranks.leads()) {
        if (!takes_part(app, arguments)) return exit_good;
        arguments.run.quiet = true;
        arguments.run.json = false;
    }
    return dispatch(app, arguments);
}

void complain(const std::string& text) {
    std::fputs(("settle: " + text + "\n").c_str(), stderr);  // does not throw if stderr has gone
}

bool reader_has_gone() {
    pollfd output = {STDOUT_FILENO, POLLOUT, 0};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR) != 0;
}

/// What was printed must have arrived, or a script takes an empty file for a result. A reader that has gone, as that of
/// `settle list | head -1`, had all that it wanted.
int finish_output(int code) {
    errno = 0;
    const bool failed = std::fflush(stdout) != 0 || std::ferror(stdout) != 0;
    if (!failed || reader_has_gone()) return code;
    complain(
        fmt::format("standard output: cannot be written{}; expected a place with room; what a run keeps in its "
                    "directory is complete",
                    errno == 0 ? "" : std::string(": ") + std::strerror(errno)));
    return code == exit_good ? static_cast<int>(exit_runtime) : code;
}

}  // namespace

namespace {

/// The exit code of this rank, and what it has failed with. Rank 0 complains; it hears from the others why they fail.
struct Attempt {
    Ranks& ranks;
    std::optional<Error> failure = std::nullopt;

    int run(int argc, char** argv) {
        try {
            return finish_output(parse_and_run(argc, argv, ranks));
        } catch (const RankEnded& ended) {
            return ended.code;
        } catch (const Error& error) {
            return fail(error);
        } catch (const std::bad_alloc&) {
            return fail(out_of_memory());
        } catch (const std::length_error&) {
            return fail(out_of_memory());  // more than any machine could have
        } catch (const std::exception& error) {
            if (std::ferror(stdout) != 0) return finish_output(exit_good);
            return fail(runtime_failure("internal error", error.what()));
        }
    }

private:
    int fail(const Error& error) {
        failure = error;
        if (ranks.leads()) {
            for (const Problem& problem : error.problems()) complain(to_text(problem));
        }
        return error.blame() == Blame::input ? exit_input : exit_runtime;
    }
};

}  // namespace

/// Every thread that allocates takes 64 MB of address space for it: under a limit on that all share what there is.
void share_limited_memory() {
    rlimit space{};
    if (::getrlimit(RLIMIT_AS, &space) == 0 && space.rlim_cur != RLIM_INFINITY) ::mallopt(M_ARENA_MAX, 1);
}

int main(int argc, char** argv) {
    // A limit on the size of files (ulimit -f) is then an error of the write that meets it, as a full disk is.
    std::signal(SIGXFSZ, SIG_IGN);
    share_limited_memory();
    end_at_signals();
    try {
        const std::unique_ptr<Ranks> ranks = join_ranks();
        if (!ranks->leads()) leave_talking_to_others();
        Attempt attempt{*ranks};
        const int code = attempt.run(argc, argv);
        return leave_ranks(ranks->end(code, attempt.failure));
    } catch (const std::exception& error) {
        complain(error.what());
    }
    return exit_runtime;
}
