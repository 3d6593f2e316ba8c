#include "core/philox.hpp"

#include <doctest/doctest.h>

#include "core/draw.hpp"

using namespace settle;

TEST_CASE("Philox4x32-10 gives its published known answers") {
    // kat_vectors of Random123 1.14.
    CHECK(philox({0, 0, 0, 0}, 0) == PhiloxBlock{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
    CHECK(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, 0xffffffffffffffff) ==
          PhiloxBlock{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
    CHECK(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, 0x299f31d0a4093822) ==
          PhiloxBlock{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("a draw is a function of its key: purposes, contexts and indices differ, repetition does not") {
    const Stream a(1, Purpose::shuffle, 5), b(1, Purpose::beta_sign, 5), c(1, Purpose::shuffle, 6);
    CHECK(a.uniform(3) == a.uniform(3));
    CHECK(a.uniform(3) != a.uniform(4));
    CHECK(a.uniform(3) != b.uniform(3));
    CHECK(a.uniform(3) != c.uniform(3));
    std::uint64_t counts[7] = {};
    for (std::uint64_t i = 0; i < 70'000; ++i) ++counts[a.below(i, 7)];
    for (std::uint64_t count : counts) CHECK(count == doctest::Approx(10'000).epsilon(0.05));
}
