#include "sim/exports/event_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>

#include "core/error.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

[[noreturn]] void refuse_neurons(const std::string& part, const std::string& message,
                                 const std::vector<std::string>& names) {
    Problem problem;
    problem.place = "--neurons";
    problem.message = "\"" + part + "\" " + message;
    problem.expected = "numbers, ranges and populations with commas between, such as 0-99,output or output:0-4";
    problem.suggestion = nearest_name(part.substr(0, part.find(':')), names);
    throw Error(Blame::input, {problem});
}

std::optional<std::int64_t> number_in(const std::string& text) {
    std::int64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc() || rest != end || number < 0) return std::nullopt;
    return number;
}

/// "7" or "0-99": the first and the last.
std::optional<std::pair<std::int64_t, std::int64_t>> range_in(const std::string& text) {
    const std::size_t dash = text.find('-');
    const auto first = number_in(text.substr(0, dash));
    const auto last = dash == std::string::npos ? first : number_in(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return std::pair(*first, *last);
}

}  // namespace

NeuronChoice choose_neurons(const std::string& text, const NetworkPart& network) {
    const std::vector<int> sizes = network.sizes();
    std::vector<std::int64_t> first_of = {0};
    std::vector<std::string> names;
    for (std::size_t p = 0; p < sizes.size(); ++p) {
        first_of.push_back(first_of.back() + sizes[p]);
        names.push_back(population_label(network, static_cast<int>(p)));
    }
    NeuronChoice chosen(static_cast<std::size_t>(first_of.back()), text.empty());
    for (std::size_t at = 0; !text.empty() && at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string part = text.substr(at, comma - at);
        at = comma + 1;
        const std::size_t colon = part.find(':');
        const auto named = std::find(names.begin(), names.end(), part.substr(0, colon));
        std::int64_t base = 0, count = first_of.back();
        std::optional<std::pair<std::int64_t, std::int64_t>> range;
        if (named != names.end()) {
            const auto p = static_cast<std::size_t>(named - names.begin());
            base = first_of[p];
            count = sizes[p];
            range = colon == std::string::npos ? std::pair<std::int64_t, std::int64_t>(0, count - 1)
                                               : range_in(part.substr(colon + 1));
        } else if (colon == std::string::npos) {
            range = range_in(part);
        }
        if (!range) refuse_neurons(part, "is neither neurons nor a population", names);
        if (range->second >= count)
            refuse_neurons(part, fmt::format("goes beyond the last neuron, {}", count - 1), names);
        std::fill(chosen.begin() + base + range->first, chosen.begin() + base + range->second + 1, true);
    }
    return chosen;
}

}  // namespace settle
