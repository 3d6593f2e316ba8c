#include "sim/scenario/checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>

#include "core/error.hpp"
#include "models/chip/placement.hpp"
#include "models/device/clock.hpp"
#include "sim/formats/toml.hpp"
#include "sim/scenario/network_form.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

/// Collects problems at the place of a key.
struct Checker {
    const Scenario& scenario;
    const GivenValues& given;
    const std::string& file;
    Problems& problems;

    void complain(const std::string& key, const std::string& message, const std::string& expected) const {
        const auto found = given.find(key);
        const Place place = found == given.end() ? Place{file, 0, 0} : found->second.place;
        problems.wrong.push_back(problem_at(place, key, message, expected));
    }
    /// The same at the table `number` of an array of tables, or at its `part` where it has it.
    void complain_about(const std::string& key, std::size_t number, const char* part, const std::string& message,
                        const std::string& expected) const {
        const auto found = given.find(key);
        const Value::Array* tables = found == given.end() ? nullptr : found->second.array();
        Place place{file, 0, 0};
        if (tables && number < tables->size()) {
            const Value* value = (*tables)[number].find(part);
            place = value ? value->place : (*tables)[number].place;
        }
        problems.wrong.push_back(problem_at(place, key + "." + part, message, expected));
    }
    /// Whether all of these could be read: what depends on a value that is wrong anyway would only confuse.
    bool sound(std::initializer_list<const char*> keys) const {
        return std::none_of(keys.begin(), keys.end(), [&](const char* key) { return problems.about(key); });
    }
    bool trains() const { return scenario.task == Task::train && sound({"scenario.task"}); }
};

/// No neuron ticks more often in a presentation: in virtual time a clock may be fast.
std::int64_t most_ticks(const Scenario& scenario) {
    const std::int64_t periods = most_periods(scenario);
    if (scenario.engine != EngineKind::virtual_time) return periods;
    const auto& timing = scenario.timing;
    const Duration fastest = drifted_period(timing.period, std::max(timing.drift.least(), -1.0));
    const Duration early = std::max<Duration>(-timing.jitter.least_time(), 0);
    const Duration step = timing.accumulate ? std::max<Duration>(fastest - early, 1) : fastest;
    const double steps =
        (static_cast<double>(timing.period) * static_cast<double>(periods) + static_cast<double>(early)) /
        static_cast<double>(step);
    // Tick k is due half a period before k periods are over, with a random phase up to one.
    const double ticks = steps + (timing.phase == PhaseAlignment::random ? 1 : 0.5);
    return static_cast<std::int64_t>(std::min(ticks, 1e15));
}

void check_schedule(const Checker& check, const std::string& key, const Schedule& schedule, bool above_zero) {
    const auto* surprise = std::get_if<SurpriseRestarts>(&check.scenario.neuron.restart);
    const std::int64_t ticks = most_ticks(check.scenario) + (surprise ? surprise->to - 1 : 0);
    // A schedule is monotone, so its ends tell.
    for (const std::int64_t t : {std::int64_t{1}, ticks}) {
        const float value = schedule_value(schedule, t);
        if (value <= 1 && (above_zero ? value > 0 : value >= 0)) continue;
        check.complain(key, fmt::format("is {} at t = {}", value, t),
                       above_zero ? "above 0, to 1, at every t" : "0 to 1 at every t");
        return;
    }
}

void check_neuron(const Checker& check) {
    const auto& neuron = check.scenario.neuron;
    const auto* epsilon = std::get_if<Schedule>(&neuron.epsilon);
    if (epsilon && check.sound({"neuron.epsilon", "phases.free", "phases.nudged"})) {
        check_schedule(check, "neuron.epsilon", *epsilon, false);
    }
    if (neuron.lambda && check.sound({"neuron.lambda", "phases.free", "phases.nudged"})) {
        check_schedule(check, "neuron.lambda", *neuron.lambda, true);
    }
    const bool binary = neuron.kind == NeuronKind::binary;
    if (binary && std::holds_alternative<SurpriseRestarts>(neuron.restart) && !predicts(neuron.lambda) &&
        check.sound({"neuron.restart", "neuron.lambda"})) {
        check.complain("neuron.restart", "without prediction no neuron can be surprised",
                       "neuron.lambda, or another rule");
    }
    if (binary) return;
    if ((!epsilon || epsilon->exponent != 0) && check.sound({"neuron.epsilon"})) {
        check.complain("neuron.epsilon", "continuous neurons have a constant step size", "a number, such as 0.5");
    }
    if (predicts(neuron.lambda) && check.sound({"neuron.lambda"})) {
        check.complain("neuron.lambda", "continuous neurons send rho(s) itself and predict nothing",
                       "no neuron.lambda, or 1");
    }
    if (neuron.restart != RestartRule() && check.sound({"neuron.restart"})) {
        check.complain("neuron.restart", "continuous neurons do not anneal", "no neuron.restart, or \"never\"");
    }
    if (neuron.quantizer != Quantizer::sigma_delta) {
        check.complain("neuron.quantizer", "continuous neurons send rho(s) itself and have no quantizer",
                       "no neuron.quantizer");
    }
}

void check_phases(const Checker& check) {
    const auto& phases = check.scenario.phases;
    // The shorter phase is the limit; where nothing is nudged, it is the free one.
    const bool nudges = phases.nudged > 0 && check.scenario.task != Task::infer && check.scenario.task != Task::stream;
    const bool nudged_is_shorter = nudges && phases.nudged < phases.free;
    const std::string phase = nudged_is_shorter ? "nudged" : "free";
    const int limit = nudged_is_shorter ? phases.nudged : phases.free;
    if (phases.readout_mean > limit && check.sound({"phases.readout", "phases.free", "phases.nudged"})) {
        check.complain("phases.readout",
                       fmt::format("a mean over {} periods does not fit the {} phase", phases.readout_mean, phase),
                       fmt::format("at most phases.{} = {}", phase, limit));
    }
    if (phases.splitstream && check.scenario.learning.beta_sign == BetaSign::both) {
        check.complain("phases.splitstream", "does not go with learning.beta_sign = \"both\", which forks already",
                       "one of the two");
    }
    if (check.scenario.task == Task::converge && check.scenario.learning.beta_sign != BetaSign::fixed &&
        check.sound({"scenario.task", "learning.beta_sign"})) {
        check.complain("learning.beta_sign", "convergence is measured with the sign of learning.beta itself", "fixed");
    }
    if (check.trains() && phases.nudged < 1 && check.sound({"phases.nudged"})) {
        check.complain("phases.nudged", "training needs a nudged phase", "at least 1");
    }
}

/// Where no learning.rates stand for all of them.
void check_each_rate(const Checker& check) {
    const auto& projections = check.scenario.network.projections;
    for (std::size_t k = 0; k < projections.size(); ++k) {
        if (!projections[k].rate)
            check.complain_about("projection", k, "rate", "is missing",
                                 "a learning rate for the projection, or learning.rates for all");
    }
}

void check_learning(const Checker& check) {
    const auto& network = check.scenario.network;
    const std::size_t layers = network.populations.empty() ? network.layers.size() : network.projections.size() + 1;
    const auto& rates = check.scenario.learning.rates;
    if (!check.sound({"learning.rates", "projection", "population"})) return;
    if (!check.given.count("learning.rates")) {
        if (!check.trains()) return;
        if (!network.populations.empty()) return check_each_rate(check);
        check.complain("learning.rates", "is missing",
                       layers < 2 ? "a learning rate for each projection"
                                  : fmt::format("{} learning rates, one for each projection", layers - 1));
    } else if (layers >= 2 && rates.size() != layers - 1 && (check.trains() || !rates.empty())) {
        check.complain("learning.rates", fmt::format("has {} items", rates.size()),
                       fmt::format("{}, one for each projection{}", layers - 1,
                                   network.populations.empty() ? " of network.layers" : ""));
    }
}

/// Populations that nothing reaches: what projections lead to, from the input on. They carry bits both ways.
void check_islands(const Checker& check) {
    const auto& network = check.scenario.network;
    std::vector<bool> reached(network.populations.size());
    reached.front() = true;
    std::vector<bool> joins;  // one without links leads nowhere
    for (int k = 0; k < network.projection_count(); ++k) joins.push_back(expected_links(network, k) > 0);
    for (bool more = true; more;) {
        more = false;
        for (std::size_t k = 0; k < network.projections.size(); ++k) {
            const ProjectionPart& projection = network.projections[k];
            const auto pre = static_cast<std::size_t>(projection.pre), post = static_cast<std::size_t>(projection.post);
            if (reached[pre] == reached[post] || !joins[k]) continue;
            reached[pre] = reached[post] = more = true;
        }
    }
    for (std::size_t p = 0; p < reached.size(); ++p) {
        if (!reached[p])
            check.complain_about(
                "population", p, "name",
                quoted(network.populations[p].name) + " is an island: no projection with links reaches it",
                "a [[projection]] between it and another population");
    }
}

/// One of the two forms, whole.
void check_network(const Checker& check) {
    const bool layers = check.given.count("network.layers") > 0;
    if (check.given.count("population") == 0) {
        if (check.given.count("projection") > 0)
            check.complain("projection", "joins populations that are not there", "[[population]] for each");
        else if (!layers && check.sound({"network.layers"}))
            check.complain("network.layers", "is missing", "the neurons of each layer, such as [784, 500, 10]");
        return;
    }
    if (layers)
        check.complain("network.layers", "stands beside [[population]], which says the same at length",
                       "one of the two");
    if (!check.sound({"population", "projection"})) return;
    check_islands(check);
}

void check_data(const Checker& check) {
    const auto& data = check.scenario.data;
    if (check.sound({"data.set", "data.path"})) {
        const bool needs_path = data.set == DataSet::hdf5 || data.set == DataSet::idx;
        const bool is_drawn = data.set == DataSet::digits || data.set == DataSet::random;
        if (needs_path && data.path.empty()) {
            check.complain("data.path", "is missing",
                           data.set == DataSet::hdf5 ? "the path of an HDF5 file" : "the folder of the IDX files");
        }
        if (is_drawn && !data.path.empty()) {
            check.complain("data.path", "the data set " + to_word(data.set) + " is drawn by the program",
                           "no data.path, or another data.set");
        }
        if (is_drawn && data.scale && check.sound({"data.scale"})) {
            check.complain("data.scale",
                           "the data set " + to_word(data.set) + " is drawn by the program, in [0, 1] already",
                           "no data.scale, or another data.set");
        }
    }
    if (data.repeats > 1 && check.scenario.task != Task::converge && check.sound({"scenario.task", "data.repeats"})) {
        check.complain("data.repeats", "only converge presents its minibatch again",
                       "1, or scenario.task = \"converge\"");
    }
    if (data.train && data.validation >= *data.train && check.sound({"data.train", "data.validation"})) {
        check.complain("data.validation",
                       fmt::format("{} of {} training samples leave none", data.validation, *data.train),
                       fmt::format("less than data.train = {}", *data.train));
    }
}

/// What a minibatch holds at once must fit a machine; layers alone are limited where they are read.
void check_size(const Checker& check) {
    constexpr std::int64_t limit = 2'000'000'000;
    const auto& scenario = check.scenario;
    std::int64_t neurons = 0;
    for (const int size : scenario.network.sizes()) neurons += size;
    if (scenario.learning.batch * neurons > limit) {
        check.complain("learning.batch",
                       fmt::format("{} presentations of {} neurons are too many", scenario.learning.batch, neurons),
                       fmt::format("at most {} for this network", limit / neurons));
    }
    // Convergence holds the states of the last 50 period ends of both phases.
    constexpr std::int64_t traced_limit = 20'000'000;
    const std::int64_t traced = scenario.data.train.value_or(scenario.learning.batch);
    if (scenario.task == Task::converge && (traced > traced_limit || traced * neurons > traced_limit)) {
        check.complain(
            scenario.data.train ? "data.train" : "learning.batch",
            fmt::format("the convergence of {} presentations of {} neurons does not fit memory", traced, neurons),
            fmt::format("at most {} for this network", traced_limit / neurons));
    }
    const std::int64_t ticks = most_periods(scenario);
    if (scenario.learning.batch * ticks > limit) {
        check.complain("learning.batch",
                       fmt::format("{} presentations of {} ticks are too many", scenario.learning.batch, ticks),
                       fmt::format("at most {} for these phases", limit / ticks));
    }
}

/// Times are int64 units; half of their range is left for arithmetic.
void check_times(const Checker& check) {
    constexpr double limit = 0x1p62;
    const auto& timing = check.scenario.timing;
    if (!check.sound({"timing.period", "timing.jitter", "timing.latency_jitter", "timing.latency", "phases.free",
                      "phases.nudged"}))
        return;
    const double periods = static_cast<double>(most_periods(check.scenario)) + 2;
    const auto bound = [](const Distribution& one) { return std::max(-one.least(), one.greatest()); };
    const std::pair<const char*, double> parts[] = {
        {"timing.period", 2 * periods * static_cast<double>(timing.period)},
        {"timing.jitter", bound(timing.jitter) * (timing.accumulate ? 2 * periods : 1)},
        {"timing.latency", timing.latency.greatest()},
        {"timing.latency_jitter", bound(timing.latency_jitter)}};
    double sum = 0;
    for (const auto& part : parts) sum += part.second;
    if (sum < limit) return;
    const auto largest = std::max_element(std::begin(parts), std::end(parts),
                                          [](const auto& a, const auto& b) { return a.second < b.second; });
    check.complain(largest->first, "the times of a presentation do not fit 64 bits of units of time",
                   "less than " + duration_text(Duration{1} << 62, timing.unit) + " in all");
}

/// Places for all neurons, and times that picoseconds can count.
void check_chip(const Checker& check) {
    const Scenario& scenario = check.scenario;
    const bool has_scope = check.sound({"timing.scope"});
    if (!scenario.chip) {
        if (has_scope && scenario.timing.scope == Scope::core)
            check.complain("timing.scope", "\"core\" needs a chip", "axon or synapse, or a section [chip]");
        return;
    }
    if (has_scope && scenario.timing.scope != Scope::core)
        check.complain("timing.scope", "on a chip a bit has a fate for each target core", "\"core\", or no [chip]");
    if (check.given.count("chip.mesh") == 0) {
        const auto any = check.given.lower_bound("chip.");  // whatever makes it a chip
        check.problems.wrong.push_back(
            problem_at(any == check.given.end() ? Place{check.file, 0, 0} : any->second.place, "chip.mesh",
                       "is missing: the tiles of the chip", "[columns, rows], such as [8, 8]"));
        return;
    }
    if (!check.sound({"chip.mesh", "chip.cores_per_tile", "chip.neurons_per_core", "chip.placement"})) return;
    constexpr std::int64_t most_cores = 65536;
    const std::int64_t cores = std::int64_t{scenario.chip->tiles()} * scenario.chip->cores_per_tile;
    if (cores > most_cores)
        return check.complain("chip.mesh", fmt::format("{} cores are too many", cores),
                              fmt::format("at most {}", most_cores));
    if (check.sound({"timing.period"}) && 2 * static_cast<double>(scenario.timing.period) *
                                                  static_cast<double>(most_periods(scenario) + 2) *
                                                  picoseconds_a_unit(scenario.timing.unit) >=
                                              0x1p62)
        check.complain("timing.period",
                       "the times of a presentation do not fit 64 bits of picoseconds, which a chip keeps",
                       "a shorter period, or no [chip]");
}

/// Of a network whose sizes are known.
void check_places(const Checker& check) {
    const Scenario& scenario = check.scenario;
    if (!scenario.chip || !check.sound({"chip.mesh", "chip.cores_per_tile", "chip.neurons_per_core", "chip.placement"}))
        return;
    try {
        place(*scenario.chip, scenario.network.sizes(), scenario.timing.device_seed);
    } catch (const Error& error) {
        const Problem& problem = error.problems().front();
        check.complain(problem.key, problem.message, problem.expected);
    }
}

void check_burst(const Checker& check) {
    const auto& timing = check.scenario.timing;
    if (!check.sound({"timing.loss", "timing.burst"}) || timing.burst == 1 || timing.burst * (1 - timing.loss) >= 1)
        return;
    check.complain("timing.burst", fmt::format("{} is too short for timing.loss = {}", timing.burst, timing.loss),
                   timing.loss < 1 ? fmt::format("1, or at least 1/(1 - timing.loss) = {:.4g}", 1 / (1 - timing.loss))
                                   : "1 where all is lost");
}

void check_prior_training(const Checker& check) {
    const char* key = prior_training_key(check.scenario);
    if (!check.sound({"scenario.task", "network.weights", key}) || !prior_training(check.scenario)) return;
    if (!check.scenario.network.weights.empty())
        check.complain(key, "does not go with network.weights, the weights that it would give",
                       fmt::format("one of the two; {} = \"\" is none", key));
}

void check_stream(const Checker& check) {
    const auto& stream = check.scenario.stream;
    if (check.scenario.task != Task::stream || !check.sound({"scenario.task"})) return;
    if (check.scenario.phases.readout_mean > 0 && check.sound({"phases.readout"})) {
        check.complain("phases.readout", "a stream reads its answer at every period end", "\"last\"");
    }
    if (!check.sound({"stream.inputs", "stream.dwell", "stream.streams"})) return;
    constexpr std::int64_t period_limit = 10'000'000, input_limit = 20'000'000;
    if (most_periods(check.scenario) > period_limit) {
        check.complain("stream.inputs",
                       fmt::format("{} inputs of up to {} periods are too long", stream.inputs, stream.dwell_high),
                       fmt::format("at most {} periods in a stream", period_limit));
    }
    if (static_cast<std::int64_t>(stream.inputs) * stream.streams > input_limit) {
        check.complain("stream.streams",
                       fmt::format("{} streams of {} inputs are too many", stream.streams, stream.inputs),
                       fmt::format("at most {} inputs in all", input_limit));
    }
}

void check_faults(const Checker& check) {
    const auto& faults = check.scenario.faults;
    if (faults.stuck_at_zero + faults.stuck_at_one <= 1) return;
    if (!check.sound({"faults.stuck_at_zero", "faults.stuck_at_one"})) return;
    const char* key = check.given.count("faults.stuck_at_one") ? "faults.stuck_at_one" : "faults.stuck_at_zero";
    check.complain(key,
                   fmt::format("{} of the neurons stuck at zero and {} stuck at one are more than all",
                               faults.stuck_at_zero, faults.stuck_at_one),
                   "fractions that add up to 1 at most");
}

void check_recordings(const Checker& check) {
    const auto& record = check.scenario.record;
    const int layers = static_cast<int>(check.scenario.network.sizes().size());
    const auto check_layers = [&](const char* key, const Recording& recording, int first) {
        for (const int layer : recording.layers) {
            if (layer >= first && layer < layers) continue;
            check.complain(key, fmt::format("there is no layer {} to record", layer),
                           fmt::format("{} to {}", first, layers - 1));
        }
    };
    // The states of layer 0 are the data.
    check_layers("record.state", record.state, 1);
    check_layers("record.bits", record.bits, 0);
    check_layers("record.spikes", record.spikes, 0);
    check_layers("record.messages", record.messages, 0);
    if (record.queues && record.queues->on && !check.scenario.chip)
        check.complain("record.queues", "there is no [chip] whose queues could be recorded",
                       "a section [chip], or false");
    const auto& timing = check.scenario.timing;
    const double picoseconds = static_cast<double>(most_periods(check.scenario)) * static_cast<double>(timing.period) *
                               std::pow(10.0, timing.unit.exponent - TimeUnit::finest);
    if (picoseconds < 0x1p63 || check.scenario.engine == EngineKind::free_running) return;
    for (const auto& [on, key] :
         {std::pair(record.spikes.on, "record.spikes"), std::pair(record.messages.on, "record.messages")}) {
        if (!on || !check.sound({"timing.period", "phases.free", "phases.nudged"})) continue;
        check.complain(key, "the times of a presentation do not fit 64 bits of picoseconds",
                       "a presentation of less than 106 days, or no " + std::string(key));
    }
}

}  // namespace

void check_together(const Scenario& scenario, const GivenValues& given, const std::string& file, Problems& problems) {
    const Checker check{scenario, given, file, problems};
    check_network(check);
    check_neuron(check);
    check_phases(check);
    check_learning(check);
    check_data(check);
    check_prior_training(check);
    check_stream(check);
    check_times(check);
    check_chip(check);
    check_burst(check);
    check_faults(check);
    if (scenario.network.sizes().empty()) return;
    check_size(check);
    check_recordings(check);
    check_places(check);
}

void check_weights_of_stream(const Scenario& scenario, const GivenValues& given, const std::string& file,
                             Problems& problems) {
    const Checker check{scenario, given, file, problems};
    if (scenario.task != Task::stream || !check.sound({"scenario.task", "stream.train", "network.weights"})) return;
    if (!scenario.network.weights.empty() || !scenario.stream.train.empty()) return;
    check.complain("stream.train", "is missing: a stream shows its inputs to a network that has learned",
                   "a scenario to train first, or network.weights, a file");
}

bool at_default(const Key& key, const Scenario& scenario) {
    Scenario defaults;
    defaults.seed = scenario.seed;
    defaults.learning.beta_sign = default_beta_sign(scenario.task);
    defaults.network.seed = scenario.seed;
    defaults.timing.device_seed = scenario.seed;
    defaults.timing.unit = scenario.timing.unit;
    defaults.timing.period = scenario.timing.period;
    defaults.timing.latency = default_latency(scenario.timing.period);
    if (scenario.chip) {
        defaults.chip.emplace();
        defaults.timing.latency = Distribution();
        defaults.timing.scope = Scope::core;
    }
    const auto text = [&](const Scenario& from) {
        const auto value = key.write(from);
        return value ? to_toml(*value) : std::string();
    };
    return text(scenario) == text(defaults);
}

std::vector<std::string> check_engine(const Scenario& scenario, const GivenValues& given, Problems& problems) {
    const Checker check{scenario, given, "", problems};
    std::vector<std::string> left_out;
    if (!check.sound({"scenario.engine"})) return left_out;
    const auto engine = given.find("scenario.engine");
    const bool asked_for_lockstep =
        scenario.engine == EngineKind::lockstep && engine != given.end() && engine->second.place.line == 0;
    const std::string name = to_word(scenario.engine);
    for (const Key& key : scenario_keys()) {
        if (key.path == "scenario.shard" || given.count(key.path) == 0) continue;
        if (key.honoured_by(scenario.engine) || at_default(key, scenario)) continue;
        if (asked_for_lockstep && (key.section() == "timing" || key.section() == "chip")) {
            left_out.push_back(key.path);
        } else {
            // Free-running, clocks and links are what the machine does.
            const bool is_real = scenario.engine == EngineKind::free_running && key.section() == "timing";
            check.complain(key.path,
                           is_real ? "the free engine cannot honour it: its clocks and links are what the machine does"
                                   : "the " + name + " engine cannot honour it",
                           "scenario.engine = " + key.engines + ", or this key at its default, " + key.default_text);
        }
    }
    if (scenario.neuron.kind == NeuronKind::continuous && scenario.engine != EngineKind::lockstep) {
        check.complain("neuron.kind", "the " + name + " engine cannot honour continuous neurons",
                       "scenario.engine = lockstep, or binary neurons");
    }
    return left_out;
}

bool has_idle_scale(const Scenario& scenario) {
    const NetworkPart& network = scenario.network;
    if (network.weights.empty() && !prior_training(scenario)) return false;
    return network.init_scale != 1 || std::any_of(network.projections.begin(), network.projections.end(),
                                                  [](const auto& one) { return one.init_scale != 1; });
}

namespace {

/// What is not there yet: whoever adds it removes its line. [timing], [faults] and [free] are not listed, since the
/// engines that honour them are.
struct Unavailable {
    const char* key;
    bool (*asked_for)(const Scenario&);
    const char* what;
    const char* expected;
};

constexpr Unavailable unavailable[] = {
    {"record.weights",
     [](const Scenario& s) { return !s.record.weights.layers.empty() || s.record.weights.neurons != 0; },
     "a recording of part of the weights", "no layers and no neurons"},
};

}  // namespace

void refuse_unavailable(const Scenario& scenario, const GivenValues& given, const std::string& file,
                        Problems& problems) {
    const Checker check{scenario, given, file, problems};
    for (const Unavailable& feature : unavailable) {
        if (!feature.asked_for(scenario)) continue;
        check.complain(feature.key, std::string(feature.what) + " is not available in this version yet",
                       feature.expected);
    }
}

}  // namespace settle
