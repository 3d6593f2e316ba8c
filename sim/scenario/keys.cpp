#include "sim/scenario/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/formats/toml.hpp"
#include "sim/scenario/axis.hpp"
#include "sim/scenario/chip_form.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/dwell_form.hpp"
#include "sim/scenario/energy_form.hpp"
#include "sim/scenario/key_forms.hpp"
#include "sim/scenario/network_form.hpp"
#include "sim/scenario/point_plot_form.hpp"
#include "sim/scenario/prior_training_form.hpp"
#include "sim/scenario/recording_form.hpp"
#include "sim/scenario/restart_form.hpp"
#include "sim/scenario/words.hpp"

namespace settle {

namespace {

constexpr std::int64_t any = std::numeric_limits<std::int64_t>::max();
/// Schedules are tabulated for every tick of a presentation.
constexpr std::int64_t phase_limit = 10'000'000;

/// The field of a scenario that a key is about; works for const scenarios too.
#define FIELD(expression)    \
    [](auto& s) -> auto& {   \
        return s.expression; \
    }

template <class Get>
Key integer_key(const char* path, std::int64_t low, std::int64_t high, const char* range, const char* help, Get get) {
    Key key{path, "int", "", range, help};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        using Field = std::decay_t<decltype(get(scenario))>;
        if (const auto integer = reader.integer(value, low, high)) get(scenario) = static_cast<Field>(*integer);
    };
    key.write = [=](const Scenario& scenario) { return make_value(static_cast<std::int64_t>(get(scenario))); };
    return key;
}

template <class Get>
Key number_key(const char* path, double low, double high, const char* range, const char* help, Get get) {
    Key key{path, "number", "", range, help};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto number = reader.number(value, low, high)) get(scenario) = *number;
    };
    key.write = [=](const Scenario& scenario) { return make_value(get(scenario)); };
    return key;
}

template <class Get>
Key training_key(const char* path, const char* help, Get get) {
    Key key{path, "name, path or { scenario, epochs, samples }", "absent", "", help};
    key.parts = {"scenario", "epochs", "samples"};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (auto training = read_prior_training(reader, value)) get(scenario) = std::move(*training);
    };
    key.write = [=](const Scenario& scenario) { return write_prior_training(get(scenario)); };
    key.expand = [](const Value& value) { return value.is_table() ? value : make_table({{"scenario", value}}); };
    return key;
}

template <class Get>
Key bool_key(const char* path, const char* help, Get get) {
    Key key{path, "bool", "", "", help};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto boolean = reader.boolean(value)) get(scenario) = *boolean;
    };
    key.write = [=](const Scenario& scenario) { return make_value(get(scenario)); };
    return key;
}

template <class Choice, class Get>
Key word_key(const char* path, const std::vector<Word<Choice>>& words, const char* help, Get get) {
    std::string names;
    for (const auto& word : words) names += (names.empty() ? "" : ", ") + word.first;
    Key key{path, names, "", "", help};
    key.read = [&words, get](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto choice = read_word(reader, value, words)) get(scenario) = *choice;
    };
    key.write = [get](const Scenario& scenario) { return make_value(to_word(get(scenario))); };
    return key;
}

Key with(Key key, const char* engines, const char* default_text = "") {
    key.engines = engines;
    if (*default_text) key.default_text = default_text;
    return key;
}

Key in(const char* unit, Key key) {
    key.unit = unit;
    return key;
}

void add_scenario_keys(std::vector<Key>& keys) {
    Key name{"scenario.name", "string", "file stem", "[A-Za-z0-9._-]+", "names the run and its directory"};
    name.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto text = reader.text(value, "a name of letters, digits, '.', '_' and '-'");
        if (!text) return;
        if (is_plain_name(*text)) {
            scenario.name = *text;
        } else if (text->size() > longest_plain_name) {
            reader.complain(value, fmt::format("{} has {} characters", quoted(*text), text->size()),
                            fmt::format("at most {}, since directories are named by it", longest_plain_name));
        } else {
            reader.complain(value, quoted(*text) + " is not a name", "letters, digits, '.', '_' and '-'");
        }
    };
    name.write = [](const Scenario& scenario) { return make_optional(scenario.name); };
    keys.push_back(name);
    Key description{"scenario.description", "string", "", "", "what it shows, in a sentence"};
    description.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto text = reader.text(value, "a sentence")) scenario.description = *text;
    };
    description.write = [](const Scenario& scenario) { return make_value(scenario.description); };
    keys.push_back(description);
    keys.push_back(word_key("scenario.task", task_words, "what is done", FIELD(task)));
    keys.push_back(word_key("scenario.engine", engine_words, "how neurons are brought to tick", FIELD(engine)));
    keys.push_back(integer_key("scenario.seed", 0, any, "0 to 2^63 - 1", "of everything that is drawn", FIELD(seed)));
    keys.push_back(
        with(integer_key("scenario.threads", 0, 1024, "0 to 1024", "workers", FIELD(threads)), "", "0 = all cores"));
    keys.push_back(with(integer_key("scenario.shard", 0, int_limit, "at least 0",
                                    "neurons that one worker runs together", FIELD(shard)),
                        "virtual, free", "0 = automatic"));
}

void add_network_keys(std::vector<Key>& keys) {
    Key layers{"network.layers", "[int]", "required, or [[population]]", "at least 2 items, each at least 1",
               "neurons of each population, from the input to the output, each joined to the next"};
    layers.read = read_layers;
    layers.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.network.populations.empty() && scenario.network.layers.empty()) return std::nullopt;
        return make_array(scenario.network.layers);
    };
    keys.push_back(layers);
    Key weights{"network.weights", "path", "Glorot", "", "initial weights (weights.h5)"};
    weights.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto path = reader.file(value)) scenario.network.weights = *path;
    };
    weights.write = [](const Scenario& scenario) { return make_optional(scenario.network.weights); };
    keys.push_back(weights);
    keys.push_back(training_key("network.train", "converge: as stream.train, in the place of network.weights",
                                FIELD(network.train)));
    keys.push_back(number_key("network.init_scale", 0, 1e6, "at least 0", "factor of the Glorot weights",
                              FIELD(network.init_scale)));
    keys.push_back(with(integer_key("network.seed", 0, any, "0 to 2^63 - 1",
                                    "of the initial weights, and of `random` data", FIELD(network.seed)),
                        "", "scenario.seed"));
}

/// [[population]] before [[projection]], which names them.
void add_graph_keys(std::vector<Key>& keys) {
    Key populations{"population", "[[population]]", "absent", "the input is the first",
                    "name, size or shape = [channels, height, width], role (input, hidden, output): in the place of "
                    "network.layers"};
    populations.of_tables = true;
    populations.read = read_populations;
    populations.write = write_populations;
    keys.push_back(populations);
    Key projections{"projection", "[[projection]]", "absent", "the input is named first",
                    "between = [pre, post] (the same twice: lateral), kind (dense, convolution with kernel, stride, "
                    "padding, sparse with links = radius, fan_in, probability or file), rate, init_scale"};
    projections.of_tables = true;
    projections.read = read_projections;
    projections.write = write_projections;
    keys.push_back(projections);
}

void add_neuron_keys(std::vector<Key>& keys) {
    keys.push_back(word_key("neuron.kind", kind_words,
                            "binary neurons send bits; continuous ones send rho(s), in lockstep only",
                            FIELD(neuron.kind)));
    keys.push_back(
        word_key("neuron.quantizer", quantizer_words, "how an activation becomes a bit", FIELD(neuron.quantizer)));
    Key epsilon{"neuron.epsilon", "number, \"a/t^b\", table", "", "0 to 1 at every t",
                "step size: " + step_rule_forms()};
    epsilon.parts = step_rule_parts();
    epsilon.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto rule = read_step_rule(reader, value)) scenario.neuron.epsilon = *rule;
    };
    epsilon.write = [](const Scenario& scenario) { return write_step_rule(scenario.neuron.epsilon); };
    epsilon.expand = expand_schedule;
    keys.push_back(epsilon);
    Key lambda{"neuron.lambda", "number, \"a/t^b\", table", "absent", "above 0, to 1, at every t",
               "predictive coding; absent or 1: none"};
    lambda.parts = {"initial", "exponent", "floor"};
    lambda.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto schedule = read_schedule(reader, value)) scenario.neuron.lambda = *schedule;
    };
    lambda.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.neuron.lambda) return std::nullopt;
        return write_schedule(*scenario.neuron.lambda);
    };
    lambda.expand = expand_schedule;
    keys.push_back(lambda);
    Key restart{"neuron.restart", "word, table", "", "", "when a neuron's annealing begins anew: " + restart_forms()};
    restart.parts = restart_parts();
    restart.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto rule = read_restart(reader, value)) scenario.neuron.restart = *rule;
    };
    restart.write = [](const Scenario& scenario) { return write_restart(scenario.neuron.restart); };
    restart.expand = expand_restart;
    keys.push_back(restart);
}

void add_phase_keys(std::vector<Key>& keys) {
    keys.push_back(in("periods", integer_key("phases.free", 1, phase_limit, "at least 1",
                                             "length of the free phase; in lockstep, ticks", FIELD(phases.free))));
    keys.push_back(in("periods", integer_key("phases.nudged", 0, phase_limit, "at least 0 (train: 1)",
                                             "length of the nudged phase", FIELD(phases.nudged))));
    Key readout{"phases.readout", "\"last\", { mean = K }", "", "K at most the phase",
                "the state at the end of a phase, or the mean over its last K period ends"};
    readout.parts = {"mean"};
    readout.read = read_readout;
    readout.write = write_readout;
    readout.unit = "periods";
    readout.expand = [](const Value& value) {
        const std::string* word = value.string();
        return word && *word == "last" ? make_table({}) : value;
    };
    keys.push_back(readout);
    keys.push_back(bool_key("phases.splitstream",
                            "fork at the end of the free phase and read s- from a branch that stays free",
                            FIELD(phases.splitstream)));
    keys.push_back(number_key("phases.settle_tolerance", 1e-12, infinity, "above 0",
                              "distance below which a network has settled", FIELD(phases.settle_tolerance)));
}

void add_learning_keys(std::vector<Key>& keys) {
    Key beta = number_key("learning.beta", -1e6, 1e6, "not 0", "strength of the nudge", FIELD(learning.beta));
    beta.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto number = reader.number(value, -1e6, 1e6);
        if (number && static_cast<float>(*number) == 0)
            return reader.complain(value, "0 does not nudge", "a number other than 0");
        if (number) scenario.learning.beta = *number;
    };
    keys.push_back(beta);
    keys.push_back(word_key("learning.beta_sign", beta_sign_words,
                            "of beta: as given (all that converge does), one coin a minibatch, or both and their mean",
                            FIELD(learning.beta_sign)));
    keys.push_back(word_key("learning.update", update_words, "form of the contrastive update", FIELD(learning.update)));
    Key rates{"learning.rates", "[number]", "required to train, or rate of each [[projection]]",
              "one a projection, at least 0", "learning rates, from the input on"};
    rates.read = read_rates;
    rates.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (scenario.learning.rates.empty()) return std::nullopt;
        return make_array(scenario.learning.rates);
    };
    keys.push_back(rates);
    Key decay = number_key("learning.decay", 0, 1, "above 0, to 1", "rates are multiplied by it after every epoch",
                           FIELD(learning.decay));
    decay.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto number = reader.number(value, 0, 1);
        if (number && *number == 0) return reader.complain(value, "0 is out of range", "a number above 0, to 1");
        if (number) scenario.learning.decay = *number;
    };
    keys.push_back(decay);
    keys.push_back(in("presentations", integer_key("learning.batch", 1, 1'000'000, "at least 1", "size of a minibatch",
                                                   FIELD(learning.batch))));
    keys.push_back(integer_key("learning.epochs", 0, int_limit, "at least 0", "times through the training set",
                               FIELD(learning.epochs)));
}

template <class Get>
Key count_key(const char* path, const char* range, const char* help, std::int64_t low, Get get) {
    Key key{path, "int", "all", range, help};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (value.string() && *value.string() == "all") return void(get(scenario) = std::nullopt);
        if (const auto count = reader.integer(value, low, int_limit)) get(scenario) = *count;
    };
    key.write = [=](const Scenario& scenario) {
        return get(scenario) ? make_value(*get(scenario)) : make_value(std::string("all"));
    };
    return key;
}

void add_data_keys(std::vector<Key>& keys) {
    keys.push_back(word_key("data.set", data_words, "where samples come from", FIELD(data.set)));
    Key path{"data.path", "path", "depends on the set", "",
             "hdf5: the file; mnist, fashion-mnist, idx: the folder of the four IDX files, plain or .gz"};
    path.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (const auto file = reader.file(value)) scenario.data.path = *file;
    };
    path.write = [](const Scenario& scenario) { return make_optional(scenario.data.path); };
    keys.push_back(path);
    Key scale{"data.scale", "number", "255; 1 where the largest of all integers is 1, and for floating point numbers",
              "above 0", "divides the numbers that the files of the set hold"};
    scale.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto number = reader.number(value, std::numeric_limits<float>::min(), std::numeric_limits<float>::max());
        if (number) scenario.data.scale = *number;
    };
    scale.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.data.scale) return std::nullopt;
        return make_value(*scenario.data.scale);
    };
    keys.push_back(scale);
    keys.push_back(count_key("data.train", "at least 1, at most all", "training samples: the first ones of the set", 1,
                             FIELD(data.train)));
    keys.push_back(count_key("data.test", "at most all; 0: none", "test samples", 0, FIELD(data.test)));
    keys.push_back(integer_key("data.validation", 0, int_limit, "less than data.train",
                               "samples cut from the end of the training set", FIELD(data.validation)));
    keys.push_back(bool_key("data.shuffle", "a new order every epoch", FIELD(data.shuffle)));
    keys.push_back(integer_key("data.repeats", 1, 1'000'000, "1 to 1000000",
                               "converge: how often the minibatch is presented, each time with its own noise",
                               FIELD(data.repeats)));
}

/// `accumulate`: where the spread's is kept; what does not accumulate has none.
template <class Get, class Accumulate>
Key spread_key(const char* path, SpreadOf what, const char* range, const std::string& help, Get get,
               Accumulate accumulate) {
    Key key{path, "number or table", "0", range, help};
    key.engines = "virtual";
    key.parts = {"distribution", "width"};
    if (what == SpreadOf::tick) key.parts.push_back("accumulate");
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto spread = read_spread(reader, value, scenario, what);
        if (!spread) return;
        get(scenario) = spread->distribution;
        if constexpr (std::is_invocable_v<Accumulate, Scenario&>) accumulate(scenario) = spread->accumulate;
    };
    key.write = [=](const Scenario& scenario) {
        Spread spread{get(scenario)};
        if constexpr (std::is_invocable_v<Accumulate, Scenario&>) spread.accumulate = accumulate(scenario);
        return write_spread(spread, scenario, what);
    };
    key.unit = what == SpreadOf::drift ? "" : "periods";
    key.expand = [](const Value& value) { return value.is_table() ? value : make_table({{"width", value}}); };
    return key;
}

void add_timing_keys(std::vector<Key>& keys) {
    Key period{"timing.period", "duration", "", "1 ns to 10^12 s", "time between two ticks of a neuron"};
    period.read = read_period;
    period.write = [](const Scenario& scenario) {
        return make_value(duration_text(scenario.timing.period, scenario.timing.unit));
    };
    keys.push_back(period);
    keys.push_back(
        spread_key("timing.jitter", SpreadOf::tick, "at least 0",
                   "of a tick around its time: a number w is uniform in ±w; a table chooses normal, whose "
                   "width is the standard deviation, and accumulate, where tick k is off by the sum of k draws",
                   FIELD(timing.jitter), FIELD(timing.accumulate)));
    keys.push_back(
        spread_key("timing.drift", SpreadOf::drift, "0 to below 1",
                   "of a neuron's period, as a fraction: a number w is uniform in ±w; or " + other_distributions(),
                   FIELD(timing.drift), nullptr));
    keys.push_back(spread_key("timing.latency_jitter", SpreadOf::latency, "at least 0",
                              "of a message's latency: a number w is uniform in ±w; or " + other_distributions(),
                              FIELD(timing.latency_jitter), nullptr));
    keys.push_back(with(word_key("timing.phase", alignment_words, "of the clocks", FIELD(timing.phase)), "virtual"));
    keys.push_back(
        with(word_key("timing.link", link_words,
                      "a 1 is an event; or every tick sends its bit and the last one holds; or every tick sends the "
                      "parity of the 1s so far, so that what is lost is late",
                      FIELD(timing.link)),
             "virtual"));
    keys.push_back(with(integer_key("timing.device_seed", 0, any, "0 to 2^63 - 1",
                                    "of the chip: phases, drift, latencies, faults", FIELD(timing.device_seed)),
                        "virtual", "scenario.seed"));
    Key latency{"timing.latency", "number, duration, { low, high }", "1; 0 with a chip",
                "at least 1 unit of time; with a chip 0",
                "time of a bit from source to target; low and high: uniform between them, drawn once a run"};
    latency.engines = "virtual";
    latency.parts = {"low", "high"};
    latency.unit = "periods";
    latency.read = read_latency;
    latency.write = write_latency;
    latency.expand = expand_ends;
    keys.push_back(latency);
    keys.push_back(
        with(word_key("timing.scope", scope_words,
                      "one latency and one fate for a bit, or for each of its targets, or on a chip, and only "
                      "there, for each target core",
                      FIELD(timing.scope)),
             "virtual", "\"axon\"; \"core\" with a chip"));
    const char* both = "virtual, free";
    const auto fraction = [&](const char* path, const char* help, const char* engines, auto get) {
        keys.push_back(with(number_key(path, 0, 1, "0 to 1", help, get), engines));
    };
    fraction("timing.loss", "fraction of messages, duplicates included, that are lost", both, FIELD(timing.loss));
    keys.push_back(with(number_key("timing.burst", 1, 1e9, "1, or at least 1/(1 - timing.loss)",
                                   "mean length of a run of losses; 1: each by itself", FIELD(timing.burst)),
                        "virtual"));
    fraction("timing.duplication", "fraction of messages that are sent twice", "virtual", FIELD(timing.duplication));
    fraction("faults.stuck_at_zero", "fraction of neurons that never fire", both, FIELD(faults.stuck_at_zero));
    fraction("faults.stuck_at_one", "fraction of neurons that always fire", both, FIELD(faults.stuck_at_one));
    fraction("faults.dead_links", "fraction of links that carry nothing and do not learn", both,
             FIELD(faults.dead_links));
}

void add_run_keys(std::vector<Key>& keys) {
    add_recording_keys(keys);
    keys.push_back(
        integer_key("record.metrics_every", 1, int_limit, "at least 1",
                    "epochs between evaluations (converge, stream: periods between samples; the last is there)",
                    FIELD(record.metrics_every)));
    Key every{"checkpoint.every", "int or duration", "", "at least 0; 0: on a signal only",
              "presentations, or time, between checkpoints"};
    every.unit = "presentations";
    every.read = read_checkpoint_interval;
    every.write = write_checkpoint_interval;
    keys.push_back(every);
    keys.push_back(with(integer_key("free.max_lead", 1, int_limit, "at least 1",
                                    "ticks that a shard may be ahead of its neighbours", FIELD(free.max_lead)),
                        "free"));
    Key pace{"free.pace", "duration", "absent", "at least 1 ns", "wall-clock time of a tick"};
    pace.engines = "free";
    pace.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto duration = reader.wall_duration(value);
        if (duration && *duration < WallDuration(1))
            return reader.complain(value, wall_duration_text(*duration) + " is out of range", "at least 1 ns");
        if (duration) scenario.free.pace = *duration;
    };
    pace.write = [](const Scenario& scenario) -> std::optional<Value> {
        if (!scenario.free.pace) return std::nullopt;
        return make_value(wall_duration_text(*scenario.free.pace));
    };
    keys.push_back(pace);
}

void add_stream_keys(std::vector<Key>& keys) {
    Key dwell{"stream.dwell", "int or { low, high }", "", "at least 1",
              "stream: how long an input stays; low and high: uniform between them, drawn for every input"};
    dwell.parts = {"low", "high"};
    dwell.unit = "periods";
    dwell.read = read_dwell;
    dwell.write = write_dwell;
    dwell.expand = expand_ends;
    keys.push_back(dwell);
    keys.push_back(integer_key("stream.inputs", 2, 1'000'000, "at least 2, at most the samples there are",
                               "stream: inputs of each stream; the first starts from rest and enters no figure",
                               FIELD(stream.inputs)));
    keys.push_back(integer_key("stream.streams", 1, 1'000'000, "at least 1",
                               "stream: independent ones, learning.batch of them at a time", FIELD(stream.streams)));
    keys.push_back(word_key("stream.order", order_words,
                            "stream: order of the samples: each stream's own permutation, or as in the data",
                            FIELD(stream.order)));
    keys.push_back(training_key("stream.train",
                                "stream: a scenario that is trained first, with this run's seed, for its weights; "
                                "epochs and samples take the place of its own",
                                FIELD(stream.train)));
}

/// What `settle sweep` and `settle search` vary: a table from keys or sections to lists.
template <class Get>
Key over_key(const char* path, const char* help, AxesOf what, Get get) {
    Key key{path, "table", "required", "", help};
    key.read = [=](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (auto over = read_over(reader, value, what)) get(scenario) = std::move(*over);
    };
    key.write = [=](const Scenario& scenario) {
        return get(scenario).empty() ? std::nullopt : std::optional(make_table(get(scenario)));
    };
    return key;
}

void add_sweep_keys(std::vector<Key>& keys) {
    keys.push_back(integer_key("sweep.repeats", 1, int_limit, "at least 1",
                               "runs of every point, with seeds of their own", FIELD(sweep.repeats)));
    keys.push_back(over_key("sweep.over", "lists of values: the grid of all their combinations is run", AxesOf::sweep,
                            FIELD(sweep.over)));
    Key against{"sweep.against", "label", "absent", "",
                "the point from which differences of all others are reported, paired by repeat"};
    against.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto text = reader.text(value, "the label of a point");
        if (text && text->empty()) return reader.complain(value, "is empty", "the label of a point");
        if (text) scenario.sweep.against = *text;
    };
    against.write = [](const Scenario& scenario) { return make_optional(scenario.sweep.against); };
    keys.push_back(against);
    Key show{"sweep.show", "[metric]", "those of sweep.plot, else the main one", "",
             "the metrics of the table of points"};
    show.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (auto metrics = read_shown(reader, value)) scenario.sweep.show = std::move(*metrics);
    };
    show.write = [](const Scenario& scenario) {
        return scenario.sweep.show.empty() ? std::nullopt : std::optional(write_shown(scenario.sweep.show));
    };
    keys.push_back(show);
    Key plot{"sweep.plot", "{ x, y, size, within } or a list of them", "absent", "",
             "points by two metrics, with marks as large as a third; those that no other with the same values of "
             "`within` beats in all of them are joined"};
    plot.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        if (auto plots = read_point_plots(reader, value)) scenario.sweep.plot = std::move(*plots);
    };
    plot.write = [](const Scenario& scenario) {
        return scenario.sweep.plot.empty() ? std::nullopt : std::optional(write_point_plots(scenario.sweep.plot));
    };
    keys.push_back(plot);
    keys.push_back(word_key("search.method", search_words, "how trials are drawn", FIELD(search.method)));
    keys.push_back(
        integer_key("search.trials", 1, int_limit, "at least 1", "points that are tried", FIELD(search.trials)));
    Key objective{"search.objective", "metric", "required to search", "", "what is minimised"};
    objective.read = [](KeyReader& reader, const Value& value, Scenario& scenario) {
        const auto text = reader.text(value, "the name of a metric");
        if (text && !is_plain_name(*text)) return reader.complain(value, quoted(*text) + " is not a metric", "a name");
        if (text) scenario.search.objective = *text;
    };
    objective.write = [](const Scenario& scenario) { return make_optional(scenario.search.objective); };
    keys.push_back(objective);
    keys.push_back(over_key("search.over", "[low, high] of every key that is drawn, or a list of words", AxesOf::search,
                            FIELD(search.over)));
}

/// What [[events]] may change. What is not here stays as it is while a run lasts.
struct Changeable {
    const char* path;
    Change change;
};
constexpr Changeable changeable[] = {
    {"timing.loss", Change::period},
    {"timing.duplication", Change::period},
    {"timing.jitter", Change::period},
    {"timing.latency", Change::period},
    {"timing.latency_jitter", Change::period},
    {"timing.drift", Change::minibatch},
    {"timing.phase", Change::minibatch},
    {"timing.link", Change::minibatch},
    {"faults.stuck_at_zero", Change::minibatch},
    {"faults.stuck_at_one", Change::minibatch},
    {"faults.dead_links", Change::minibatch},
    {"learning.rates", Change::minibatch},
    {"learning.beta", Change::minibatch},
    {"neuron.epsilon", Change::minibatch},
    {"neuron.lambda", Change::minibatch},
};

std::vector<Key> make_keys() {
    std::vector<Key> keys;
    add_scenario_keys(keys);
    add_network_keys(keys);
    add_graph_keys(keys);
    add_neuron_keys(keys);
    add_phase_keys(keys);
    add_learning_keys(keys);
    add_data_keys(keys);
    add_timing_keys(keys);
    add_chip_keys(keys);
    add_energy_keys(keys);
    add_run_keys(keys);
    add_stream_keys(keys);
    add_sweep_keys(keys);
    const Scenario defaults;
    for (Key& key : keys) {
        for (const Changeable& one : changeable) {
            if (key.path == one.path) key.change = one.change;
        }
        const auto value = key.default_text.empty() ? key.write(defaults) : std::nullopt;
        if (value) key.default_text = to_toml(*value);
        // What only streams look at, no other run says.
        if (key.section() != "stream") continue;
        key.write = [write = key.write](const Scenario& s) { return s.task == Task::stream ? write(s) : std::nullopt; };
    }
    return keys;
}

}  // namespace

bool Key::honoured_by(EngineKind engine) const {
    return engines.empty() || (", " + engines + ",").find(" " + to_word(engine) + ",") != std::string::npos;
}

const std::vector<Key>& scenario_keys() {
    static const std::vector<Key> keys = make_keys();
    return keys;
}

}  // namespace settle
