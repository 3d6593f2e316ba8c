#include "models/device/terminal.hpp"

#include <algorithm>
#include <cmath>

namespace settle {

namespace {

/// Ticks since the last message that was heard, by the time alone; 0: nothing new.
std::int64_t ticks_by_time(Duration since, Duration period, bool changed) {
    if (2 * since < period && !changed) return 0;
    return std::clamp<std::int64_t>((2 * since + period) / (2 * period), 1, longest_gap);
}

/// The same where the parity of their number is known.
std::int64_t ticks_by_parity(Duration since, Duration period, bool odd) {
    const std::int64_t least = odd ? 1 : 0;
    if (since <= least * period) return least;
    const std::int64_t below = least + (since / period - least) / 2 * 2;
    return since - below * period <= (below + 2) * period - since ? below : below + 2;
}

/// Of 0 … n, the number of that parity nearest to n times the estimate, the lower of two.
std::int64_t nearest_count(std::int64_t n, bool odd, float estimate) {
    const float expected = static_cast<float>(n) * estimate;
    std::int64_t best = odd ? 1 : 0;
    for (std::int64_t count = best + 2; count <= n; count += 2) {
        if (std::abs(static_cast<float>(count) - expected) < std::abs(static_cast<float>(best) - expected))
            best = count;
    }
    return best;
}

}  // namespace

TerminalRule terminal_rule(const LinkSettings& link) {
    const bool counts_ticks = link.kind == Link::parity_2 || link.kind == Link::parity_2_held;
    const bool fills = link.kind == Link::parity_held || link.kind == Link::parity_2_held;
    return {link.period, counts_ticks, fills, counts_ticks ? link.period : link.period / 2};
}

int fill(Terminal& terminal) {
    const int parts = static_cast<int>(terminal.estimate * pulse_parts + 0.5f);
    ++terminal.missed;
    terminal.filled = static_cast<std::int16_t>(terminal.filled + parts);
    return parts;
}

int terminal_bits(Link kind) {
    LinkSettings link;
    link.kind = kind;
    const TerminalRule rule = terminal_rule(link);
    constexpr int gap_bits = 4;
    return 1 + (rule.counts_ticks ? 1 : 0) + gap_bits + estimate_bits + (rule.fills ? gap_bits + fill_bits : 0);
}

Reception hear(Terminal& terminal, const TerminalRule& rule, Time at, ParityBits bits, float lambda) {
    const auto changes = static_cast<ParityBits>(bits ^ terminal.bits);
    const bool changed = changes & 1;
    const Duration since = at - terminal.last;
    const std::int64_t n = rule.counts_ticks ? ticks_by_parity(since, rule.period, changes & 2)
                                             : ticks_by_time(since, rule.period, changed);
    if (n == 0) return {};
    const std::int64_t m = n == 1 ? changes & 1 : nearest_count(n, changed, terminal.estimate);
    const float fraction = static_cast<float>(m) / static_cast<float>(n), keep = 1 - lambda;
    for (std::int64_t i = 0; i < n; ++i) terminal.estimate = keep * terminal.estimate + lambda * fraction;
    const int parts = static_cast<int>(m) * pulse_parts - terminal.filled;
    terminal.last = at;
    terminal.bits = bits;
    terminal.filled = 0;
    terminal.missed = 0;
    return {static_cast<int>(m), parts};
}

}  // namespace settle
