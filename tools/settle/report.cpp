#include "sim/reports/report.hpp"

#include <fmt/format.h>

#include "sim/formats/shell_words.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

std::string command_text(const ReportOptions& options) {
    std::string text = "settle report";
    for (const std::string& run : options.runs) text += " " + shell_quoted(run);
    if (options.out) text += " --out " + shell_quoted(*options.out);
    return text;
}

}  // namespace

int report_command(const ReportOptions& options) {
    const WrittenReport report =
        write_report(options.runs, options.out ? *options.out : options.runs.front(), command_text(options));
    for (const std::string& note : report.notes) fmt::print(stderr, "settle: note: {}\n", note);
    if (options.quiet) return exit_good;
    fmt::print("report  {}\n", report.page);
    if (report.plot_count > 0) {
        fmt::print("plots   {}: {} as SVG and PNG, each with its gnuplot script and data\n", report.plots,
                   report.plot_count);
    }
    return exit_good;
}

}  // namespace settle
