#include "models/kernels/steady_sources.hpp"

#include <doctest/doctest.h>

#include <set>
#include <utility>
#include <vector>

#include "core/draw.hpp"

using namespace settle;

namespace {

constexpr std::ptrdiff_t words = 4;

bool is_set(const std::uint64_t* bits, std::ptrdiff_t stride, int tick, std::size_t k) {
    return (bits[tick * stride + static_cast<std::ptrdiff_t>(k / 64)] >> (k % 64) & 1) != 0;
}

/// Sources that fire always, never, at all but a few ticks, at few, at every other, and at half of them.
struct Block {
    explicit Block(int sources, int ticks) : ticks(ticks), bits(static_cast<std::size_t>(words * ticks)) {
        const Stream stream(7, Purpose::random_inputs);
        for (int k = 0; k < sources; ++k) active.push_back(3 * k + 1);
        for (int tick = 0; tick < ticks; ++tick) {
            for (std::size_t k = 0; k < active.size(); ++k) {
                const auto draw = stream.below(static_cast<std::uint64_t>(tick) * 1000 + k, 12);
                const bool kinds[] = {true, false, draw != 0, draw == 0, tick % 2 == 0, draw < 6};
                if (kinds[k % 6]) bits[static_cast<std::size_t>(tick * words) + k / 64] |= std::uint64_t{1} << (k % 64);
            }
        }
    }

    int ticks;
    std::vector<std::int32_t> active;
    std::vector<std::uint64_t> bits;
};

/// Who fires at each tick, put together again.
std::vector<std::multiset<std::int32_t>> fired(const SteadySources& sources, int ticks) {
    std::vector<std::multiset<std::int32_t>> found(static_cast<std::size_t>(ticks));
    std::size_t at = 0, exception = 0;
    for (const SteadySources::Run run : sources.runs()) {
        for (int i = 0; i < run.ticks; ++i) {
            const std::int32_t tick = sources.order()[at++];
            auto& here = found[static_cast<std::size_t>(tick)];
            std::set<std::size_t> other;
            for (int e = 0; e < run.exceptions; ++e)
                CHECK(other.insert(static_cast<std::size_t>(sources.exceptions()[exception++])).second);
            for (std::size_t place = 0; place < sources.steady().size(); ++place) {
                if ((place < sources.on()) != (other.count(place) > 0)) here.insert(sources.steady()[place]);
            }
            for (std::size_t k = 0; k < sources.varying().size(); ++k) {
                if (is_set(sources.bits(), sources.words(), tick, k)) here.insert(sources.varying()[k]);
            }
        }
    }
    CHECK(at == static_cast<std::size_t>(ticks));
    CHECK(exception == sources.exceptions().size());
    return found;
}

}  // namespace

TEST_CASE("sources that are steady, their exceptions and all others say together what was said") {
    SteadySources sources;  // what it found before is forgotten
    for (const int count : {200, 64, 1, 65, 130, 0}) {
        for (const int ticks : {1, 4, 23, 150}) {
            const Block block(count, ticks);
            for (const int few : {0, 3, ticks / 4 + 4, ticks}) {
                CAPTURE(count);
                CAPTURE(ticks);
                CAPTURE(few);
                sources.find(block.active, block.bits.data(), words, ticks, few);
                std::vector<std::multiset<std::int32_t>> expected(static_cast<std::size_t>(ticks));
                for (int tick = 0; tick < ticks; ++tick) {
                    for (std::size_t k = 0; k < block.active.size(); ++k) {
                        if (is_set(block.bits.data(), words, tick, k))
                            expected[static_cast<std::size_t>(tick)].insert(block.active[k]);
                    }
                }
                CHECK(fired(sources, ticks) == expected);
                CHECK(sources.steady().size() + sources.varying().size() == block.active.size());
                if (few == ticks) CHECK(sources.varying().empty());
            }
        }
    }
}

TEST_CASE("who fires always or never has no exception, and who fires at half of the ticks is not steady") {
    const Block block(200, 150);
    SteadySources sources;
    sources.find(block.active, block.bits.data(), words, 150, 40);
    // A third of six kinds varies: every other tick, and half of the draws.
    CHECK(sources.varying().size() == 66);
    CHECK(sources.on() == 67);
    std::set<std::int32_t> others;
    for (const std::int32_t place : sources.exceptions())
        others.insert(sources.steady()[static_cast<std::size_t>(place)]);
    for (const std::int32_t source : others) {
        const int kind = (source - 1) / 3 % 6;
        CHECK((kind == 2 || kind == 3));
    }
    CHECK(others.size() == 66);
    // As many exceptions side by side.
    for (std::size_t i = 1; i < sources.runs().size(); ++i)
        CHECK(sources.runs()[i].exceptions > sources.runs()[i - 1].exceptions);
}
