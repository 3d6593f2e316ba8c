#include "sim/data/random.hpp"

#include <cassert>

#include "core/draw.hpp"

namespace settle {

namespace {

Samples draw_part(std::uint64_t seed, std::int64_t first, std::int64_t count, int inputs, int classes) {
    const Stream labels(seed, Purpose::random_labels);
    const auto width = static_cast<std::size_t>(inputs);
    Samples samples;
    samples.count = count;
    samples.inputs = inputs;
    std::vector<float> x(static_cast<std::size_t>(count) * width);
    samples.labels.reserve(static_cast<std::size_t>(count));
    for (std::int64_t n = 0; n < count; ++n) {
        const auto sample = static_cast<std::uint64_t>(first + n);
        const Stream stream(seed, Purpose::random_inputs, sample);
        float* row = x.data() + static_cast<std::size_t>(n) * width;
        for (std::size_t i = 0; i < width; i += 4) {
            const PhiloxBlock words = stream.block(static_cast<std::uint32_t>(i / 4));
            for (std::size_t lane = 0; lane < 4 && i + lane < width; ++lane) row[i + lane] = unit_float(words[lane]);
        }
        samples.labels.push_back(static_cast<std::int32_t>(labels.below(sample, static_cast<std::uint64_t>(classes))));
    }
    samples.x = std::move(x);
    return samples;
}

}  // namespace

Dataset draw_random(std::uint64_t seed, const DatasetSize& wanted, int classes) {
    assert(wanted.test == 0);
    Dataset data;
    data.train = draw_part(seed, 0, wanted.train, wanted.inputs, classes);
    data.validation = draw_part(seed, wanted.train, wanted.validation, wanted.inputs, classes);
    data.test = draw_part(seed, 0, 0, wanted.inputs, classes);
    return data;
}

}  // namespace settle
