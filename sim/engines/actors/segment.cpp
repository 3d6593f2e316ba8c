#include "sim/engines/actors/segment.hpp"

#include <algorithm>

namespace settle {

void begin_journal(SliceInput& input, int shards, EventJournal& journal) {
    // Many small shards share a bounded number of rows.
    constexpr int rows = 1 << 16;
    static const EventSink nobody;
    journal.begin(input.events ? *input.events : nobody, input.minibatch, input.index,
                  static_cast<std::size_t>(std::clamp(rows / shards, 64, 4096)));
    input.journal = input.events ? &journal : nullptr;
}

void keep_states(const Segment& segment, const Partition& partition, const Slice& slice, std::int64_t period,
                 const float* s, std::size_t& next_sample) {
    const auto place = [&](int lane) { return slice.neurons[static_cast<std::size_t>(lane)]; };
    if (segment.rows) {
        const auto row = static_cast<std::size_t>(period - 1 - segment.begin);
        const auto neurons = static_cast<std::size_t>(partition.wiring.states());
        float* states = segment.rows->states.data() + row * neurons + partition.wiring.first_state(slice.population);
        for (int lane = 0; lane < slice.lanes(); ++lane) states[place(lane)] = s[lane];
    }
    if (slice.population == partition.wiring.output() && period <= segment.answers) {
        const auto parts = partition.slices_of_population[static_cast<std::size_t>(slice.population)].size();
        Foremost first;
        for (int lane = 0; lane < slice.lanes(); ++lane) {
            const std::int32_t neuron = slice.neurons[static_cast<std::size_t>(lane)];
            if (s[lane] > first.s || (s[lane] == first.s && neuron < first.neuron)) first = {s[lane], neuron};
        }
        (*segment.foremost)[static_cast<std::size_t>(period - 1) * parts + static_cast<std::size_t>(slice.part)] =
            first;
    }
    const auto& samples = segment.samples;
    for (; next_sample < samples.size() && samples[next_sample].period == period; ++next_sample) {
        BatchStates& sums = segment.outcome->reads[static_cast<std::size_t>(samples[next_sample].slot)];
        float* sum = sums.of(slice.population, segment.presentation);
        for (int lane = 0; lane < slice.lanes(); ++lane) sum[place(lane)] += s[lane];
    }
}

}  // namespace settle
