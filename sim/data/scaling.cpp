#include "sim/data/scaling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/error.hpp"

namespace settle {

namespace {

constexpr double byte_divisor = 255;

/// "70000"; "0.5"; from 2^63 on, where TOML has no integers, "1.8446744073709552e+19". Read again, it is this number.
std::string number_text(double number) {
    return std::floor(number) == number && std::abs(number) < 0x1p63 ? fmt::format("{:.0f}", number)
                                                                     : fmt::format("{}", number);
}

/// The least data.scale that keeps such numbers in [0, 1]; "" where no scale of float32 does.
std::string fitting_scale(double high) {
    if (!(high <= std::numeric_limits<float>::max())) return "";
    return "data.scale = " + number_text(high) + " or more";
}

void check_integers(const ImageNumbers& numbers, double divisor) {
    if (numbers.wanted.low < 0) {
        throw input_error(numbers.place, numbers.key,
                          "holds negative integers, down to " + number_text(numbers.wanted.low), "integers from 0 on");
    }
    const double high = numbers.wanted.high;
    if (!(high > 0) || static_cast<float>(high) / static_cast<float>(divisor) <= 1) return;
    throw input_error(numbers.place, numbers.key,
                      fmt::format("the largest of its integers is {}, which divided by {} is more than 1",
                                  number_text(high), number_text(divisor)),
                      fitting_scale(high));
}

}  // namespace

Scaling choose_scaling(std::optional<double> asked, const std::vector<ImageNumbers>& images) {
    NumberRange all;
    for (const ImageNumbers& numbers : images) {
        if (numbers.integers != images.front().integers) {
            throw input_error(
                numbers.place, numbers.key, numbers.integers ? "holds integers" : "holds floating point numbers",
                fmt::format("{}, as in {}{}", images.front().integers ? "integers" : "floating point numbers",
                            images.front().place == numbers.place ? "" : images.front().place, images.front().key));
        }
        all.add(numbers.wanted);
        all.add(numbers.rest);
    }
    const bool integers = images.front().integers;
    Scaling scaling;
    if (asked) {
        scaling.divisor = *asked;
        scaling.text = fmt::format("{} divided by data.scale = {}", integers ? "integers" : "floating point numbers",
                                   number_text(*asked));
    } else if (!integers) {
        scaling.text = "floating point numbers as they are";
    } else if (all.high == 1) {
        scaling.text = "integers 0 and 1 as they are (data.scale would divide them)";
    } else {
        scaling.divisor = byte_divisor;
        scaling.text = "integers divided by 255";
    }
    if (integers) {
        for (const ImageNumbers& numbers : images) check_integers(numbers, scaling.divisor);
    }
    return scaling;
}

void apply_scaling(const Scaling& scaling, const ImageNumbers& numbers, std::int64_t first, Samples& samples) {
    const auto divisor = static_cast<float>(scaling.divisor);
    samples.values = byte_values(divisor);
    auto* shared = std::get_if<SharedValues<float>>(&samples.x);
    if (!shared) return;
    std::vector<float> x = std::move(*shared).take();
    for (std::size_t i = 0; i < x.size(); ++i) {
        const float number = x[i];
        x[i] = number / divisor;
        if (x[i] >= 0 && x[i] <= 1) continue;
        const auto index = static_cast<std::int64_t>(i);
        std::string expected = "numbers in [0, 1]";
        const std::string scale = fitting_scale(numbers.wanted.high);
        if (number > 1 && numbers.wanted.low >= 0 && !scale.empty())
            expected += ", or " + scale + ", by which they are divided";
        throw input_error(numbers.place, numbers.key,
                          fmt::format("sample {}, input {} (from 0) is {}", first + index / samples.inputs,
                                      index % samples.inputs, number),
                          expected);
    }
    samples.x = std::move(x);
}

}  // namespace settle
