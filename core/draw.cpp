#include "core/draw.hpp"

namespace settle {

namespace {

std::uint64_t join(std::uint32_t high, std::uint32_t low) {
    return static_cast<std::uint64_t>(high) << 32 | low;
}

std::uint32_t low_half(std::uint64_t value) {
    return static_cast<std::uint32_t>(value);
}

std::uint32_t high_half(std::uint64_t value) {
    return static_cast<std::uint32_t>(value >> 32);
}

}  // namespace

Stream::Stream(std::uint64_t seed, Purpose purpose, std::uint64_t context, std::uint32_t detail) {
    const PhiloxBlock derived =
        philox({static_cast<std::uint32_t>(purpose), detail, low_half(context), high_half(context)}, seed);
    key_ = join(derived[0], derived[1]);
}

double Stream::uniform(std::uint64_t index) const {
    const PhiloxBlock words = block(low_half(index), high_half(index));
    return unit_double(words[0], words[1]);
}

std::uint64_t Stream::below(std::uint64_t index, std::uint64_t bound) const {
    // The high word of a 64 x 64 bit product; the bias is below bound / 2^64.
    const PhiloxBlock words = block(low_half(index), high_half(index));
    return static_cast<std::uint64_t>((static_cast<unsigned __int128>(join(words[0], words[1])) * bound) >> 64);
}

}  // namespace settle
