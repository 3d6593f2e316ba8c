#include "sim/scenario/energy_form.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string_view>

#include "sim/formats/toml.hpp"
#include "sim/scenario/decimal.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

/// 10^exponent of the smallest.
struct QuantityUnit {
    std::string_view name;
    int exponent;
};

/// Of one kind; the greatest first.
struct QuantityUnits {
    const char* what;
    const char* example;
    std::vector<QuantityUnit> units;
    std::int64_t most;  ///< of the smallest
    const char* least;  ///< that, in words

    std::string names() const {
        std::string all;
        for (auto unit = units.rbegin(); unit != units.rend(); ++unit)
            all += (all.empty() ? "" : ", ") + std::string(unit->name);
        return all;
    }
};

bool is_power(const UnitCost& cost) {
    return cost.value == &UnitCosts::idle;
}

const QuantityUnits& units_of(const UnitCost& cost) {
    static const QuantityUnits energy{"an energy",
                                      "72.8 pJ",
                                      {{"J", 15}, {"mJ", 12}, {"uJ", 9}, {"nJ", 6}, {"pJ", 3}, {"fJ", 0}},
                                      1'000'000'000'000'000,
                                      "femtojoules"};
    static const QuantityUnits power{"a power",
                                     "0 mW",
                                     {{"kW", 15}, {"W", 12}, {"mW", 9}, {"uW", 6}, {"nW", 3}, {"pW", 0}},
                                     1'000'000'000'000'000,
                                     "picowatts"};
    return is_power(cost) ? power : energy;
}

/// In the smallest unit.
std::optional<Rational> parse_quantity(std::string_view text, const QuantityUnits& units) {
    for (const QuantityUnit& unit : units.units) {
        const auto number = without_unit(text, unit.name);
        const auto value = number ? parse_decimal(*number) : std::nullopt;
        if (value) return *value * power_of_ten(unit.exponent);
    }
    return std::nullopt;
}

std::string quantity_text(std::int64_t count, const QuantityUnits& units) {
    for (const QuantityUnit& unit : units.units) {
        std::int64_t size = 1;
        for (int i = 0; i < unit.exponent; ++i) size *= 10;
        if (count < size) continue;
        std::string text = std::to_string(count / size);
        if (count % size != 0) {
            std::string digits = std::to_string(count % size);
            digits.insert(0, static_cast<std::size_t>(unit.exponent) - digits.size(), '0');
            digits.erase(digits.find_last_not_of('0') + 1);
            text += "." + digits;
        }
        return text + " " + std::string(unit.name);
    }
    return fmt::format("{} {}", count, units.units.back().name);
}

/// What has no preset is "none".
std::vector<std::string> preset_names() {
    std::vector<std::string> names{"none"};
    for (const CostPreset& preset : cost_presets) names.emplace_back(preset.name);
    return names;
}

std::string preset_sources() {
    std::string all;
    for (const CostPreset& preset : cost_presets)
        all += (all.empty() ? "" : "; ") + std::string(preset.name) + ": " + preset.source;
    return all;
}

void read_preset(KeyReader& reader, const Value& value, Scenario& scenario) {
    const std::vector<std::string> names = preset_names();
    const auto choice = read_choice(reader, value, names, "");
    if (!choice) return;
    scenario.energy.on = true;
    scenario.energy.preset = names[*choice];
    scenario.energy.costs = *choice == 0 ? UnitCosts() : cost_presets[*choice - 1].costs;
}

void read_cost(KeyReader& reader, const Value& value, const UnitCost& cost, Scenario& scenario) {
    const QuantityUnits& units = units_of(cost);
    const std::string expected =
        fmt::format("{} with its unit, such as \"{}\" ({})", units.what, units.example, units.names());
    const std::string* text = value.string();
    const std::string shown = text               ? quoted(*text)
                              : value.array()    ? "an array"
                              : value.is_table() ? "a table"
                                                 : to_toml(value);
    const auto quantity = text ? parse_quantity(*text, units) : std::nullopt;
    if (!quantity) {
        const bool bare = parse_decimal(text ? *text : shown).has_value();
        const char* wrong = bare ? " has no unit" : is_power(cost) ? " is not a power" : " is not an energy";
        return reader.complain(value, shown + wrong, expected);
    }
    if (*quantity < 0 || *quantity > units.most)
        return reader.complain(value, shown + " is out of range",
                               fmt::format("{} to {}", quantity_text(0, units), quantity_text(units.most, units)));
    if (denominator(*quantity) != 1)
        return reader.complain(value, shown + " is no whole number of " + units.least,
                               fmt::format("a multiple of {}", quantity_text(1, units)));
    scenario.energy.on = true;
    scenario.energy.costs.*cost.value = static_cast<std::int64_t>(numerator(*quantity));
}

}  // namespace

void add_energy_keys(std::vector<Key>& keys) {
    Key preset{"energy.preset", joined(preset_names()), "absent: no energy is counted", "",
               "unit costs as published (" + preset_sources() + "); none: all 0"};
    preset.read = read_preset;
    preset.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.energy.on) return std::nullopt;
        return make_value(scenario.energy.preset);
    };
    keys.push_back(preset);
    for (const UnitCost& cost : unit_costs) {
        Key key{cost.key, is_power(cost) ? "power" : "energy", "that of the preset",
                is_power(cost) ? "0 to 1 kW" : "0 to 1 J", cost.help};
        key.read = [&cost](KeyReader& reader, const Value& value, Scenario& scenario) {
            read_cost(reader, value, cost, scenario);
        };
        key.write = [&cost](const Scenario& scenario) -> std::optional<Value> {
            if (!scenario.energy.on) return std::nullopt;
            return make_value(cost_text(scenario.energy.costs, cost));
        };
        keys.push_back(key);
    }
}

std::string cost_text(const UnitCosts& costs, const UnitCost& cost) {
    const std::int64_t count = costs.*cost.value;
    if (count == 0) return is_power(cost) ? "0 mW" : "0 pJ";
    return quantity_text(count, units_of(cost));
}

std::vector<std::string> free_of_charge(const UnitCosts& costs) {
    std::vector<std::string> names;
    for (const UnitCost& cost : unit_costs) {
        if (costs.*cost.value == 0) names.emplace_back(cost.name);
    }
    return names;
}

}  // namespace settle
