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

/// At which one more tick goes into the estimate where terminals fill.
float mean_rate(Terminal& terminal, float lambda) {
    if (terminal.heard < 255) ++terminal.heard;
    return std::max(1 / static_cast<float>(terminal.heard), lambda / 4);
}

}  // namespace

TerminalRule terminal_rule(const LinkSettings& link) {
    const bool counts_ticks = link.kind == Link::parity_2 || link.kind == Link::parity_2_held;
    const bool fills = link.kind == Link::parity_held || link.kind == Link::parity_2_held;
    const Duration patience = counts_ticks ? link.period : link.period / 2;
    return {link.period, counts_ticks, fills, patience, link.period, patience};
}

TerminalRule terminal_rule(const DeviceSettings& device, std::span<const Conditions> others) {
    TerminalRule rule = terminal_rule(device.link);
    // A clock that wanders may be late by any time.
    if (device.clock.accumulate) return rule;
    Conditions all = conditions_of(device);
    Duration early = all.jitter.least_time(), late = all.jitter.greatest_time();
    Duration fast = all.latency_jitter.least_time(), slow = all.latency_jitter.greatest_time();
    for (const Conditions& other : others) {
        early = std::min(early, other.jitter.least_time());
        late = std::max(late, other.jitter.greatest_time());
        fast = std::min(fast, other.latency_jitter.least_time());
        slow = std::max(slow, other.latency_jitter.greatest_time());
    }
    rule.slowest = drifted_period(rule.period, std::max(device.clock.drift.greatest(), 0.0));
    rule.spread = late - early + slow - fast;
    return rule;
}

int fill(Terminal& terminal) {
    const int parts = static_cast<int>(terminal.estimate * pulse_parts + 0.5f);
    ++terminal.missed;
    if (terminal.missed <= longest_gap) terminal.filled = static_cast<std::int16_t>(terminal.filled + parts);
    return parts;
}

int terminal_bits(Link kind) {
    LinkSettings link;
    link.kind = kind;
    const TerminalRule rule = terminal_rule(link);
    constexpr int gap_bits = 4, heard_bits = 8;
    return 1 + (rule.counts_ticks ? 1 : 0) + gap_bits + estimate_bits(rule.fills) +
           (rule.fills ? gap_bits + fill_bits + heard_bits : 0);
}

Reception hear(Terminal& terminal, const TerminalRule& rule, Time at, ParityBits bits, float lambda) {
    const auto changes = static_cast<ParityBits>(bits ^ terminal.bits);
    const bool changed = changes & 1;
    const Duration since = at - terminal.last;
    const std::int64_t n = rule.counts_ticks ? ticks_by_parity(since, rule.period, changes & 2)
                                             : ticks_by_time(since, rule.period, changed);
    if (n == 0) return {};
    const std::int64_t m = n == 1 ? changes & 1 : nearest_count(n, changed, terminal.estimate);
    const float fraction = static_cast<float>(m) / static_cast<float>(n);
    for (std::int64_t i = 0; i < n; ++i) {
        const float rate = rule.fills ? mean_rate(terminal, lambda) : lambda;
        terminal.estimate = (1 - rate) * terminal.estimate + rate * fraction;
    }
    const int parts = static_cast<int>(m) * pulse_parts - terminal.filled;
    terminal.last = at;
    terminal.bits = bits;
    terminal.filled = 0;
    terminal.missed = 0;
    return {static_cast<int>(m), parts};
}

}  // namespace settle
