#include "sim/data/digits.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <span>

using namespace settle;

namespace {

std::span<const std::uint8_t> pixels(const Samples& samples) {
    const auto& x = std::get<SharedValues<std::uint8_t>>(samples.x);
    return {x.data(), x.size()};
}

std::uint64_t checksum(std::uint64_t sum, const auto& values) {
    for (const auto value : values) sum = (sum ^ static_cast<std::uint64_t>(value)) * 0x100000001b3;  // FNV-1a
    return sum;
}

}  // namespace

TEST_CASE("the digits are the same on every machine and for ever") {
    const Dataset data = draw_digits({digits_train, 0, digits_test, digits_inputs});
    std::uint64_t sum = 0xcbf29ce484222325;
    for (const Samples* part : {&data.train, &data.test}) {
        sum = checksum(sum, pixels(*part));
        sum = checksum(sum, part->labels);
    }
    CHECK(sum == 18378163813558304131u);
}

TEST_CASE("a digit does not depend on how many are drawn, nor where training ends") {
    const Dataset few = draw_digits({3, 2, 1, digits_inputs}), more = draw_digits({50, 0, 20, digits_inputs});
    CHECK(std::equal(pixels(few.train).begin(), pixels(few.train).end(), pixels(more.train).begin()));
    CHECK(std::equal(pixels(few.validation).begin(), pixels(few.validation).end(),
                     pixels(more.train).begin() + 3 * digits_inputs));
    CHECK(few.validation.labels[1] == more.train.labels[4]);
    CHECK(std::equal(pixels(few.test).begin(), pixels(few.test).end(), pixels(more.test).begin()));
    const Samples others = draw_digits({0, 0, 50, digits_inputs}).test;
    CHECK(!std::equal(pixels(more.train).begin(), pixels(more.train).end(), pixels(others).begin()));
}

TEST_CASE("the digits look like handwriting: ten classes, a fifth of the pixels inked, an empty rim") {
    const Samples train = draw_digits({digits_train, 0, 0, digits_inputs}).train;
    std::vector<int> counts(10);
    for (const int label : train.labels) ++counts.at(static_cast<std::size_t>(label));
    for (const int count : counts) CHECK(count == doctest::Approx(1000).epsilon(0.1));
    std::int64_t inked = 0, on_rim = 0;
    for (std::size_t i = 0; i < pixels(train).size(); ++i) {
        const std::size_t x = i % digits_side, y = i / digits_side % digits_side;
        const bool rim = x == 0 || y == 0 || x + 1 == digits_side || y + 1 == digits_side;
        inked += pixels(train)[i] > 0 ? 1 : 0;
        on_rim += rim && pixels(train)[i] > 0 ? 1 : 0;
    }
    CHECK(static_cast<double>(inked) / (digits_train * digits_inputs) == doctest::Approx(0.19).epsilon(0.1));
    CHECK(static_cast<double>(on_rim) / (digits_train * (4 * digits_side - 4)) < 0.01);
}
