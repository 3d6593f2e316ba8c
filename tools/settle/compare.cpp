#include "sim/runs/store/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <optional>

#include "sim/measures/number_text.hpp"
#include "tools/settle/commands.hpp"

namespace settle {

namespace {

std::string place_of(const FirstDifference& d) {
    std::string text = fmt::format("minibatch {}", d.minibatch);
    if (d.presentation < 0) return text + ", after its update";
    text += fmt::format(", presentation {} of it", d.presentation);
    if (!d.branch.empty()) text += ", branch " + d.branch;
    return text + fmt::format(", tick {}", d.tick);
}

/// "neuron 3 of layer 2", "channel 0 of edges".
std::string text_of(const ComparedPlace& place) {
    const std::string population = place.name.empty() ? fmt::format("layer {}", place.population) : place.name;
    return fmt::format("{} {} of {}", place.channel ? "channel" : "neuron", place.number, population);
}

std::string thing_of(const FirstDifference& d) {
    if (!d.source) return fmt::format("the {} of {}", d.what, text_of(d.place));
    const ComparedSource& source = *d.source;
    std::string text = "the weight";
    if (source.kernel)
        text += fmt::format(" at row {} and column {} of the kernel", source.kernel->row, source.kernel->column);
    text += fmt::format(" from {} to {}", text_of(source.place), text_of(d.place));
    // The same two populations may be joined by several.
    if (!source.place.name.empty()) text += fmt::format(" (projection {})", source.projection);
    return text;
}

/// Long values, such as arrays, are cut here; `--json` has them whole.
std::string shown(const std::string& value) {
    constexpr std::size_t most = 400;
    return value.empty() ? "-" : value.size() <= most ? value : value.substr(0, most) + " …";
}

std::optional<double> fraction_of(const std::string& text) {
    if (text.find_first_of(".e") == std::string::npos) return std::nullopt;
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Metrics with four digits, or all of them where four would hide a difference; counts are exact.
std::vector<ComparedValue> with_short_fractions(std::vector<ComparedValue> values) {
    for (ComparedValue& value : values) {
        const auto a = fraction_of(value.a), b = fraction_of(value.b);
        const std::string short_a = a ? short_number(*a) : value.a, short_b = b ? short_number(*b) : value.b;
        if (!value.equal() && short_a == short_b) continue;
        value.a = short_a;
        value.b = short_b;
    }
    return values;
}

/// A row a key; values that are too long for a column stand below it, a line each.
void print_values(const std::string& title, const std::vector<ComparedValue>& values) {
    if (values.empty()) return;
    constexpr std::size_t column = 24;
    const auto is_short = [](const ComparedValue& value) {
        return value.a.size() <= column && value.b.size() <= column;
    };
    std::size_t names = 0, widest = 10;
    for (const ComparedValue& value : values) {
        names = std::max(names, value.key.size());
        if (is_short(value)) widest = std::max(widest, value.a.size());
    }
    fmt::print("\n{}\n", title);
    for (const ComparedValue& value : values) {
        const char* mark = value.equal() ? " " : value.counts ? "!" : "~";
        if (is_short(value)) {
            fmt::print("{} {:<{}} {:<{}}  {}\n", mark, value.key, names, shown(value.a), widest, shown(value.b));
            continue;
        }
        fmt::print("{} {}\n    {}\n", mark, value.key, shown(value.a));
        if (!value.equal()) fmt::print("    {}\n", shown(value.b));
    }
}

}  // namespace

int compare_command(const CompareOptions& options) {
    const RunComparison comparison = compare_runs(options.a, options.b);
    const int code = comparison.equal ? exit_good : exit_expectation;
    if (options.json) {
        fmt::print("{}\n", to_json(comparison));
        return code;
    }
    fmt::print("{} and {}: {}\n", options.a, options.b, comparison.equal ? "the same" : "different");
    if (const auto& d = comparison.first) {
        fmt::print("first difference: {}: {} is {} and {}\n", place_of(*d), thing_of(*d), d->a, d->b);
    } else if (comparison.compared_minibatches > 0) {
        fmt::print("recordings: no difference in {} minibatches\n", comparison.compared_minibatches);
    }
    if (!comparison.first_epoch.empty()) fmt::print("first different metrics: {}\n", comparison.first_epoch);
    for (const std::string& note : comparison.notes) fmt::print("note: {}\n", note);
    print_values("data and weights that differ", comparison.inputs);
    print_values("scenario keys that differ", comparison.scenario);
    print_values("metrics (! differs, ~ differs and may)", with_short_fractions(comparison.metrics));
    return code;
}

}  // namespace settle
