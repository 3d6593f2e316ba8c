#include "models/chip/packet_noise.hpp"

namespace settle {

namespace {

std::uint32_t low_word(std::int64_t tick) {
    return static_cast<std::uint32_t>(tick);
}

std::uint32_t high_word(std::int64_t tick, int copy) {
    return static_cast<std::uint32_t>(tick >> 32) << 1 | static_cast<std::uint32_t>(copy);
}

}  // namespace

PacketNoise::PacketNoise(const LinkSettings& settings, std::uint64_t seed, std::uint64_t presentation,
                         std::uint32_t branch)
    : packets_(seed, Purpose::chip_packet, presentation, branch),
      fates_(seed, Purpose::chip_loss, presentation, branch),
      jitter_(settings.latency_jitter),
      losses_(settings),
      duplicate_below_(yes_below(settings.duplication)) {}

bool PacketNoise::duplicated(std::uint32_t source, std::int64_t tick) const {
    return duplicate_below_ > 0 && packets_.block(source, 0, low_word(tick), high_word(tick, 0))[2] < duplicate_below_;
}

Duration PacketNoise::jitter(std::uint32_t source, std::int64_t tick, int copy) const {
    return jitter_.none() ? 0 : jitter_.time(packets_.block(source, 0, low_word(tick), high_word(tick, copy))[1]);
}

bool PacketNoise::lost(std::uint32_t source, std::int64_t tick, int copy, std::uint32_t core, LossChain* chain) const {
    return !losses_.none() && losses_.lost(fates_.block(source, core, low_word(tick), high_word(tick, copy))[0], chain);
}

// Unlike that of an axon it may be 0: the mesh has a least time of its own. The same draw, under the same key.
Duration soma_latency(const LinkSettings& settings, std::uint64_t device_seed, std::uint32_t source) {
    const PhiloxBlock words = Stream(device_seed, Purpose::axon_latency).block(source);
    return settings.latency.long_time(static_cast<std::uint64_t>(words[0]) << 32 | words[1]);
}

}  // namespace settle
