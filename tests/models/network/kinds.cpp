// Every kind of projection is held against the dense one that has zeros where it has no link, bit for bit.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "models/device/fault.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/network/contrast.hpp"
#include "models/network/drawn_links.hpp"
#include "models/network/window_tables.hpp"
#include "models/theory/energy.hpp"
#include "models/theory/stability.hpp"
#include "tests/models/network/mixed_network.hpp"

using namespace settle;

namespace {

std::vector<std::int32_t> some_of(int neurons, std::uint64_t seed) {
    const Stream stream(seed, Purpose::random_inputs);
    std::vector<std::int32_t> some;
    for (std::int32_t i = 0; i < neurons; ++i) {
        if (stream.below(static_cast<std::uint64_t>(i), 3) == 0) some.push_back(i);
    }
    return some;
}

/// As far as there are targets; what lies behind is padding.
template <class T>
std::vector<T> first_of(const AlignedVector<T>& all, int count) {
    return {all.begin(), all.begin() + count};
}

struct Ways {
    const Projection &one, &other;
    bool way_back;
    int sources, targets;
};

template <class Check>
void for_each_way(const Network& network, const Network& dense, const Check& check) {
    for (const Pathway& pathway : network.wiring.pathways()) {
        CAPTURE(pathway.projection);
        CAPTURE(pathway.transposed);
        check(Ways{network.over(pathway), dense.over(pathway), pathway.transposed, network.wiring.size(pathway.source),
                   network.wiring.size(pathway.target)});
    }
}

void check_sums(const Ways& ways) {
    const auto padded = static_cast<std::size_t>(padded_size(ways.targets));
    const std::vector<std::int32_t> sources = some_of(ways.sources, 3);
    AlignedVector<std::int32_t> init(padded * 3), one(padded), other(padded);
    for (std::size_t i = 0; i < init.size(); ++i) init[i] = static_cast<std::int32_t>(i * 1000);
    for (const bool begins : {false, true}) {
        ways.one.add(ways.way_back, sources, begins ? init.data() : nullptr, 3 * panel_width, one.data());
        ways.other.add(ways.way_back, sources, begins ? init.data() : nullptr, 3 * panel_width, other.data());
        CHECK(one == other);
        CHECK(std::any_of(one.begin(), one.end(), [](std::int32_t sum) { return sum % 1000 != 0; }));
    }
    // On top of itself.
    ways.one.add(ways.way_back, sources, one.data(), panel_width, one.data());
    ways.other.add(ways.way_back, sources, other.data(), panel_width, other.data());
    CHECK(one == other);
    for (const std::int32_t target : {ways.targets - 1, 0, ways.targets / 2}) {
        std::vector<std::int32_t> heard(static_cast<std::size_t>(ways.sources)), expected(heard);
        ways.one.visit_heard(ways.way_back, target, [&](std::int32_t source, std::int32_t weight) {
            heard[static_cast<std::size_t>(source)] += weight;
        });
        ways.other.visit_heard(ways.way_back, target, [&](std::int32_t source, std::int32_t weight) {
            expected[static_cast<std::size_t>(source)] += weight;
        });
        CHECK(heard == expected);
    }
}

void check_rates(const Ways& ways) {
    const auto padded = static_cast<std::size_t>(padded_size(ways.targets));
    const std::vector<std::int32_t> sources = some_of(ways.sources, 4);
    std::vector<float> values;
    for (int i = 0; i < ways.sources; ++i) values.push_back(i % 4 == 1 ? 0 : static_cast<float>(i) / 77);
    const AlignedVector<float> init(padded, 0.25f);
    for (const float* begin : {static_cast<const float*>(nullptr), init.data()}) {
        AlignedVector<float> one(padded), other(padded);
        ways.one.add_rates(ways.way_back, sources, values.data(), begin, one.data());
        ways.other.add_rates(ways.way_back, sources, values.data(), begin, other.data());
        CHECK(first_of(one, ways.targets) == first_of(other, ways.targets));
        ways.one.add_all_rates(ways.way_back, values.data(), begin, one.data());
        ways.other.add_all_rates(ways.way_back, values.data(), begin, other.data());
        CHECK(first_of(one, ways.targets) == first_of(other, ways.targets));
    }
}

void check_loads(const Ways& ways, const LinkMask& dead, const LinkMask& dense_dead) {
    for (int j = 0; j < ways.targets; ++j) {
        const double exact = ways.other.exact_load(ways.way_back, j, dense_dead);
        CHECK(ways.one.exact_load(ways.way_back, j, dead) == doctest::Approx(exact).epsilon(1e-12));
        // A first look must not miss anything.
        CHECK(static_cast<double>(ways.one.load(ways.way_back)[static_cast<std::size_t>(j)]) >= 0.999 * exact);
        if (dead.none())
            CHECK(static_cast<double>(ways.one.load(ways.way_back)[static_cast<std::size_t>(j)]) ==
                  doctest::Approx(exact).epsilon(1e-5));
    }
}

void check_drive(const Ways& ways) {
    const std::vector<std::int32_t> active = some_of(ways.sources, 5);
    constexpr int ticks = 5;
    AlignedVector<std::uint64_t> bits(ticks);
    for (std::size_t i = 0; i < ticks; ++i)
        bits[i] = (0x9d3a5f17c2e48b61u >> i) & ((std::uint64_t{1} << active.size()) - 1);
    ClampedDrive one(ways.targets, 7), other(ways.targets, 7);
    ways.one.drive(one, active, bits.data(), 1, ticks);
    ways.other.drive(other, active, bits.data(), 1, ticks);
    for (int tick = 0; tick < ticks; ++tick) {
        for (int j = 0; j < ways.targets; ++j) {
            const std::ptrdiff_t at = j / panel_width * one.stride() + j % panel_width;
            REQUIRE(one.tick(tick)[at] == other.tick(tick)[at]);
        }
    }
}

BatchStates drawn_states(const Wiring& wiring, int batch, std::uint64_t seed) {
    BatchStates states(wiring.sizes(), batch);
    const Stream stream(seed, Purpose::random_inputs);
    std::uint64_t index = 0;
    for (int p = 0; p < wiring.populations(); ++p) {
        for (int b = 0; b < batch; ++b) {
            for (int i = 0; i < wiring.size(p); ++i) {
                const double draw = stream.uniform(index++);
                states.of(p, b)[i] = draw < 0.3 ? 0 : static_cast<float>(draw);
            }
        }
    }
    return states;
}

}  // namespace

TEST_CASE("convolution, sparse and lateral projections are dense ones with zeros, bit for bit, both ways") {
    WorkerPool workers(2);
    Network network = random_network(mixed_wiring(), 1, 5);
    Network dense = unrolled(network);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        CAPTURE(instructions);
        derive_images(network, false, 1, workers);
        derive_images(dense, false, 1, workers);
        for_each_way(network, dense, check_sums);
        for_each_way(network, dense, [](const Ways& ways) { check_loads(ways, {}, {}); });
        for_each_way(network, dense, [](const Ways& ways) {
            if (ways.sources == 60) check_drive(ways);
        });
        derive_images(network, true, 1, workers);
        derive_images(dense, true, 1, workers);
        for_each_way(network, dense, check_rates);
    }
    use_instruction_set("");
}

TEST_CASE("links are counted from either side") {
    const Network network = random_network(mixed_wiring(), 1, 5);
    for (const Pathway& pathway : network.wiring.pathways()) {
        const Projection& projection = network.over(pathway);
        std::int64_t all = 0;
        for (int i = 0; i < network.wiring.size(pathway.source); ++i) {
            int links = 0;
            projection.visit_row(pathway.transposed, i, {}, [&](int /*target*/, float /*weight*/) { ++links; });
            CHECK(projection.links_from(pathway.transposed, i) == links);
            all += links;
        }
        CHECK(all == projection.links() * (pathway.source == pathway.target ? 2 : 1));
        std::int64_t visited = 0;
        projection.visit_links([&](int /*i*/, int /*j*/, float /*weight*/) { ++visited; });
        CHECK(visited == projection.links());
    }
}

TEST_CASE("dead links of every kind are deleted weights of the dense one: of a convolution, one position's") {
    WorkerPool workers(1);
    Network network = random_network(mixed_wiring(), 1, 5);
    Network dense = unrolled(network);
    const Faults faults = draw_faults({0, 0, 0.2}, network.wiring.neurons(), 3);
    const DeadLinks dead = draw_dead_links(faults, network), dense_dead = draw_dead_links(faults, dense);
    for (std::size_t k = 0; k < dead.size(); ++k) CHECK(network.projections[k].dead_links(dead[k]) > 0);
    const NetworkArrays before = to_arrays(network);
    for (const bool continuous : {false, true}) {
        derive_images(network, dead, continuous, 1, workers);
        derive_images(dense, dense_dead, continuous, 1, workers);
        for_each_way(network, dense, continuous ? check_rates : check_sums);
    }
    for (const Pathway& pathway : network.wiring.pathways())
        check_loads({network.over(pathway), dense.over(pathway), pathway.transposed,
                     network.wiring.size(pathway.source), network.wiring.size(pathway.target)},
                    mask_of(dead, pathway.projection), mask_of(dense_dead, pathway.projection));
    CHECK(to_arrays(network) == before);
}

TEST_CASE("loads are those of the weights at hand, however often they are summed") {
    WorkerPool workers(1);
    Network network = random_network(mixed_wiring(), 1, 5);
    derive_images(network, false, 1, workers);
    const Network once = network;
    for (int update = 0; update < 3; ++update) finish_images(network, {}, 1);
    for (const Pathway& pathway : network.wiring.pathways()) {
        const auto load = network.over(pathway).load(pathway.transposed),
                   before = once.over(pathway).load(pathway.transposed);
        CAPTURE(pathway.projection);
        CHECK(std::equal(load.begin(), load.end(), before.begin(), before.end()));
    }
}

TEST_CASE("a convolution whose tables no number of 32 bits counts is refused before they are made") {
    const auto refused = [](const Window& window) {
        try {
            Convolution(window, true);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    const Window kernel{1, 1, 1, 1, 1, 1, 16385, 1, 8192}, places{1, 2000, 2000, 1, 2000, 2000, 101, 1, 50};
    CHECK(refused(kernel).find("projection.kernel: makes 4295491600 weights") != std::string::npos);
    CHECK(refused(places).find("pairs of places") != std::string::npos);
    const Window small{2, 6, 5, 3, 3, 3, 3, 2, 1};
    CHECK(tables_of(small).forward_runs == static_cast<double>(forward_runs(small).runs.size()));
    CHECK(tables_of(small).backward_runs == static_cast<double>(backward_runs(small).runs.size()));
    CHECK(tables_of(small).forward == 2.0 * 9 * 16);
    CHECK(tables_of(small).backward == 3.0 * 9 * 16);
}

TEST_CASE("the arrays of files come back, and have the shapes of their kinds") {
    const Wiring wiring = mixed_wiring();
    const Network network = random_network(wiring, 1, 5);
    CHECK(wiring.weight_shape(0) == std::vector<std::int64_t>{3, 2, 3, 3});
    CHECK(wiring.weight_shape(2) == std::vector<std::int64_t>{17 * 5});
    CHECK(wiring.weight_shape(3) == std::vector<std::int64_t>{17, 17});
    CHECK(wiring.biases(1) == 3);
    CHECK(wiring.biases(2) == 17);
    CHECK(wiring.heard_by(2) == std::vector{0, 1, 2, 3});
    const NetworkArrays arrays = to_arrays(network);
    CHECK(fits(arrays, wiring));
    CHECK(to_arrays(to_network(wiring, arrays)) == arrays);
    // kernel[d, c, dy, dx] joins (c, y stride + dy - padding, …) to (d, y, …): the middle of the window at (1, 1).
    const float tap = arrays.weights[0][((2 * 2 + 1) * 3 + 1) * 3 + 2];
    int found = 0;
    network.projections[0].visit_links([&](int i, int j, float weight) {
        if (i != (1 * 6 + 2) * 5 + 3 || j != (2 * 3 + 1) * 3 + 1) return;
        CHECK(weight == tap);
        ++found;
    });
    CHECK(found == 1);
    NetworkArrays crooked = arrays;
    crooked.weights[3][1] += 1;
    CHECK_THROWS_WITH_AS(to_network(wiring, crooked), doctest::Contains("a symmetric matrix"), Error);
}

TEST_CASE("every kind learns what the definition says; a kernel the sum over positions, a lateral pair once") {
    constexpr int batch = 4;
    constexpr double beta = -0.5;
    const Wiring wiring = mixed_wiring();
    const Network before = random_network(wiring, 1, 5);
    BatchStates free = drawn_states(wiring, batch, 1), nudged = drawn_states(wiring, batch, 2);
    nudged.populations[0] = free.populations[0];
    const std::vector<double> rates = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7};
    for (const UpdateForm form : {UpdateForm::bidirectional, UpdateForm::forward, UpdateForm::full}) {
        WorkerPool workers(2);
        Network after = before;
        apply_contrast(after, {}, free, nudged, {form, beta, rates}, workers);
        for (int k = 0; k < wiring.projections(); ++k) {
            CAPTURE(k);
            const auto& [pre, post, kind] = wiring.projection(k);
            // In double: the written order is that of float32, which the next test holds against a plain loop.
            const auto contrast = [&, from = pre, to = post](int i, int j) {
                double sum = 0;
                for (int b = 0; b < batch; ++b) {
                    const double si = free.of(from, b)[i], sj = free.of(to, b)[j];
                    const double pi = nudged.of(from, b)[i], pj = nudged.of(to, b)[j];
                    sum += form == UpdateForm::full ? pi * pj - si * sj : si * (pj - sj);
                    if (form == UpdateForm::bidirectional && from != 0) sum += (pi - si) * sj;
                }
                return rates[static_cast<std::size_t>(k)] / beta / batch * sum;
            };
            // Links that share a weight have learnt the sum of their contrasts.
            std::vector<std::pair<float, double>> links;
            before.projections[static_cast<std::size_t>(k)].visit_links(
                [&](int i, int j, float weight) { links.emplace_back(weight, contrast(i, j)); });
            std::size_t link = 0;
            after.projections[static_cast<std::size_t>(k)].visit_links([&](int, int, float weight) {
                const float old = links[link++].first;
                double all = 0;
                for (const auto& [shared, one] : links) all += shared == old ? one : 0;
                CHECK(static_cast<double>(weight) == doctest::Approx(static_cast<double>(old) + all).epsilon(1e-4));
            });
        }
        CHECK(after.projections[3].dense().symmetric());
        float bias = 0;
        for (int b = 0; b < batch; ++b) {
            for (int j = 9; j < 18; ++j) bias += nudged.of(1, b)[j] - free.of(1, b)[j];
        }
        for (std::size_t j = 9; j < 18; ++j)
            CHECK(after.biases[1][j] == static_cast<float>(rates[0] / beta / batch) * bias);
    }
}

TEST_CASE("the sum of a kernel runs over presentations, then rows, then columns; dead links are left out of it") {
    constexpr int batch = 3;
    const Wiring wiring = mixed_wiring();
    const Network before = random_network(wiring, 1, 5);
    const BatchStates free = drawn_states(wiring, batch, 1), nudged = drawn_states(wiring, batch, 2);
    const Window window = wiring.window(6);
    DeadLinks dead(7);
    dead[6] = before.projections[6].mask_where([](int i, int j) { return (i * 7 + j) % 5 == 0; });
    for (const DeadLinks& mask : {DeadLinks(), dead}) {
        for (const std::string& instructions : instruction_sets()) {
            use_instruction_set(instructions);
            WorkerPool workers(2);
            Network after = before;
            apply_contrast(after, mask, free, nudged, {UpdateForm::bidirectional, 0.5, {0, 0, 0, 0, 0, 0, 0.1}},
                           workers);
            const auto& old = std::get<Convolution>(before.projections[6].kind);
            const auto& learnt = std::get<Convolution>(after.projections[6].kind);
            for (int d = 0; d < 4; ++d) {
                for (int c = 0; c < 3; ++c) {
                    for (int tap = 0; tap < 9; ++tap) {
                        float sum = 0;
                        for (int b = 0; b < batch; ++b) {
                            // One position: post has one row and one column.
                            const int i = (c * window.rows + tap / 3) * window.columns + tap % 3;
                            if (!mask.empty() && (i * 7 + d) % 5 == 0) continue;
                            const float si = free.of(1, b)[i], sj = free.of(3, b)[d];
                            const float product = si * (nudged.of(3, b)[d] - sj);
                            sum += product + (nudged.of(1, b)[i] - si) * sj;
                        }
                        const std::size_t at = old.weight_at(d, c, tap / 3, tap % 3);
                        CHECK(learnt.weights[at] == old.weights[at] + static_cast<float>(0.1 / 0.5 / batch) * sum);
                    }
                }
            }
        }
        use_instruction_set("");
    }
}

TEST_CASE("links: the radius is judged in integers, a fan-in is exact, draws are keyed by seed and projection") {
    const PopulationSpec image{"image", {1, 8, 8}, Role::input}, half{"half", {2, 4, 4}, Role::hidden};
    // (y + 1/2) / 8 and (y' + 1/2) / 4 are 1/16 apart at the nearest: half a place of the larger.
    CHECK(draw_links(WithinRadius{0}, image, half, false, 1, 0)->count() == 0);
    const auto near = draw_links(WithinRadius{1}, image, half, false, 1, 0);
    CHECK(near->count() == 8 * 8 * 2);
    CHECK(expected_links(WithinRadius{1}, image, half, false) == near->count());
    const auto sheet = draw_links(WithinRadius{2}, half, half, true, 1, 0);
    CHECK(expected_links(WithinRadius{2}, half, half, true) == sheet->count());
    std::set<std::pair<int, int>> expected;
    for (int i = 0; i < 32; ++i) {
        for (int j = i + 1; j < 32; ++j) {
            if (std::abs(i / 4 % 4 - j / 4 % 4) <= 2 && std::abs(i % 4 - j % 4) <= 2) expected.insert({i, j});
        }
    }
    std::set<std::pair<int, int>> found;
    const std::vector<std::int32_t> pre = sheet->pre_array(), post = sheet->post_array();
    for (std::size_t k = 0; k < pre.size(); ++k) found.insert({pre[k], post[k]});
    CHECK(found == expected);

    const auto fan = draw_links(FanIn{5}, image, half, false, 1, 0);
    for (int j = 0; j < 32; ++j) CHECK(fan->degree_of_target(j) == 5);
    CHECK(*fan == *draw_links(FanIn{5}, image, half, false, 1, 0));
    CHECK_FALSE(*fan == *draw_links(FanIn{5}, image, half, false, 2, 0));
    CHECK_FALSE(*fan == *draw_links(FanIn{5}, image, half, false, 1, 1));
    const auto all = draw_links(FanIn{31}, half, half, true, 1, 0);
    CHECK(all->count() == 31 * 32 / 2);
    const auto some = draw_links(WithProbability{0.3}, image, half, false, 1, 0);
    int looks = 0;
    const StopCheck stop = [&] { return ++looks > 10; };
    CHECK_THROWS_AS(draw_links(WithProbability{0.3}, image, half, false, 1, 0, stop), Stopped);
    CHECK(looks == 11);
    CHECK(std::abs(static_cast<double>(some->count()) - 0.3 * 64 * 32) < 5 * std::sqrt(0.21 * 64 * 32));
}

TEST_CASE("links out of range, twice, and lateral ones the wrong way round are refused; files keep their order") {
    const auto refused = [](bool lateral, std::vector<std::int32_t> pre, std::vector<std::int32_t> post) {
        try {
            make_links(3, 3, lateral, pre, post);
        } catch (const Error& error) {
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(refused(false, {0, 3}, {1, 1}).find("link 1 (from 0), 3 to 1, is out of range") != std::string::npos);
    CHECK(refused(false, {0, 1}, {-1, 1}).find("link 0 (from 0), 0 to -1, is out of range") != std::string::npos);
    CHECK(refused(false, {2, 0, 2}, {1, 1, 1}).find("link 2 (from 0), 2 to 1, is there twice") != std::string::npos);
    CHECK(refused(true, {1}, {1}).find("to itself") != std::string::npos);
    CHECK(refused(true, {2}, {1}).find("pre < post") != std::string::npos);
    const std::vector<std::int32_t> pre = {2, 0, 1, 0}, post = {0, 2, 1, 1};
    const auto links = make_links(3, 3, false, pre, post, true);
    CHECK(links->pre_array() == pre);
    CHECK(links->post_array() == post);
    Sparse sparse(links, true);
    sparse.from_array(std::vector<float>{1, 2, 3, 4});
    CHECK(sparse.to_array({}) == std::vector<float>{1, 2, 3, 4});
    sparse.visit_links([](int i, int j, float weight) {
        CHECK(weight == (i == 2 ? 1.0f : i == 1 ? 3.0f : j == 2 ? 2.0f : 4.0f));
    });
}

TEST_CASE("energy, fixed points and eigenvalues see all links of a mixed network, a lateral pair once") {
    WorkerPool workers(1);
    const Network network = random_network(mixed_wiring(), 0.4, 5), dense = unrolled(network);
    const BatchStates states = drawn_states(network.wiring, 1, 8);
    std::vector<std::span<const float>> spans;
    for (int p = 0; p < network.wiring.populations(); ++p)
        spans.emplace_back(states.of(p, 0), static_cast<std::size_t>(network.wiring.size(p)));
    // 1/2 sum s^2 - sum over pairs w s s; biases are 0.
    double expected = 0;
    for (const int p : network.wiring.unclamped()) {
        for (const float s : spans[static_cast<std::size_t>(p)])
            expected += 0.5 * static_cast<double>(s) * static_cast<double>(s);
    }
    for (int k = 0; k < network.wiring.projections(); ++k) {
        const auto& [pre, post, kind] = network.wiring.projection(k);
        network.projections[static_cast<std::size_t>(k)].visit_links([&, from = pre, to = post](int i, int j, float w) {
            expected -= static_cast<double>(w) * static_cast<double>(states.of(from, 0)[i]) *
                        static_cast<double>(states.of(to, 0)[j]);
        });
    }
    CHECK(energy(network, spans) == doctest::Approx(expected).epsilon(1e-9));
    CHECK(energy(dense, spans) == doctest::Approx(expected).epsilon(1e-9));

    const ContinuousNetwork rates = ideal_network(network), dense_rates = ideal_network(dense);
    RateStates one(network.wiring.sizes(), 1), other(network.wiring.sizes(), 1);
    for (RateStates* to : {&one, &other}) std::copy(spans[0].begin(), spans[0].end(), to->of(0, 0).begin());
    relax(rates, one, {}, {}, workers);
    relax(dense_rates, other, {}, {}, workers);
    for (std::size_t i = 0; i < one.values.size(); ++i)
        CHECK(one.values[i] == doctest::Approx(other.values[i]).epsilon(1e-12));
    const UnsaturatedBlock block(rates, one, 0), dense_block(dense_rates, other, 0);
    CHECK(block.map().size > 15);
    CHECK(least_eigenpair(block.map()).value ==
          doctest::Approx(least_eigenpair(dense_block.map()).value).epsilon(1e-8));
}
