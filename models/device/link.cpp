#include "models/device/link.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>

#include "models/device/message_kernel.hpp"
#include "models/device/philox_kernel.hpp"

namespace settle {

namespace {

Duration draw_latency(const Distribution& latency, std::uint32_t high, std::uint32_t low) {
    assert(latency.least() >= 1);
    return latency.long_time(static_cast<std::uint64_t>(high) << 32 | low);
}

}  // namespace

std::uint64_t yes_below(double probability) {
    assert(probability >= 0 && probability <= 1);
    return static_cast<std::uint64_t>(std::ceil(probability * 0x1p32));
}

Duration axon_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source,
                      std::uint32_t target_population) {
    const PhiloxBlock words = Stream(device_seed, Purpose::axon_latency).block(source, target_population);
    return draw_latency(settings.latency, words[0], words[1]);
}

Duration synapse_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source,
                         std::uint32_t target) {
    const PhiloxBlock words = synapse_latency_draws(device_seed).block(source, target);
    return draw_latency(settings.latency, words[0], words[1]);
}

Stream synapse_latency_draws(std::uint64_t device_seed) {
    return Stream(device_seed, Purpose::synapse_latency);
}

void synapse_latencies(const LinkSettings& settings, const Stream& draws, std::uint32_t source,
                       const std::uint32_t* targets, Duration* out) {
    if (settings.latency.constant()) {
        std::fill(out, out + philox_lanes, settings.latency.least_time());
        return;
    }
    std::uint32_t sources[philox_lanes], words[4 * philox_lanes];
    std::fill(sources, sources + philox_lanes, source);
    philox_blocks(sources, targets, 0, 0, draws.key(), words);
    for (int i = 0; i < philox_lanes; ++i) out[i] = draw_latency(settings.latency, words[i], words[philox_lanes + i]);
}

Duration lookahead(const LinkSettings& settings) {
    return std::max<Duration>(1, settings.latency.least_time() + settings.latency_jitter.least_time());
}

Duration farthest(const LinkSettings& settings) {
    return std::max<Duration>(1, settings.latency.greatest_time() + settings.latency_jitter.greatest_time());
}

Losses::Losses(const LinkSettings& settings)
    : lose_below_(yes_below(settings.loss)),
      bursts_(settings.burst > 1),
      lose_after_loss_(yes_below(1 - 1 / settings.burst)),
      // Where each is lost by itself (a burst of 1) any loss is possible, and this not asked.
      lose_after_pass_(
          yes_below(settings.loss < 1 ? std::min(1.0, settings.loss / ((1 - settings.loss) * settings.burst)) : 1)) {}

MessageNoise::MessageNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation,
                           std::uint32_t branch)
    : stream_(seed, settings.scope == Scope::axon ? Purpose::axon_message : Purpose::synapse_message, presentation,
              branch),
      jitter_(settings.latency_jitter),
      losses_(settings),
      duplicate_below_(yes_below(settings.duplication)) {}

namespace {

/// The last two words of a message's counter; its copy's differ in the last bit.
struct TickWords {
    explicit TickWords(std::int64_t tick)
        : low(static_cast<std::uint32_t>(tick)), high(static_cast<std::uint32_t>(tick >> 32) << 1) {
        assert(tick >= 1 && tick < std::int64_t{1} << 62);
    }
    std::uint32_t low, high;
};

}  // namespace

/// `word(i)`: word i of the original's block.
template <class Word>
MessageFate MessageNoise::fate_of(const Word& word, std::uint32_t source, std::uint32_t target, std::int64_t tick,
                                  LossChain* chain) const {
    MessageFate fate{0, 0, {}};
    const auto pass = [&](std::uint32_t loss, std::uint32_t jitter) {
        if (losses_.lost(loss, chain)) {
            ++fate.lost;
        } else {
            fate.extra[fate.copies++] = jitter_.time(jitter);
        }
    };
    pass(word(0), word(1));
    fate.original_lost = fate.lost > 0;
    if (word(2) >= duplicate_below_) return fate;
    const TickWords words(tick);
    const PhiloxBlock copy = stream_.block(source, target, words.low, words.high | 1);
    pass(copy[0], copy[1]);
    return fate;
}

MessageFate MessageNoise::fate(std::uint32_t source, std::uint32_t target, std::int64_t tick, LossChain* chain) const {
    const TickWords words(tick);
    const PhiloxBlock original = stream_.block(source, target, words.low, words.high);
    return fate_of([&](std::size_t i) { return original[i]; }, source, target, tick, chain);
}

void MessageNoise::fates(const std::uint32_t* sources, const std::uint32_t* targets, std::int64_t tick,
                         std::uint32_t messages, MessageFate* out, LossChain* chains) const {
    const TickWords words(tick);
    std::uint32_t originals[4 * philox_lanes];
    philox_blocks(sources, targets, words.low, words.high, stream_.key(), originals);
    for (; messages != 0; messages &= messages - 1) {
        const auto i = static_cast<std::size_t>(std::countr_zero(messages));
        out[i] = fate_of([&](std::size_t word) { return originals[word * philox_lanes + i]; }, sources[i], targets[i],
                         tick, chains ? chains + i : nullptr);
    }
}

MessagesPassed MessageNoise::pass(const std::uint32_t* sources, const std::uint32_t* targets, std::int64_t tick,
                                  bool duplicates) const {
    assert(!losses_.bursts());
    const TickWords words(tick);
    MessagesPassed passed;
    pass_messages({sources, targets, words.low, words.high | (duplicates ? 1 : 0), stream_.key()},
                  {losses_.below(), duplicates ? 0 : duplicate_below_}, jitter_, passed);
    return passed;
}

}  // namespace settle
