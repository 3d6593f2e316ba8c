#include "sim/reports/metric_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <string>
#include <utility>

#include "sim/measures/number_text.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace {

/// Of the summary of a sweep or a search, which are no metrics of a run.
constexpr std::pair<const char*, const char*> helps_of_studies[] = {
    {"points", "combinations of values"},
    {"runs", "finished"},
    {"trials", "of the search"},
    {"failed", "runs that did not come to an end"},
    {"invalid", "trials whose values make no scenario"},
    {"best_objective", "the least value of the objective"},
};

bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

/// Of a name, or of a number: what stands beside a digit and belongs to the same word.
bool is_of_a_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.' ||
           static_cast<unsigned char>(c) >= 0x80;
}

std::size_t end_of_digits(const std::string& text, std::size_t at) {
    while (at < text.size() && is_digit(text[at])) ++at;
    return at;
}

/// The number with an exponent that the text begins with at `at`, as 2.5·10⁻⁵, and its end; nothing where there is
/// none.
std::optional<std::pair<std::string, std::size_t>> power_at(const std::string& text, std::size_t at) {
    const std::size_t whole = end_of_digits(text, at);
    if (whole == at || (at > 0 && is_of_a_word(text[at - 1]))) return std::nullopt;
    const std::size_t end = whole < text.size() && text[whole] == '.' ? end_of_digits(text, whole + 1) : whole;
    if (end >= text.size() || (text[end] != 'e' && text[end] != 'E')) return std::nullopt;
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '-' || text[exponent] == '+')) ++exponent;
    const std::size_t last = end_of_digits(text, exponent);
    constexpr std::size_t most_digits = 4;
    if (last == exponent || last > exponent + most_digits) return std::nullopt;
    if (last < text.size() && is_of_a_word(text[last])) return std::nullopt;
    const int power = (text[end + 1] == '-' ? -1 : 1) * std::stoi(text.substr(exponent, last - exponent));
    const std::string digits = text.substr(at, end - at);
    const std::string factor = digits == "1" || digits == "1.0" ? "" : digits + "·";
    return std::pair(factor + "10" + superscript(power), last);
}

}  // namespace

std::string metric_help(const std::string& name) {
    for (const auto& [figure, help] : helps_of_studies) {
        if (name == figure) return help;
    }
    const Metric* metric = find_metric(name);
    return metric ? metric->help : "";
}

std::string metric_unit(const std::string& name) {
    const Metric* metric = find_metric(name);
    return metric ? metric->unit : "";
}

std::string metric_text(const std::string& name, double value) {
    if (metric_unit(name) == "fraction")
        return value < 0.9999 ? fmt::format("{:.2f} %", 100 * value) : number_text(100 * value) + " %";
    return number_text(value);
}

std::string metric_text(const RecordEntry& entry) {
    if (entry.path == "against") return label_text(entry.text);
    // Seeds and positions are names, not quantities.
    static constexpr const char* names[] = {"seed", "best_trial", "threads"};
    const bool name = std::find(std::begin(names), std::end(names), entry.path) != std::end(names);
    return entry.number && !name ? metric_text(entry.path, *entry.number) : entry.text;
}

std::string label_text(const std::string& label) {
    std::string text;
    for (std::size_t at = 0; at < label.size();) {
        if (const auto power = power_at(label, at)) {
            text += power->first;
            at = power->second;
        } else {
            text += label[at++];
        }
    }
    return text;
}

}  // namespace settle
