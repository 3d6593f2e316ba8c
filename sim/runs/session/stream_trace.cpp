#include "sim/runs/session/stream_trace.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/error.hpp"

namespace settle {

StreamTrace::StreamTrace(const Wiring& wiring, const std::vector<InputCourse>& courses, const SampleFixedPoints& points)
    : wiring_(wiring), courses_(courses), points_(points) {
    for (const InputCourse& course : courses) streams_.emplace_back(static_cast<std::size_t>(course.periods()));
}

void StreamTrace::add(const TickRows& rows) {
    const auto neurons = static_cast<std::size_t>(wiring_.states()), all = static_cast<std::size_t>(wiring_.neurons());
    const auto stream = static_cast<std::size_t>(rows.presentation), count = static_cast<std::size_t>(rows.rows);
    if (rows.presentation < 0 || stream >= streams_.size() || rows.rows < 0 || rows.first_row < 0 ||
        rows.first_row + rows.rows > courses_[stream].periods() || rows.states.size() != count * neurons ||
        (!rows.bits.empty() && rows.bits.size() != count * all))
        throw input_error("", "rows", "are those of another network or stream", "rows of these streams");
    const std::vector<std::int64_t>& begins = courses_[stream].begins;
    const std::size_t above = all - neurons;  // the input comes first
    for (std::size_t row = 0; row < count; ++row) {
        const std::int64_t period = rows.first_row + static_cast<std::int64_t>(row);
        const auto next = std::upper_bound(begins.begin(), begins.end(), period);
        const auto at = static_cast<std::size_t>(period);
        add_row(stream, at, static_cast<std::size_t>(next - begins.begin()) - 1,
                std::span(rows.states).subspan(row * neurons, neurons));
        if (rows.bits.empty()) continue;
        const auto bits = std::span(rows.bits).subspan(row * all + above, neurons);
        streams_[stream][at].bits = std::accumulate(bits.begin(), bits.end(), std::uint32_t{0});
    }
}

/// `period` counted from 0: that whose end the states are of.
void StreamTrace::add_row(std::size_t stream, std::size_t period, std::size_t input, std::span<const float> states) {
    Seen& seen = streams_[stream][period];
    const int output = wiring_.output();
    const auto s = states.subspan(static_cast<std::size_t>(wiring_.first_state(output)),
                                  static_cast<std::size_t>(wiring_.size(output)));
    seen.answer = static_cast<std::int32_t>(std::max_element(s.begin(), s.end()) - s.begin());
    if (input == 0) return;  // it enters no figure
    const std::span<const double> fixed = points_.of(courses_[stream].samples[input]);
    double sum = 0;
    for (const int p : wiring_.unclamped()) {
        const auto first = static_cast<std::size_t>(wiring_.first_state(p));
        const auto size = static_cast<std::size_t>(wiring_.size(p));
        double population = 0;
        for (std::size_t i = first; i < first + size; ++i) population += std::abs(double{states[i]} - fixed[i]);
        sum += population / static_cast<double>(size);
    }
    seen.distance = sum / static_cast<double>(wiring_.unclamped().size());
}

}  // namespace settle
