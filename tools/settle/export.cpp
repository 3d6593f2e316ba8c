#include "sim/exports/export.hpp"

#include <fmt/format.h>

#include <charconv>

#include "core/error.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

std::optional<std::int64_t> number_of(const char* option, const std::optional<std::string>& text) {
    if (!text) return std::nullopt;
    std::int64_t number = 0;
    const char* end = text->data() + text->size();
    const auto [rest, error] = std::from_chars(text->data(), end, number);
    if (!text->empty() && error == std::errc() && rest == end && number >= 0) return number;
    Problem problem;
    problem.place = option;
    problem.message = "\"" + *text + "\" is no number";
    problem.expected = "a whole number from 0 on";
    throw Error(Blame::input, {problem});
}

}  // namespace

int export_command(const ExportOptions& options) {
    ExportChoice choice{options.run, export_format(options.format)};
    choice.minibatch = number_of("--minibatch", options.minibatch);
    choice.presentation = number_of("--presentation", options.presentation);
    choice.branch = options.branch;
    choice.neurons = options.neurons.value_or("");
    choice.file = options.out.value_or("");
    const WrittenExport written = write_export(choice);
    for (const std::string& note : written.notes) fmt::print(stderr, "settle: note: {}\n", note);
    if (options.quiet) return exit_good;
    for (const std::string& file : written.files) fmt::print("export  {}\n", file);
    return exit_good;
}

}  // namespace settle
