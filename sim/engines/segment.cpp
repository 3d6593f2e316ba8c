#include "sim/engines/segment.hpp"

namespace settle {

void keep_states(const Segment& segment, const Chip& chip, const Strip& strip, std::int64_t period, const float* s,
                 std::size_t& next_sample) {
    const auto place = [&](int lane) { return strip.neurons[static_cast<std::size_t>(lane)]; };
    if (segment.rows) {
        const auto row = static_cast<std::size_t>(period - 1 - segment.begin);
        const auto neurons = static_cast<std::size_t>(chip.wiring.states());
        float* states = segment.rows->states.data() + row * neurons + chip.wiring.first_state(strip.population);
        for (int lane = 0; lane < strip.lanes(); ++lane) states[place(lane)] = s[lane];
    }
    if (strip.population == chip.wiring.output() && period <= segment.answers) {
        const auto outputs = static_cast<std::size_t>(chip.wiring.size(strip.population));
        float* row = segment.outputs->data() + static_cast<std::size_t>(period - 1) * outputs;
        for (int lane = 0; lane < strip.lanes(); ++lane) row[place(lane)] = s[lane];
    }
    const auto& samples = segment.samples;
    for (; next_sample < samples.size() && samples[next_sample].period == period; ++next_sample) {
        BatchStates& sums = segment.outcome->reads[static_cast<std::size_t>(samples[next_sample].slot)];
        float* sum = sums.of(strip.population, segment.presentation);
        for (int lane = 0; lane < strip.lanes(); ++lane) sum[place(lane)] += s[lane];
    }
}

}  // namespace settle
