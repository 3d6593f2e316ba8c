#include "sim/runs/session/stretch.hpp"

#include <algorithm>
#include <variant>

namespace settle {

namespace {

/// Whether an instant changes what holds, and how.
struct WhatChanges {
    Stretch& now;

    bool operator()(const Nudge& nudge) const {
        now.beta = nudge.beta;
        return true;
    }
    bool operator()(const Present& present) const {
        now.input = present.input;
        return true;
    }
    bool operator()(const Alter& alter) const {
        now.conditions = alter.conditions;
        return true;
    }
    bool operator()(const Silence& silence) const {
        now.silent = silence.neurons;
        return true;
    }
    bool operator()(const Sever& sever) const {
        now.dead = sever.links;
        return true;
    }
    template <class Other>
    bool operator()(const Other&) const {
        return false;
    }
};

std::size_t row_of(const Stretch& stretch, const Minibatch& minibatch, int presentation) {
    return stretch.input < 0 ? static_cast<std::size_t>(presentation) : minibatch.next(presentation, stretch.input);
}

}  // namespace

std::vector<Stretch> stretches_of(const Plan& plan) {
    std::vector<Stretch> stretches(1);
    for (const Instant& instant : plan.instants) {
        if (std::holds_alternative<Fork>(instant) || branch_before(instant) != Branch::main) continue;
        Stretch next = stretches.back();
        if (!std::visit(WhatChanges{next}, instant)) continue;
        next.from = period_of(instant);
        if (next.from == stretches.back().from) stretches.pop_back();
        stretches.push_back(next);
    }
    return stretches;
}

const Stretch& stretch_at(std::span<const Stretch> stretches, std::int64_t period) {
    const auto after = std::find_if(stretches.begin() + 1, stretches.end(),
                                    [&](const Stretch& stretch) { return stretch.from >= period; });
    return *(after - 1);
}

std::span<const float> input_in(const Stretch& stretch, const Minibatch& minibatch, int presentation) {
    const auto& rows = stretch.input < 0 ? minibatch.x : minibatch.next_x;
    const std::size_t padded = minibatch.x.size() / static_cast<std::size_t>(minibatch.batch());
    return std::span(rows).subspan(row_of(stretch, minibatch, presentation) * padded, padded);
}

std::int32_t label_in(const Stretch& stretch, const Minibatch& minibatch, int presentation) {
    const auto& labels = stretch.input < 0 ? minibatch.labels : minibatch.next_labels;
    return labels[row_of(stretch, minibatch, presentation)];
}

std::vector<std::int32_t> labels_in(const Stretch& stretch, const Minibatch& minibatch) {
    std::vector<std::int32_t> labels;
    for (int b = 0; b < minibatch.batch(); ++b) labels.push_back(label_in(stretch, minibatch, b));
    return labels;
}

Device device_in(const Stretch& stretch, const Plan& plan, const Device& device) {
    Device now = device;
    if (stretch.conditions >= 0)
        now.settings = under(device.settings, plan.tables->conditions[static_cast<std::size_t>(stretch.conditions)]);
    if (stretch.dead >= 0) now.dead = plan.tables->dead[static_cast<std::size_t>(stretch.dead)];
    if (stretch.silent < 0) return now;
    now.faults.stuck.resize(now.clocks.period.size(), Stuck::no);
    for (const std::int32_t neuron : plan.tables->silent[static_cast<std::size_t>(stretch.silent)])
        now.faults.stuck[static_cast<std::size_t>(neuron)] = Stuck::at_zero;
    return now;
}

}  // namespace settle
