#include "models/device/fault.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

#include "core/error.hpp"
#include "core/worker_pool.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/network/contrast.hpp"
#include "models/neuron/neuron_model.hpp"
#include "tests/models/statistics.hpp"

using namespace settle;

namespace {

constexpr int many = 20'000;

std::int64_t count(const Faults& faults, Stuck kind) {
    return std::count(faults.stuck.begin(), faults.stuck.end(), kind);
}

}  // namespace

TEST_CASE("as many neurons are stuck as asked, each on its own") {
    const Faults faults = draw_faults({0.1, 0.2, 0}, many, 3);
    CHECK(chi_square({count(faults, Stuck::at_zero), count(faults, Stuck::at_one), count(faults, Stuck::no)},
                     {0.1, 0.2, 0.7}) > improbable);
    std::vector<double> stuck;
    for (const Stuck one : faults.stuck) stuck.push_back(one != Stuck::no);
    for (const std::ptrdiff_t lag : {1, 2, 16}) CHECK(independence(stuck, lag) > improbable);
    CHECK(draw_faults({0.1, 0.2, 0}, many, 4).stuck != faults.stuck);
    const Faults fewer = draw_faults({0.1, 0.2, 0}, 100, 3);
    CHECK(std::equal(fewer.stuck.begin(), fewer.stuck.end(), faults.stuck.begin()));
}

TEST_CASE("what is stuck stays stuck when either fraction grows, and 0 and 1 are exact") {
    const Faults less = draw_faults({0.1, 0.2, 0}, many, 3), more = draw_faults({0.3, 0.2, 0}, many, 3),
                 ones = draw_faults({0.1, 0.9, 0}, many, 3);
    for (std::size_t i = 0; i < many; ++i) {
        if (less.stuck[i] == Stuck::at_zero) CHECK(more.stuck[i] == Stuck::at_zero);
        CHECK((less.stuck[i] == Stuck::at_one) == (more.stuck[i] == Stuck::at_one));
        CHECK((less.stuck[i] == Stuck::at_zero) == (ones.stuck[i] == Stuck::at_zero));
    }
    CHECK(count(ones, Stuck::no) == 0);
    CHECK(draw_faults({0, 0, 0}, many, 3).none());
    CHECK(draw_faults({0, 0, 0}, many, 3).stuck.empty());
    CHECK(count(draw_faults({1, 0, 0}, many, 3), Stuck::at_zero) == many);
    CHECK(count(draw_faults({0, 1, 0}, many, 3), Stuck::at_one) == many);
    CHECK(count(draw_faults({0.5, 0, 0}, many, 3), Stuck::at_one) == 0);
    CHECK(count(draw_faults({0, 0.5, 0}, many, 3), Stuck::at_zero) == 0);
}

TEST_CASE("as many links are dead as asked, each on its own; more are added, none revived") {
    const Faults faults = draw_faults({0, 0, 0.1}, 300, 3), more = draw_faults({0, 0, 0.2}, 300, 3);
    CHECK(!faults.none());
    std::vector<double> dead;
    for (std::uint32_t a = 0; a < 200; ++a) {
        for (std::uint32_t b = 0; b < 200; ++b) {
            dead.push_back(is_dead(faults, a, 1000 + b));
            if (dead.back() != 0) CHECK(is_dead(more, a, 1000 + b));
        }
    }
    const auto total = static_cast<std::int64_t>(dead.size());
    CHECK(binomial(std::count(dead.begin(), dead.end(), 1.0), total, 0.1) > improbable);
    for (const std::ptrdiff_t lag : {1, 200, 201}) CHECK(independence(dead, lag) > improbable);
    const Faults other = draw_faults({0, 0, 0.1}, 300, 4);
    std::int64_t both = 0, all_dead = 0, none_dead = 0;
    const Faults everything = draw_faults({0, 0, 1}, 300, 3), nothing = draw_faults({0, 0, 0}, 300, 3);
    for (std::uint32_t i = 0; i < many; ++i) {
        both += is_dead(faults, i, i + 1) && is_dead(other, i, i + 1);
        all_dead += is_dead(everything, i, i + 1);
        none_dead += is_dead(nothing, i, i + 1);
    }
    CHECK(binomial(both, many, 0.01) > improbable);
    CHECK(all_dead == many);
    CHECK(none_dead == 0);
}

TEST_CASE("a dead link equals a deleted weight, is not updated, and files show what it was") {
    WorkerPool workers(2);
    const std::vector<int> layers = {20, 37, 5};
    const Wiring wiring = chain(layers);
    const Faults faults = draw_faults({0, 0, 0.3}, 62, 9);
    const NetworkArrays whole = to_arrays(random_network(wiring, 1, 4));
    Network cut = to_network(wiring, whole);
    const DeadLinks mask = draw_dead_links(faults, cut);
    // The same by hand.
    NetworkArrays deleted = whole;
    std::vector<std::vector<bool>> dead(2);
    int total = 0;
    for (std::size_t l = 0; l < 2; ++l) {
        const auto first = static_cast<std::uint32_t>(l == 0 ? 0 : 20),
                   next = static_cast<std::uint32_t>(l == 0 ? 20 : 57);
        for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(layers[l]); ++i) {
            for (std::uint32_t j = 0; j < static_cast<std::uint32_t>(layers[l + 1]); ++j) {
                dead[l].push_back(is_dead(faults, first + i, next + j));
                if (dead[l].back()) deleted.weights[l][dead[l].size() - 1] = 0;
                total += dead[l].back();
            }
        }
    }
    CHECK(total > 200);
    CHECK(to_arrays(cut, mask).weights == deleted.weights);
    Network plain = to_network(wiring, deleted);
    const auto same_images = [&](bool continuous) {
        derive_images(cut, mask, continuous, 1, workers);
        derive_images(plain, continuous, 1, workers);
        CHECK(to_arrays(cut) == whole);
        for (std::size_t l = 0; l < 2; ++l) {
            const Dense &one = cut.projections[l].dense(), &other = plain.projections[l].dense();
            CHECK(one.forward_load == other.forward_load);
            CHECK(one.backward_load == other.backward_load);
            for (int i = 0; i < layers[l]; ++i) {
                for (int j = 0; j < layers[l + 1]; ++j) {
                    if (continuous) {
                        REQUIRE(one.rates(false).at(i, j) == other.rates(false).at(i, j));
                        if (l > 0) REQUIRE(one.rates(true).at(j, i) == other.rates(true).at(j, i));
                    } else {
                        REQUIRE(one.forward.at(i, j) == other.forward.at(i, j));
                        if (l > 0) REQUIRE(one.backward.at(j, i) == other.backward.at(j, i));
                    }
                }
            }
        }
    };
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        for (const bool continuous : {false, true}) same_images(continuous);
    }
    // Learning: every living weight moves as without faults, no dead one moves.
    BatchStates free(layers, 3), nudged(layers, 3);
    for (int l = 0; l < 3; ++l) {
        for (int b = 0; b < 3; ++b) {
            for (int i = 0; i < layers[static_cast<std::size_t>(l)]; ++i) {
                free.of(l, b)[i] = static_cast<float>((7 * i + 3 * b + l) % 11) / 11;
                nudged.of(l, b)[i] = l == 0 ? free.of(l, b)[i] : static_cast<float>((5 * i + b + l) % 13 + 1) / 15;
            }
        }
    }
    Network healthy = to_network(wiring, whole);
    const Contrast contrast{UpdateForm::bidirectional, 0.5, {0.1, 0.05}};
    apply_contrast(healthy, {}, free, nudged, contrast, workers);
    const NetworkArrays expected = to_arrays(healthy);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        Network learning = to_network(wiring, whole);
        apply_contrast(learning, mask, free, nudged, contrast, workers);
        const NetworkArrays learned = to_arrays(learning);
        CHECK(learned.biases == expected.biases);
        for (std::size_t l = 0; l < 2; ++l) {
            int moved = 0;
            for (std::size_t k = 0; k < dead[l].size(); ++k) {
                CHECK(learned.weights[l][k] == (dead[l][k] ? whole.weights[l][k] : expected.weights[l][k]));
                moved += expected.weights[l][k] != whole.weights[l][k];
            }
            CHECK(moved > 100);
        }
    }
    use_instruction_set("");
}

TEST_CASE("the weights of dead links do not count when a network diverges") {
    WorkerPool workers(1);
    Network network(chain({4, 3, 2}));
    network.projections[1].dense().weights.at(2, 0) = 600;
    CHECK_THROWS_WITH_AS(derive_images(network, false, 1, workers), doctest::Contains("neuron 2 of layer 1"), Error);
    DeadLinks dead(2);
    dead[1] = network.projections[1].mask_where([](int i, int j) { return i == 2 && j == 0; });
    derive_images(network, dead, false, 1, workers);
}

TEST_CASE("no dead links, no mask") {
    CHECK(draw_dead_links(draw_faults({0.2, 0.2, 0}, 35, 9), Network(chain({10, 20, 5}))).empty());
}
