#include "models/kernels/timed_runs.hpp"

#include <doctest/doctest.h>

#include <random>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/instruction_set.hpp"
#include "models/network/window.hpp"

using namespace settle;

TEST_CASE("a bit over a convolution is heard by the next tick of every target or later, for every instruction set") {
    std::mt19937 random(5);
    const auto draw = [&](int below) { return static_cast<std::int32_t>(random() % static_cast<unsigned>(below)); };
    for (const std::string& instructions : instruction_sets()) {
        CAPTURE(instructions);
        use_instruction_set(instructions);
        for (int trial = 0; trial < 60; ++trial) {
            // Channels that fill a vector or do not, windows that overlap or leave places out.
            Window window{1 + draw(3), 3 + draw(4), 3 + draw(4), 1 + draw(40), 0, 0, 1 + draw(3), 1 + draw(2), draw(2)};
            const auto size = [&](int pre) {
                return static_cast<int>(windowed_size(pre, window.kernel, window.stride, window.padding));
            };
            window.post_rows = size(window.rows);
            window.post_columns = size(window.columns);
            const bool way_back = trial % 2 == 1;
            const RunTable table = way_back ? backward_runs(window) : forward_runs(window);
            const int sources = way_back ? window.post() : window.pre();
            const int channels = way_back ? window.post_channels : window.channels;
            const int places = way_back ? window.places() : window.post_places();
            const int width = padded_size(way_back ? window.channels : window.post_channels);
            AlignedVector<std::int32_t> weights(static_cast<std::size_t>(channels * table.channel_weights));
            for (std::int32_t& weight : weights) weight = static_cast<std::int32_t>(random());  // sums wrap around
            const auto targets = static_cast<std::size_t>(places * width);
            AlignedVector<std::int32_t> next(targets), heard(targets), later(targets);
            // Often at the very time of an arrival, sometimes far away.
            for (std::int32_t& time : next) time = draw(10) == 0 ? 2147483647 : draw(9) - 2;
            for (std::int32_t& sum : heard) sum = static_cast<std::int32_t>(random());
            for (std::int32_t& sum : later) sum = static_cast<std::int32_t>(random());
            auto expected_heard = heard, expected_later = later;
            std::vector<Arrival> arrivals;
            for (int k = draw(30); k > 0; --k) arrivals.push_back({draw(7), draw(sources)});
            add_timed_runs_reference(table, arrivals, weights.data(),
                                     {next.data(), expected_heard.data(), expected_later.data()});
            add_timed_runs(table, arrivals, weights.data(), {next.data(), heard.data(), later.data()});
            CHECK(heard == expected_heard);
            CHECK(later == expected_later);
        }
        use_instruction_set("");
    }
}
