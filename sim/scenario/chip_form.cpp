#include "sim/scenario/chip_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <string>
#include <utility>

#include "sim/scenario/duration.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/network_form.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

constexpr TimeUnit picosecond{TimeUnit::finest};
constexpr std::int64_t most_tiles = 1024;

/// Whoever reads a key of the section has a chip.
ChipSettings& chip_of(Scenario& scenario) {
    if (!scenario.chip) scenario.chip.emplace();
    return *scenario.chip;
}

/// `write`: what it says of a chip.
template <class Write>
void add(std::vector<Key>& keys, Key key, const Write& write) {
    key.write = [write](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.chip) return std::nullopt;
        return write(*scenario.chip);
    };
    keys.push_back(std::move(key));
}

void read_mesh(KeyReader& reader, const Value& value, Scenario& scenario) {
    ChipSettings& chip = chip_of(scenario);
    const Value::Array* items = value.array();
    if (!items || items->size() != 2)
        return reader.complain(value, "is not a mesh", "[columns, rows], tiles, such as [8, 8]");
    const auto columns = reader.integer((*items)[0], 1, most_tiles);
    const auto rows = columns ? reader.integer((*items)[1], 1, most_tiles) : std::nullopt;
    if (!rows) return;
    chip.columns = static_cast<int>(*columns);
    chip.rows = static_cast<int>(*rows);
}

/// Whole picoseconds.
void add_time(std::vector<Key>& keys, const char* path, const char* help, Picoseconds ChipSettings::*field) {
    Key key{path, "duration", "\"0 ns\"", "0 to 1000 s, whole ps", help};
    key.engines = "virtual";
    key.read = [field](KeyReader& reader, const Value& value, Scenario& scenario) {
        chip_of(scenario);
        const auto count = value.string() ? count_units(*value.string(), picosecond) : std::nullopt;
        if (!count)
            return reader.complain(value, "is not a duration", "a duration such as \"5.1 ns\" (ps, ns, us, ms)");
        if (!(count->exact >= 0 && count->exact <= 1e15))
            return reader.complain(value, "is out of range", "0 to 1000 s");
        chip_of(scenario).*field = reader.rounded(value, *count, picosecond);
    };
    add(keys, std::move(key),
        [field](const ChipSettings& chip) { return make_value(duration_text(chip.*field, picosecond)); });
}

void add_count(std::vector<Key>& keys, const char* path, std::int64_t low, std::int64_t high, const char* default_text,
               const char* range, const char* help, int ChipSettings::*field) {
    Key key{path, "int", default_text, range, help};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        chip_of(scenario);
        if (const auto count = reader.integer(value, low, high)) chip_of(scenario).*field = static_cast<int>(*count);
    };
    add(keys, std::move(key),
        [field](const ChipSettings& chip) { return make_value(static_cast<std::int64_t>(chip.*field)); });
}

const std::vector<Word<PlacementRule>> placement_words = {
    {"packed", PlacementRule::packed}, {"spread", PlacementRule::spread}, {"random", PlacementRule::random}};
const std::vector<Word<WhenFull>> full_words = {{"wait", WhenFull::wait}, {"drop", WhenFull::drop}};

std::optional<std::int32_t> whole_number(const std::string& text) {
    if (text.empty() || text.size() > 9) return std::nullopt;
    if (!std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
    return static_cast<std::int32_t>(std::stol(text));
}

/// A table neuron,core with a line for each neuron, in any order.
std::optional<std::vector<std::int32_t>> read_places(KeyReader& reader, const Value& value, const std::string& path) {
    const auto refuse = [&](const std::string& what, const std::string& expected) {
        reader.complain(value, fmt::format("{}: {}", path, what), expected);
        return std::nullopt;
    };
    std::ifstream file(path);
    if (!file) return refuse("cannot be opened", "a readable file, or packed, spread, random");
    std::vector<std::int32_t> places;
    std::string line;
    for (std::int64_t number = 1; std::getline(file, line); ++number) {
        if (!line.empty() && line.back() == '\r') line.pop_back();
        if (line.empty() || (number == 1 && line == "neuron,core")) continue;
        const std::size_t comma = line.find(',');
        const auto neuron = whole_number(line.substr(0, comma));
        const auto core = comma == std::string::npos ? std::nullopt : whole_number(line.substr(comma + 1));
        if (!neuron || !core || *neuron >= neuron_limit)
            return refuse(fmt::format("line {} is no neuron and its core", number),
                          "lines neuron,core of whole numbers");
        const auto at = static_cast<std::size_t>(*neuron);
        if (at >= places.size()) places.resize(at + 1, -1);
        if (places[at] >= 0)
            return refuse(fmt::format("line {} places neuron {} again", number, *neuron), "one line each");
        places[at] = *core;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        if (places[i] < 0) return refuse(fmt::format("places no neuron {}", i), "a line for every neuron");
    }
    return places;
}

void read_placement(KeyReader& reader, const Value& value, Scenario& scenario) {
    ChipSettings& chip = chip_of(scenario);
    const auto text = reader.text(value, "packed, spread, random, or the path of a table neuron,core");
    if (!text) return;
    for (const auto& [word, rule] : placement_words) {
        if (word == *text) {
            chip.placement = rule;
            return;
        }
    }
    // A path has a folder or an extension; anything else is a word that was misspelt.
    if (text->find_first_of("./") == std::string::npos) {
        read_word(reader, value, placement_words);
        return;
    }
    const auto path = reader.file(value);
    auto places = path ? read_places(reader, value, *path) : std::nullopt;
    if (!places) return;
    chip.placement = PlacementRule::file;
    chip.file = *path;
    chip.places = std::move(*places);
}

void add_rules(std::vector<Key>& keys) {
    Key multicast{
        "chip.multicast", "bool", "true", "",
        "one copy of a packet a link, branching where routes part; false: one a target core from the source on"};
    multicast.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        chip_of(scenario);
        if (const auto on = reader.boolean(value)) scenario.chip->multicast = *on;
    };
    add(keys, std::move(multicast), [](const ChipSettings& chip) { return make_value(chip.multicast); });
}

void add_queues(std::vector<Key>& keys) {
    add_count(keys, "chip.buffer", 0, 1'000'000, "0", "at least 0; 0: no limit",
              "packets that the queue of a link or a decoder holds, the one in service included",
              &ChipSettings::buffer);
    Key full{"chip.full", "wait, drop", "\"wait\"", "", "what becomes of a packet whose next queue is full"};
    full.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        chip_of(scenario);
        if (const auto word = read_word(reader, value, full_words)) scenario.chip->full = *word;
    };
    add(keys, std::move(full), [](const ChipSettings& chip) {
        const auto word = std::find_if(full_words.begin(), full_words.end(),
                                       [&](const auto& one) { return one.second == chip.full; });
        return make_value(word == full_words.end() ? std::string() : word->first);
    });
    Key slow{
        "chip.slow", "number or table", "absent", "0 to below 1",
        "of every server's times, which are multiplied by 1 + a draw, at least 0.1: a number w is uniform in ±w; or " +
            other_distributions()};
    slow.parts = {"distribution", "width"};
    slow.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        chip_of(scenario);
        if (const auto spread = read_spread(reader, value, scenario, SpreadOf::drift))
            scenario.chip->slow = spread->distribution;
    };
    slow.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.chip || scenario.chip->slow.none()) return std::nullopt;
        return write_spread(Spread{scenario.chip->slow}, scenario, SpreadOf::drift);
    };
    slow.expand = [](const Value& value) { return value.is_table() ? value : make_table({{"width", value}}); };
    keys.push_back(std::move(slow));
}

}  // namespace

void add_chip_keys(std::vector<Key>& keys) {
    Key mesh{"chip.mesh", "[int, int]", "required with a chip", "1 to 1024 each",
             "tiles of the chip, columns and rows"};
    mesh.read = read_mesh;
    add(keys, std::move(mesh), [](const ChipSettings& chip) {
        return make_array(std::vector<int>{chip.columns, chip.rows});
    });
    add_count(keys, "chip.cores_per_tile", 1, most_tiles, "1", "1 to 1024", "cores of a tile, which share its router",
              &ChipSettings::cores_per_tile);
    add_count(keys, "chip.neurons_per_core", 1, neuron_limit, "256", "at least 1", "that a core has places for",
              &ChipSettings::neurons_per_core);
    Key placement{"chip.placement", "packed, spread, random, path", "\"packed\"", "",
                  "core after core; each population begins a new core; shuffled; or a table neuron,core"};
    placement.read = read_placement;
    add(keys, std::move(placement), [](const ChipSettings& chip) { return make_value(placement_text(chip)); });
    add_rules(keys);
    add_time(keys, "chip.encode", "a core's encoder is busy with a packet", &ChipSettings::encode);
    add_time(keys, "chip.link", "a link is busy with a packet: 1 / bandwidth", &ChipSettings::link);
    add_time(keys, "chip.hop_x", "from one router to the next, east or west", &ChipSettings::hop_x);
    add_time(keys, "chip.hop_y", "the same, north or south", &ChipSettings::hop_y);
    add_time(keys, "chip.decode", "a core's decoder is busy with a packet …", &ChipSettings::decode);
    add_time(keys, "chip.synapse", "… and for each target that the packet has in the core", &ChipSettings::synapse);
    add_queues(keys);
}

std::string placement_text(const ChipSettings& chip) {
    for (const auto& [word, rule] : placement_words) {
        if (rule == chip.placement) return word;
    }
    return chip.file;
}

bool gives_chip(const GivenValues& given) {
    return std::any_of(given.begin(), given.end(), [](const auto& one) { return one.first.rfind("chip.", 0) == 0; });
}

}  // namespace settle
