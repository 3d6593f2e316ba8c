// The links: how long a bit takes from its source to its target, and what becomes of it on the way. A message is one
// bit to one target population (scope axon) or to one target (scope synapse).
#pragma once

#include <cstdint>

#include "core/draw.hpp"
#include "core/time.hpp"
#include "models/device/distribution.hpp"

namespace settle {

/// pulse: a 1 is an event, added to the target's open window, which its tick clears; level: every tick sends its bit,
/// and the target holds the last one received of each source.
enum class Link { pulse, level };

/// Whether a bit has one latency and one fate for all its targets in a population, or its own for each of them; on a
/// chip a bit to one target core is what has a fate.
enum class Scope { axon, synapse, core };

struct LinkSettings {
    Link kind = Link::pulse;
    Scope scope = Scope::axon;
    Distribution latency = Uniform{1e6, 1e6};  ///< of an axon or a synapse; no draw is below 1
    Distribution latency_jitter;               ///< of a message
    Duration period = 1'000'000;               ///< nominal: sizes of buffers follow it, and no result
    double loss = 0;                           ///< probability, 0 to 1
    double duplication = 0;                    ///< probability, 0 to 1
    /// Nothing bounds how many bits of a source land between two ticks of a target: sums are int64, the same bits where
    /// an int32 suffices, and the run has diverged once a sum reaches 512.
    bool unbounded = false;
};

/// Properties of the chip: latency from a source to all targets in a population, or to one target (neurons counted from
/// layer 0 on). Keyed by device seed, scope, source and target.
Duration axon_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source,
                      std::uint32_t target_population);
Duration synapse_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source,
                         std::uint32_t target);

/// The draws of synapse_latency(), for whoever makes many.
Stream synapse_latency_draws(std::uint64_t device_seed);
/// The same for sixteen targets at once, from those draws.
void synapse_latencies(const LinkSettings& settings, const Stream& draws, std::uint32_t source,
                       const std::uint32_t* targets, Duration* out);

/// No bit arrives sooner than this after it was sent, whatever the latencies and their jitter.
Duration lookahead(const LinkSettings& settings);

/// What becomes of one message. `copies` arrive, each with its own latency jitter; `lost` do not.
struct MessageFate {
    int copies = 1;              ///< 0, 1 or 2
    int lost = 0;                ///< 0, 1 or 2
    Duration extra[2] = {};      ///< latency jitter of each arriving copy
    bool original_lost = false;  ///< of the two that a duplicated message is, which

    /// How many copies the link made: messages + duplicated = deliveries + lost + expired + in flight (law 6).
    int duplicated() const { return copies + lost - 1; }
};

/// When a bit sent at t arrives: a link never delivers in the past, nor at once.
constexpr Time arrival_time(Time t, Duration latency, Duration extra) {
    return latency + extra < 1 ? t + 1 : t + latency + extra;
}

/// Fates of the messages of one branch of one presentation: functions of seed, presentation, branch, scope, source,
/// target and tick. A duplicate exists with probability `duplication`; it and the original are lost, each by a draw of
/// its own, with probability `loss`: loss 1 loses all of them and loss 0 none, exactly.
class MessageNoise {
public:
    MessageNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch);

    /// No loss, no duplication, no latency jitter: every fate is MessageFate(), and links need not ask.
    bool none() const { return lose_below_ == 0 && duplicate_below_ == 0 && jitter_.none(); }
    /// No `extra` is below or above.
    Duration least() const { return jitter_.least_time(); }
    Duration greatest() const { return jitter_.greatest_time(); }

    /// `target`: population (scope axon) or neuron (scope synapse); `tick` = 1, 2, …: the source's.
    MessageFate fate(std::uint32_t source, std::uint32_t target, std::int64_t tick) const;
    /// The fates of those of sixteen messages whose bits are set: source and target each, one tick.
    void fates(const std::uint32_t* sources, const std::uint32_t* targets, std::int64_t tick, std::uint32_t messages,
               MessageFate* out) const;

private:
    template <class Word>
    MessageFate fate_of(const Word& word, std::uint32_t source, std::uint32_t target, std::int64_t tick) const;

    Stream stream_;
    Distribution jitter_;
    std::uint64_t lose_below_;  ///< a word below it means yes; 2^32: always
    std::uint64_t duplicate_below_;
};

}  // namespace settle
