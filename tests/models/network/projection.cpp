#include "models/network/projection.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <vector>

#include "core/draw.hpp"
#include "core/error.hpp"
#include "models/kernels/bit_sum.hpp"
#include "models/kernels/clamped_drive.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/network/network.hpp"
#include "models/neuron/population.hpp"

using namespace settle;

namespace {

Network drawn_network(const std::vector<int>& layers, bool continuous) {
    WorkerPool workers(1);
    Network network = random_network(chain(layers), 1.5, 3);
    derive_images(network, continuous, 1, workers);
    return network;
}

}  // namespace

TEST_CASE("integer images hold round(w 2^22) both ways") {
    const Network network = drawn_network({5, 33, 18}, false);
    const Projection& projection = network.projections[1];
    for (int i = 0; i < 33; ++i) {
        for (int j = 0; j < 18; ++j) {
            const auto expected =
                static_cast<std::int32_t>(std::nearbyint(projection.dense().weights.at(i, j) / weight_unit));
            CHECK(projection.dense().forward.at(i, j) == expected);
            CHECK(projection.dense().backward.at(j, i) == expected);
        }
    }
}

TEST_CASE("sums of rows and the drive of a clamped population are exact on every instruction set") {
    const Network network = drawn_network({150, 37, 10}, false);
    const auto& rows = network.projections[0].dense().forward;
    const Stream stream(5, Purpose::random_inputs);
    std::vector<std::int32_t> active;
    for (std::int32_t i = 0; i < 150; ++i) {
        if (stream.below(static_cast<std::uint64_t>(i), 3) != 0) active.push_back(i);
    }
    constexpr int ticks = 23;
    constexpr std::ptrdiff_t words = 3;
    AlignedVector<std::uint64_t> bits(words * ticks);
    for (std::size_t tick = 0; tick < ticks; ++tick) {
        for (std::size_t k = 0; k < active.size(); ++k) {
            // Half of the time; or nearly always, or hardly ever, as white and dark pixels do.
            const auto draw = stream.below(1000 + tick * 200 + k, 12);
            const bool kinds[] = {draw < 6, draw != 0, draw == 0};
            if (kinds[k / 7 % 3]) bits[tick * words + k / 64] |= std::uint64_t{1} << (k % 64);
        }
    }
    ClampedDrive reference(37, ticks);
    reference.compute_reference(rows, active, bits.data(), words, ticks);
    std::vector<std::int32_t> sums(48), plain(48);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        CAPTURE(instructions);
        ClampedDrive drive(37, ticks);
        drive.compute(rows, active, bits.data(), words, ticks);
        for (int tick = 0; tick < ticks; ++tick) {
            for (int panel = 0; panel < 3; ++panel) {
                for (int i = 0; i < panel_width; ++i) {
                    CHECK(drive.tick(tick)[panel * drive.stride() + i] ==
                          reference.tick(tick)[panel * reference.stride() + i]);
                }
            }
        }
        // Few ticks go another way.
        for (int few = 1; few <= 4; ++few) {
            ClampedDrive short_drive(37, ticks);
            short_drive.compute(rows, active, bits.data() + 2 * words, words, few);
            for (int i = 0; i < 3 * panel_width; ++i) {
                const std::ptrdiff_t at = i / panel_width * drive.stride() + i % panel_width;
                CHECK(short_drive.tick(few - 1)[at] == reference.tick(few + 1)[at]);
            }
        }
        AlignedVector<std::int32_t> out(48), expected(48);
        add_rows(rows, active, reference.tick(4), reference.stride(), out.data());
        add_rows_reference(rows, active, reference.tick(4), reference.stride(), expected.data());
        CHECK(out == expected);
    }
    use_instruction_set("");
}

TEST_CASE("a clamped population without active inputs drives nobody") {
    const Network network = drawn_network({20, 16, 4}, false);
    ClampedDrive drive(16, 4);
    const AlignedVector<std::uint64_t> bits(4);
    drive.compute(network.projections[0].dense().forward, {}, bits.data(), 1, 4);
    for (int i = 0; i < panel_width; ++i) CHECK(drive.tick(3)[i] == 0);
}

TEST_CASE("bits are counted and listed, and what they stand for is summed, alike on every instruction set") {
    const Stream stream(6, Purpose::random_inputs);
    AlignedVector<std::uint64_t> words(4), values(256);
    for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = stream.below(i, ~std::uint64_t{0});
        if (i < 201 && stream.below(1000 + i, 2) == 1) words[i / 64] |= std::uint64_t{1} << (i % 64);
    }
    const BitSum expected = sum_where_set_reference(words.data(), values.data(), 201);
    CHECK(expected.count > 50);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        const BitSum found = sum_where_set(words.data(), values.data(), 201);
        CHECK(found.count == expected.count);
        CHECK(found.sum == expected.sum);
        std::vector<std::int32_t> list(256);
        const BitSum listed = list_where_set(words.data(), values.data(), 201, list.data());
        CHECK(listed.count == expected.count);
        CHECK(listed.sum == expected.sum);
        std::size_t at = 0;
        for (int i = 0; i < 201; ++i) {
            if ((words[static_cast<std::size_t>(i / 64)] >> (i % 64) & 1) != 0) CHECK(list[at++] == i);
        }
        CHECK(at == listed.count);
    }
    use_instruction_set("");
}

TEST_CASE("weighted rows add up in one written order on every instruction set") {
    const Network network = drawn_network({40, 37, 10}, true);
    std::vector<std::int32_t> sources;
    std::vector<float> values;
    for (std::int32_t i = 0; i < 40; i += 1) {
        sources.push_back(i);
        values.push_back(static_cast<float>(i) / 40);
    }
    AlignedVector<float> init(48, 0.25f);
    for (const std::string& instructions : instruction_sets()) {
        use_instruction_set(instructions);
        CAPTURE(instructions);
        AlignedVector<float> out(48), all(48);
        add_weighted_rows(network.projections[0].dense().weights, sources, values.data(), init.data(), out.data());
        add_all_weighted_rows(network.projections[0].dense().weights, values.data(), init.data(), all.data());
        CHECK(all == out);
        for (int j = 0; j < 37; ++j) {
            float parts[4] = {};
            for (std::size_t k = 0; k < sources.size(); ++k) {
                const float product = values[k] * network.projections[0].dense().weights.at(sources[k], j);
                parts[k % 4] += product;
            }
            const float sum = (parts[0] + parts[1]) + (parts[2] + parts[3]);
            CHECK(out[static_cast<std::size_t>(j)] == 0.25f + sum);
        }
    }
    use_instruction_set("");
}

TEST_CASE("weights whose sums could overflow stop the run as diverged, naming the neuron") {
    WorkerPool workers(1);
    Network network(chain({4, 3, 2}));
    for (int i = 0; i < 4; ++i) network.projections[0].dense().weights.at(i, 2) = 100;
    derive_images(network, false, 1, workers);  // 400
    network.projections[1].dense().weights.at(2, 0) = -111.9f;
    derive_images(network, false, 1, workers);  // 511.9
    network.projections[1].dense().weights.at(2, 0) = -112;
    CHECK_THROWS_WITH_AS(derive_images(network, false, 1, workers), doctest::Contains("neuron 2 of layer 1"), Error);
    network.projections[1].dense().weights.at(2, 0) = 0;
    CHECK_THROWS_WITH_AS(derive_images(network, false, 2, workers), doctest::Contains("diverged"), Error);
    // Where nothing bounds the bits, sums are looked at when they are there: only single weights matter beforehand.
    network.projections[0].dense().weights.at(0, 2) = 511;
    derive_images(network, false, 0, workers);
    network.projections[0].dense().weights.at(0, 2) = -512;
    CHECK_THROWS_WITH_AS(derive_images(network, false, 0, workers), doctest::Contains("neuron 2 of layer 1"), Error);
    network.projections[0].dense().weights.at(0, 0) = std::nanf("");
    CHECK_THROWS_AS(derive_images(network, false, 1, workers), Error);
    network.projections[0].dense().weights.at(0, 2) = 0;
    CHECK_THROWS_WITH_AS(derive_images(network, false, 0, workers), doctest::Contains("neuron 0 of layer 1"), Error);
}
