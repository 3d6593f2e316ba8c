#include "sim/runs/store/manifest.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "models/device/device.hpp"
#include "sim/formats/nesting.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/runs/store/build_info.hpp"
#include "sim/scenario/duration.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

/// Null for what is no JSON, or nested as no manifest is.
Json parsed(const std::string& text) {
    const Json json = too_deep_json(text) ? Json() : Json::parse(text, nullptr, false);
    return json.is_discarded() ? Json() : json;
}

std::string crc_text(std::uint32_t crc) {
    return fmt::format("{:08x}", crc);
}

Json listed(const InputFiles& inputs) {
    Json list = Json::array();
    for (const InputFile& input : inputs) {
        Json json = {{"key", input.key}};
        if (!input.part.empty()) json["part"] = input.part;
        json["path"] = input.path;
        json["bytes"] = input.file.bytes;
        json["crc32"] = crc_text(input.file.crc32);
        if (!(input.uncompressed == input.file)) {
            json["uncompressed_bytes"] = input.uncompressed.bytes;
            json["uncompressed_crc32"] = crc_text(input.uncompressed.crc32);
        }
        list.push_back(json);
    }
    return list;
}

Contents contents_from(const Json& json, const std::string& prefix) {
    Contents contents;
    contents.bytes = json.at(prefix + "bytes").get<std::uint64_t>();
    const std::string text = json.at(prefix + "crc32").get<std::string>();
    std::from_chars(text.data(), text.data() + text.size(), contents.crc32, 16);
    return contents;
}

/// Neurons of one kind, as [layer, neuron].
Json stuck_neurons(const Faults& faults, Stuck kind, const Wiring& wiring) {
    Json neurons = Json::array();
    for (int p = 0; p < wiring.populations(); ++p) {
        for (int i = 0; i < wiring.size(p); ++i) {
            const auto number = static_cast<std::size_t>(wiring.first_neuron(p) + i);
            if (number < faults.stuck.size() && faults.stuck[number] == kind) neurons.push_back({p, i});
        }
    }
    return {{"count", neurons.size()}, {"neurons", neurons}};
}

Json dead_links(const DeadLinks& dead, const Network& network) {
    std::int64_t all = 0, count = 0;
    for (std::size_t k = 0; k < network.projections.size(); ++k) {
        all += network.projections[k].links();
        count += network.projections[k].dead_links(mask_of(dead, static_cast<int>(k)));
    }
    return {{"count", count}, {"of", all}};
}

/// What is broken on the chip; null without faults.
Json faults_of(const Scenario& scenario, const Wiring* there) {
    const DeviceSettings settings = device_settings(scenario);
    const FaultSettings& faults = settings.faults;
    if (faults.stuck_at_zero == 0 && faults.stuck_at_one == 0 && faults.dead_links == 0) return {};
    const Network network(there ? *there : wiring_of(scenario));
    const Wiring& wiring = network.wiring;
    const Device device = draw_device(network, settings);
    return {{"stuck_at_zero", stuck_neurons(device.faults, Stuck::at_zero, wiring)},
            {"stuck_at_one", stuck_neurons(device.faults, Stuck::at_one, wiring)},
            {"dead_links", dead_links(device.dead, network)}};
}

/// Who runs it, when, where and how.
Json circumstances(const std::vector<std::string>& command_line) {
    const BuildInfo build = build_info();
    const MachineInfo machine = machine_info();
    Json json;
    json["program"] = "settle";
    json["version"] = build.version;
    json["commit"] = build.commit;
    json["compiler"] = build.compiler;
    json["started"] = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
    json["machine"] = {{"system", machine.system},
                       {"processor", machine.processor},
                       {"cores", machine.cores},
                       {"instruction_set", machine.instruction_set}};
    // "" if it has been deleted.
    std::error_code gone;
    json["working_directory"] = std::filesystem::current_path(gone).string();
    json["command_line"] = command_line;
    return json;
}

}  // namespace

std::string manifest_json(const ManifestEntry& entry, const std::string& before) {
    Json json = parsed(before);
    if (json.is_object() && json.value("program", Json()) == "settle") {
        Json resumed = circumstances(entry.command_line);
        resumed.erase("program");
        if (!json["resumed"].is_array()) json["resumed"] = Json::array();
        json["resumed"].push_back(resumed);
    } else {
        json = circumstances(entry.command_line);
    }
    json["inputs"] = listed(entry.inputs);
    if (!entry.scaling.empty()) json["scaling"] = entry.scaling;
    json["time_unit"] = unit_text(entry.scenario->timing.unit);
    const Json faults = entry.one_run ? faults_of(*entry.scenario, entry.wiring) : Json();
    if (!faults.is_null()) json["faults"] = faults;
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string read_manifest(const std::string& directory) {
    std::ifstream file(directory + "/manifest.json", std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

bool is_manifest(const std::string& text) {
    return parsed(text).is_object();
}

std::optional<InputFiles> inputs_in_manifest(const std::string& manifest) {
    const Json json = parsed(manifest);
    if (!json.is_object() || !json.contains("inputs")) return std::nullopt;
    InputFiles inputs;
    try {
        for (const Json& entry : json.at("inputs")) {
            InputFile input;
            input.key = entry.at("key").get<std::string>();
            input.part = entry.value("part", "");
            input.path = entry.at("path").get<std::string>();
            input.file = contents_from(entry, "");
            input.uncompressed =
                entry.contains("uncompressed_bytes") ? contents_from(entry, "uncompressed_") : input.file;
            inputs.push_back(input);
        }
    } catch (const Json::exception&) {
        return std::nullopt;
    }
    return inputs;
}

}  // namespace settle
