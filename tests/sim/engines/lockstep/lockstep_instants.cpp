// Events within presentations, in lockstep.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "tests/sim/engines/lockstep/fixture.hpp"
#include "tests/sim/engines/scripted.hpp"

using namespace settle;

namespace {

constexpr Branch any = Branch::main;

struct ScriptedLockstep : SmallRun {
    Network network;
    Minibatch given;
    Plan script;
    std::shared_ptr<PlanTables> tables = std::make_shared<PlanTables>();

    explicit ScriptedLockstep(bool continuous) {
        if (continuous) {
            scenario.neuron.kind = NeuronKind::continuous;
            scenario.neuron.epsilon = Schedule{0.4, 0, 0};
            scenario.neuron.lambda.reset();
        }
        network = random_network(chain(scenario.network.layers), 1.5, 21);
        given = minibatch();
        add_nexts(given, scenario.network.layers.front(), scenario.network.layers.back(), 3);
        script = training_plan(scenario, scenario.learning.beta);
        tables->silent = {every_nth(network.wiring, 3, 1)};
        tables->dead = {every_nth_link(network, 3)};
        script.tables = tables;
    }

    Outcome run(const Plan& plan, int threads = 1) const { return run(plan, network, given, threads); }
    Outcome run(const Plan& plan, Network images, const Minibatch& minibatch, int threads = 1,
                const DeadLinks& dead = {}) const {
        WorkerPool workers(threads);
        const NeuronModel model = neuron_model(scenario);
        derive_images(images, dead, model.continuous(), 1, workers);
        Lockstep engine(network.wiring, model, scenario.seed, workers);
        return engine.run(plan, images, minibatch);
    }
};

/// Scellier and Bengio's network with events, as plainly as it can be written; one presentation.
class PlainContinuous {
public:
    explicit PlainContinuous(const ScriptedLockstep& run) : run_(run), sizes_(run.scenario.network.layers) {
        for (const int size : sizes_) s_.emplace_back(static_cast<std::size_t>(size));
        sent_ = s_;
    }

    std::vector<std::vector<double>> states(int presentation, const std::vector<Instant>& script, int periods) {
        const float* x = row(run_.given.x, static_cast<std::size_t>(presentation));
        std::vector<bool> silent(static_cast<std::size_t>(run_.network.wiring.neurons()));
        bool severed = false;
        for (int period = 0; period < periods; ++period) {
            for (const Instant& one : script) {
                if (period_of(one) != period) continue;
                if (const auto* present = std::get_if<Present>(&one))
                    x = row(run_.given.next_x, run_.given.next(presentation, present->input));
                if (const auto* sever = std::get_if<Sever>(&one)) severed = sever->links >= 0;
                if (const auto* silence = std::get_if<Silence>(&one)) {
                    silent.assign(silent.size(), false);
                    if (silence->neurons < 0) continue;
                    for (const std::int32_t i : run_.tables->silent[0]) silent[static_cast<std::size_t>(i)] = true;
                }
            }
            tick(x, severed);
            // What is sent by this tick is heard by the next one.
            sent_ = s_;
            std::size_t i = 0;
            for (auto& population : sent_) {
                for (double& value : population) value = silent[i++] ? 0 : value;
            }
        }
        return s_;
    }

private:
    const float* row(const AlignedVector<float>& x, std::size_t index) const {
        return x.data() + index * static_cast<std::size_t>(padded_size(sizes_[0]));
    }

    double weight(std::size_t projection, int i, int j, bool severed) const {
        if (severed && (i + j) % 3 == 0) return 0;
        return static_cast<double>(run_.network.projections[projection].dense().weights.at(i, j));
    }

    void tick(const float* x, bool severed) {
        const auto before = s_;
        for (std::size_t p = 0; p < sizes_.size(); ++p) {
            for (int i = 0; i < sizes_[p]; ++i) {
                double& s = s_[p][static_cast<std::size_t>(i)];
                if (p == 0) {
                    s = static_cast<double>(x[i]);
                    continue;
                }
                double u = 0;
                for (int j = 0; j < sizes_[p - 1]; ++j)
                    u += weight(p - 1, j, i, severed) * sent_[p - 1][static_cast<std::size_t>(j)];
                for (int j = 0; p + 1 < sizes_.size() && j < sizes_[p + 1]; ++j)
                    u += weight(p, i, j, severed) * sent_[p + 1][static_cast<std::size_t>(j)];
                s = std::clamp(0.6 * before[p][static_cast<std::size_t>(i)] + 0.4 * u, 0.0, 1.0);
            }
        }
    }

    const ScriptedLockstep& run_;
    const std::vector<int> sizes_;
    std::vector<std::vector<double>> s_, sent_;
};

}  // namespace

TEST_CASE("events reach the continuous network as its equations say") {
    ScriptedLockstep run(true);
    const std::vector<std::vector<Instant>> scripts = {
        {},
        {Present{0, any, 1}},
        {Present{7, any, 1}, Present{20, any, 2}},
        {Silence{0, any, 0}},
        {Silence{9, any, 0}, Silence{21, any, -1}},
        {Sever{0, any, 0}},
        {Sever{8, any, 0}, Sever{22, any, -1}},
        {Present{5, any, 0}, Sever{5, any, 0}, Silence{6, any, 0}, Present{22, any, 2}, Sever{22, any, -1}},
    };
    for (const auto& script : scripts) {
        CAPTURE(&script - scripts.data());
        Plan plan = evaluation_plan(run.scenario);
        plan.tables = run.tables;
        for (const Instant& one : script) add_instant(plan, one);
        const Outcome outcome = run.run(plan);
        for (int b = 0; b < run.given.batch(); ++b) {
            const auto expected = PlainContinuous(run).states(b, script, static_cast<int>(plan.free));
            for (int p = 0; p < run.network.wiring.populations(); ++p) {
                for (int i = 0; i < run.network.wiring.size(p); ++i) {
                    const double s = static_cast<double>(outcome.reads[Slots::free].of(p, b)[i]);
                    CHECK(std::abs(s - expected[static_cast<std::size_t>(p)][static_cast<std::size_t>(i)]) < 2e-5);
                }
            }
        }
    }
}

TEST_CASE("what comes at period 0 is as if the presentation had begun with it") {
    for (const bool continuous : {false, true}) {
        ScriptedLockstep run(continuous);
        CAPTURE(continuous);
        const Plan plain = training_plan(run.scenario, 0.5);
        Plan plan = run.script;
        add_instant(plan, Present{0, any, 1});
        Minibatch other = run.given;
        for (int b = 0; b < other.batch(); ++b) {
            const std::size_t row = other.next(b, 1);
            const auto padded = static_cast<std::ptrdiff_t>(padded_size(30));
            std::copy_n(other.next_x.begin() + static_cast<std::ptrdiff_t>(row) * padded, padded,
                        other.x.begin() + b * padded);
            other.labels[static_cast<std::size_t>(b)] = other.next_labels[row];
        }
        CHECK(run.run(plan).fingerprint == run.run(plain, run.network, other).fingerprint);
        CHECK(run.run(plan).fingerprint != run.run(plain).fingerprint);
        plan = run.script;
        add_instant(plan, Sever{0, any, 0});
        CHECK(run.run(plan).fingerprint == run.run(plain, run.network, run.given, 1, run.tables->dead[0]).fingerprint);
        CHECK(run.run(plan).fingerprint != run.run(plain).fingerprint);
    }
}

TEST_CASE("instants that a plan or a minibatch does not bear out are refused") {
    ScriptedLockstep run(false);
    const auto message = [&](const Instant& instant) {
        Plan plan = run.script;
        add_instant(plan, instant);
        try {
            run.run(plan);
        } catch (const Error& error) {
            CHECK(error.blame() == Blame::input);
            return std::string(error.what());
        }
        return std::string();
    };
    CHECK(message(Present{3, any, 2}).empty());
    CHECK(message(Present{3, any, 3}).find("first_next") != std::string::npos);
    CHECK(message(Present{3, any, -1}).find("plan.instants") != std::string::npos);
    CHECK(message(Silence{3, any, 0}).empty());
    CHECK(message(Silence{3, any, 1}).find("tables") != std::string::npos);
    CHECK(message(Sever{3, any, 1}).find("tables") != std::string::npos);
    CHECK(message(Alter{3, any, 0}).find("tables") != std::string::npos);
    run.tables->silent[0] = {0};
    CHECK(message(Silence{3, any, 0}).find("plan.tables.silent") != std::string::npos);
    run.tables->silent[0] = {};
    run.tables->dead[0].pop_back();
    CHECK(message(Sever{3, any, 0}).find("dead") != std::string::npos);
    run.tables->dead[0].clear();
    run.given.next_x[1] = 2;
    CHECK(message(Present{3, any, 0}).find("next_x") != std::string::npos);
    run.given.next_x[1] = 0;
    run.given.next_labels[0] = 6;
    CHECK(message(Present{3, any, 0}).find("next_labels") != std::string::npos);
}

TEST_CASE("events in lockstep do not depend on threads") {
    ScriptedLockstep run(false);
    for (const Instant& one : {Instant(Present{5, any, 0}), Instant(Sever{5, any, 0}), Instant(Silence{9, any, 0}),
                               Instant(Present{24, any, 1}), Instant(Sever{30, any, -1})})
        add_instant(run.script, one);
    const Outcome expected = run.run(run.script);
    for (const int threads : {2, 3, 8}) {
        const Outcome found = run.run(run.script, threads);
        CHECK(found.fingerprint == expected.fingerprint);
        CHECK(found.answers == expected.answers);
        CHECK(found.counters == expected.counters);
    }
}
