// What anybody may hand to the library: whatever is wrong with it, the door says so, and nothing crashes, hangs or
// runs.
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "core/draw.hpp"
#include "sim/data/given_data.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/formats/weights_file.hpp"
#include "sim/runs/run.hpp"
#include "sim/runs/session/bare_run.hpp"
#include "sim/runs/session/convergence.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/plans.hpp"
#include "sim/runs/session/present.hpp"
#include "sim/scenario/check_scenario.hpp"
#include "sim/scenario/keys.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/runs/wrong_scenarios.hpp"
#include "tests/sim/temporary_folder.hpp"

using namespace settle;

// What would dangle does not compile; a scenario is copied, and a temporary one does no harm.
static_assert(std::is_constructible_v<Session, const Scenario&, const Dataset&, Network, WorkerPool&>);
static_assert(std::is_constructible_v<Session, Scenario, const Dataset&, Network, WorkerPool&>);
static_assert(!std::is_constructible_v<Session, const Scenario&, Dataset, Network, WorkerPool&>);
static_assert(!std::is_constructible_v<Session, const Scenario&, const Dataset, Network, WorkerPool&>);
static_assert(!std::is_constructible_v<Session, const Scenario&, const Dataset&, Network, WorkerPool>);
using TraceOf = SettlingTrace;
static_assert(std::is_constructible_v<TraceOf, Network&, Minibatch&, FixedPoints&, FixedPoints&, int, int>);
static_assert(!std::is_constructible_v<TraceOf, Network, Minibatch&, FixedPoints&, FixedPoints&, int, int>);
static_assert(!std::is_constructible_v<TraceOf, Network&, Minibatch, FixedPoints&, FixedPoints&, int, int>);
static_assert(!std::is_constructible_v<TraceOf, Network&, Minibatch&, FixedPoints, FixedPoints&, int, int>);
static_assert(!std::is_constructible_v<TraceOf, Network&, Minibatch&, FixedPoints&, FixedPoints, int, int>);
template <class... Given>
constexpr bool converges_on = std::is_constructible_v<Convergence, Given..., WorkerPool&>;
static_assert(converges_on<const Scenario&, const Network&, const Device&, const Minibatch&, const Plan&>);
static_assert(!converges_on<Scenario, const Network&, const Device&, const Minibatch&, const Plan&>);
static_assert(!converges_on<const Scenario&, Network, const Device&, const Minibatch&, const Plan&>);
static_assert(!converges_on<const Scenario&, const Network&, Device, const Minibatch&, const Plan&>);
static_assert(!converges_on<const Scenario&, const Network&, const Device&, Minibatch, const Plan&>);
static_assert(!converges_on<const Scenario&, const Network&, const Device&, const Minibatch&, Plan>);
static_assert(!std::is_copy_constructible_v<Convergence> && !std::is_move_constructible_v<Convergence>);
static_assert(!std::is_constructible_v<Lockstep, Wiring, NeuronModel, std::uint64_t, WorkerPool>);

namespace {

constexpr float nan_float = std::numeric_limits<float>::quiet_NaN();

Scenario good_scenario(EngineKind engine = EngineKind::lockstep) {
    Scenario scenario;
    scenario.name = "small";
    scenario.engine = engine;
    scenario.threads = 1;
    scenario.network.layers = {6, 5, 3};
    scenario.phases.free = 6;
    scenario.phases.nudged = 3;
    scenario.learning.rates = {0.1, 0.05};
    scenario.learning.batch = 2;
    return scenario;
}

Samples good_samples(std::int64_t count) {
    Samples samples;
    samples.count = count;
    samples.inputs = 6;
    std::vector<float> x;
    for (std::int64_t i = 0; i < count * 6; ++i) x.push_back(static_cast<float>(i % 7) / 7);
    samples.x = x;
    for (std::int64_t i = 0; i < count; ++i) samples.labels.push_back(static_cast<std::int32_t>(i % 3));
    return samples;
}

Dataset good_data() {
    return {good_samples(5), {}, good_samples(4), {}};
}

NetworkArrays good_arrays() {
    return to_arrays(random_network(chain({6, 5, 3}), 1, 1));
}

/// The doors that take a scenario. Whoever got through would run.
std::string through_door(std::uint64_t door, const Scenario& scenario) {
    const Dataset data = good_data();
    return error_text([&] {
        WorkerPool workers(1);
        switch (door) {
            case 0:
                return check_scenario(scenario);
            case 1: {
                Session session(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers);
                session.perform({});
                return;
            }
            case 2:
                run_bare(scenario, data, {});
                return;
            case 3:
                return check(Run{scenario, {}, {}, "nowhere", false, {}});
            default:
                perform(Run{scenario, {}, {}, "/nowhere/at/all", false, {}});
                return;
        }
    });
}
constexpr std::uint64_t doors = 5;

/// Wrong in the keys that `changes` names.
void check_refused(std::uint64_t door, const Scenario& scenario, const std::vector<const char*>& keys) {
    const std::string text = through_door(door, scenario);
    const bool named =
        std::any_of(keys.begin(), keys.end(), [&](const char* key) { return text.find(key) != std::string::npos; });
    if (!named) MESSAGE("door " << door << ", wrong in " << keys.front() << ": \"" << text << "\"");
    CHECK(named);
}

}  // namespace

TEST_CASE("A good scenario that was built in code passes, with every engine") {
    for (const auto engine : {EngineKind::lockstep, EngineKind::virtual_time, EngineKind::free_running}) {
        const Scenario scenario = good_scenario(engine);
        CHECK_NOTHROW(check_scenario(scenario));
        WorkerPool workers(1);
        const Dataset data = good_data();
        Session session(scenario, data, initial_network(scenario), workers);
        CHECK(session.perform({}).trained == 5);
    }
    Scenario unnamed = good_scenario();
    unnamed.name.clear();
    unnamed.seed = 99;
    CHECK_NOTHROW(check_scenario(unnamed));
}

TEST_CASE("Links that are there are not drawn again, and an outline has none") {
    Scenario scenario = good_scenario();
    scenario.network.layers.clear();
    scenario.network.populations = {
        {"in", {5}, Role::input}, {"middle", {6}, Role::hidden}, {"out", {3}, Role::output}};
    scenario.network.projections = {{0, 1, LinkSource{WithProbability{0.5}}, 0.1, 1},
                                    {1, 2, LinkSource{FanIn{2}}, 0.1, 1}};
    const Wiring drawn = wiring_of(scenario), again = wiring_of(scenario, drawn), outline = outline_of(scenario);
    const auto links = [](const Wiring& wiring, int k) {
        return std::get<SparseSpec>(wiring.projection(k).kind).links;
    };
    for (int k = 0; k < 2; ++k) {
        CHECK(links(drawn, k)->count() > 0);
        CHECK(links(again, k) == links(drawn, k));
        CHECK(links(outline, k)->count() == 0);
    }
    CHECK(outline.pathways() == drawn.pathways());
    // Of other populations they are no use.
    scenario.network.populations[1].shape = {7};
    CHECK(links(wiring_of(scenario, drawn), 0)->targets == 7);
    CHECK_THROWS_AS(initial_network(scenario, [] { return true; }), Stopped);
}

TEST_CASE("Every key of a run has wrong values, and each is refused by name") {
    const std::vector<WrongKey> all = wrong_keys();
    for (const Key& key : scenario_keys()) {
        if (!key.of_a_run() || std::count(never_wrong.begin(), never_wrong.end(), key.path) > 0) continue;
        INFO(key.path << ": tests/sim/runs/wrong_scenarios.hpp says of every key what is wrong");
        CHECK(std::any_of(all.begin(), all.end(), [&](const WrongKey& one) { return key.path == one.key; }));
    }
    std::uint64_t door = 0;
    for (const WrongKey& one : all) {
        // With the engine that honours the key.
        const Key* key = find_key(one.key);
        REQUIRE(key != nullptr);
        Scenario scenario =
            good_scenario(!key->honoured_by(EngineKind::lockstep) && key->honoured_by(EngineKind::virtual_time)
                              ? EngineKind::virtual_time
                          : key->honoured_by(EngineKind::lockstep) ? EngineKind::lockstep
                                                                   : EngineKind::free_running);
        one.change(scenario);
        check_refused(0, scenario, {one.key});
        check_refused(1 + door++ % (doors - 1), scenario, {one.key});
    }
}

TEST_CASE("Scenarios with several things wrong at once are refused, all of them named") {
    const std::vector<WrongKey> all = wrong_keys();
    const Stream stream(5, Purpose::shuffle);
    for (std::uint64_t i = 0; i < 300; ++i) {
        Scenario scenario = good_scenario(static_cast<EngineKind>(stream.below(8 * i, 3)));
        std::vector<const char*> keys;
        for (std::uint64_t k = 0; k <= stream.below(8 * i + 1, 3); ++k) {
            const WrongKey& one = all[stream.below(8 * i + 2 + k, all.size())];
            one.change(scenario);
            keys.push_back(one.key);
        }
        check_refused(stream.below(8 * i + 7, doors), scenario, keys);
    }
}

TEST_CASE("What an engine cannot honour is refused in code as on the command line") {
    const std::vector<WrongKey> beyond = {
        {"timing.loss", [](Scenario& s) { s.timing.loss = 0.1; }},
        {"timing.jitter",
         [](Scenario& s) {
             s.timing.jitter = Uniform{-1e5, 1e5};
         }},
        {"timing.drift",
         [](Scenario& s) {
             s.timing.drift = Uniform{-0.1, 0.1};
         }},
        {"timing.phase", [](Scenario& s) { s.timing.phase = PhaseAlignment::random; }},
        {"timing.link", [](Scenario& s) { s.timing.link = Link::level; }},
        {"timing.link", [](Scenario& s) { s.timing.link = Link::parity_2_held; }},
        {"timing.burst", [](Scenario& s) { s.timing.burst = 2; }},
        {"timing.latency",
         [](Scenario& s) {
             s.timing.latency = Uniform{3e5, 6e5};
         }},
        {"faults.dead_links", [](Scenario& s) { s.faults.dead_links = 0.1; }},
        {"free.pace", [](Scenario& s) { s.free.pace = WallDuration(1000); }}};
    for (const WrongKey& one : beyond) {
        Scenario scenario = good_scenario();
        one.change(scenario);
        check_refused(0, scenario, {one.key});
        check_refused(1, scenario, {one.key});
    }
    Scenario continuous = good_scenario(EngineKind::virtual_time);
    continuous.neuron.kind = NeuronKind::continuous;
    continuous.neuron.epsilon = Schedule{0.5, 0, 0};
    check_refused(1, continuous, {"neuron.kind"});
}

TEST_CASE("A session's own tasks ask for what the scenario's task did not") {
    Scenario scenario = good_scenario();
    scenario.task = Task::infer;
    scenario.learning.rates.clear();
    WorkerPool workers(1);
    const Dataset data = good_data();
    Session session(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers);
    CHECK(contains(error_text([&] { session.train({}); }), "learning.rates"));
    CHECK(session.infer({}).test->presentations == 4);
    // The session has a scenario of its own: nobody pulls it away while it runs.
    scenario.learning.batch = 0;
    CHECK(session.infer({}).test->presentations == 4);
}

TEST_CASE("Networks that do not fit are refused") {
    const Scenario scenario = good_scenario();
    const Dataset data = good_data();
    WorkerPool workers(1);
    const auto with = [&](const std::function<void(Network&)>& change) {
        Network network = random_network(chain({6, 5, 3}), 1, 1);
        const Device device = draw_device(network, device_settings(scenario));
        change(network);
        return error_text([&] { Session(scenario, data, std::move(network), workers); });
    };
    CHECK(with([](Network&) {}).empty());
    CHECK(contains(with([](Network& n) { n = random_network(chain({6, 4, 3}), 1, 1); }), "network.layers"));
    CHECK(contains(with([](Network& n) { n = Network(); }), "network.layers"));
    CHECK(contains(with([](Network& n) { n.projections.pop_back(); }), "/weights"));
    CHECK(contains(with([](Network& n) { n.biases.pop_back(); }), "/biases"));
    CHECK(contains(with([](Network& n) { n.biases[2].resize(3); }), "/biases/1"));
    CHECK(contains(with([](Network& n) { n.biases[1][2] = nan_float; }), "/biases/0"));
    CHECK(contains(with([](Network& n) { n.biases[1].back() = 1; }), "/biases/0"));
    CHECK(contains(with([](Network& n) { n.projections[0] = n.projections[1]; }), "/weights/0"));
    CHECK(contains(with([](Network& n) { n.projections[1].dense().pre_listens = false; }), "/weights/1"));
    for (const float value : {nan_float, -INFINITY})
        CHECK(contains(with([&](Network& n) { n.projections[0].dense().weights.at(2, 3) = value; }), "/weights/0"));
    Network large = random_network(chain({6, 5, 3}), 1, 1);
    large.projections[0].dense().weights.at(2, 3) = 512;
    CHECK(contains(error_text([&] { Session(scenario, data, large, workers); }, Blame::runtime), "diverged"));
}

TEST_CASE("Arrays of weights that do not fit are refused, by network, file and present") {
    const TemporaryFolder folder;
    const Wiring layers = chain({6, 5, 3});
    const auto refused = [&](const std::function<void(NetworkArrays&)>& change) {
        NetworkArrays arrays = good_arrays();
        change(arrays);
        const std::string text = error_text([&] { to_network(layers, arrays); });
        CHECK(text == error_text([&] { present(good_scenario(), good_samples(2), arrays); }));
        return text;
    };
    CHECK(refused([](NetworkArrays&) {}).empty());
    CHECK(contains(refused([](NetworkArrays& a) { a.weights.clear(); }), "/weights"));
    CHECK(contains(refused([](NetworkArrays& a) { a.biases.emplace_back(); }), "/biases"));
    CHECK(contains(refused([](NetworkArrays& a) { a.weights[1].pop_back(); }), "/weights/1"));
    CHECK(contains(refused([](NetworkArrays& a) { a.biases[0].push_back(0); }), "/biases/0"));
    CHECK(contains(refused([](NetworkArrays& a) { a.weights[0][7] = nan_float; }), "/weights/0"));
    NetworkArrays cut = good_arrays();
    cut.weights[0].resize(3);
    CHECK(contains(error_text([&] { write_weights(folder.path() + "/w.h5", cut, layers); }), "/weights/0"));
    CHECK(!std::filesystem::exists(folder.path() + "/w.h5"));
    CHECK(contains(error_text([&] { read_weights(folder.path() + "/w.h5", chain({6})); }), "network.layers"));
}

TEST_CASE("Data that do not fit are refused") {
    const Scenario scenario = good_scenario();
    WorkerPool workers(1);
    const auto with = [&](const std::function<void(Dataset&)>& change) {
        Dataset data = good_data();
        change(data);
        return error_text([&] { Session(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers); });
    };
    const auto change_x = [](Samples& samples, float value) {
        std::vector<float> x = std::get<SharedValues<float>>(std::move(samples.x)).take();
        x[4] = value;
        samples.x = std::move(x);
    };
    CHECK(with([](Dataset&) {}).empty());
    CHECK(contains(with([](Dataset& d) { d.train = {}; }), "train"));
    CHECK(contains(with([](Dataset& d) { d.train.inputs = 7; }), "train"));
    CHECK(contains(with([](Dataset& d) { d.train.count = 6; }), "train.x"));
    CHECK(contains(with([](Dataset& d) { d.test.count = -1; }), "test"));
    CHECK(contains(with([](Dataset& d) { d.test.labels.pop_back(); }), "test.labels"));
    CHECK(contains(with([](Dataset& d) { d.train.labels[2] = 3; }), "train.labels"));
    CHECK(contains(with([](Dataset& d) { d.train.labels[2] = -1; }), "train.labels"));
    CHECK(contains(with([](Dataset& d) { d.validation = good_samples(1); }), "data.validation"));
    for (const float value : {nan_float, -0.1f, 1.1f})
        CHECK(contains(with([&](Dataset& d) { change_x(d.test, value); }), "test.x"));
    Scenario asks = good_scenario();
    asks.data.train = 4;
    CHECK(contains(error_text([&] {
                       const Dataset data = good_data();
                       Session(asks, data, random_network(chain({6, 5, 3}), 1, 1), workers);
                   }),
                   "data.train"));
    // Data that change under a session are seen when they are used.
    Dataset data = good_data();
    Session session(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers);
    data.train.labels.assign(5, 77);
    CHECK(contains(error_text([&] { session.perform({}); }), "labels"));
}

TEST_CASE("Arrays become a data set as files do") {
    Scenario scenario = good_scenario();
    scenario.data.train = 4;
    scenario.data.validation = 1;
    scenario.data.test = 2;
    const Dataset data = dataset_of(scenario, good_samples(9), good_samples(4));
    CHECK(data.train.count == 3);
    CHECK(data.validation.labels == std::vector<std::int32_t>{0});
    CHECK(data.test.count == 2);
    std::vector<float> third(6), same(6);
    data.validation.copy_to(0, third);
    good_samples(9).copy_to(3, same);
    CHECK(third == same);
    CHECK(contains(error_text([&] { data.test.copy_to(2, third); }), "no sample 2"));
    scenario.data.train = 12;
    CHECK(contains(error_text([&] { dataset_of(scenario, good_samples(9)); }), "data.train"));
    scenario.network.layers.clear();
    CHECK(contains(error_text([&] { load_dataset(scenario); }), "network.layers"));
    CHECK(contains(error_text([&] { measure_dataset(scenario); }), "network.layers"));
    CHECK(contains(error_text([&] { initial_network(scenario); }), "network.layers"));
}

TEST_CASE("Arrays of somebody else are used where they are, by all parts that they are cut into") {
    Scenario scenario = good_scenario();
    scenario.data.validation = 2;
    auto owner = std::make_shared<std::vector<float>>(30, 0.5f);
    Samples given = good_samples(5);
    given.x = SharedValues<float>(*owner, owner);
    Dataset data = dataset_of(scenario, given);
    const auto place_of = [](const Samples& samples) { return std::get<SharedValues<float>>(samples.x).data(); };
    CHECK(place_of(data.train) == owner->data());
    CHECK(place_of(data.validation) == owner->data() + 18);
    CHECK(owner.use_count() == 4);  // this one, what was given, and two parts of it
    // What is taken to be changed is another one.
    std::vector<float> taken = std::get<SharedValues<float>>(std::move(data.validation.x)).take();
    CHECK(taken == std::vector<float>(12, 0.5f));
    taken[0] = 1;
    CHECK((*owner)[18] == 0.5f);
    given = {};
    data = {};
    CHECK(owner.use_count() == 1);
}

TEST_CASE("Engines refuse plans, networks and minibatches that do not fit") {
    const Scenario scenario = good_scenario();
    WorkerPool workers(1);
    const Plan plan = training_plan(scenario, 0.5);
    Network network = random_network(chain({6, 5, 3}), 1, 1);
    const Device device = draw_device(network, device_settings(scenario));
    const std::int64_t indices[] = {0, 1};
    const Minibatch minibatch = make_minibatch(good_samples(4), indices, PresentationId::Part::train, 0, 0);
    std::vector<Engine> engines;
    engines.emplace_back(Lockstep(chain({6, 5, 3}), neuron_model(scenario), 1, workers));
    engines.emplace_back(
        VirtualTime(network.wiring, neuron_model(scenario), device, virtual_settings(scenario), workers));
    engines.emplace_back(FreeRunning(network.wiring, neuron_model(scenario), device, free_settings(scenario), workers));
    for (Engine& engine : engines) {
        CHECK(contains(error_text([&] {
                           run(engine, plan, random_network(chain({6, 5, 3}), 1, 1), minibatch);
                       }),
                       "derive_images"));
        derive_images(network, false, bits_a_window(engine), workers);
        CHECK(run(engine, plan, network, minibatch).outputs == 3);
        const auto planned = [&](const std::function<void(Plan&)>& change) {
            Plan other = plan;
            change(other);
            return error_text([&] { run(engine, other, network, minibatch); });
        };
        CHECK(contains(planned([](Plan& p) { p.period = 0; }), "plan.period"));
        CHECK(contains(planned([](Plan& p) { p.free = 0; }), "plan.free"));
        CHECK(contains(planned([](Plan& p) { p.periods = 1; }), "plan.periods"));
        CHECK(contains(planned([](Plan& p) { p.slots.clear(); }), "plan.instants"));
        CHECK(contains(planned([](Plan& p) { std::get<Sample>(p.instants[0]).slot = -1; }), "plan.instants"));
        CHECK(contains(planned([](Plan& p) { std::get<Sample>(p.instants[0]).period = 99; }), "plan.instants"));
        CHECK(contains(planned([](Plan& p) { std::get<Sample>(p.instants[0]).branch = Branch(7); }), "plan.instants"));
        CHECK(contains(planned([](Plan& p) { p.instants.pop_back(); }), "plan.instants"));
        CHECK(contains(planned([](Plan& p) { std::get<Reading>(p.instants[1]).samples = 0; }), "plan.instants"));
        const auto presented = [&](const std::function<void(Minibatch&)>& change) {
            Minibatch other = minibatch;
            change(other);
            return error_text([&] { run(engine, plan, network, other); });
        };
        CHECK(contains(presented([](Minibatch& m) { m = {}; }), "minibatch.presentations"));
        CHECK(contains(presented([](Minibatch& m) { m.x.resize(3); }), "minibatch.x"));
        CHECK(contains(presented([](Minibatch& m) { m.x[1] = nan_float; }), "minibatch.x"));
        CHECK(contains(presented([](Minibatch& m) { m.x[7] = 0.5f; }), "minibatch.x"));
        CHECK(contains(presented([](Minibatch& m) { m.labels.pop_back(); }), "minibatch.labels"));
        CHECK(contains(presented([](Minibatch& m) { m.labels[0] = 3; }), "minibatch.labels"));
        Network other = random_network(chain({6, 4, 3}), 1, 1);
        derive_images(other, false, 1, workers);
        CHECK(contains(error_text([&] { run(engine, plan, other, minibatch); }), "network.layers"));
    }
}

TEST_CASE("Engines are not made of settings out of their ranges") {
    WorkerPool workers(1);
    const Scenario scenario = good_scenario();
    const Network network = random_network(chain({6, 5, 3}), 1, 1);
    const Device device = draw_device(network, device_settings(scenario));
    CHECK(contains(error_text([&] { WorkerPool(-1); }), "scenario.threads"));
    CHECK(contains(error_text([&] { WorkerPool(1025); }), "scenario.threads"));
    CHECK(contains(error_text([&] { Lockstep(chain({6}), neuron_model(scenario), 1, workers); }), "network.layers"));
    const auto made = [&](const std::function<void(DeviceSettings&)>& change) {
        DeviceSettings settings = device_settings(scenario);
        change(settings);
        return error_text([&] { draw_device(network, settings); });
    };
    CHECK(contains(made([](DeviceSettings& d) { d.clock.period = 0; }), "timing.period"));
    CHECK(contains(made([](DeviceSettings& d) { d.clock.drift = Normal{0, NAN}; }), "timing.drift"));
    CHECK(contains(made([](DeviceSettings& d) { d.clock.jitter = Uniform{1, -1}; }), "timing.jitter"));
    CHECK(contains(made([](DeviceSettings& d) { d.link.latency = Uniform{0, 5}; }), "timing.latency"));
    CHECK(contains(made([](DeviceSettings& d) { d.link.loss = 1.5; }), "timing.loss"));
    CHECK(contains(made([](DeviceSettings& d) { d.faults = {0.6, 0.6, 0}; }), "faults.stuck_at_one"));
    const Device other = draw_device(Network(chain({6, 4, 3})), device_settings(scenario));
    CHECK(contains(error_text([&] {
                       VirtualTime(network.wiring, neuron_model(scenario), other, virtual_settings(scenario), workers);
                   }),
                   "device"));
    FreeSettings free = free_settings(scenario);
    free.rules.max_lead = 0;
    CHECK(contains(error_text([&] { FreeRunning(network.wiring, neuron_model(scenario), device, free, workers); }),
                   "free.max_lead"));
    NeuronModel continuous;
    continuous.quantizer = Quantizer::none;
    CHECK(
        contains(error_text([&] { FreeRunning(network.wiring, continuous, device, free_settings(scenario), workers); }),
                 "neuron.kind"));
}

TEST_CASE("States of another run are refused") {
    const Scenario scenario = good_scenario();
    const Dataset data = good_data();
    WorkerPool workers(1);
    TrainingState state;
    Session first(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers);
    Observer observer;
    observer.save = [&](const TrainingState& saved) { state = saved; };
    first.save(observer);
    const auto resumed = [&](const std::function<void(TrainingState&)>& change) {
        TrainingState other = state;
        change(other);
        return error_text([&] {
            Session(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers).resume(other);
        });
    };
    CHECK(resumed([](TrainingState&) {}).empty());
    CHECK(contains(resumed([](TrainingState& s) { s.network.weights[0][1] += 1; }), "state.network"));
    CHECK(contains(resumed([](TrainingState& s) { s.network = {}; }), "state.network"));
    CHECK(contains(resumed([](TrainingState& s) { s.minibatch = 99; }), "state.minibatch"));
    CHECK(contains(resumed([](TrainingState& s) { s.epoch = -1; }), "state.minibatch"));
    CHECK(contains(resumed([](TrainingState& s) { s.train.wrong_at.resize(2); }), "state.train"));
    CHECK(contains(resumed([](TrainingState& s) { s.counters.resize(9); }), "state.counters"));
    CHECK(contains(resumed([](TrainingState& s) { s.chip.servers.resize(9); }), "state.chip"));
}

TEST_CASE("A run on a chip does not go on with figures of another chip") {
    Scenario scenario = good_scenario(EngineKind::virtual_time);
    scenario.chip.emplace().columns = 2;
    scenario.chip->neurons_per_core = 7;
    scenario.timing.scope = Scope::core;
    const Dataset data = good_data();
    WorkerPool workers(1);
    TrainingState state;
    Observer observer;
    observer.save = [&](const TrainingState& saved) { state = saved; };
    Session first(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers);
    first.train(observer);
    first.save(observer);
    REQUIRE(state.chip.packets > 0);
    const auto resumed = [&](const std::function<void(ChipFigures&)>& change) {
        TrainingState other = state;
        change(other.chip);
        return error_text([&] {
            Session(scenario, data, random_network(chain({6, 5, 3}), 1, 1), workers).resume(other);
        });
    };
    CHECK_FALSE(contains(resumed([](ChipFigures&) {}), "state.chip"));
    CHECK(contains(resumed([](ChipFigures& figures) { figures.servers.pop_back(); }), "state.chip"));
    CHECK(contains(resumed([](ChipFigures& figures) { figures.cores.pop_back(); }), "state.chip"));
    CHECK(contains(resumed([](ChipFigures& figures) { figures.populations.emplace_back(); }), "state.chip"));
}

TEST_CASE("A network that was on one chip goes to another one whole") {
    Scenario broken = good_scenario(EngineKind::virtual_time);
    broken.faults.dead_links = 0.5;
    broken.task = Task::infer;
    const Dataset data = good_data();
    WorkerPool workers(1);
    Session first(broken, data, random_network(chain({6, 5, 3}), 1, 1), workers);
    Session again(broken, data, first.network(), workers);
    CHECK(to_arrays(again.network()) == good_arrays());
    // Images of another kind of neuron are made anew.
    Scenario continuous = good_scenario();
    continuous.task = Task::infer;
    continuous.neuron.kind = NeuronKind::continuous;
    continuous.neuron.epsilon = Schedule{0.5, 0, 0};
    Session other(continuous, data, first.network(), workers);
    CHECK(other.infer({}).test->presentations == 4);
}
