#include "sim/exports/export.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "core/error.hpp"
#include "sim/exports/recorded_minibatch.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/scenario/load.hpp"

namespace settle {

namespace fs = std::filesystem;

struct ExportFormat {
    const char* name;
    const char* extension;
    bool one_time_axis;  ///< so that it holds one presentation
    bool takes_messages;
    ExportWriter* write;
};

/// Each in the .cpp of its format.
ExportWriter write_sonata, write_vcd, write_csv, write_npz;

namespace {

/// Another format is a row here; help, completion and messages follow.
constexpr ExportFormat export_formats[] = {{"sonata", "h5", true, false, write_sonata},
                                           {"vcd", "vcd", true, true, write_vcd},
                                           {"csv", "csv", false, true, write_csv},
                                           {"npz", "npz", false, true, write_npz}};

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
bool holds_anything(const RecordedMinibatch& minibatch, const ExportFormat& form) {
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

std::int64_t choose_minibatch(const ExportChoice& choice, const ExportFormat& form, const RecordedRun& recorded,
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

/// What a reader of the files must know and cannot see: that record.limit has cut what is in them.
void note_what_is_left_out(const RecordedMinibatch& minibatch, const ExportFormat& form, std::int64_t number,
                           std::vector<std::string>& notes) {
    for (const char* const events : {"spikes", "messages", "queues"}) {
        const std::int64_t left_out = minibatch.left_out(events);
        if (left_out == 0 || (!form.takes_messages && events != std::string("spikes"))) continue;
        notes.push_back(
            fmt::format("record.limit has left {} {} of minibatch {} out of the recording, those that would "
                        "follow: the files lack them, too.",
                        left_out, events, number));
    }
}

std::optional<Branch> choose_branch(const ExportChoice& choice, const ExportFormat& form) {
    if (!choice.branch) return form.one_time_axis ? std::optional(Branch::main) : std::nullopt;
    const std::pair<const char*, Branch> names[] = {
        {"main", Branch::main}, {"free", Branch::free}, {"minus", Branch::minus}};
    for (const auto& [name, branch] : names) {
        if (*choice.branch == name) return branch;
    }
    refuse_option("--branch", "there is no branch " + *choice.branch, "main, free or minus");
}

std::optional<std::int64_t> choose_presentation(const ExportChoice& choice, const ExportFormat& form,
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

std::vector<std::string> export_format_names() {
    std::vector<std::string> names;
    for (const ExportFormat& form : export_formats) names.emplace_back(form.name);
    return names;
}

std::vector<std::string> one_axis_format_names() {
    std::vector<std::string> names;
    for (const ExportFormat& form : export_formats) {
        if (form.one_time_axis) names.emplace_back(form.name);
    }
    return names;
}

std::string listed(const std::vector<std::string>& names, const std::string& last_joint) {
    std::string text;
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " " + last_joint + " " : ", ") + names[i];
    return text;
}

const ExportFormat& export_format(const std::string& name) {
    for (const ExportFormat& form : export_formats) {
        if (name == form.name) return form;
    }
    Problem problem;
    problem.place = "--format";
    problem.message = "there is no format " + name;
    problem.expected = listed(export_format_names(), "or");
    problem.suggestion = nearest_name(name, export_format_names());
    throw Error(Blame::input, {problem});
}

WrittenExport write_export(const ExportChoice& choice) {
    const ExportFormat& form = choice.format;
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
    note_what_is_left_out(minibatch, form, number, written.notes);
    if (scenario.engine == EngineKind::free_running && form.one_time_axis)
        written.notes.push_back("Free-running neurons have ticks and no times: a tick is shown as a period.");
    return written;
}

}  // namespace settle
