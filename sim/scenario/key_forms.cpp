#include "sim/scenario/key_forms.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/formats/toml.hpp"
#include "sim/scenario/byte_count.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/network_form.hpp"

namespace settle {

namespace {

/// Reads a number into `field` if the table has that part.
void read_part(KeyReader& reader, const Value& table, const char* part, double low, double high, double& field) {
    const Value* value = table.find(part);
    if (!value) return;
    if (const auto number = reader.number(*value, low, high, part)) field = *number;
}

}  // namespace

std::optional<Value> make_optional(const std::string& text) {
    if (text.empty()) return std::nullopt;
    return make_value(text);
}

Value make_array(const std::vector<int>& items) {
    Value::Array array;
    for (const int item : items) array.push_back(make_value(static_cast<std::int64_t>(item)));
    return {array, {}};
}

Value make_array(const std::vector<double>& items) {
    Value::Array array;
    for (const double item : items) array.push_back(make_value(item));
    return {array, {}};
}

bool is_plain_name(const std::string& text) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-';
    };
    return !text.empty() && text.size() <= longest_plain_name && std::all_of(text.begin(), text.end(), plain) &&
           text.find_first_not_of('.') != std::string::npos;
}

std::optional<std::size_t> read_choice(KeyReader& reader, const Value& value, const std::vector<std::string>& names,
                                       const std::string& part) {
    std::string all;
    for (const std::string& name : names) all += (all.empty() ? "" : ", ") + name;
    const auto text = reader.text(value, "one of " + all, part);
    if (!text) return std::nullopt;
    const auto found = std::find(names.begin(), names.end(), *text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    reader.complain_about_name(value, *text, names, "one of " + all, part);
    return std::nullopt;
}

Value expand_schedule(const Value& value) {
    Schedule schedule;
    if (const auto* text = value.string()) {
        const auto parsed = parse_schedule(*text);
        if (!parsed) return value;
        schedule = *parsed;
    } else if (const auto* number = std::get_if<double>(&value.data)) {
        schedule.initial = *number;
    } else if (const auto* integer = std::get_if<std::int64_t>(&value.data)) {
        schedule.initial = static_cast<double>(*integer);
    } else {
        return value;
    }
    Value table = make_table({{"initial", make_value(schedule.initial)},
                              {"exponent", make_value(schedule.exponent)},
                              {"floor", make_value(schedule.floor)}});
    table.place = value.place;
    for (auto& entry : *table.table()) entry.second.place = value.place;
    return table;
}

std::optional<Schedule> read_schedule(KeyReader& reader, const Value& value) {
    const Value table = expand_schedule(value);
    if (!table.is_table()) {
        const std::string forms = "a number, \"a/t^b\" or { initial, exponent, floor }";
        if (const auto text = reader.text(value, forms)) {
            reader.complain(value, quoted(*text) + " is not a schedule", forms);
        }
        return std::nullopt;
    }
    // In the short forms there are no parts to name.
    const bool is_short = !value.is_table();
    const auto part = [&](const char* name) { return std::string(is_short ? "" : name); };
    reader.only(table, {"initial", "exponent", "floor"});
    const Value *initial = table.find("initial"), *exponent = table.find("exponent"), *floor = table.find("floor");
    if (!initial) {
        reader.complain(value, "the table has no initial value", "{ initial, exponent, floor }");
        return std::nullopt;
    }
    // Whether the values fit is seen when the length of the phases is known.
    const auto a = reader.number(*initial, -infinity, infinity, part("initial"));
    const auto b = exponent ? reader.number(*exponent, -100, 100, part("exponent")) : 0.0;
    const auto c = floor ? reader.number(*floor, -infinity, infinity, part("floor")) : 0.0;
    if (!a || !b || !c) return std::nullopt;
    return Schedule{*a, *b, *c};
}

Value write_schedule(const Schedule& schedule) {
    if (schedule.floor != 0)
        return expand_schedule(make_table({{"initial", make_value(schedule.initial)},
                                           {"exponent", make_value(schedule.exponent)},
                                           {"floor", make_value(schedule.floor)}}));
    if (schedule.exponent == 0) return make_value(schedule.initial);
    return make_value(fmt::format("{}/t^{}", schedule.initial, schedule.exponent));
}

std::optional<StepRule> read_step_rule(KeyReader& reader, const Value& value) {
    const Value* rule = value.find("rule");
    if (!rule) {
        const auto schedule = read_schedule(reader, value);
        if (!schedule) return std::nullopt;
        return *schedule;
    }
    std::vector<std::string> words;
    for_each_adaptive_rule([&](const auto& one) { words.emplace_back(one.word); });
    const auto choice = read_choice(reader, *rule, words, "rule");
    if (!choice) return std::nullopt;
    StepRule read;
    for_each_adaptive_rule([&](auto one) {
        if (one.word != words[*choice]) return;
        std::vector<std::string> parts{"rule"};
        for (const auto& parameter : one.parameters()) parts.emplace_back(parameter.name);
        reader.only(value, parts);
        for (const auto& parameter : one.parameters())
            read_part(reader, value, parameter.name, parameter.low, parameter.high, one.*parameter.value);
        read = one;
    });
    return read;
}

Value write_step_rule(const StepRule& rule) {
    return std::visit(
        []<class Rule>(const Rule& one) {
            if constexpr (std::is_same_v<Rule, Schedule>) {
                return write_schedule(one);
            } else {
                Value table = make_table({{"rule", make_value(std::string(one.word))}});
                for (const auto& parameter : one.parameters())
                    table.table()->emplace_back(parameter.name, make_value(one.*parameter.value));
                return table;
            }
        },
        rule);
}

std::vector<std::string> step_rule_parts() {
    std::vector<std::string> parts{"initial", "exponent", "floor", "rule"};
    for_each_adaptive_rule([&](const auto& one) {
        for (const auto& parameter : one.parameters()) {
            if (std::find(parts.begin(), parts.end(), parameter.name) == parts.end())
                parts.emplace_back(parameter.name);
        }
    });
    return parts;
}

std::string step_rule_forms() {
    std::vector<std::string> forms{"constant", "schedule"};
    for_each_adaptive_rule([&](const auto& one) {
        std::string form = fmt::format("{{ rule = \"{}\"", one.word);
        for (const auto& parameter : one.parameters()) form += std::string(", ") + parameter.name;
        forms.push_back(form + " }");
    });
    std::string all;
    for (std::size_t i = 0; i < forms.size(); ++i)
        all += (i == 0 ? "" : i + 1 == forms.size() ? " or " : ", ") + forms[i];
    return all;
}

void read_layers(KeyReader& reader, const Value& value, Scenario& scenario) {
    const std::string expected = "an array of at least 2 layer sizes, such as [784, 500, 10]";
    const Value::Array* items = value.array();
    if (!items) return reader.complain(value, "is not an array", expected);
    if (items->size() < 2) return reader.complain(value, "has fewer than 2 layers", expected);
    std::vector<int> layers;
    std::int64_t neurons = 0, weights = 0;
    for (const Value& item : *items) {
        const auto size = reader.integer(item, 1, neuron_limit);
        if (!size) return;
        if (!layers.empty()) weights += layers.back() * *size;
        neurons += *size;
        layers.push_back(static_cast<int>(*size));
        if (neurons > neuron_limit) {
            return reader.complain(item, "there are too many neurons",
                                   fmt::format("at most {} in a network", neuron_limit));
        }
        if (weights > weight_count_limit) {
            return reader.complain(item, "there are too many weights",
                                   fmt::format("at most {} in a network", weight_count_limit));
        }
    }
    scenario.network.layers = layers;
}

void read_rates(KeyReader& reader, const Value& value, Scenario& scenario) {
    const Value::Array* items = value.array();
    if (!items)
        return reader.complain(value, "is not an array", "a learning rate for each projection, such as [0.1, 0.05]");
    std::vector<double> rates;
    for (const Value& item : *items) {
        const auto rate = reader.number(item, 0, 1e6);
        if (!rate) return;
        rates.push_back(*rate);
    }
    scenario.learning.rates = rates;
}

void read_readout(KeyReader& reader, const Value& value, Scenario& scenario) {
    if (!value.is_table()) {
        const auto word = reader.text(value, "\"last\" or { mean = K }");
        if (!word) return;
        if (*word != "last") return reader.complain(value, quoted(*word) + " is unknown", "\"last\" or { mean = K }");
        scenario.phases.readout_mean = 0;
        return;
    }
    reader.only(value, {"mean"});
    const Value* mean = value.find("mean");
    if (!mean) return reader.complain(value, "the table has no mean", "\"last\" or { mean = K }");
    if (const auto periods = reader.integer(*mean, 1, int_limit, "mean"))
        scenario.phases.readout_mean = static_cast<int>(*periods);
}

std::optional<Value> write_readout(const Scenario& scenario) {
    if (scenario.phases.readout_mean == 0) return make_value(std::string("last"));
    return make_table({{"mean", make_value(static_cast<std::int64_t>(scenario.phases.readout_mean))}});
}

void read_period(KeyReader& reader, const Value& value, Scenario& scenario) {
    const auto* text = value.string();
    const auto period = text ? parse_period(*text) : std::nullopt;
    if (!period) {
        // It says why; what the machine's clock can read, the period can.
        reader.wall_duration(value);
        return;
    }
    if (!(period->seconds >= 1e-9 && period->seconds <= Period::longest))
        return reader.complain(value, quoted(*text) + " is out of range", "1 ns to 10^12 s");
    scenario.timing.unit = period->unit;
    scenario.timing.period = reader.rounded(value, period->count, period->unit);
}

namespace {

/// A whole number of units of time, or a drift's fraction of the period.
std::optional<double> read_width(KeyReader& reader, const Value& value, const Scenario& scenario, SpreadOf what,
                                 const std::string& part) {
    const auto& timing = scenario.timing;
    std::optional<double> width;
    std::optional<UnitCount> count;
    if (what == SpreadOf::drift) {
        width = reader.number(value, 0, std::nextafter(1.0, 0.0), part);
        if (width) count = count_units(*width, timing.period);
    } else if (value.string() || reader.number(value, 0, 1e6, part)) {
        count = reader.time(value, scenario, part);
    }
    if (!count) return std::nullopt;
    const std::string size = fmt::format("comes to {} units of time ({})", count->exact, unit_text(timing.unit));
    if (count->exact < 0) {
        reader.complain(value, "is negative", "at least 0", part);
        return std::nullopt;
    }
    if (count->exact > 0 && count->exact < 1) {
        reader.complain(value, size,
                        fmt::format("0, or at least one unit: {} of the period of {}",
                                    1 / static_cast<double>(timing.period), duration_text(timing.period, timing.unit)),
                        part);
        return std::nullopt;
    }
    if (count->exact > 0 && count->exact < 10) reader.warn(value, size + ", so that draws take few values", part);
    if (width) return width;
    return static_cast<double>(reader.rounded(value, *count, timing.unit, part));
}

}  // namespace

std::optional<Spread> read_spread(KeyReader& reader, const Value& value, const Scenario& scenario, SpreadOf what) {
    const auto width_of = [&](const Value& width, const std::string& part) {
        return read_width(reader, width, scenario, what, part);
    };
    if (!value.is_table()) {
        const auto width = width_of(value, "");
        if (!width) return std::nullopt;
        return Spread{Distribution::around_zero(0, *width)};
    }
    std::size_t kind = 0;
    double around_zero = 0;
    bool accumulating = false;
    const bool accumulates = what == SpreadOf::tick;
    reader.only(value, accumulates ? std::vector<std::string>{"distribution", "width", "accumulate"}
                                   : std::vector<std::string>{"distribution", "width"});
    if (const Value* word = value.find("distribution")) {
        if (const auto choice = read_choice(reader, *word, Distribution::names(), "distribution")) kind = *choice;
    }
    if (const Value* width = value.find("width")) {
        if (const auto number = width_of(*width, "width")) around_zero = *number;
    } else {
        reader.complain(value, "the table has no width",
                        accumulates ? "{ distribution, width, accumulate }" : "{ distribution, width }");
    }
    if (const Value* accumulate = accumulates ? value.find("accumulate") : nullptr) {
        if (const auto boolean = reader.boolean(*accumulate, "accumulate")) accumulating = *boolean;
    }
    return Spread{Distribution::around_zero(kind, around_zero), accumulating};
}

std::string other_distributions() {
    std::vector<std::string> names = Distribution::names();
    names.erase(names.begin());
    return joined(names);
}

Value write_spread(const Spread& spread, const Scenario& scenario, SpreadOf what) {
    const double unit = what == SpreadOf::drift ? 1 : static_cast<double>(scenario.timing.period);
    const Value width = make_value(spread.distribution.width() / unit);
    if (spread.distribution == Distribution::around_zero(0, spread.distribution.width()) && !spread.accumulate)
        return width;
    const Value distribution = make_value(spread.distribution.name());
    if (what != SpreadOf::tick) return make_table({{"distribution", distribution}, {"width", width}});
    return make_table(
        {{"distribution", distribution}, {"width", width}, {"accumulate", make_value(spread.accumulate)}});
}

std::optional<Ends> read_ends(KeyReader& reader, const Value& value) {
    if (!value.is_table()) return Ends{&value, &value};
    reader.only(value, {"low", "high"});
    const Value *low = value.find("low"), *high = value.find("high");
    if (low && high) return Ends{low, high, "low"};
    reader.complain(value, std::string("the table has no ") + (low ? "high" : "low"), "{ low, high }");
    return std::nullopt;
}

Value expand_ends(const Value& value) {
    return value.is_table() ? value : make_table({{"low", value}, {"high", value}});
}

void read_latency(KeyReader& reader, const Value& value, Scenario& scenario) {
    const TimeUnit unit = scenario.timing.unit;
    const std::optional<Ends> ends = read_ends(reader, value);
    if (!ends) return;
    const Value *low = ends->low, *high = ends->high;
    const bool ranges = low != high;
    const auto least = reader.time(*low, scenario, ends->low_part);
    const auto greatest = ranges && least ? reader.time(*high, scenario, "high") : least;
    if (!least || !greatest) return;
    if (scenario.chip ? least->exact < 0 : least->exact < 1) {
        return reader.complain(
            value, scenario.chip ? "is negative" : "a bit cannot arrive at the tick that sent it, nor before it",
            scenario.chip ? "at least 0" : "a latency of at least " + unit_text(unit));
    }
    if (greatest->exact < least->exact) return reader.complain(value, "high is below low", "low at most high");
    Uniform latency;
    latency.low = static_cast<double>(reader.rounded(*low, *least, unit, ends->low_part));
    latency.high = ranges ? static_cast<double>(reader.rounded(*high, *greatest, unit, "high")) : latency.low;
    scenario.timing.latency = latency;
}

std::optional<Value> write_latency(const Scenario& scenario) {
    const auto text = [&](Duration latency) { return make_value(duration_text(latency, scenario.timing.unit)); };
    const Distribution& latency = scenario.timing.latency;
    if (latency.constant()) return text(latency.least_time());
    return make_table({{"low", text(latency.least_time())}, {"high", text(latency.greatest_time())}});
}

std::optional<Recording> read_recording(KeyReader& reader, const Value& value) {
    Recording recording;
    if (!value.is_table()) {
        const auto on = reader.boolean(value);
        if (!on) return std::nullopt;
        recording.on = *on;
        return recording;
    }
    recording.on = true;
    reader.only(value, {"layers", "neurons", "from", "to", "every"});
    if (const Value* layers = value.find("layers")) {
        if (!layers->array())
            reader.complain(*layers, "is not an array", "layer numbers, from 0 for the input", "layers");
        else if (layers->array()->empty())
            reader.complain(*layers, "names no layer", "layer numbers, or no layers for all", "layers");
        for (const Value& item : layers->array() ? *layers->array() : Value::Array()) {
            const auto layer = reader.integer(item, 0, int_limit, "layers");
            if (layer) recording.layers.push_back(static_cast<int>(*layer));
        }
    }
    const auto count = [&](const char* part, std::int64_t low, std::int64_t high, auto& field) {
        const Value* item = value.find(part);
        if (!item) return;
        if (const auto integer = reader.integer(*item, low, high, part))
            field = static_cast<std::decay_t<decltype(field)>>(*integer);
    };
    constexpr std::int64_t minibatch_limit = std::numeric_limits<std::int64_t>::max() / 2;
    count("neurons", 1, neuron_limit, recording.neurons);
    count("from", 0, minibatch_limit, recording.from);
    count("to", 1, minibatch_limit, recording.to);
    count("every", 1, minibatch_limit, recording.every);
    if (recording.to != 0 && recording.to <= recording.from) {
        reader.complain(value, fmt::format("no minibatch is from {} on and before {}", recording.from, recording.to),
                        "to above from, or no to");
    }
    return recording;
}

Value write_recording(const Recording& recording) {
    if (!recording.on || recording == Recording{true, {}, 0, 0, 0, 1}) return make_value(recording.on);
    // All layers, all neurons and no end are what a part that is not there means: 0 would say none.
    Value::Table parts;
    if (!recording.layers.empty()) parts.emplace_back("layers", make_array(recording.layers));
    if (recording.neurons != 0) parts.emplace_back("neurons", make_value(static_cast<std::int64_t>(recording.neurons)));
    parts.emplace_back("from", make_value(recording.from));
    if (recording.to != 0) parts.emplace_back("to", make_value(recording.to));
    parts.emplace_back("every", make_value(recording.every));
    return make_table(std::move(parts));
}

std::optional<std::int64_t> read_byte_count(KeyReader& reader, const Value& value) {
    constexpr const char* expected = "at least 1: a number of bytes, or such as \"500 MB\" or \"4 GiB\"";
    if (!value.string()) return reader.integer(value, 1, std::numeric_limits<std::int64_t>::max());
    const auto bytes = byte_count(*value.string());
    if (!bytes || *bytes < 1) {
        reader.complain(value, "\"" + *value.string() + "\" is not a number of bytes", expected);
        return std::nullopt;
    }
    return bytes;
}

void read_checkpoint_interval(KeyReader& reader, const Value& value, Scenario& scenario) {
    CheckpointInterval& every = scenario.checkpoint.every;
    if (value.string()) {
        const auto duration = reader.wall_duration(value);
        if (duration && *duration < WallDuration::zero()) {
            return reader.complain(value, wall_duration_text(*duration) + " is negative", "at least 0");
        }
        if (duration) every = {0, *duration};
    } else if (std::holds_alternative<std::int64_t>(value.data)) {
        const auto presentations = reader.integer(value, 0, std::numeric_limits<std::int64_t>::max());
        if (presentations) every = {*presentations, WallDuration::zero()};
    } else {
        reader.complain(value, "is neither a number of presentations nor a duration", "such as 10000 or \"10 min\"");
    }
}

std::optional<Value> write_checkpoint_interval(const Scenario& scenario) {
    const CheckpointInterval& every = scenario.checkpoint.every;
    if (every.presentations == 0 && every.time != WallDuration::zero())
        return make_value(wall_duration_text(every.time));
    return make_value(every.presentations);
}

}  // namespace settle
