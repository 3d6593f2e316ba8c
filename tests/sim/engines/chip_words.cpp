// The figures of a chip as words: they come back whole, and what is cut or no such words is told from them.
#include "sim/engines/chip_words.hpp"

#include <doctest/doctest.h>

#include "core/draw.hpp"

namespace settle {

namespace {

ChipFigures example() {
    ChipFigures figures;
    figures.servers.resize(3);
    const Stream draws(4, Purpose::random_inputs);
    for (std::uint64_t i = 0; i < 400; ++i)
        figures.servers[1].waits.add(static_cast<std::int64_t>(draws.below(i, std::uint64_t{1} << (i % 60))));
    figures.servers[0].packets = 17;
    figures.servers[0].busy = (WideCount{5} << 70) + 3;
    figures.servers[2].queued = -(WideCount{7} << 66);
    figures.servers[2].queue_max = 12;
    figures.servers[2].waits.add(std::int64_t{1} << 62, 0xffffffff);
    figures.servers[2].drops = 5;
    figures.populations = {{1, 2, 3, 4}, {5, 6, 7, 0xffffffffffffffff}};
    figures.packets = 99;
    figures.delivered = 98;
    figures.hops = 97;
    figures.dropped = 1;
    figures.latency = WideCount{1} << 100;
    figures.latencies.add(0, 2);
    figures.time = 12345;
    return figures;
}

}  // namespace

TEST_CASE("figures of a chip come back from their words as they were, and add up to the same") {
    for (const ChipFigures& one : {ChipFigures(), example()}) {
        const auto back = chip_figures_from(to_words(one));
        REQUIRE(back);
        CHECK(*back == one);
    }
    ChipFigures twice = example(), other = *chip_figures_from(to_words(example()));
    twice += example();
    other += other;
    CHECK(twice == other);
}

TEST_CASE("words that are cut or say what cannot be are no figures of a chip") {
    const std::vector<std::uint64_t> words = to_words(example());
    for (std::size_t length = 0; length < words.size(); ++length)
        REQUIRE_FALSE(chip_figures_from(std::span(words).first(length)));
    std::vector<std::uint64_t> longer = words;
    longer.push_back(0);
    CHECK_FALSE(chip_figures_from(longer));
    // Whatever one of them is changed to, nothing but figures or nothing comes of it.
    for (std::size_t i = 0; i < words.size(); ++i) {
        for (const std::uint64_t other : {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
            std::vector<std::uint64_t> wrong = words;
            wrong[i] = other;
            const auto found = chip_figures_from(wrong);
            if (found) CHECK(to_words(*found).size() <= wrong.size());
        }
    }
}

}  // namespace settle
