// Plans with events within presentations, for tests of engines.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/draw.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

/// What a plan has for a period so far comes first. Every branch that lives then obeys.
inline void add_instant(Plan& plan, const Instant& event) {
    const std::int64_t period = period_of(event);
    const auto branch_of = [](const Instant& one) {
        return std::visit([](const auto& instant) { return instant.branch; }, one);
    };
    for (const Branch branch : {Branch::main, Branch::free, Branch::minus}) {
        bool lives = branch == Branch::main;
        for (std::size_t i = 0; i < plan.instants.size(); ++i) {
            const Instant& here = plan.instants[i];
            if (std::holds_alternative<Fork>(here) && branch_of(here) == branch && branch != Branch::main) {
                // What main has come through before is copied.
                lives = period_of(here) <= period;
                // What happens at the period of the fork happens after it, to both.
                continue;
            }
            if (!lives || branch_before(here) != branch) continue;
            if (period_of(here) <= period && !std::holds_alternative<End>(here)) continue;
            Instant own = event;
            std::visit([&](auto& one) { one.branch = branch; }, own);
            plan.instants.insert(plan.instants.begin() + static_cast<std::ptrdiff_t>(i), own);
            break;
        }
    }
}

/// Further inputs for every presentation, about half of them 0: others than those that it has had. Input `same` is that
/// which it begins with.
inline void add_nexts(Minibatch& minibatch, int inputs, int outputs, int count, int same = -1) {
    const auto padded = static_cast<std::size_t>(padded_size(inputs));
    const Stream draws(19, Purpose::random_inputs);
    minibatch.first_next = {0};
    for (std::size_t b = 0; b < static_cast<std::size_t>(minibatch.batch()); ++b) {
        for (int k = 0; k < count; ++k) {
            const std::size_t row = minibatch.next_labels.size();
            minibatch.next_x.resize((row + 1) * padded);
            for (std::size_t i = 0; i < static_cast<std::size_t>(inputs); ++i) {
                const double value = draws.uniform(row * 4096 + i);
                minibatch.next_x[row * padded + i] = k == same     ? minibatch.x[b * padded + i]
                                                     : value < 0.5 ? 0
                                                                   : static_cast<float>(value);
            }
            minibatch.next_labels.push_back(k == same ? minibatch.labels[b] : (minibatch.labels[b] + 1 + k) % outputs);
        }
        minibatch.first_next.push_back(static_cast<std::int64_t>(minibatch.next_labels.size()));
    }
}

/// Neurons that listen, every nth of them from `first` on.
inline std::vector<std::int32_t> every_nth(const Wiring& wiring, int n, int first) {
    std::vector<std::int32_t> neurons;
    for (std::int32_t i = wiring.size(wiring.input()) + first; i < wiring.neurons(); i += n) neurons.push_back(i);
    return neurons;
}

/// Every nth link, counted diagonally.
inline DeadLinks every_nth_link(const Network& network, int n) {
    DeadLinks dead;
    for (const Projection& projection : network.projections)
        dead.push_back(projection.mask_where([&](int i, int j) { return (i + j) % n == 0; }));
    return dead;
}

/// With the links of both dead.
inline DeadLinks both(DeadLinks one, const DeadLinks& other) {
    if (one.empty()) return other;
    for (std::size_t k = 0; k < other.size(); ++k) {
        for (std::size_t i = 0; i < other[k].lanes.size(); ++i)
            one[k].lanes[i] = static_cast<std::uint16_t>(one[k].lanes[i] | other[k].lanes[i]);
    }
    return one;
}

}  // namespace settle
