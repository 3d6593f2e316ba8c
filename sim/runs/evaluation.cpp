#include "sim/runs/evaluation.hpp"

#include <algorithm>
#include <cmath>

namespace settle {

double Evaluation::error() const {
    return presentations == 0 ? 0 : static_cast<double>(wrong) / static_cast<double>(presentations);
}

std::int64_t Evaluation::settling_quantile(double fraction) const {
    const double wanted = fraction * static_cast<double>(presentations);
    std::int64_t settled = 0;
    for (std::size_t k = 0; k < settled_at.size(); ++k) {
        settled += settled_at[k];
        if (static_cast<double>(settled) >= wanted && settled > 0) return static_cast<std::int64_t>(k) + 1;
    }
    return 0;
}

void Evaluation::add(const Plan& plan, const Minibatch& minibatch, const Outcome& outcome) {
    const auto periods = static_cast<std::size_t>(plan.free);
    wrong_at.resize(periods);
    settled_at.resize(periods);
    const BatchStates& readout = outcome.reads[static_cast<std::size_t>(plan.answer_slot)];
    const int output = static_cast<int>(readout.populations.size()) - 1;
    for (int b = 0; b < minibatch.batch(); ++b) {
        const int label = minibatch.labels[static_cast<std::size_t>(b)];
        const float* s = readout.of(output, b);
        const auto answer = static_cast<std::uint16_t>(std::max_element(s, s + outcome.outputs) - s);
        answers.push_back(answer);
        ++presentations;
        if (answer != label) ++wrong;
        const std::uint16_t* at = outcome.answers.data() + static_cast<std::size_t>(b) * periods;
        for (std::size_t k = 0; k < periods; ++k) wrong_at[k] += at[k] != label ? 1 : 0;
        std::size_t settled = periods - 1;
        while (settled > 0 && at[settled - 1] == at[periods - 1]) --settled;
        ++settled_at[settled];
    }
}

Minibatch make_minibatch(const Samples& samples, std::span<const std::int64_t> indices, PresentationId::Part part,
                         std::uint64_t epoch, std::uint64_t first_position) {
    Minibatch minibatch;
    const auto padded = static_cast<std::size_t>(padded_size(samples.inputs));
    minibatch.x.resize(indices.size() * padded);
    for (std::size_t b = 0; b < indices.size(); ++b) {
        samples.copy_to(indices[b],
                        std::span(minibatch.x).subspan(b * padded, static_cast<std::size_t>(samples.inputs)));
        minibatch.labels.push_back(samples.labels[static_cast<std::size_t>(indices[b])]);
        minibatch.presentations.push_back(PresentationId{part, epoch, first_position + b}.word());
    }
    return minibatch;
}

}  // namespace settle
