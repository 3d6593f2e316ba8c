// The step size epsilon(t, d): a schedule, or an adaptive rule with a state in every neuron. models/neuron/neuron.hpp
// computes the rules.
#pragma once

#include <array>
#include <cstddef>
#include <variant>

#include "models/neuron/schedule.hpp"

namespace settle {

/// A parameter of an adaptive rule, as files name it, and what it may be.
template <class Rule>
struct StepParameter {
    const char* name;
    double Rule::*value;
    double low, high;
};

/// Optimal step size adaptation (George & Powell 2006).
struct Osa {
    double target = 0.0346;
    double floor = 1e-15;

    bool operator==(const Osa&) const = default;

    static constexpr const char* word = "osa";
    static constexpr auto parameters() {
        // Without a floor a neuron at rest would divide 0 by 0.
        return std::array{StepParameter<Osa>{"target", &Osa::target, 1e-9, 1},
                          StepParameter<Osa>{"floor", &Osa::floor, 1e-30, 1}};
    }
};

/// Kesten's rule: epsilon = a / (b + k), k raised whenever the error changes sign.
struct Kesten {
    double a = 6.81;
    double b = 2.64;

    bool operator==(const Kesten&) const = default;

    static constexpr const char* word = "kesten";
    static constexpr auto parameters() {
        // Beyond 100 the running average would overflow before k has tamed it.
        return std::array{StepParameter<Kesten>{"a", &Kesten::a, 0, 100},
                          StepParameter<Kesten>{"b", &Kesten::b, 0, 1e6}};
    }
};

using StepRule = std::variant<Schedule, Osa, Kesten>;

/// The alternatives of StepRule, in their order.
enum class StepKind { scheduled, osa, kesten };
constexpr std::size_t step_kinds = std::variant_size_v<StepRule>;
static_assert(static_cast<std::size_t>(StepKind::kesten) + 1 == step_kinds, "a step rule has no kind");

inline StepKind kind_of(const StepRule& rule) {
    return static_cast<StepKind>(rule.index());
}

/// Calls visit(rule) for every adaptive rule, with its parameters as they are by default.
template <class Visit, std::size_t kind = 1>
void for_each_adaptive_rule(const Visit& visit) {
    if constexpr (kind < step_kinds) {
        visit(std::variant_alternative_t<kind, StepRule>());
        for_each_adaptive_rule<Visit, kind + 1>(visit);
    }
}

/// Of all rules, the most parameters.
constexpr std::size_t most_step_parameters = 2;

/// The parameters of an adaptive rule as floats, in the order of its list; those of a schedule are in the tables.
inline std::array<float, most_step_parameters> step_parameters(const StepRule& rule) {
    std::array<float, most_step_parameters> values{};
    std::visit(
        [&]<class Rule>(const Rule& one) {
            if constexpr (!std::is_same_v<Rule, Schedule>) {
                static_assert(Rule::parameters().size() <= most_step_parameters);
                for (std::size_t i = 0; i < Rule::parameters().size(); ++i)
                    values[i] = static_cast<float>(one.*Rule::parameters()[i].value);
            }
        },
        rule);
    return values;
}

}  // namespace settle
