#include "models/device/philox_kernel.hpp"

#include <doctest/doctest.h>

#include <vector>

#include "core/philox.hpp"
#include "models/device/distribution.hpp"
#include "models/kernels/instruction_set.hpp"

using namespace settle;

TEST_CASE("Philox in vectors gives the published known answers on every instruction set") {
    struct Known {
        PhiloxBlock counter;
        std::uint64_t key;
        PhiloxBlock answer;
    };
    // kat_vectors of Random123 1.14.
    const Known known[] = {
        {{0, 0, 0, 0}, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
         0xffffffffffffffff,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
         0x299f31d0a4093822,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (const std::string& name : instruction_sets()) {
        CAPTURE(name);
        use_instruction_set(name);
        for (const Known& one : known) {
            const std::vector<std::uint32_t> a(philox_lanes, one.counter[0]), b(philox_lanes, one.counter[1]);
            std::uint32_t out[4 * philox_lanes];
            philox_blocks(a.data(), b.data(), one.counter[2], one.counter[3], one.key, out);
            for (int i = 0; i < 4 * philox_lanes; ++i) {
                CHECK(out[i] == one.answer[static_cast<std::size_t>(i / philox_lanes)]);
            }
        }
    }
    use_instruction_set("");
}

TEST_CASE("Philox in vectors equals the scalar one, and so do draws, on every instruction set") {
    std::vector<Distribution> draws = {Uniform{0, 7}, Uniform{-3e9, 0}, Uniform{12, 1e12}, Normal{-5, 1e5},
                                       Normal{1e6, 7}};
    for (const double width : {0.0, 1.0, 7.0, 1e5, 3e9, 1e12, 1e17}) {
        for (std::size_t kind = 0; kind < Distribution::names().size(); ++kind)
            draws.push_back(Distribution::around_zero(kind, width));
    }
    for (const std::string& name : instruction_sets()) {
        CAPTURE(name);
        use_instruction_set(name);
        for (std::uint32_t n = 0; n < 300; ++n) {
            const std::uint32_t c = n % 3, d = n % 5;
            const std::uint64_t key = n * 0x9e3779b97f4a7c15u;
            std::uint32_t a[philox_lanes], b[philox_lanes], words[4 * philox_lanes];
            for (std::uint32_t i = 0; i < philox_lanes; ++i) {
                a[i] = i * i * 77'777'777u + n;
                b[i] = (n + i) * 2654435761u;
            }
            philox_blocks(a, b, c, d, key, words);
            const Distribution& draw = draws[n % draws.size()];
            Duration drawn[4 * philox_lanes];
            draw.times({a, b, c, d, key}, drawn);
            int wrong = 0;
            for (std::size_t i = 0; i < 4 * philox_lanes; ++i) {
                const std::uint32_t word =
                    philox({a[i % philox_lanes], b[i % philox_lanes], c, d}, key)[i / philox_lanes];
                wrong += words[i] != word || drawn[i] != draw.time(word);
            }
            CHECK(wrong == 0);
        }
    }
    use_instruction_set("");
}
