#include "sim/runs/session/input_course.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>
#include <span>

#include "core/draw.hpp"
#include "sim/runs/session/evaluation.hpp"

namespace settle {

std::vector<std::int64_t> stream_begins(const Scenario& scenario, std::int64_t number) {
    const auto& [low, high] = std::pair(scenario.stream.dwell_low, scenario.stream.dwell_high);
    const Stream draws(scenario.seed, Purpose::stream_dwell, static_cast<std::uint64_t>(number));
    std::vector<std::int64_t> begins = {0};
    for (int input = 0; input < scenario.stream.inputs; ++input) {
        const auto more = draws.below(static_cast<std::uint64_t>(input), static_cast<std::uint64_t>(high - low) + 1);
        begins.push_back(begins.back() + low + static_cast<std::int64_t>(more));
    }
    return begins;
}

InputCourse draw_course(const Scenario& scenario, std::int64_t available, std::int64_t stream) {
    InputCourse course;
    course.begins = stream_begins(scenario, stream);
    std::vector<std::int64_t>& order = course.samples;
    order.resize(static_cast<std::size_t>(available));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    if (scenario.stream.order == StreamOrder::shuffled) {
        // Fisher and Yates.
        const Stream draws(scenario.seed, Purpose::stream_order, static_cast<std::uint64_t>(stream));
        for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[draws.below(i, i)]);
    }
    order.resize(static_cast<std::size_t>(scenario.stream.inputs));
    order.shrink_to_fit();
    return course;
}

std::int64_t longest_stream(const Scenario& scenario) {
    std::int64_t longest = 0;
    for (std::int64_t stream = 0; stream < scenario.stream.streams; ++stream)
        longest = std::max(longest, stream_begins(scenario, stream).back());
    return longest;
}

Plan stream_plan(const Scenario& scenario, const InputCourse& course) {
    Plan plan;
    plan.period = scenario.timing.period;
    plan.free = plan.periods = course.periods();
    for (std::size_t input = 1; input < course.samples.size(); ++input)
        plan.instants.push_back(Present{course.begins[input], Branch::main, static_cast<int>(input) - 1});
    plan.instants.push_back(Sample{plan.periods, Branch::main, Slots::free});
    plan.instants.push_back(Reading{plan.periods, Branch::main, Slots::free, 1});
    plan.instants.push_back(End{plan.periods, Branch::main});
    plan.slots = {true};
    return plan;
}

Minibatch stream_minibatch(const Scenario& scenario, const std::vector<InputCourse>& courses, std::int64_t first,
                           const Samples& samples, PresentationId::Part part) {
    std::vector<std::int64_t> firsts;
    for (const InputCourse& course : courses) firsts.push_back(course.samples.front());
    Minibatch minibatch = make_minibatch(samples, firsts, part, 0, static_cast<std::uint64_t>(first));
    const auto inputs = static_cast<std::size_t>(samples.inputs);
    const auto padded = static_cast<std::size_t>(padded_size(samples.inputs));
    const std::size_t changes = static_cast<std::size_t>(scenario.stream.inputs) - 1;
    minibatch.next_x.resize(courses.size() * changes * padded);
    minibatch.first_next = {0};
    for (const InputCourse& course : courses) {
        for (std::size_t input = 1; input < course.samples.size(); ++input) {
            const std::int64_t sample = course.samples[input];
            const std::size_t row = minibatch.next_samples.size();
            samples.copy_to(sample, std::span(minibatch.next_x).subspan(row * padded, inputs));
            minibatch.next_labels.push_back(samples.labels[static_cast<std::size_t>(sample)]);
            minibatch.next_samples.push_back(sample);
        }
        minibatch.first_next.push_back(std::ssize(minibatch.next_samples));
        minibatch.plans.push_back(stream_plan(scenario, course));
    }
    return minibatch;
}

}  // namespace settle
