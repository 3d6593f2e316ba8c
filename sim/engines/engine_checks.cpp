#include "sim/engines/engine_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <variant>

#include "core/error.hpp"
#include "models/network/network_checks.hpp"

namespace settle {

namespace {

[[noreturn]] void refuse(const std::string& key, const std::string& message, const std::string& expected) {
    throw input_error("", key, message, expected);
}

/// Written so that a nan fails.
void check_number(const char* key, double value, double low, double high) {
    if (std::isfinite(value) && value >= low && value <= high) return;
    refuse(key, fmt::format("{} is out of range", value), fmt::format("a number, {} to {}", low, high));
}

void check_time(const char* key, Duration value, Duration least) {
    constexpr Duration most = Duration{1} << 61;
    if (value >= least && value <= most) return;
    refuse(key, fmt::format("{} is out of range", value), fmt::format("{} to 2^61 units of time", least));
}

/// Walks through the instants as engines do.
class PlanWalk {
public:
    explicit PlanWalk(const Plan& plan) : plan_(plan) { runs_[0] = true; }

    void take(std::size_t number) {
        const Instant& instant = plan_.instants[number];
        const std::string which = fmt::format("instant {} (from 0) ", number);
        const int branch = std::visit([](const auto& one) { return static_cast<int>(one.branch); }, instant);
        if (branch < 0 || branch >= branches) refuse(key, which + "is of no branch", "main, free or minus");
        const int acts = static_cast<int>(branch_before(instant));
        const std::int64_t period = period_of(instant);
        if (!runs_[acts]) refuse(key, which + "is of a branch that does not run then", "a branch between fork and end");
        if (period < at_[acts] || period > plan_.periods) {
            refuse(key, fmt::format("{}is at period {}", which, period),
                   fmt::format("{} to {}, since instants of a branch are in order of time", at_[acts], plan_.periods));
        }
        at_[acts] = period;
        std::visit([&](const auto& one) { check(one, which); }, instant);
    }

    void end() const {
        for (const bool runs : runs_) {
            if (runs) refuse(key, "a branch does not end", "an instant that ends each branch");
        }
    }

private:
    static constexpr const char* key = "plan.instants";

    void check(const Fork& fork, const std::string& which) {
        const auto branch = static_cast<std::size_t>(fork.branch);
        if (branch == 0 || forked_[branch]) refuse(key, which + "forks a branch that is there", "free or minus, once");
        runs_[branch] = forked_[branch] = true;
        at_[branch] = fork.period;
    }
    void check(const Nudge& nudge, const std::string& /*which*/) {
        check_number("plan.instants: beta", static_cast<double>(nudge.beta), -1e7, 1e7);
    }
    void check(const Sample& sample, const std::string& which) { check_slot(sample.slot, sample.period, which); }
    void check(const Reading& reading, const std::string& which) {
        check_slot(reading.slot, reading.period, which);
        if (reading.samples < 1) refuse(key, which + "reads no sample", "at least one, at period 1 or later");
    }
    void check(const End& end, const std::string& /*which*/) { runs_[static_cast<std::size_t>(end.branch)] = false; }

    void check(const Present& present, const std::string& which) {
        if (present.input < 0) refuse(key, which + "presents an input below 0", "0, 1, … of Minibatch::first_next");
    }
    void check(const Alter& alter, const std::string& which) {
        check_entry(alter.conditions, 0, plan_.tables ? plan_.tables->conditions.size() : 0, which);
    }
    void check(const Silence& silence, const std::string& which) {
        check_entry(silence.neurons, -1, plan_.tables ? plan_.tables->silent.size() : 0, which);
    }
    void check(const Sever& sever, const std::string& which) {
        check_entry(sever.links, -1, plan_.tables ? plan_.tables->dead.size() : 0, which);
    }
    void check(const Restart& restart, const std::string& which) {
        if (restart.population < -1)
            refuse(key, fmt::format("{}restarts population {}", which, restart.population), "-1 for all, 0, 1, …");
    }

    void check_entry(int entry, int least, std::size_t entries, const std::string& which) const {
        if (entry >= least && entry < static_cast<int>(entries)) return;
        refuse(key, fmt::format("{}refers to entry {} of the tables", which, entry),
               fmt::format("at least {}, below {}", least, entries));
    }
    void check_slot(int slot, std::int64_t period, const std::string& which) const {
        const auto slots = static_cast<int>(plan_.slots.size());
        if (slot < 0 || slot >= slots || !plan_.slots[static_cast<std::size_t>(slot)])
            refuse(key, fmt::format("{}is about slot {}", which, slot), "a slot that plan.slots has");
        if (period < 1) refuse(key, which + "reads no sample", "at least one, at period 1 or later");
    }

    const Plan& plan_;
    bool runs_[branches] = {}, forked_[branches] = {};
    std::int64_t at_[branches] = {};
};

/// One pass without branches: it takes place before every run.
bool all_in_unit_interval(const float* x, std::size_t count) {
    int outside = 0;
    for (std::size_t i = 0; i < count; ++i)
        outside |= static_cast<int>(!(x[i] >= 0.0f)) | static_cast<int>(!(x[i] <= 1.0f));
    return outside == 0;
}

void check_inputs(const char* name, const float* x, int inputs, std::size_t presentation) {
    const auto all = static_cast<std::size_t>(padded_size(inputs)), count = static_cast<std::size_t>(inputs);
    int filled = 0;
    for (std::size_t i = count; i < all; ++i) filled |= static_cast<int>(x[i] != 0.0f);
    if (filled != 0)
        refuse(name, fmt::format("row {} (from 0) has something in its padding", presentation),
               fmt::format("0 behind its {} inputs", inputs));
    if (all_in_unit_interval(x, count)) return;
    for (std::size_t i = 0; i < count; ++i) {
        if (x[i] >= 0 && x[i] <= 1) continue;
        refuse(name, fmt::format("input {} of row {} (both from 0) is {}", i, presentation, x[i]), "0 to 1");
    }
}

}  // namespace

void check_model(const NeuronModel& model) {
    const auto* surprise = std::get_if<SurpriseRestarts>(&model.restart);
    if (!surprise) return;
    if (!predicts(model.lambda) || model.continuous())
        refuse("neuron.restart", "without prediction no neuron can be surprised", "neuron.lambda, or another rule");
    constexpr int most_ticks = 1'000'000;
    check_number("neuron.restart.gain", surprise->gain, 0, 1);
    check_number("neuron.restart.spread", surprise->spread, 0, 1);
    check_number("neuron.restart.threshold", surprise->threshold, 0, 1e6);
    check_number("neuron.restart.pause", surprise->pause, 0, most_ticks);
    check_number("neuron.restart.to", surprise->to, 1, most_ticks);
    check_number("neuron.restart.input", surprise->input, 0, 1);
}

void check_spiking(const NeuronModel& model) {
    check_model(model);
    if (!model.continuous()) return;
    refuse("neuron.kind", "continuous neurons send no bits", "binary neurons, or the lockstep engine");
}

void check_plan(const Plan& plan) {
    check_time("plan.period", plan.period, 2);
    if (plan.free < 1) refuse("plan.free", fmt::format("{} is out of range", plan.free), "at least 1 period");
    if (plan.periods < plan.free)
        refuse("plan.periods", fmt::format("{} is out of range", plan.periods), "at least those of the free phase");
    if (static_cast<double>(plan.periods + 2) * static_cast<double>(plan.period) > 0x1p61)
        refuse("plan.periods", fmt::format("{} periods are too long", plan.periods), "2^61 units of time in all");
    PlanWalk walk(plan);
    for (std::size_t i = 0; i < plan.instants.size(); ++i) walk.take(i);
    walk.end();
}

namespace {

/// (rows x padded inputs)
void check_x(const char* name, const AlignedVector<float>& x, std::size_t rows, int inputs) {
    const auto padded = static_cast<std::size_t>(padded_size(inputs));
    if (x.size() != rows * padded)
        refuse(name, fmt::format("has {} values", x.size()),
               fmt::format("{}: {} for each of {} inputs, their {} values padded to panels", rows * padded, padded,
                           rows, inputs));
    for (std::size_t row = 0; row < rows; ++row) check_inputs(name, x.data() + row * padded, inputs, row);
}

void check_nexts(const Minibatch& minibatch, const Wiring& wiring) {
    const auto& first = minibatch.first_next;
    if (!first.empty() && (first.size() != minibatch.presentations.size() + 1 || first.front() != 0 ||
                           !std::is_sorted(first.begin(), first.end())))
        refuse("minibatch.first_next", "is not the beginnings of rows", "0 and the end of each presentation's rows");
    const std::size_t rows = first.empty() ? 0 : static_cast<std::size_t>(first.back());
    check_x("minibatch.next_x", minibatch.next_x, rows, wiring.size(wiring.input()));
    check_classes(minibatch.next_labels, rows, wiring.size(wiring.output()), "minibatch.next_labels");
}

}  // namespace

void check_minibatch(const Minibatch& minibatch, const Wiring& wiring) {
    const std::size_t batch = minibatch.presentations.size();
    if (batch == 0) refuse("minibatch.presentations", "is empty", "at least one presentation");
    check_x("minibatch.x", minibatch.x, batch, wiring.size(wiring.input()));
    check_classes(minibatch.labels, batch, wiring.size(wiring.output()), "minibatch.labels");
    check_nexts(minibatch, wiring);
}

namespace {

/// Every presentation of the minibatch has the inputs that its plan presents.
void check_presented(const Plan& plan, const Minibatch& minibatch, int first, int end) {
    int most = -1;
    for (const Instant& instant : plan.instants) {
        if (const auto* present = std::get_if<Present>(&instant)) most = std::max(most, present->input);
    }
    for (int b = first; b < end && most >= 0; ++b) {
        if (minibatch.nexts(b) > most) continue;
        refuse("minibatch.first_next", fmt::format("presentation {} has {} further inputs", b, minibatch.nexts(b)),
               fmt::format("{}, which its plan presents", most + 1));
    }
}

void check_restarts(const Plan& plan, const Wiring& wiring) {
    for (const Instant& instant : plan.instants) {
        const auto* restart = std::get_if<Restart>(&instant);
        if (!restart || restart->population < wiring.populations()) continue;
        refuse("plan.instants", fmt::format("population {} is restarted", restart->population),
               fmt::format("at most {}", wiring.populations() - 1));
    }
}

void check_own_plans(const Plan& plan, const Minibatch& minibatch) {
    constexpr const char* key = "minibatch.plans";
    if (minibatch.plans.size() != minibatch.presentations.size())
        refuse(key, fmt::format("are {}", minibatch.plans.size()), "one a presentation, or none");
    for (const Plan& own : minibatch.plans) {
        check_plan(own);
        if (own.period != plan.period || own.free > plan.free || own.periods > plan.periods ||
            own.tables != plan.tables)
            refuse(key, "are not within the plan that is given with them",
                   "its period and tables, and no more periods than it has");
        for (std::size_t slot = 0; slot < own.slots.size(); ++slot) {
            if (own.slots[slot] && (slot >= plan.slots.size() || !plan.slots[slot]))
                refuse(key, fmt::format("read slot {}", slot), "a slot of the plan that is given with them");
        }
    }
}

void check_tables(const PlanTables& tables, const Network& network) {
    const int first = network.wiring.size(network.wiring.input()), end = network.wiring.neurons();
    for (const auto& neurons : tables.silent) {
        if (!std::is_sorted(neurons.begin(), neurons.end()))
            refuse("plan.tables.silent", "is in disorder", "neurons, rising");
        for (const std::int32_t neuron : neurons) {
            if (neuron < first || neuron >= end)
                refuse("plan.tables.silent", fmt::format("neuron {} is none that listens", neuron),
                       fmt::format("{} to {}", first, end - 1));
        }
    }
    for (const DeadLinks& dead : tables.dead) check_dead(dead, network);
}

}  // namespace

void check_run(const Wiring& wiring, bool continuous, const Plan& plan, const Network& network,
               const Minibatch& minibatch) {
    check_plan(plan);
    check_shapes(network, wiring);
    check_images(network, continuous);
    check_minibatch(minibatch, wiring);
    if (plan.tables) check_tables(*plan.tables, network);
    check_restarts(plan, wiring);
    for (const Plan& own : minibatch.plans) check_restarts(own, wiring);
    if (minibatch.plans.empty()) return check_presented(plan, minibatch, 0, minibatch.batch());
    check_own_plans(plan, minibatch);
    for (int b = 0; b < minibatch.batch(); ++b)
        check_presented(minibatch.plans[static_cast<std::size_t>(b)], minibatch, b, b + 1);
}

}  // namespace settle
