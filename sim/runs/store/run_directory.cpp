#include "sim/runs/store/run_directory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sim/formats/hdf5_file.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

/// Of a path that is too long to be told whole.
std::string shortened(const std::string& path) {
    return path.size() <= 200 ? path : path.substr(0, 200) + "…";
}

}  // namespace

std::string RunDirectory::default_path(const std::string& name) {
    const std::string base = fmt::format("runs/{}-{:%Y%m%d-%H%M%S}", name, fmt::localtime(std::time(nullptr)));
    std::string path = base;
    std::error_code ignored;
    for (int i = 2; fs::exists(path, ignored); ++i) path = fmt::format("{}-{}", base, i);
    return path;
}

void RunDirectory::check(const std::string& path) {
    if (path.empty()) throw input_error("--out", "", "is empty", "a new or empty directory");
    check_access(path);
    std::error_code failure;
    const fs::file_status status = fs::status(path, failure);
    if (status.type() == fs::file_type::not_found) return;
    if (status.type() != fs::file_type::directory) {
        throw input_error("--out", path, "exists and is not a directory", "a new or empty directory");
    }
    const bool empty = fs::is_empty(path, failure);
    if (failure) throw input_error("--out", path, "cannot be read: " + failure.message(), "a new or empty directory");
    if (!empty) throw input_error("--out", path, "is not empty", "a new or empty directory");
}

void RunDirectory::check_access(const std::string& path) {
    if (const std::string obstacle = obstacle_at(path); !obstacle.empty())
        throw input_error("--out", shortened(path), "cannot be read: " + obstacle, "a directory that can be read");
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

std::string RunDirectory::read_summary(const std::string& path) {
    std::error_code ignored;
    if (!fs::is_regular_file(path + "/summary.json", ignored)) return "";
    std::string text = read_whole_file(path + "/summary.json");
    return nlohmann::json::accept(text) ? text : "";
}

RunDirectory::RunDirectory(std::string path) : path_(std::move(path)) {
    std::error_code failure;
    fs::create_directories(path_, failure);
    if (failure)
        throw input_error("--out", path_, "cannot be created: " + failure.message(), "a place that can be written");
}

void RunDirectory::begin(const std::string& scenario, const std::string& manifest, const std::string& metrics,
                         const std::vector<std::string>& last) const {
    // In this order: a directory that has no more than a manifest of ours is no run yet, see barely_begun().
    write("manifest.json", manifest);
    write("scenario.toml", scenario);
    write("metrics.jsonl", metrics);
    try_writing();
    // Last: where there is no room to write, nothing is lost either.
    std::error_code ignored;
    for (const char* name : {"summary.json", "weights.h5"}) fs::remove(file(name), ignored);
    for (const std::string& name : last) fs::remove(file(name), ignored);
}

void RunDirectory::try_writing() const {
    const std::string text = file("write-test"), numbers = file("write-test.h5");
    const auto remove = [&] {
        std::error_code ignored;
        fs::remove(text, ignored);
        fs::remove(numbers, ignored);
    };
    try {
        // Twice, since renaming to a name that is there is what a checkpoint does.
        for (int i = 0; i < 2; ++i) write_whole_file(text, "settle\n", true);
        append_text(text, "settle\n");
        const float values[] = {0.25f, 0.5f};
        const std::int64_t shape[] = {2};
        Hdf5Writer writer(numbers);
        writer.write("/values", std::span<const float>(values), shape);
        writer.close();
        if (read_whole_file(text) != "settle\nsettle\n" ||
            Hdf5Reader(numbers).read_floats("/values") != std::vector<float>(values, values + 2))
            throw runtime_failure(path_, "does not keep what is written to it", "a file system that does");
    } catch (...) {
        remove();
        throw;
    }
    remove();
}

void RunDirectory::write(const std::string& name, const std::string& content) const {
    write_whole_file(file(name), content);
}

void RunDirectory::add_metrics(const std::string& line) const {
    append_text(file("metrics.jsonl"), line + "\n");
}

void RunDirectory::add_event(const std::string& line) const {
    append_text(file("events.jsonl"), line + "\n");
}

}  // namespace settle
