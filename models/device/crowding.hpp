// Crowding: how many bits of one source can land between two ticks of one target, when clocks jitter and messages take
// their time. Times sum |w| it bounds a target's sum, which is an int32 (models/network, "diverged").
#pragma once

#include <cstdint>
#include <span>

#include "core/time.hpp"
#include "models/device/clock.hpp"
#include "models/device/conditions.hpp"
#include "models/device/link.hpp"

namespace settle {

/// The chip and the presentation that it is about.
struct Crowd {
    Duration least_period = 0, greatest_period = 0;  ///< of its clocks, p and P
    Duration presentation = 0;                       ///< no bit is sent after it; 0: no such limit
    bool latency_ramps = true;                       ///< latencies between those of the conditions may come, too
};

/// A number that is not exceeded: certainly, or, where only a row of draws from the tails of their distributions could
/// exceed it, with a chance of less than e^-50 for a source and a window.
///
/// Level links hold one bit a source: 1. Pulses: let a tick be at most L after it is due, which is not below 0 since no
/// tick is before time 0; let R be L minus the least tick jitter, E the most that it is early (or 0), and M the width
/// of the range of the latency jitter. Two ticks of a target are at most W = P + R apart (P + L where jitter
/// accumulates), and what arrives between them was sent within X = W + M.
///
/// Ticks of a source within x: ticks a and b are at least (b - a) p - R apart, so at most ceil((x + R) / p).
/// Where jitter accumulates, they are (b - a) (p - E) apart except that those at time 0 are crowded by up to E:
/// ceil((x + E) / (p - E)), if E < p. But they are also (b - a) p apart but for the sum of b - a draws, where those
/// that come late, or at time 0, follow each other by 1 unit: n of them need n (p + m - 1) - 10 sigma sqrt(n) <= x, m
/// the mean of a draw and sigma its Distribution::deviation(). No more than fit into the presentation.
///
/// Of N bits sent within X each lands in a window of W with a chance of at most q = W times the greatest density of the
/// latency jitter, independently: k of them with a chance of at most (N q e / k)^k (Chernoff bound). But for those that
/// are due before they have been sent: they arrive 1 unit after, as many as are sent within a window.
///
/// Duplication doubles all of it. Without noise and duplication the number is exactly 1, and never less; but for links
/// whose settings say that there is no bound: 0.
double bits_a_window(const ClockSettings& clock, const LinkSettings& link, const Crowd& crowd);

/// The same for a device that may come under other conditions at any time. L, E and R are the greatest of all; 10 sigma
/// and m the greatest and the least; M is the width of all that a message may take, from the least to the greatest
/// latency and jitter, if these are not the same at all times; q the greatest. Of the bits that were sent under one
/// latency, those that arrive within W were sent within W and the width of the latency jitter of all conditions; so
/// where n different latencies are all that there are, no more than n times as many.
double bits_a_window(const DeviceSettings& device, std::span<const Conditions> others, const Crowd& crowd);

}  // namespace settle
