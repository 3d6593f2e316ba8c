#include "sim/scenario/metrics.hpp"

#include "sim/scenario/event_window.hpp"
#include "sim/scenario/problems.hpp"

namespace settle {

namespace {

using Reading = std::vector<std::optional<Number>>;

const MetricNeed nudged{"phases.nudged", "phases.nudged above 0", "phases.nudged is 0",
                        [](const Scenario& s) { return s.phases.nudged > 0; }};
const MetricNeed repeated{"data.repeats", "data.repeats above 1", "data.repeats is 1",
                          [](const Scenario& s) { return s.data.repeats > 1; }};
const MetricNeed several_minibatches{
    "data.train", "data.train above learning.batch", "data.train gives one minibatch",
    [](const Scenario& s) { return s.data.train && *s.data.train - s.data.validation > s.learning.batch; }};
const MetricNeed tested{"data.test", "a test set", "data.test is 0",
                        [](const Scenario& s) { return s.data.test != 0; }};
const MetricNeed validated{"data.validation", "data.validation above 0", "data.validation is 0",
                           [](const Scenario& s) { return s.data.validation > 0; }};
const MetricNeed binary{"neuron.kind", "binary neurons", "continuous neurons send no bits",
                        [](const Scenario& s) { return s.neuron.kind == NeuronKind::binary; }};
const MetricNeed eventful{"events", "[[events]] within presentations", "no event happens within presentations",
                          [](const Scenario& s) { return !measured_events(s).empty(); }};
const MetricNeed parities{"timing.link", "parity links", "timing.link has no terminals",
                          [](const Scenario& s) { return has_terminals(s.timing.link); }};
const MetricNeed priced{"energy", "[energy]", "there is no [energy]", [](const Scenario& s) { return s.energy.on; }};
const MetricNeed on_chip{"chip", "[chip]", "there is no [chip]", [](const Scenario& s) { return s.chip.has_value(); }};
const MetricNeed paced{"free.pace", "free.pace", "free.pace is not given",
                       [](const Scenario& s) { return s.free.pace.has_value(); }};

template <class T>
Reading reading(const std::optional<T>& value) {
    return {value ? std::optional<Number>(*value) : std::nullopt};
}

template <class T>
Reading reading(const T& value) {
    return {Number(value)};
}

/// `get` gives a number, or an optional one, of a summary.
template <class Get>
Metric number(const char* name, const char* unit, const char* help, Get get) {
    Metric metric{name, unit, help};
    metric.read = [get](const Summary& summary) { return reading(get(summary)); };
    return metric;
}

/// Of a part of the summary that other runs do not have.
template <class Part, class Get>
Metric number_of(std::optional<Part> Summary::*part, const char* name, const char* unit, const char* help, Get get) {
    Metric metric{name, unit, help};
    metric.read = [part, get](const Summary& summary) {
        return summary.*part ? reading(get(*(summary.*part))) : Reading{std::nullopt};
    };
    return metric;
}

Metric text(const char* name, const char* help, Metric::Kind kind, std::string Summary::*field) {
    Metric metric{name, "", help, Metric::Form::text, kind};
    metric.judged = false;
    metric.text = [field](const Summary& summary) { return summary.*field; };
    return metric;
}

Metric with(Metric metric, Metric::Kind kind) {
    metric.kind = kind;
    return metric;
}

Metric positive(Metric metric) {
    metric.positive = true;
    return metric;
}

Metric of(std::vector<Task> tasks, Metric metric) {
    metric.tasks = std::move(tasks);
    return metric;
}

Metric needing(std::vector<MetricNeed> needs, Metric metric) {
    metric.needs = std::move(needs);
    return metric;
}

Metric ranked(int headline, int plotted, Metric metric) {
    metric.headline = headline;
    metric.plotted = plotted;
    return metric;
}

constexpr Metric::Kind circumstance = Metric::Kind::circumstance;
constexpr Metric::Kind setting = Metric::Kind::setting;

void add_run_metrics(std::vector<Metric>& rows) {
    rows.push_back(text("task", "scenario.task", setting, &Summary::task));
    rows.push_back(text("engine", "scenario.engine", setting, &Summary::engine));
    rows.push_back(
        with(number("threads", "", "workers", [](const Summary& s) { return std::int64_t{s.threads}; }), circumstance));
    rows.push_back(with(number("seed", "", "scenario.seed", [](const Summary& s) { return s.seed; }), setting));
    const std::vector<Task> answering = {Task::train, Task::infer}, training = {Task::train};
    rows.push_back(needing(
        {tested}, of(answering, ranked(1, 3,
                                       number("test_error", "fraction", "wrong answers on the test set, last epoch",
                                              [](const Summary& s) { return s.test_error; })))));
    rows.push_back(
        of(answering, ranked(2, 11,
                             number("train_error", "fraction", "wrong answers in the last epoch's own free phases",
                                    [](const Summary& s) { return s.train_error; }))));
    rows.push_back(needing(
        {validated},
        of(training, ranked(0, 12,
                            number("validation_error", "fraction", "wrong answers on the validation set, last epoch",
                                   [](const Summary& s) { return s.validation_error; })))));
    rows.push_back(of(
        training, number("epochs", "", "times through the training set", [](const Summary& s) { return s.epochs; })));
    rows.push_back(number("presentations", "", "training and evaluation together",
                          [](const Summary& s) { return s.presentations; }));
    rows.push_back(of(training, ranked(7, 0,
                                       with(positive(number("samples_per_second", "1/s",
                                                            "training presentations a second of training",
                                                            [](const Summary& s) { return s.samples_per_second; })),
                                            circumstance))));
    rows.push_back(ranked(9, 0,
                          with(positive(number("wall_seconds", "s", "from start to end",
                                               [](const Summary& s) { return s.wall_seconds; })),
                               circumstance)));
}

struct Counter {
    const char* name;
    const char* help;
    std::uint64_t Counters::*count;
};

constexpr Counter counters[] = {
    {"ticks", "neuron updates", &Counters::ticks},
    {"spikes", "sent, the input's included", &Counters::spikes},
    {"messages",
     "bits times the populations (scope synapse: neurons; on a chip: cores) that get them; level and parity links send "
     "every tick, and nobody sends to layer 0",
     &Counters::messages},
    {"deliveries", "messages that arrived", &Counters::deliveries},
    {"lost", "messages that did not arrive", &Counters::lost},
    {"dropped", "messages that a queue of the chip had no place for", &Counters::dropped},
    {"duplicated", "messages copied by the link or a fork", &Counters::duplicated},
    {"expired", "messages in flight when their presentation ended", &Counters::expired},
    {"synaptic_operations", "weights added to a target", &Counters::synaptic_operations},
};

/// Totals, then each as an array over the populations. A continuous network only ticks.
void add_counters(std::vector<Metric>& rows) {
    const auto needs = [](const Counter& counter) {
        if (counter.count == &Counters::dropped) return std::vector<MetricNeed>{on_chip};
        return counter.count == &Counters::ticks ? std::vector<MetricNeed>{} : std::vector<MetricNeed>{binary};
    };
    const auto is_counted = [](const Counter& counter, const Summary& summary) {
        if (counter.count == &Counters::dropped) return summary.on_chip;
        return summary.spiking || counter.count == &Counters::ticks;
    };
    for (const Counter& counter : counters) {
        Metric& row = rows.emplace_back(needing(needs(counter), Metric{counter.name, "", counter.help}));
        if (counter.count == &Counters::spikes) {
            row = ranked(8, 14, row);
            row.unit = "bits of value 1";
        }
        row.of_counters = true;
        if (counter.count == &Counters::dropped) row.engines = {EngineKind::virtual_time};
        row.read = [=](const Summary& summary) {
            return is_counted(counter, summary) ? reading(total(summary.counters).*counter.count)
                                                : Reading{std::nullopt};
        };
    }
    for (const Counter& counter : counters) {
        const std::string help = counter.count == &Counters::ticks || counter.count == &Counters::spikes
                                     ? "the same by population, layer 0 first"
                                     : "the same by the population that the message is addressed to, layer 0 first";
        Metric& row = rows.emplace_back(needing(needs(counter), Metric{std::string(counter.name) + "_by_population", "",
                                                                       help, Metric::Form::by_population}));
        row.of_counters = true;
        if (counter.count == &Counters::dropped) row.engines = {EngineKind::virtual_time};
        row.judged = false;
        row.read = [=](const Summary& summary) {
            if (!is_counted(counter, summary)) return Reading{std::nullopt};
            Reading all;
            for (const Counters& population : summary.counters) all.emplace_back(population.*counter.count);
            return all;
        };
    }
    Metric bits = with(number("terminal_bits", "", "that the terminal of a parity link has to remember",
                              [](const Summary& s) { return s.terminal_bits; }),
                       setting);
    bits.engines = {EngineKind::virtual_time};
    rows.push_back(needing({parities}, bits));
    Metric posts = with(number("posts", "", "times that an actor was handed to the thread pool",
                               [](const Summary& s) { return s.posts; }),
                        circumstance);
    posts.engines = {EngineKind::virtual_time, EngineKind::free_running};
    rows.push_back(posts);
}

template <class Get>
Metric energy_number(const char* name, const char* unit, const char* help, Get get) {
    return needing({priced}, positive(number_of(&Summary::energy, name, unit, help, get)));
}

/// An object of joules.
template <class Names, class Parts>
Metric energy_parts(const char* name, const char* help, Names names, Parts parts) {
    Metric metric{name, "J", help, Metric::Form::by_name};
    metric.needs = {priced};
    metric.judged = false;
    metric.names = [names](const Summary& s) { return s.energy ? names(*s.energy) : std::vector<std::string>{}; };
    metric.read = [parts](const Summary& s) {
        Reading all;
        if (!s.energy) return all;
        for (const Femtojoules part : parts(*s.energy)) all.emplace_back(to_joules(part));
        return all;
    };
    return metric;
}

void add_energy_metrics(std::vector<Metric>& rows) {
    using Of = EnergyFigures;
    rows.push_back(energy_number("energy_joules", "J", "of the whole run, training and evaluation",
                                 [](const Of& f) { return f.joules(); }));
    rows.push_back(ranked(10, 15,
                          energy_number("energy_per_presentation", "J", "the same, of all presentations the mean",
                                        [](const Of& f) { return f.per_presentation(); })));
    rows.push_back(ranked(11, 16,
                          energy_number("energy_to_settle", "J",
                                        "until the answer (converge: the distance, within phases.settle_tolerance) is "
                                        "final, mean of the presentations that settle",
                                        [](const Of& f) { return f.to_settle; })));
    rows.back().tasks = {Task::train, Task::infer, Task::converge};
    rows.back().without = "not settled";
    rows.push_back(energy_number("energy_delay", "J s", "energy_to_settle times the time of settling_median",
                                 [](const Of& f) { return f.delay(); }));
    rows.back().tasks = {Task::train, Task::infer, Task::converge};
    rows.back().without = "not settled";
    rows.push_back(energy_parts(
        "energy_by_cause", "energy_joules by what it is spent on, as [energy] names it",
        [](const Of& /*figures*/) {
            std::vector<std::string> names;
            for (const UnitCost& cost : unit_costs) names.emplace_back(cost.name);
            return names;
        },
        [](const Of& f) { return f.bill.by_cause; }));
    rows.push_back(energy_parts(
        "energy_by_population",
        "the same by population: updates, spikes and packets of the one that makes them, synapses of the target; "
        "static energy is nobody's",
        [](const Of& f) { return f.populations; }, [](const Of& f) { return f.bill.by_population; }));
    Metric zeros{"energy_unpriced", "", "unit costs that are 0", Metric::Form::text, setting};
    zeros.needs = {priced};
    zeros.judged = false;
    zeros.text = [](const Summary& s) { return s.energy ? joined(s.energy->free_of_charge) : std::string(); };
    rows.push_back(zeros);
}

template <class Get>
Metric chip_number(const char* name, const char* unit, const char* help, Get get) {
    Metric metric = needing({on_chip}, number_of(&Summary::chip, name, unit, help, get));
    metric.engines = {EngineKind::virtual_time};
    return metric;
}

void add_chip_metrics(std::vector<Metric>& rows) {
    using Of = ChipSummary;
    const auto add = [&](Metric metric) { rows.push_back(std::move(metric)); };
    add(ranked(12, 17,
               positive(chip_number("chip_latency_mean", "ns",
                                    "of a bit to a target core, from fired to heard; of those that arrive",
                                    [](const Of& f) { return f.latency_mean; }))));
    add(positive(chip_number("chip_latency_p50", "ns", "the same, median, within 0.4 %",
                             [](const Of& f) { return f.latency_p50; })));
    add(ranked(0, 18,
               positive(chip_number("chip_latency_p99", "ns", "the same, of 99 of 100 bits, within 0.4 %",
                                    [](const Of& f) { return f.latency_p99; }))));
    add(positive(chip_number("chip_latency_max", "ns", "the same, most", [](const Of& f) { return f.latency_max; })));
    add(chip_number("hops_mean", "links", "that a bit to a target core takes; of those that arrive",
                    [](const Of& f) { return f.hops_mean; }));
    add(chip_number("packets", "", "that entered the chip's fabric; without multicast one a target core",
                    [](const Of& f) { return f.packets; }));
    add(ranked(13, 19,
               chip_number("busiest", "fraction", "of the time that the busiest server is in service",
                           [](const Of& f) { return f.busiest; })));
    Metric server{"busiest_server", "",
                  "which one that is: \"link (3,1)→E\" is that of tile column 3, row 1, eastwards", Metric::Form::text};
    server.engines = {EngineKind::virtual_time};
    server.needs = {on_chip};
    server.judged = false;
    server.text = [](const Summary& s) { return s.chip ? s.chip->busiest_server : std::string(); };
    add(server);
    add(chip_number("queue_max", "packets", "in the longest queue that any server had, the one in service included",
                    [](const Of& f) { return f.queue_max; }));
    add(chip_number("blocked_seconds", "s", "that servers held a packet which found no place, all servers together",
                    [](const Of& f) { return f.blocked_seconds; }));
}

void add_settling_metrics(std::vector<Metric>& rows) {
    const std::size_t first = rows.size();
    rows.push_back(ranked(0, 13,
                          number("settling_median", "periods",
                                 "until half of the presentations have settled: their answer (converge: their "
                                 "distance, within phases.settle_tolerance) is final; absent where fewer do",
                                 [](const Summary& s) { return s.settling_median; })));
    rows.push_back(ranked(6, 10,
                          number("settling_p99", "periods",
                                 "until 99 of 100 presentations have settled (nearest rank); absent where fewer "
                                 "do",
                                 [](const Summary& s) { return s.settling_p99; })));
    for (std::size_t i = first; i < rows.size(); ++i) {
        rows[i].without = "not settled";
        rows[i].tasks = {Task::train, Task::infer, Task::converge};
    }
}

/// Of every event.
template <class Get>
Metric by_event(const char* name, const char* unit, const char* help, Get get) {
    Metric metric{name, unit, help, Metric::Form::by_event};
    metric.needs = {eventful};
    metric.read = [get](const Summary& summary) {
        Reading all;
        for (const RecoveryFigures& figures : summary.recoveries) {
            const auto value = get(figures);
            all.push_back(value ? std::optional<Number>(*value) : std::nullopt);
        }
        return all;
    };
    return metric;
}

void add_recovery_metrics(std::vector<Metric>& rows) {
    rows.push_back(by_event("recovery_median.", "periods",
                            "after the event NAME until half of the presentations have settled again: their answer "
                            "(converge: their distance) is right to the end of its window; absent where fewer do",
                            [](const RecoveryFigures& f) { return f.median; }));
    rows.back().without = "not settled";
    rows.push_back(
        by_event("recovery_p99.", "periods",
                 "after the event NAME until 99 of 100 presentations have (nearest rank); absent where fewer "
                 "do",
                 [](const RecoveryFigures& f) { return f.p99; }));
    rows.back().without = "not settled";
    rows.push_back(by_event("unrecovered.", "fraction", "of the presentations that have not settled again after NAME",
                            [](const RecoveryFigures& f) { return std::optional<double>(f.unrecovered); }));
}

using Figures = ConvergenceFigures;

template <class Get>
Metric figure(const char* name, const char* help, Get get) {
    return of({Task::converge}, number_of(&Summary::convergence, name, "", help, get));
}

void add_distance_metrics(std::vector<Metric>& rows) {
    const auto add = [&](Metric metric) { rows.push_back(std::move(metric)); };
    add(ranked(0, 9, figure("unsettled", "that have not settled", [](const Figures& f) { return f.unsettled; })));
    rows.back().unit = "presentations";
    add(ranked(3, 1,
               positive(figure("final_distance", "mean |s - s_fixed| at the ends of both phases, mean of the two",
                               [](const Figures& f) { return f.final_distance; }))));
    add(positive(
        figure("mean_distance", "the same over all period ends", [](const Figures& f) { return f.mean_distance; })));
    add(positive(figure("free_distance", "the same at the end of the free phase",
                        [](const Figures& f) { return f.free_distance; })));
    add(figure("late_fall", "fraction by which the distance falls after the first fifth of the free phase",
               [](const Figures& f) { return f.late_fall; }));
    add(needing({nudged}, positive(figure("nudged_distance", "distance at the end of the nudged phase",
                                          [](const Figures& f) { return f.nudged_distance; }))));
    add(ranked(
        4, 2,
        positive(figure("distance_effective", "as final_distance, from the fixed point of the network that the chip is",
                        [](const Figures& f) { return f.distance_effective; }))));
    add(positive(figure("free_distance_effective", "the same at the end of the free phase",
                        [](const Figures& f) { return f.free_distance_effective; })));
    add(needing({nudged}, positive(figure("nudged_distance_effective", "the same at the end of the nudged phase",
                                          [](const Figures& f) { return f.nudged_distance_effective; }))));
    add(ranked(0, 7,
               positive(figure("bias",
                               "distance of the mean state of the last 50 periods of each phase from the fixed "
                               "point",
                               [](const Figures& f) { return f.steadiness.bias; }))));
    add(ranked(
        0, 8,
        positive(figure("fluctuation", "distance of the states from their own mean, last 50 periods of each phase",
                        [](const Figures& f) { return f.steadiness.fluctuation; }))));
}

/// Of several updates.
Metric update_figure(const char* name, const char* help, double UpdateFigures::*field) {
    return needing({nudged, repeated}, figure(name, help, [field](const Figures& f) {
                       return f.updates ? std::optional<double>((*f.updates).*field) : std::nullopt;
                   }));
}

Metric cosines_by_projection(const char* name, std::vector<std::optional<double>> Figures::*field) {
    Metric cosines{name, "", fmt::format("the same of one projection: {0}0, {0}1 …", name),
                   Metric::Form::by_projection};
    cosines.read = [field](const Summary& summary) {
        Reading all;
        if (!summary.convergence) return all;
        for (const auto& cosine : (*summary.convergence).*field)
            all.push_back(cosine ? std::optional<Number>(*cosine) : std::nullopt);
        return all;
    };
    return of({Task::converge}, cosines);
}

void add_update_metrics(std::vector<Metric>& rows) {
    const auto add = [&](Metric metric) { rows.push_back(std::move(metric)); };
    add(needing({nudged},
                ranked(5, 4,
                       figure("update_cosine", "of the contrastive update of all weights with the continuous network's",
                              [](const Figures& f) { return f.update_cosine; }))));
    add(needing({nudged}, cosines_by_projection("update_cosine_", &Figures::update_cosines)));
    add(needing({nudged, several_minibatches},
                figure("minibatch_cosine", "the same of the updates of single minibatches, laid end to end",
                       [](const Figures& f) { return f.minibatch_cosine; })));
    add(needing({nudged, several_minibatches},
                cosines_by_projection("minibatch_cosine_", &Figures::minibatch_cosines)));
    add(update_figure("mean_update_cosine", "of the mean of data.repeats updates with the continuous network's",
                      &UpdateFigures::cosine));
    add(ranked(0, 5,
               positive(update_figure("update_bias",
                                      "squared error of the mean update, by the square of the continuous "
                                      "network's",
                                      &UpdateFigures::bias))));
    add(ranked(
        0, 6,
        positive(update_figure("update_variance", "mean squared deviation of an update from the mean one, by the same",
                               &UpdateFigures::variance))));
    Metric residual = positive(
        of({Task::converge, Task::stream},
           Metric{"reference_residual", "", "by how much the continuous network still moves in its last tick"}));
    residual.read = [](const Summary& s) {
        if (s.stream) return reading(s.stream->reference_residual);
        return s.convergence ? reading(s.convergence->reference_residual) : Reading{std::nullopt};
    };
    add(residual);
    add(figure("elsewhere", "presentations with another fixed point near the network",
               [](const Figures& f) { return f.elsewhere; }));
    add(figure("spectral_radius", "of the weights among unsaturated neurons at the fixed point, the largest",
               [](const Figures& f) { return f.certificate.known(f.certificate.spectral_radius); }));
    add(figure("absolute_radius", "the same of their absolute values",
               [](const Figures& f) { return f.certificate.known(f.certificate.absolute_radius); }));
    add(figure("certified", "presentations with absolute_radius < 1, as a fraction: they settle whatever the timing",
               [](const Figures& f) { return f.certificate.known(f.certificate.certified_fraction()); }));
    add(figure("settling_bound",
               "within which certified presentations settle at the latest, with messages of real value",
               [](const Figures& f) { return f.certificate.settling_bound; }));
    rows.back().unit = "periods";
    add(figure("hopfield_energy", "Hopfield energy E(s) at the end of the free phase",
               [](const Figures& f) { return f.hopfield_energy; }));
    rows.back().title = "Hopfield energy";
}

void add_stream_metrics(std::vector<Metric>& rows) {
    const auto add = [&](int headline, int plotted, Metric metric) {
        rows.push_back(ranked(headline, plotted, of({Task::stream}, std::move(metric))));
    };
    const auto figure = [](const char* name, const char* unit, const char* help, auto get) {
        return number_of(&Summary::stream, name, unit, help, get);
    };
    using Of = StreamFigures;
    add(0, 0,
        figure("changes", "", "changes of the input, which all figures of streams are means over",
               [](const Of& f) { return f.changes; }));
    add(21, 21,
        figure("correct_after_median", "periods",
               "from a change until the answer is right and stays so to the end of the dwell; never counts as "
               "the dwell",
               [](const Of& f) { return f.correct_after_median; }));
    add(22, 22, figure("correct_after_p90", "periods", "the same, of 9 of 10 changes (nearest rank)", [](const Of& f) {
            return f.correct_after_p90;
        }));
    add(23, 23,
        figure("never_correct", "fraction", "changes after which the answer is never right to the end",
               [](const Of& f) { return f.never_correct; }));
    add(0, 0, figure("stream_error", "fraction", "wrong answers at the ends of dwells", [](const Of& f) {
            return f.stream_error;
        }));
    add(24, 24,
        positive(figure("static_distance", "",
                        "mean |s - s_fixed| in the last quarter of each dwell, from the fixed point of its "
                        "input",
                        [](const Of& f) { return f.static_distance; })));
    add(25, 25, positive(figure("tracking_distance", "", "the same at all period ends", [](const Of& f) {
            return f.tracking_distance;
        })));
    add(0, 26,
        needing({binary}, figure("bits_moving", "bits a neuron and period",
                                 "of value 1, of populations 1..L, in the first quarter of each dwell",
                                 [](const Of& f) { return f.bits_moving; })));
    add(0, 27,
        needing({binary}, figure("bits_still", "bits a neuron and period", "the same in the last quarter",
                                 [](const Of& f) { return f.bits_still; })));
}

void add_asynchrony_metrics(std::vector<Metric>& rows) {
    const auto add = [&](const char* name, const char* unit, const char* help, auto get) {
        Metric& row = rows.emplace_back(number_of(&Summary::asynchrony, name, unit, help, get));
        row.engines = {EngineKind::free_running};
    };
    add("lead_mean", "ticks", "of an actor above the slowest it listens to, mean",
        [](const Asynchrony& a) { return mean_of(a.lead_sum, a.looks); });
    add("lead_max", "ticks", "the same, most", [](const Asynchrony& a) { return a.lead_max; });
    add("lag_mean", "ticks", "of an actor below the fastest it listens to, mean",
        [](const Asynchrony& a) { return mean_of(a.lag_sum, a.looks); });
    add("lag_max", "ticks", "the same, most", [](const Asynchrony& a) { return a.lag_max; });
    add("window_bits_mean", "bits", "that a population's part in a shard hears between two ticks, mean",
        [](const Asynchrony& a) { return mean_of(a.window_sum, a.windows); });
    add("window_bits_max", "bits", "the same, most", [](const Asynchrony& a) { return a.window_max; });
    add("source_bits_max", "bits", "of those from one neuron, most (lockstep: 1)",
        [](const Asynchrony& a) { return a.source_max; });
    add("in_flight_mean", "", "messages on their way in a presentation, mean",
        [](const Asynchrony& a) { return mean_of(a.flight_sum, a.flights); });
    add("in_flight_max", "", "the same, most", [](const Asynchrony& a) { return a.flight_max; });
    add("blocked", "", "times that an actor waited for a laggard", [](const Asynchrony& a) { return a.blocked; });
    add("late_ticks", "ticks", "that missed their time", [](const Asynchrony& a) { return a.late; });
    Metric& late = rows.back();
    late.needs = {paced};
    late.read = [read = late.read](const Summary& s) { return s.paced ? read(s) : Reading{std::nullopt}; };
}

/// Of a run on several processes. Not to be judged: nothing that is found depends on how many there are.
void add_rank_metrics(std::vector<Metric>& rows) {
    const auto add = [&](Metric metric) {
        metric.judged = metric.can_be_found = false;
        rows.push_back(with(std::move(metric), circumstance));
    };
    Metric ranks{"ranks", "", "processes that ran it together, each with threads workers; MPI"};
    ranks.read = [](const Summary& s) {
        return Reading{s.ranks ? std::optional<Number>(std::int64_t{*s.ranks}) : std::nullopt};
    };
    add(ranks);
    add(number("exchange_bytes", "bytes", "that the ranks together put into the collectives of minibatches; MPI",
               [](const Summary& s) { return s.exchange_bytes; }));
    add(number("exchange_seconds", "s", "that rank 0 spent in them, waiting for the others included; MPI",
               [](const Summary& s) { return s.exchange_seconds; }));
}

void add_last_metrics(std::vector<Metric>& rows) {
    rows.push_back(with(number("resumed_at", "", "training presentations done at the last resume, else 0",
                               [](const Summary& s) { return s.resumed_at; }),
                        circumstance));
    rows.back().can_be_found = false;
    rows.push_back(with(
        number("expectations_passed", "", "of the scenario's", [](const Summary& s) { return s.expectations_passed; }),
        circumstance));
    rows.back().judged = false;
    rows.push_back(with(
        number("expectations_failed", "", "of the scenario's", [](const Summary& s) { return s.expectations_failed; }),
        circumstance));
    rows.back().judged = false;
    rows.push_back(text("fingerprint",
                        "a sum over every spike and every state read: equal fingerprints mean equal runs",
                        Metric::Kind::result, &Summary::fingerprint));
    rows.back().engines = {EngineKind::lockstep, EngineKind::virtual_time};
}

std::vector<Metric> make_metrics() {
    std::vector<Metric> rows;
    add_run_metrics(rows);
    add_rank_metrics(rows);
    add_counters(rows);
    add_energy_metrics(rows);
    add_chip_metrics(rows);
    add_settling_metrics(rows);
    add_recovery_metrics(rows);
    add_distance_metrics(rows);
    add_update_metrics(rows);
    add_stream_metrics(rows);
    add_asynchrony_metrics(rows);
    add_last_metrics(rows);
    return rows;
}

}  // namespace

double to_double(const Number& number) {
    return std::visit([](auto value) { return static_cast<double>(value); }, number);
}

const std::vector<Metric>& metrics() {
    static const std::vector<Metric> rows = make_metrics();
    return rows;
}

}  // namespace settle
