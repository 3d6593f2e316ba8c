#include "sim/exports/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

#include "core/error.hpp"
#include "sim/exports/recorded_minibatch.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

struct FormatOfExport {
    ExportFormat format;
    const char* name;
    const char* extension;
    bool one_time_axis;  ///< so that it holds one presentation
    bool takes_messages;
    std::vector<std::string> (*write)(const ExportedMinibatch&, const std::string&);
};

constexpr FormatOfExport export_formats[] = {{ExportFormat::sonata, "sonata", "h5", true, false, write_sonata},
                                             {ExportFormat::vcd, "vcd", "vcd", true, true, write_vcd},
                                             {ExportFormat::csv, "csv", "csv", false, true, write_csv},
                                             {ExportFormat::npz, "npz", "npz", false, true, write_npz}};

const FormatOfExport& form_of(ExportFormat format) {
    return *std::find_if(std::begin(export_formats), std::end(export_formats),
                         [&](const FormatOfExport& one) { return one.format == format; });
}

[[noreturn]] void refuse_option(const char* option, const std::string& message, const std::string& expected) {
    Problem problem;
    problem.place = option;
    problem.message = message;
    problem.expected = expected;
    throw Error(Blame::input, {problem});
}

Scenario scenario_of_run(const std::string& directory) {
    const std::string path = directory + "/scenario.toml";
    std::error_code ignored;
    if (const std::string obstacle = obstacle_at(directory); !obstacle.empty())
        throw input_error(directory, "", "cannot be read: " + obstacle, "a directory that can be read");
    if (!fs::is_regular_file(path, ignored))
        throw input_error(directory, "", fs::exists(directory, ignored) ? "is not a run directory" : "is not there",
                          "the --out folder of settle run");
    return load_scenario({path, "run", directory, read_whole_file(path)}, {}).scenario;
}

/// What there is of one minibatch that the format can hold.
bool holds_anything(const RecordedMinibatch& minibatch, const FormatOfExport& form) {
    return minibatch.array("spikes/time") || minibatch.array("state") ||
           (form.takes_messages && (minibatch.array("messages/sent") || minibatch.array("queues/time")));
}

/// "0, 10, 20, …"
std::string numbers_text(const std::vector<std::int64_t>& numbers) {
    constexpr std::size_t most = 8;
    std::string text;
    for (std::size_t i = 0; i < std::min(numbers.size(), most); ++i)
        text += (i == 0 ? "" : ", ") + std::to_string(numbers[i]);
    return text + (numbers.size() > most ? fmt::format(", … {}", numbers.back()) : "");
}

std::int64_t choose_minibatch(const ExportChoice& choice, const FormatOfExport& form, const RecordedRun& recorded,
                              const std::vector<std::string>& notes) {
    std::vector<std::int64_t> numbers;
    for (const auto& [number, minibatch] : recorded.minibatches()) {
        if (holds_anything(minibatch, form)) numbers.push_back(number);
    }
    const std::string keys = form.takes_messages ? "record.spikes, record.messages, record.queues or record.state"
                                                 : "record.spikes or record.state";
    if (numbers.empty()) {
        const std::string damaged = notes.empty() ? "" : " (" + notes.front() + ")";
        throw input_error(choice.run, "", fmt::format("has no recording that {} can hold{}", form.name, damaged),
                          fmt::format("a run with --set record.spikes=true ({})", keys));
    }
    if (!choice.minibatch) return numbers.front();
    if (std::find(numbers.begin(), numbers.end(), *choice.minibatch) == numbers.end())
        refuse_option("--minibatch", fmt::format("minibatch {} is not recorded", *choice.minibatch),
                      numbers_text(numbers) + "; " + keys + " with from, to and every chooses them");
    return *choice.minibatch;
}

std::optional<Branch> choose_branch(const ExportChoice& choice, const FormatOfExport& form) {
    if (!choice.branch) return form.one_time_axis ? std::optional(Branch::main) : std::nullopt;
    const std::pair<const char*, Branch> names[] = {
        {"main", Branch::main}, {"free", Branch::free}, {"minus", Branch::minus}};
    for (const auto& [name, branch] : names) {
        if (*choice.branch == name) return branch;
    }
    refuse_option("--branch", "there is no branch " + *choice.branch, "main, free or minus");
}

std::optional<std::int64_t> choose_presentation(const ExportChoice& choice, const FormatOfExport& form,
                                                const RecordedMinibatch& minibatch) {
    const auto labels = minibatch.array("labels");
    const std::int64_t presentations = labels ? labels->shape().front() : 1;
    if (choice.presentation && (*choice.presentation < 0 || *choice.presentation >= presentations))
        refuse_option("--presentation", fmt::format("there is no presentation {}", *choice.presentation),
                      fmt::format("0 to {}, its number in the minibatch", presentations - 1));
    if (!choice.presentation && form.one_time_axis) return 0;
    return choice.presentation;
}

}  // namespace

ExportFormat export_format(const std::string& name) {
    std::vector<std::string> names;
    for (const FormatOfExport& form : export_formats) {
        if (name == form.name) return form.format;
        names.emplace_back(form.name);
    }
    Problem problem;
    problem.place = "--format";
    problem.message = "there is no format " + name;
    problem.expected = "sonata, vcd, csv or npz";
    problem.suggestion = nearest_name(name, names);
    throw Error(Blame::input, {problem});
}

WrittenExport write_export(const ExportChoice& choice) {
    const FormatOfExport& form = form_of(choice.format);
    const Scenario scenario = scenario_of_run(choice.run);
    WrittenExport written;
    const RecordedRun recorded(choice.run, written.notes);
    const std::int64_t number = choose_minibatch(choice, form, recorded, written.notes);
    const RecordedMinibatch& minibatch = recorded.minibatches().at(number);
    ExportedMinibatch exported{scenario, minibatch, number, {}};
    exported.choice.neurons = choose_neurons(choice.neurons, scenario.network);
    exported.choice.branch = choose_branch(choice, form);
    exported.choice.presentation = choose_presentation(choice, form, minibatch);
    const std::string file =
        choice.file.empty() ? fmt::format("{}/export.{}", choice.run, form.extension) : choice.file;
    written.files = form.write(exported, file);
    if (scenario.engine == EngineKind::free_running && form.one_time_axis)
        written.notes.push_back("Free-running neurons have ticks and no times: a tick is shown as a period.");
    return written;
}

}  // namespace settle
