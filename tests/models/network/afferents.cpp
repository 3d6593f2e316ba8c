// What a block of neurons hears, as a matrix or as lists: every link that leads to it, once, whatever the block.
#include "models/network/afferents.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "tests/models/network/mixed_network.hpp"

using namespace settle;

namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

/// Sums of a row over the lanes, and how many links it has.
void check_row(const Afferents& afferents, std::int32_t row, const std::vector<std::int32_t>& weights, int links) {
    AlignedVector<std::int32_t> sums(at(padded_size(static_cast<int>(weights.size()))));
    const std::int32_t rows[] = {row};
    afferents.add(rows, sums.data());
    for (std::size_t lane = 0; lane < weights.size(); ++lane) CHECK(sums[lane] == weights[lane]);
    CHECK(afferents.links(row) == links);
}

/// (sources x lanes) the sums of all projections, and (sources) links, asked of the network link by link.
struct Heard {
    std::vector<std::vector<std::int32_t>> weights;
    std::vector<int> links;
};

Heard heard(const Network& network, int source, int population, const std::vector<std::int32_t>& targets) {
    const int sources = network.wiring.size(source);
    Heard heard{std::vector(at(sources), std::vector<std::int32_t>(targets.size())), std::vector<int>(at(sources))};
    for (const int number : network.wiring.pathways_between(source, population)) {
        const Pathway& pathway = network.wiring.pathway(number);
        for (std::size_t lane = 0; lane < targets.size(); ++lane) {
            network.over(pathway).visit_heard(pathway.transposed, targets[lane], [&](int from, std::int32_t weight) {
                heard.weights[at(from)][lane] += weight;
                ++heard.links[at(from)];
            });
        }
    }
    return heard;
}

void check_block(const Network& network, int population, const std::vector<std::int32_t>& targets, ListRows rows,
                 const RowOrder& order) {
    const Wiring& wiring = network.wiring;
    SourceNumbers numbers;
    Afferents afferents(wiring, shapes_of(wiring), population, targets, rows, order, numbers);
    afferents.load(network, targets, numbers);
    for (const std::int32_t number : numbers) CHECK(number == 0);
    for (const int source : wiring.heard_by(population)) {
        if (!heard_densely(wiring, source, population)) continue;
        const Heard expected = heard(network, source, population, targets);
        for (int i = 0; i < wiring.size(source); ++i)
            check_row(afferents, afferents.first_row(source) + i, expected.weights[at(i)], expected.links[at(i)]);
    }
    for (const Afferents::Listed& listed : afferents.listed()) {
        const Heard expected = heard(network, listed.population, population, targets);
        std::vector<std::int32_t> everybody(at(wiring.size(population)));
        std::iota(everybody.begin(), everybody.end(), 0);
        const Heard anywhere = heard(network, listed.population, population, everybody);
        int links = 0;
        for (std::size_t i = 0; i < listed.sources.size(); ++i) {
            const auto source = at(listed.sources[i]);
            const std::int32_t end = listed.rows[i + 1];
            const bool nowhere = rows == ListRows::reached_or_none && anywhere.links[source] == 0;
            CHECK((expected.links[source] > 0 || nowhere));
            if (rows != ListRows::pairs) {
                CHECK(end == listed.rows[i] + 1);
                check_row(afferents, listed.rows[i], expected.weights[source], expected.links[source]);
            }
            for (std::int32_t row = listed.rows[i]; row < end; ++row) {
                links += afferents.links(row);
                if (rows != ListRows::pairs) continue;
                const int lane = afferents.lane_of(row);
                if (row > listed.rows[i]) CHECK(lane > afferents.lane_of(row - 1));
                std::vector<std::int32_t> weights(targets.size());
                weights[at(lane)] = expected.weights[source][at(lane)];
                check_row(afferents, row, weights, afferents.links(row));
            }
        }
        CHECK(links == std::accumulate(expected.links.begin(), expected.links.end(), 0));
        if (rows == ListRows::reached_or_none && targets.size() == everybody.size())
            CHECK(listed.sources.size() == at(wiring.size(listed.population)));
    }
}

}  // namespace

TEST_CASE("a block of neurons hears every link that leads to it, once, whatever its order and its rows") {
    WorkerPool workers(1);
    for (const std::string which : {"mixed", "twins"}) {
        Network network = graph_network(which);
        for (const bool faulty : {false, true}) {
            DeadLinks dead;
            for (const Projection& projection : network.projections) {
                if (faulty)
                    dead.push_back(projection.mask_where([](int i, int j) { return (i * j + i + j) % 3 == 0; }));
            }
            derive_images(network, dead, false, 1, workers);
            for (const int population : network.wiring.unclamped()) {
                std::vector<std::int32_t> all, some;
                for (int i = network.wiring.size(population) - 1; i >= 0; --i) {
                    all.push_back(i);
                    if (i % 3 == 1) some.push_back(i);
                }
                CAPTURE(which);
                CAPTURE(faulty);
                CAPTURE(population);
                RowOrder backwards;
                for (int p = 0; p < network.wiring.populations(); ++p) {
                    auto& order = backwards.emplace_back();
                    for (int i = network.wiring.size(p); i > 0; --i) order.push_back(static_cast<std::uint32_t>(i / 2));
                }
                for (const ListRows rows : {ListRows::reached, ListRows::reached_or_none, ListRows::pairs}) {
                    check_block(network, population, all, rows, {});
                    check_block(network, population, some, rows, backwards);
                }
            }
        }
    }
}
