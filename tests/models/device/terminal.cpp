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

/// Of what the target decodes, v = (1 - lambda) v + lambda u, less x: over 2 x 10^5 ticks. Without loss the modulator
/// itself leaves a ripple, whose square is taken off.
template <class Heard>
Moments decoded(const Rest& rest, const Heard& heard_of) {
    constexpr int ticks = 200'000, settling = 2000;
    const auto run = [&](double loss) {
        Rest link = rest;
        link.loss = loss;
        auto hear_tick = heard_of();
        double v = link.x, sum = 0, squares = 0;
        for (int k = 0; k < ticks + settling; ++k) {
            v = (1 - link.lambda) * v + link.lambda * hear_tick(link, link.fires());
            if (k < settling) continue;
            sum += v - link.x;
            squares += (v - link.x) * (v - link.x);
        }
        const double mean = sum / ticks;
        return Moments{mean, squares / ticks - mean * mean};
    };
    const Moments all = run(rest.loss), ripple = run(0);
    return {all.mean - ripple.mean, all.variance - ripple.variance};
}

struct Pulses {
    int operator()(const Rest& link, bool bit) const { return bit && !link.lost() ? 1 : 0; }
};

struct Parities {
    Terminal terminal;
    TerminalRule rule = rule_of(Link::parity);
    int operator()(const Rest& link, bool /*bit*/) {
        if (link.lost()) return 0;
        return hear(terminal, rule, link.tick * p, parity_bits(link.odd, link.tick), static_cast<float>(link.lambda))
            .pulses;
    }
};

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
        CHECK(next_fill(terminal, rule) > Time{1} << 60);
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

TEST_CASE("one link at rest: bias and variance of what is decoded, by formula") {
    // x = 1/pi and others that are no short fractions, so that the modulator does not repeat itself.
    struct Point {
        double x, lambda, loss;
    };
    for (const auto& [x, lambda, loss] : {Point{0.3183, 1.0 / 16, 0.05},
                                          {0.6180, 1.0 / 16, 0.02},
                                          {0.8717, 1.0 / 32, 0.05},
                                          {0.1271, 1.0 / 64, 0.05},
                                          {0.7321, 1.0 / 32, 0.01}}) {
        CAPTURE(x);
        CAPTURE(lambda);
        CAPTURE(loss);
        const Rest rest{x, lambda, loss, 5};
        const Moments pulses = decoded(rest, [] { return Pulses(); });
        CHECK(pulses.mean == doctest::Approx(-loss * x).epsilon(0.1));
        CHECK(pulses.variance == doctest::Approx(lambda * loss * (1 - loss) * x / (2 - lambda)).epsilon(0.1));
        const Moments parities = decoded(rest, [] { return Parities(); });
        CHECK(std::abs(parities.mean) < 0.1 * loss * x);
        CHECK(parities.variance == doctest::Approx(2 * lambda * lambda * loss * x / (2 - lambda)).epsilon(0.1));
    }
}
