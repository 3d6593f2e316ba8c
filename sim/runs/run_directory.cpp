#include "sim/runs/run_directory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace settle {

namespace fs = std::filesystem;

std::string RunDirectory::default_path(const std::string& name) {
    const std::string base = fmt::format("runs/{}-{:%Y%m%d-%H%M%S}", name, fmt::localtime(std::time(nullptr)));
    std::string path = base;
    for (int i = 2; fs::exists(path); ++i) path = fmt::format("{}-{}", base, i);
    return path;
}

void RunDirectory::check(const std::string& path) {
    if (path.empty()) throw input_error("--out", "", "is empty", "a new or empty directory");
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found) return;
    if (status.type() == fs::file_type::none) {
        throw input_error("--out", path, "cannot be looked at: " + failure.message(),
                          "a directory that can be written");
    }
    if (status.type() != fs::file_type::directory) {
        throw input_error("--out", path, "exists and is not a directory", "a new or empty directory");
    }
    const bool empty = fs::is_empty(path, failure);
    if (failure) throw input_error("--out", path, "cannot be read: " + failure.message(), "a new or empty directory");
    if (!empty) throw input_error("--out", path, "is not empty", "a new or empty directory");
}

bool RunDirectory::barely_begun(const std::string& path) {
    std::error_code failure;
    bool any = false;
    for (const fs::directory_entry& entry : fs::directory_iterator(path, failure)) {
        const std::string name = entry.path().filename().string();
        if (name != "manifest.json" && name != "manifest.json.tmp" && name != "scenario.toml.tmp") return false;
        if (name == "manifest.json") {
            // Others have manifests, too.
            std::ifstream file(entry.path(), std::ios::binary);
            const std::string text{std::istreambuf_iterator<char>(file), {}};
            if (text.find("\"program\": \"settle\"") == std::string::npos) return false;
        }
        any = true;
    }
    return any && !failure;
}

RunDirectory::RunDirectory(std::string path) : path_(std::move(path)) {
    std::error_code failure;
    fs::create_directories(path_, failure);
    if (failure)
        throw input_error("--out", path_, "cannot be created: " + failure.message(), "a place that can be written");
}

void RunDirectory::begin(const std::string& scenario, const std::string& manifest, const std::string& metrics) const {
    // In this order: a directory that has no more than a manifest of ours is no run yet, see barely_begun().
    write("manifest.json", manifest);
    write("scenario.toml", scenario);
    write("metrics.jsonl", metrics);
    // Last: where there is no room to write, nothing is lost either.
    std::error_code ignored;
    for (const char* name : {"summary.json", "settling.jsonl", "weights.h5"}) fs::remove(file(name), ignored);
}

void RunDirectory::write(const std::string& name, const std::string& content) const {
    const std::string target = file(name), temporary = target + ".tmp";
    std::ofstream out(temporary, std::ios::binary);
    out << content;
    out.close();
    std::error_code failure;
    if (out) fs::rename(temporary, target, failure);
    if (!out || failure) {
        fs::remove(temporary, failure);
        throw runtime_failure(target, "cannot be written", "free space and write permission in the run directory");
    }
}

void RunDirectory::add_metrics(const std::string& line) const {
    std::ofstream out(file("metrics.jsonl"), std::ios::binary | std::ios::app);
    out << line << '\n';
    out.close();
    if (!out) throw runtime_failure(file("metrics.jsonl"), "cannot be written", "free space in the run directory");
}

std::string manifest_json(const BuildInfo& build, const MachineInfo& machine,
                          const std::vector<std::string>& command_line, const std::string& time_unit) {
    nlohmann::ordered_json json;
    json["program"] = "settle";
    json["version"] = build.version;
    json["commit"] = build.commit;
    json["compiler"] = build.compiler;
    json["started"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    json["machine"] = {{"system", machine.system},
                       {"processor", machine.processor},
                       {"cores", machine.cores},
                       {"instruction_set", machine.instruction_set}};
    json["working_directory"] = fs::current_path().string();
    json["command_line"] = command_line;
    json["time_unit"] = time_unit;
    return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace settle
