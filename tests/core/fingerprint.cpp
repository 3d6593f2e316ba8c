#include "core/fingerprint.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace settle;

TEST_CASE("a term of the fingerprint changes with each of its parts") {
    std::set<std::uint64_t> terms;
    for (const Trace kind : {Trace::spike, Trace::state}) {
        for (std::uint64_t presentation = 0; presentation < 5; ++presentation) {
            for (std::uint32_t branch = 0; branch < 3; ++branch) {
                const TraceKey key(kind, presentation, branch);
                for (Time time = 0; time < 5; ++time) {
                    for (std::uint64_t neuron = 0; neuron < 5; ++neuron) {
                        terms.insert(key.spike(time, neuron));
                        terms.insert(key.state(time, neuron, 0.5f));
                        terms.insert(key.state(time, neuron, 0.50000006f));
                    }
                }
            }
        }
    }
    CHECK(terms.size() == 2 * 5 * 3 * 5 * 5 * 3);
}

TEST_CASE("a fingerprint is written as 16 hexadecimal digits") {
    CHECK(to_hex(0) == "0000000000000000");
    CHECK(to_hex(0x0123456789abcdef) == "0123456789abcdef");
}
