// The links: how long a bit takes from its source to its target, and what becomes of it on the way. A message is one
// bit to one target population (scope axon) or to one target (scope synapse).
#pragma once

#include <cstdint>

#include "core/draw.hpp"
#include "core/time.hpp"
#include "models/device/distribution.hpp"

namespace settle {

/// pulse: a 1 is an event, added to the target's open window, which its tick clears; level: every tick sends its bit,
/// and the target holds the last one received of each source; parity: every tick sends the parity of the 1s so far,
/// from which a terminal at the target (models/device/terminal) finds out what was lost; parity_2: that of the tick's
/// number, too; held: in a gap the terminal goes on with what it expects, and corrects when it hears again.
enum class Link { pulse, level, parity, parity_held, parity_2, parity_2_held };

/// A message a tick, whether it fires or not.
constexpr bool sends_every_tick(Link kind) {
    return kind != Link::pulse;
}
constexpr bool has_terminals(Link kind) {
    return kind != Link::pulse && kind != Link::level;
}

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
    /// an int32 suffices, and the run has diverged once a sum reaches 512. Where there are terminals it is always so.
    bool unbounded = false;
    /// Mean length of a run of losses, copies included: after a loss the next message of a source to a target is lost
    /// with probability 1 - 1/burst, else with loss/((1 - loss) burst). 1: independent; else at least 1/(1 - loss).
    double burst = 1;

    bool sums_are_wide() const { return unbounded || has_terminals(kind); }
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

/// No bit arrives later than this after it was sent.
Duration farthest(const LinkSettings& settings);

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

/// What becomes of sixteen messages of one tick, each by itself, or of their duplicates.
struct MessagesPassed {
    Duration extra[16];            ///< latency jitter of each
    std::uint32_t lost = 0;        ///< bit i: the ith
    std::uint32_t duplicated = 0;  ///< of messages: those that have a duplicate
};

/// How many of the 2^32 words mean yes: a word below it does. Rounded up: what can happen at all is not ruled out.
std::uint64_t yes_below(double probability);

/// What became of the last message of a source to a target, its copies included.
enum class LossChain : std::uint8_t { none_yet, passed, lost };

/// Which messages are lost, by words that are drawn for them: each by itself, or in runs.
class Losses {
public:
    explicit Losses(const LinkSettings& settings);

    bool none() const { return lose_below_ == 0; }
    bool bursts() const { return bursts_; }
    /// A word below it: the message is lost, where each is lost by itself.
    std::uint64_t below() const { return lose_below_; }
    /// With bursts, a chain of two states that starts stationary: the first message is lost as often as any. `chain`:
    /// of this source and target, not used without bursts.
    bool lost(std::uint32_t word, LossChain* chain) const {
        if (!bursts_) return word < lose_below_;
        const std::uint64_t below = *chain == LossChain::none_yet ? lose_below_
                                    : *chain == LossChain::lost   ? lose_after_loss_
                                                                  : lose_after_pass_;
        *chain = word < below ? LossChain::lost : LossChain::passed;
        return word < below;
    }

private:
    std::uint64_t lose_below_;  ///< a word below it means yes; 2^32: always
    bool bursts_;
    std::uint64_t lose_after_loss_, lose_after_pass_;  ///< with bursts: as lose_below_
};

/// Fates of the messages of one branch of one presentation: functions of seed, presentation, branch, scope, source,
/// target and tick. A duplicate exists with probability `duplication`; it and the original are lost, each by a draw of
/// its own, with probability `loss`: loss 1 loses all of them and loss 0 none, exactly. Where losses come in bursts the
/// same draws move a chain, one for each source and target, a step a message or copy.
class MessageNoise {
public:
    MessageNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation, std::uint32_t branch);

    /// No loss, no duplication, no latency jitter: every fate is MessageFate(), and links need not ask.
    bool none() const { return losses_.none() && duplicate_below_ == 0 && jitter_.none(); }
    /// Fates depend on those before: the sender keeps a LossChain for each source and target.
    bool bursts() const { return losses_.bursts(); }
    /// No `extra` is below or above.
    Duration least() const { return jitter_.least_time(); }
    Duration greatest() const { return jitter_.greatest_time(); }

    /// `target`: population (scope axon) or neuron (scope synapse); `tick` = 1, 2, …: the source's. `chain`: of this
    /// source and target, where losses come in bursts; messages must come in order of ticks.
    MessageFate fate(std::uint32_t source, std::uint32_t target, std::int64_t tick, LossChain* chain = nullptr) const;
    /// The fates of those of sixteen messages whose bits are set: source and target each, one tick. `chains`: (16), or
    /// null where there are no bursts.
    void fates(const std::uint32_t* sources, const std::uint32_t* targets, std::int64_t tick, std::uint32_t messages,
               MessageFate* out, LossChain* chains = nullptr) const;
    /// Where there are no bursts the same, of sixteen messages, or of the duplicates that they have or would have.
    MessagesPassed pass(const std::uint32_t* sources, const std::uint32_t* targets, std::int64_t tick,
                        bool duplicates) const;

private:
    template <class Word>
    MessageFate fate_of(const Word& word, std::uint32_t source, std::uint32_t target, std::int64_t tick,
                        LossChain* chain) const;

    Stream stream_;
    Distribution jitter_;
    Losses losses_;
    std::uint64_t duplicate_below_;  ///< a word below it means yes; 2^32: always
};

}  // namespace settle
