#include "sim/reports/report.hpp"

#include <fmt/format.h>

#include <utility>

#include "sim/formats/shell_words.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

std::string command_text(const ReportOptions& options) {
    std::string text = "settle report";
    for (const std::string& run : options.runs) text += " " + shell_quoted(run);
    const std::pair<const char*, const std::optional<std::string>&> given[] = {
        {"--out", options.out}, {"--format", options.format}, {"--font", options.font}, {"--width", options.width}};
    for (const auto& [name, value] : given) {
        if (value) text += fmt::format(" {} {}", name, shell_quoted(*value));
    }
    return text;
}

/// "SVG and PNG"
std::string formats_text(const PlotStyle& style) {
    std::string text;
    for (std::size_t i = 0; i < style.formats.size(); ++i) {
        std::string name = format_name(style.formats[i]);
        for (char& c : name) c = static_cast<char>(c - 'a' + 'A');
        text += (i == 0 ? "" : i + 1 == style.formats.size() ? " and " : ", ") + name;
    }
    return text;
}

}  // namespace

int report_command(const ReportOptions& options) {
    const PlotStyle style = plot_style(options.format, options.font, options.width);
    const WrittenReport report =
        write_report(options.runs, options.out ? *options.out : options.runs.front(), command_text(options), style);
    for (const std::string& note : report.notes) fmt::print(stderr, "settle: note: {}\n", note);
    if (options.quiet) return exit_good;
    fmt::print("report  {}\n", report.page);
    if (report.plot_count > 0) {
        fmt::print("plots   {}: {} as {}, each with its gnuplot script and data\n", report.plots, report.plot_count,
                   formats_text(style));
    }
    return exit_good;
}

}  // namespace settle
