#include "models/kernels/steady_sources.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

namespace settle {

namespace {

/// Gathers the bits of a word that are in a mask at its low end, in their order: Warren, "Hacker's Delight", 7-4. Bits
/// move by 1, 2, 4 … places; which of them, is the mask's and found once.
class BitGather {
public:
    explicit BitGather(std::uint64_t mask) : mask_(mask) {
        std::uint64_t left = ~mask << 1;  // where the number of places that are free below is counted
        for (std::size_t step = 0; step < steps; ++step) {
            std::uint64_t odd = left;
            for (int by = 1; by < 64; by *= 2) odd ^= odd << by;
            moves_[step] = odd & mask;
            mask = (mask ^ moves_[step]) | (moves_[step] >> (1 << step));
            left &= ~odd;
        }
    }

    std::uint64_t operator()(std::uint64_t word) const {
        word &= mask_;
        for (std::size_t step = 0; step < steps; ++step) {
            const std::uint64_t moved = word & moves_[step];
            word = (word ^ moved) | (moved >> (1 << step));
        }
        return word;
    }

private:
    static constexpr std::size_t steps = 6;
    std::uint64_t mask_;
    std::array<std::uint64_t, steps> moves_{};
};

/// Calls use(place) for every bit that is set.
template <class Use>
void visit(std::uint64_t set, const Use& use) {
    for (; set != 0; set &= set - 1) use(static_cast<std::size_t>(std::countr_zero(set)));
}

}  // namespace

void SteadySources::find(std::span<const std::int32_t> active, const std::uint64_t* bits, std::ptrdiff_t words,
                         int ticks, int few) {
    const std::size_t used = (active.size() + 63) / 64;
    kinds_.clear();
    for (std::size_t word = 0; word < used; ++word) kinds_.push_back(kinds_of(bits + word, words, ticks, few));
    list(active);
    order_ticks(bits, words, ticks);
    keep_exceptions(bits, words);
    gather_varying(bits, words, ticks);
}

std::uint64_t SteadySources::exceptions_in(Kinds kinds, std::uint64_t said) {
    return (said ^ kinds.on) & kinds.steady;
}

SteadySources::Kinds SteadySources::kinds_of(const std::uint64_t* bits, std::ptrdiff_t words, int ticks, int few) {
    // 64 counters side by side: digit d of all of them is a word.
    std::array<std::uint64_t, 32> digits{};
    for (int tick = 0; tick < ticks; ++tick) {
        std::uint64_t carry = bits[tick * words];
        for (std::size_t digit = 0; carry != 0; ++digit) carry &= std::exchange(digits[digit], digits[digit] ^ carry);
    }
    const auto length = static_cast<std::size_t>(std::bit_width(static_cast<unsigned>(ticks)));
    Kinds kinds;
    for (std::size_t k = 0; k < 64; ++k) {
        int fired = 0;
        for (std::size_t digit = 0; digit < length; ++digit) fired |= static_cast<int>(digits[digit] >> k & 1) << digit;
        const bool on = 2 * fired > ticks;
        const bool steady = std::min(fired, ticks - fired) <= few;
        kinds.steady |= static_cast<std::uint64_t>(steady) << k;
        kinds.on |= static_cast<std::uint64_t>(steady && on) << k;
    }
    return kinds;
}

void SteadySources::list(std::span<const std::int32_t> active) {
    steady_.clear();
    varying_.clear();
    places_.resize(active.size());
    const auto take = [&](std::size_t bit) {
        places_[bit] = static_cast<std::int32_t>(steady_.size());
        steady_.push_back(active[bit]);
    };
    const auto rest = [&](std::size_t word) {  // the bits that stand for a source
        const std::size_t left = active.size() - word * 64;
        return left < 64 ? (std::uint64_t{1} << left) - 1 : ~std::uint64_t{0};
    };
    for (std::size_t word = 0; word < kinds_.size(); ++word)
        visit(kinds_[word].on, [&](std::size_t k) { take(word * 64 + k); });
    on_ = steady_.size();
    for (std::size_t word = 0; word < kinds_.size(); ++word) {
        kinds_[word].steady &= rest(word);
        visit(kinds_[word].steady & ~kinds_[word].on, [&](std::size_t k) { take(word * 64 + k); });
        kinds_[word].varying = rest(word) & ~kinds_[word].steady;
        visit(kinds_[word].varying, [&](std::size_t k) { varying_.push_back(active[word * 64 + k]); });
    }
}

void SteadySources::order_ticks(const std::uint64_t* bits, std::ptrdiff_t words, int ticks) {
    counts_.assign(static_cast<std::size_t>(ticks), 0);
    firsts_.assign(1, 0);
    for (int tick = 0; tick < ticks; ++tick) {
        int count = 0;
        for (std::size_t word = 0; word < kinds_.size(); ++word)
            count += std::popcount(exceptions_in(kinds_[word], bits[tick * words + static_cast<std::ptrdiff_t>(word)]));
        counts_[static_cast<std::size_t>(tick)] = count;
        if (static_cast<std::size_t>(count) >= firsts_.size()) firsts_.resize(static_cast<std::size_t>(count) + 1, 0);
        ++firsts_[static_cast<std::size_t>(count)];
    }
    // From how many have so many exceptions to where the first of them comes.
    runs_.clear();
    std::int32_t before = 0;
    for (std::size_t count = 0; count < firsts_.size(); ++count) {
        const std::int32_t as_many = std::exchange(firsts_[count], before);
        if (as_many > 0) runs_.push_back({static_cast<std::int32_t>(count), as_many});
        before += as_many;
    }
    order_.resize(static_cast<std::size_t>(ticks));
    for (int tick = 0; tick < ticks; ++tick) {
        std::int32_t& next = firsts_[static_cast<std::size_t>(counts_[static_cast<std::size_t>(tick)])];
        order_[static_cast<std::size_t>(next++)] = tick;
    }
}

void SteadySources::keep_exceptions(const std::uint64_t* bits, std::ptrdiff_t words) {
    exceptions_.clear();
    for (const std::int32_t tick : order_) {
        for (std::size_t word = 0; word < kinds_.size(); ++word) {
            visit(exceptions_in(kinds_[word], bits[tick * words + static_cast<std::ptrdiff_t>(word)]),
                  [&](std::size_t k) { exceptions_.push_back(places_[word * 64 + k]); });
        }
    }
}

void SteadySources::gather_varying(const std::uint64_t* bits, std::ptrdiff_t words, int ticks) {
    words_ = (static_cast<std::ptrdiff_t>(varying_.size()) + 63) / 64;
    rows_.assign(static_cast<std::size_t>(words_ * ticks), 0);
    int place = 0;
    for (std::size_t word = 0; word < kinds_.size(); ++word) {
        const std::uint64_t mask = kinds_[word].varying;
        if (mask == 0) continue;
        const BitGather gather(mask);
        const int first = place % 64, count = std::popcount(mask);
        std::uint64_t* out = rows_.data() + place / 64;
        for (int tick = 0; tick < ticks; ++tick, out += words_) {
            const std::uint64_t gathered = gather(bits[tick * words + static_cast<std::ptrdiff_t>(word)]);
            out[0] |= gathered << first;
            if (first + count > 64) out[1] |= gathered >> (64 - first);
        }
        place += count;
    }
}

}  // namespace settle
