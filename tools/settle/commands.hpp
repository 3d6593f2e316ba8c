// The commands of the program: one file each. All return the exit code and throw settle::Error.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/runs/ranks/ranks.hpp"

namespace settle {

/// Exit codes (docs/scenarios.md).
enum Exit : int { exit_good = 0, exit_expectation = 1, exit_input = 2, exit_runtime = 3 };

/// What names and changes a scenario on the command line; later wins over earlier, the options over --set.
struct ScenarioOptions {
    std::string scenario;  ///< a path, or the name of a built-in one
    std::vector<std::string> set;
    std::optional<std::string> engine, threads, seed;
    bool no_expect = false;  ///< as if the scenario had no expectations
};

struct RunOptions {
    ScenarioOptions scenario;
    std::optional<std::string> out;
    bool resume = false;
    bool dry_run = false;
    bool json = false;
    bool quiet = false;
    std::optional<std::string> part;        ///< of a sweep: I/N
    std::vector<std::string> command_line;  ///< for the manifest
    Ranks* ranks = nullptr;                 ///< that run it together; null: it runs alone
};

struct MergeOptions {
    std::vector<std::string> parts;  ///< directories
    RunOptions run;                  ///< out, json, quiet, no_expect, command_line
};

struct CompareOptions {
    std::string a, b;  ///< run directories
    bool json = false;
};

struct ReportOptions {
    std::vector<std::string> runs;  ///< directories of runs, sweeps and searches
    std::optional<std::string> out;
    std::optional<std::string> format, font, width;  ///< of the pictures in plots/, as plot_style() reads them
    bool quiet = false;
};

struct ExportOptions {
    std::string run;     ///< its directory
    std::string format;  ///< one of export_format_names()
    std::optional<std::string> minibatch, presentation, branch, neurons, out;
    bool quiet = false;
};

int run_command(const RunOptions& options);
/// Options mean what they mean for run. exit_runtime: every run failed.
int sweep_command(const RunOptions& options);
int search_command(const RunOptions& options);
/// Makes one sweep of parts of it.
int merge_command(const MergeOptions& options);
/// exit_good: the runs are the same; exit_expectation (1), as diff does: they are not.
int compare_command(const CompareOptions& options);
/// Writes plots and report.html into --out, or the first run.
int report_command(const ReportOptions& options);
/// Writes what a run has recorded in a format of others.
int export_command(const ExportOptions& options);
int list_command();
/// `ranks`: also what so many are predicted to gain.
int describe_command(const ScenarioOptions& options, const std::optional<int>& ranks);
int keys_command();
int metrics_command();

int data_list_command();
/// Checks the files of a published set (mnist, fashion-mnist) in `folder`, or where the program would look for them.
int data_check_command(const std::string& set, const std::optional<std::string>& folder);
/// Downloads a published set into `folder` (default: $SETTLE_DATA_DIR/SET, else data/SET) from `address` (default:
/// where it is published).
int data_fetch_command(const std::string& set, const std::optional<std::string>& folder,
                       const std::optional<std::string>& address);

/// Prints the completion script of bash, zsh or fish.
int completion_command(const std::string& shell);

}  // namespace settle
