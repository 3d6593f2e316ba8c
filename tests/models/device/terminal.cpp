#include "models/device/terminal.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/draw.hpp"

using namespace settle;

namespace {

constexpr Duration p = 1000;

TerminalRule rule_of(Link kind) {
    LinkSettings link;
    link.kind = kind;
    link.period = p;
    return terminal_rule(link);
}

/// One link at rest, without clocks: tick k at k periods, its bits those of a first-order sigma-delta modulator.
struct Rest {
    double x, lambda, loss;
    std::uint64_t seed;
    double phi = 0;
    bool odd = false;
    std::int64_t tick = 0;

    bool fires() {
        phi += x;
        const bool bit = phi > 0.5;
        phi -= bit ? 1 : 0;
        odd = odd != bit;
        ++tick;
        return bit;
    }
    bool lost() const { return Stream(seed, Purpose::axon_message).uniform(static_cast<std::uint64_t>(tick)) < loss; }
};

struct Moments {
    double mean, variance;
};

/// Of what loss does to v = (1 - lambda) v + lambda u, which the target decodes: the difference from the same link
/// without loss, tick by tick, over that many of them.
template <class Heard>
Moments decoded(Rest link, Heard heard, int ticks = 200'000) {
    constexpr int settling = 2000;
    double v = link.x, whole = link.x, sum = 0, squares = 0;
    for (int k = 0; k < ticks + settling; ++k) {
        const bool bit = link.fires();
        v = (1 - link.lambda) * v + link.lambda * heard(link, bit);
        whole = (1 - link.lambda) * whole + link.lambda * (bit ? 1 : 0);
        if (k < settling) continue;
        sum += v - whole;
        squares += (v - whole) * (v - whole);
    }
    const double mean = sum / ticks;
    return {mean, squares / ticks - mean * mean};
}

struct Pulses {
    int operator()(const Rest& link, bool bit) const { return bit && !link.lost() ? 1 : 0; }
};

struct Parities {
    explicit Parities(int estimate = 0, Link kind = Link::parity) : bits(estimate), rule(rule_of(kind)) {}

    int bits;  ///< that the estimate has behind the point; 0: it is a float32
    Terminal terminal;
    TerminalRule rule;
    int operator()(const Rest& link, bool /*bit*/) {
        if (link.lost()) return 0;
        const int pulses =
            hear(terminal, rule, link.tick * p, parity_bits(link.odd, link.tick), static_cast<float>(link.lambda))
                .pulses;
        const auto parts = static_cast<float>(1 << bits);
        if (bits > 0) terminal.estimate = std::floor(terminal.estimate * parts + 0.5f) / parts;
        return pulses;
    }
};

/// What the page of results has for parity links.
double formula(const Rest& rest) {
    return 2 * rest.lambda * rest.lambda * rest.loss * rest.x / (2 - rest.lambda);
}

bool within(double value, double expected, double fraction) {
    return std::abs(value - expected) <= fraction * std::abs(expected);
}

}  // namespace

TEST_CASE("a terminal by hand: what is lost is late, and the parity decides between two") {
    Terminal terminal;
    const TerminalRule rule = rule_of(Link::parity);
    const auto tick = [&](Time at, int ones) {
        return hear(terminal, rule, at, parity_bits(ones % 2, 1), 0.5f).pulses;
    };
    CHECK(tick(p, 1) == 1);
    CHECK(terminal.estimate == 0.5f);
    CHECK(tick(p + p / 2 - 1, 1) == 0);  // a duplicate
    CHECK(terminal.last == p);
    CHECK(tick(2 * p, 1) == 0);
    CHECK(terminal.estimate == 0.25f);
    CHECK(tick(3 * p, 2) == 1);
    CHECK(terminal.estimate == 0.625f);
    // Two ticks are lost, of which n x = 1.875 fired: of 1 and 3, 1 is nearer.
    CHECK(tick(6 * p, 3) == 1);
    CHECK(terminal.estimate == ((0.625f / 2 + 0.5f / 3.0f) / 2 + 0.5f / 3.0f) / 2 + 0.5f / 3.0f);
    // Equally near: the lower.
    terminal.estimate = 0.5f;
    CHECK(tick(8 * p, 3) == 0);
    // No gap is longer than 15.
    terminal.estimate = 1;
    CHECK(tick(108 * p, 4) == 15);
    // A change that comes early is one all the same.
    CHECK(tick(108 * p + 1, 5) == 1);
    CHECK(tick(110 * p - p / 2, 5) == 0);
    CHECK(terminal.last == 110 * p - p / 2);
}

TEST_CASE("the parity of the tick tells how many there were, from none to one and a half periods late") {
    const TerminalRule rule = rule_of(Link::parity_2);
    for (const Time late : {-999, -500, -1, 0, 499, 999}) {
        CAPTURE(late);
        Terminal terminal;
        CHECK(hear(terminal, rule, p + late, parity_bits(true, 1), 0.5f).pulses == 1);
        CHECK(hear(terminal, rule, p + late, parity_bits(true, 1), 0.5f).pulses == 0);
        CHECK(terminal.estimate == 0.5f);
        CHECK(hear(terminal, rule, 2 * p, parity_bits(true, 2), 0.5f).pulses == 0);
        CHECK(terminal.estimate == 0.25f);
        CHECK(terminal.bits == parity_bits(true, 2));
    }
    // The lower of two that are equally near: 1 and 3 periods.
    Terminal terminal;
    terminal.estimate = 0.5f;
    CHECK(hear(terminal, rule, 2 * p, parity_bits(false, 1), 0.5f).pulses == 0);
    CHECK(terminal.estimate == 0.25f);
    terminal.last = 0;
    CHECK(hear(terminal, rule, 2 * p + 1, parity_bits(false, 2), 0).pulses == 0);
    CHECK(terminal.last == 2 * p + 1);
}

TEST_CASE("a terminal that fills goes on with what it expects, and takes it back where it was wrong") {
    for (const Link kind : {Link::parity_held, Link::parity_2_held}) {
        const TerminalRule rule = rule_of(kind);
        Terminal terminal;
        terminal.last = 7 * p;
        terminal.bits = parity_bits(true, 7);
        terminal.estimate = 0.75f;
        int sum = 0;
        for (int k = 1; k <= longest_gap; ++k) {
            CHECK(next_fill(terminal, rule) == 7 * p + k * p + (kind == Link::parity_held ? p / 2 : p));
            sum += fill(terminal);
        }
        CHECK(sum == std::lrint(0.75 * longest_gap * pulse_parts));
        // It goes on for longer, and takes none of that back.
        Terminal patient = terminal;
        CHECK(fill(patient) == 6);
        CHECK(patient.filled == sum);
        const Reception heard = hear(terminal, rule, 22 * p, parity_bits(false, 22), 0.125f);
        CHECK(heard.pulses == 11);
        CHECK(heard.parts == 11 * pulse_parts - sum);
        CHECK(terminal.filled == 0);
        CHECK(next_fill(terminal, rule) == 23 * p + rule.patience);
    }
    CHECK(additions(0) == 0);
    CHECK(additions(1) == 1);
    CHECK(additions(-pulse_parts) == 1);
    CHECK(additions(3 * pulse_parts + 1) == 4);
}

TEST_CASE("a tick counts as missed once no message of it can come any more on this hardware") {
    DeviceSettings device;
    device.link.kind = Link::parity_held;
    device.clock.period = device.link.period = p;
    Terminal terminal;
    terminal.last = 7 * p;
    CHECK(next_fill(terminal, terminal_rule(device)) == 8 * p);
    terminal.missed = 2;
    CHECK(next_fill(terminal, terminal_rule(device)) == 10 * p);
    device.clock.drift = Uniform{-0.05, 0.05};
    CHECK(next_fill(terminal, terminal_rule(device)) == 10 * p + 3 * p / 20);
    device.clock.jitter = Uniform{-0.1 * p, 0.1 * p};
    CHECK(next_fill(terminal, terminal_rule(device)) == 10 * p + 3 * p / 20 + p / 5);
    // Jitter of latencies to come; then a message would be taken for a later tick's.
    Conditions other = conditions_of(device);
    other.latency_jitter = Uniform{-0.05 * p, 0.05 * p};
    CHECK(next_fill(terminal, terminal_rule(device, std::span(&other, 1))) == 10 * p + 3 * p / 20 + 3 * p / 10);
    other.jitter = Uniform{-p, p};
    CHECK(next_fill(terminal, terminal_rule(device, std::span(&other, 1))) == 10 * p + p / 2);
    device.link.kind = Link::parity_2_held;
    CHECK(next_fill(terminal, terminal_rule(device, std::span(&other, 1))) == 11 * p);
    device.clock.accumulate = true;
    device.clock.jitter = Uniform{0, 1};
    CHECK(next_fill(terminal, terminal_rule(device)) == 11 * p);
}

TEST_CASE("one link at rest: bias and variance of what is decoded, by formula") {
    for (const Rest rest : {Rest{0.4142, 1.0 / 16, 0.05, 5},
                            {0.6180, 1.0 / 16, 0.02, 5},
                            {0.8717, 1.0 / 32, 0.02, 5},
                            {0.1271, 1.0 / 64, 0.05, 5},
                            {0.7321, 1.0 / 32, 0.01, 5}}) {
        CAPTURE(rest.x);
        CAPTURE(rest.lambda);
        CAPTURE(rest.loss);
        const double x = rest.x, lambda = rest.lambda, loss = rest.loss;
        const Moments pulses = decoded(rest, Pulses());
        CHECK(within(pulses.mean, -loss * x, 0.1));
        CHECK(within(pulses.variance, lambda * loss * (1 - loss) * x / (2 - lambda), 0.1));
        const Moments parities = decoded(rest, Parities());
        CHECK(std::abs(parities.mean) < 0.01 * loss * x);
        CHECK(within(parities.variance, formula(rest), 0.1));
        MESSAGE("x " << x << ", lambda 1/" << 1 / lambda << ", loss " << loss << ": pulses " << pulses.mean << " and "
                     << pulses.variance << ", by formula " << -loss * x << " and "
                     << lambda * loss * (1 - loss) * x / (2 - lambda) << "; parities " << parities.mean << " and "
                     << parities.variance << ", by formula 0 and " << formula(rest));
    }
}

TEST_CASE("near a half the parity of two lost ticks does not decide, and guesses go wrong") {
    for (const double x : {0.484, 0.515}) {
        CAPTURE(x);
        const Rest rest{x, 1.0 / 16, 0.05, 5};
        const double variance = decoded(rest, Parities()).variance;
        MESSAGE("x " << x << ": " << variance / formula(rest) << " of the formula");
        CHECK(variance > 2 * formula(rest));
    }
    const Rest half{0.5, 1.0 / 16, 0.05, 5};
    CHECK(within(decoded(half, Parities()).variance, formula(half), 0.1));
}

TEST_CASE("the estimate needs as many bits as terminal_bits counts, for lambda of 1/32; two fewer do not do") {
    for (const Link kind : {Link::parity, Link::parity_held}) {
        constexpr int ticks = 50'000;
        const int bits = estimate_bits(kind == Link::parity_held);
        double exact = 0, enough = 0, fewer = 0;
        for (int i = 1; i < 60; ++i) {
            const Rest rest{0.0157 * i, 1.0 / 32, 0.05, 5};
            exact += decoded(rest, Parities(0, kind), ticks).variance;
            enough += decoded(rest, Parities(bits, kind), ticks).variance;
            fewer += decoded(rest, Parities(bits - 2, kind), ticks).variance;
        }
        MESSAGE("variance with " << bits << " bits: " << enough / exact << ", with two fewer: " << fewer / exact);
        CHECK(within(enough, exact, 0.05));
        CHECK(fewer > 1.2 * exact);
    }
}

TEST_CASE("the estimate of a terminal that fills is a mean of all ticks at first, and guesses better") {
    const Rest rest{0.484, 1.0 / 16, 0.05, 5};
    CHECK(decoded(rest, Parities(0, Link::parity_held)).variance < 0.5 * decoded(rest, Parities()).variance);
    const TerminalRule rule = rule_of(Link::parity_held);
    Terminal terminal;
    for (int k = 1; k <= 4; ++k) hear(terminal, rule, k * p, parity_bits(k >= 2 && k <= 3, k), 0.125f);
    // Ticks 2 and 4 fire.
    CHECK(terminal.estimate == 0.5f);
}
