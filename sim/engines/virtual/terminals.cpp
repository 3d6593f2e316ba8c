#include "sim/engines/virtual/terminals.hpp"

#include <algorithm>

namespace settle {

void Terminals::start(std::span<const Time> tick_zero, const TerminalRule& rule) {
    terminals_.assign(tick_zero.size(), Terminal());
    for (std::size_t i = 0; i < tick_zero.size(); ++i) terminals_[i].last = tick_zero[i];
    next_fill_.clear();
    for (const Terminal& terminal : terminals_) {
        if (rule.fills) next_fill_.push_back(next_fill(terminal, rule));
    }
}

/// Whatever terminal i puts in before `end`.
void Terminals::fill_until(std::size_t i, Time end, std::size_t width, const TerminalRule& rule,
                           std::vector<PulseParts>& out) {
    while (next_fill_[i] < end) {
        const int parts = fill(terminals_[i]);
        if (parts != 0)
            out.push_back(
                {next_fill_[i], static_cast<std::int32_t>(i / width), static_cast<std::int32_t>(i % width), parts});
        next_fill_[i] = next_fill(terminals_[i], rule);
    }
}

std::uint64_t Terminals::take(std::span<const LevelArrival> arrived, std::size_t width, const TerminalRule& rule,
                              Time /*from*/, Time to, std::vector<PulseParts>& out) {
    const std::size_t first = out.size();
    std::uint64_t sum = 0;
    for (const auto& [at, level] : arrived) {
        const std::size_t i =
            static_cast<std::size_t>(level.row) * width + static_cast<std::size_t>(width > 1 ? level.lane : 0);
        if (rule.fills) fill_until(i, at, width, rule, out);
        const Reception heard = hear(terminals_[i], rule, at, level.bit, level.lambda);
        if (rule.fills) next_fill_[i] = next_fill(terminals_[i], rule);
        const int parts = rule.fills ? heard.parts : heard.pulses;
        if (parts != 0) out.push_back({at, level.row, level.lane, parts});
        if (!rule.fills) sum += static_cast<std::uint64_t>(parts);
    }
    if (!rule.fills) return sum;
    for (std::size_t i = 0; i < next_fill_.size(); ++i) fill_until(i, to + 1, width, rule, out);
    // Whatever has been filled in stands behind what was heard.
    std::stable_sort(out.begin() + static_cast<std::ptrdiff_t>(first), out.end(),
                     [](const PulseParts& a, const PulseParts& b) { return a.at < b.at; });
    for (std::size_t k = first; k < out.size(); ++k) sum += additions(out[k].parts);
    return sum;
}

}  // namespace settle
