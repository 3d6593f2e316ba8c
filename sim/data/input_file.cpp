#include "sim/data/input_file.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <set>
#include <utility>

#include "core/error.hpp"
#include "sim/data/dataset.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

namespace {

std::uint32_t little_endian(const unsigned char* bytes) {
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | static_cast<std::uint32_t>(bytes[3]) << 24;
}

/// Reads a whole file. A .gz ends with the CRC-32 and the size of what it holds, so nothing has to be uncompressed.
InputFile look_at(const std::string& key, const std::string& part, const std::string& path) {
    InputFile input{key, part, path, {}, {}};
    const std::unique_ptr<std::FILE, decltype(&std::fclose)> file(std::fopen(path.c_str(), "rb"), &std::fclose);
    if (!file) throw input_error(path, key, "cannot be read: " + system_reason(errno), "a file that can be read");
    std::vector<unsigned char> block(std::size_t{1} << 20);
    unsigned char tail[8] = {};
    std::uint32_t first_bytes = 0;
    while (const std::size_t got = std::fread(block.data(), 1, block.size(), file.get())) {
        if (input.file.bytes == 0 && got >= 2) first_bytes = block[0] | block[1] << 8;
        input.file.crc32 = static_cast<std::uint32_t>(crc32_z(input.file.crc32, block.data(), got));
        input.file.bytes += got;
        const std::size_t last = std::min<std::size_t>(got, sizeof tail);
        std::copy(tail + last, tail + sizeof tail, tail);
        std::copy_n(block.data() + got - last, last, tail + sizeof tail - last);
    }
    if (std::ferror(file.get()) != 0)
        throw input_error(path, key, "cannot be read: " + system_reason(errno), "a file that can be read");
    const bool is_gzip = first_bytes == 0x8b1f && input.file.bytes >= 18;
    input.uncompressed = is_gzip ? Contents{little_endian(tail + 4), little_endian(tail)} : input.file;
    return input;
}

Problem problem_of(const InputFile& input, const std::string& message, const std::string& expected) {
    Problem problem;
    problem.place = input.path;
    problem.key = input.key;
    problem.message = message;
    problem.expected = expected;
    return problem;
}

}  // namespace

std::string to_text(const Contents& contents) {
    return fmt::format("{} bytes, CRC-32 {:08x}", contents.bytes, contents.crc32);
}

InputFiles look_at_inputs(const std::vector<const Scenario*>& scenarios) {
    InputFiles inputs;
    std::set<std::pair<std::string, std::string>> seen;  // key, path
    const auto add = [&](const std::string& key, const std::string& part, const std::string& path) {
        if (seen.emplace(key, path).second) inputs.push_back(look_at(key, part, path));
    };
    for (const Scenario* scenario : scenarios) {
        for (const DataFile& file : dataset_files(*scenario)) add("data.path", file.part, file.path);
        if (!scenario->network.weights.empty()) add("network.weights", "", scenario->network.weights);
        for (const ProjectionPart& projection : scenario->network.projections) {
            const auto* links = std::get_if<LinkSource>(&projection.kind);
            const auto* file = links ? std::get_if<LinksFile>(links) : nullptr;
            if (file) add("projection", "links", file->path);
        }
        const auto& chip = scenario->chip;
        if (chip && chip->placement == PlacementRule::file) add("chip.placement", "", chip->file);
        // A built-in scenario is named, and part of the program.
        const PriorTraining* training = prior_training(*scenario);
        if (training && training->scenario.starts_with('/')) add(prior_training_key(*scenario), "", training->scenario);
    }
    return inputs;
}

void add_linked_files(const std::vector<std::string>& files, InputFiles& inputs) {
    for (const std::string& path : files) {
        const bool known = std::any_of(inputs.begin(), inputs.end(), [&](const InputFile& input) {
            return input.key == "data.path" && input.path == path;
        });
        if (!known) inputs.push_back(look_at("data.path", "linked file", path));
    }
}

std::vector<Problem> differing_inputs(const InputFiles& before, const InputFiles& now, bool all) {
    std::vector<Problem> problems;
    const auto known = [](const InputFiles& files, const InputFile& one) {
        return std::any_of(files.begin(), files.end(), [&](const InputFile& file) { return file.same_content(one); });
    };
    const auto of_place = [](const InputFiles& files, const InputFile& one) {
        return std::find_if(files.begin(), files.end(), [&](const InputFile& file) {
            return file.key == one.key && file.part == one.part && file.path == one.path;
        });
    };
    for (const InputFile& file : now) {
        if (known(before, file)) continue;
        auto then = of_place(before, file);
        if (then == before.end()) {
            then = std::find_if(before.begin(), before.end(), [&](const InputFile& other) {
                return other.key == file.key && other.part == file.part && !known(now, other);
            });
        }
        if (then == before.end()) {
            problems.push_back(problem_of(file, "was not read before", "the files that were"));
            continue;
        }
        const bool moved = then->path != file.path;
        problems.push_back(
            problem_of(file, fmt::format("has changed: it holds {} now", to_text(file.file)),
                       fmt::format("{}, as {}before", to_text(then->file), moved ? "in " + then->path + " " : "")));
    }
    if (!problems.empty() || !all) return problems;
    for (const InputFile& file : before) {
        if (!known(now, file)) problems.push_back(problem_of(file, "was read before, and is not now", "this file"));
    }
    return problems;
}

}  // namespace settle
