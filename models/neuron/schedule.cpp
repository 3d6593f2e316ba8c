#include "models/neuron/schedule.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace settle {

float schedule_value(const Schedule& schedule, std::int64_t t) {
    const double annealed = schedule.initial / std::pow(static_cast<double>(t), schedule.exponent);
    return static_cast<float>(std::max(schedule.floor, annealed));
}

std::vector<float> tabulate(const Schedule& schedule, std::int64_t ticks, const StopCheck& stop) {
    constexpr std::int64_t ticks_a_look = 1 << 16;
    std::vector<float> values(static_cast<std::size_t>(ticks));
    for (std::int64_t t = 1; t <= ticks; ++t) {
        if (t % ticks_a_look == 0) give_up_if(stop);
        values[static_cast<std::size_t>(t - 1)] = schedule_value(schedule, t);
    }
    return values;
}

static std::optional<double> parse_number(const std::string& text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
    return value;
}

std::optional<Schedule> parse_schedule(const std::string& text) {
    std::string compact;
    std::copy_if(text.begin(), text.end(), std::back_inserter(compact), [](char c) { return c != ' '; });
    const std::size_t slash = compact.find('/');
    const auto initial = parse_number(compact.substr(0, slash));
    if (!initial) return std::nullopt;
    if (slash == std::string::npos) return Schedule{*initial, 0, 0};
    const std::string rest = compact.substr(slash + 1);
    if (rest == "t") return Schedule{*initial, 1, 0};
    if (rest.rfind("t^", 0) != 0) return std::nullopt;
    const auto exponent = parse_number(rest.substr(2));
    if (!exponent) return std::nullopt;
    return Schedule{*initial, *exponent, 0};
}

}  // namespace settle
