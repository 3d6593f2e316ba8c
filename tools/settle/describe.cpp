#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/data/dataset.hpp"
#include "sim/formats/shell_words.hpp"
#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/runs/memory.hpp"
#include "sim/runs/session/stability_guide.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/scenario/axis.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/network_form.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/scenario_options.hpp"

namespace settle {

namespace {

const char* promise(EngineKind engine) {
    switch (engine) {
        case EngineKind::lockstep:
            return "all neurons step together; bit-identical for any number of threads";
        case EngineKind::virtual_time:
            return "every neuron has its own clock; bit-identical for any number of threads and any shard size";
        case EngineKind::free_running:
            return "real threads without a global order; no message lost, no deadlock, statistics agree";
    }
    return "";
}

/// What follows from its rules, so that nobody looks for what it cannot have.
void print_free_running(const Scenario& scenario) {
    fmt::print(
        "\nfree-running\n"
        "  can show     that the network needs no simulator's order: actors on real threads, one bit a message, "
        "lossless\n"
        "               or with timing.loss and [faults]; the asynchrony it really had is measured and printed\n"
        "  cannot show  drift: whoever is more than max_lead = {} ticks ahead waits, which makes all rates equal;\n"
        "               chosen latencies and jitter: they are what this machine and its load make them; the same run\n"
        "               twice: no fingerprint. For all of these, engine virtual\n",
        scenario.free.max_lead);
}

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3)
        digits.insert(static_cast<std::size_t>(at), ",");
    return digits;
}

void print_keys(const Scenario& scenario) {
    fmt::print("\nkeys that are not at their defaults\n");
    for (const Key& key : scenario_keys()) {
        const auto value = key.write(scenario);
        if (!value || !key.of_a_run() || at_default(key, scenario) || key.path == "scenario.name" ||
            key.path == "scenario.description")
            continue;
        fmt::print("  {:<22} = {:<40}  {}\n", key.path, to_toml(*value), key.help);
    }
}

/// What looking at its fixed points takes: as much as converging of few samples.
MemoryEstimate estimate_of_guide(Scenario scenario) {
    scenario.task = Task::converge;
    scenario.engine = EngineKind::lockstep;
    scenario.events.clear();
    scenario.data.validation = 0;
    scenario.data.test = 0;
    scenario.learning.batch = std::min(scenario.learning.batch, 20);
    scenario.phases.free = scenario.phases.nudged = 1;
    scenario.data.train.reset();
    return estimate_memory(scenario, {20, 0, 0, scenario.network.inputs(), 4}, workers_of(scenario));
}

/// Theory, for whoever wants to hold it against what is measured.
void print_stability(const Scenario& scenario) {
    fmt::print("\nstability under delay (linear theory in continuous time, a guide: Marcus & Westervelt 1989)\n");
    constexpr int most_neurons = 20'000;
    const std::vector<int> sizes = scenario.network.sizes();
    const auto neurons = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    if (neurons > most_neurons && !scenario.network.populations.empty()) {
        fmt::print("  eigenvalues are left out: {} neurons are more than {}\n", grouped(neurons),
                   grouped(most_neurons));
        return;
    }
    if (trains_first(scenario)) {
        fmt::print("  not known before {} is trained\n", printable(scenario.stream.train, 200));
        return;
    }
    try {
        check_memory(estimate_of_guide(scenario), available_memory());
        WorkerPool workers(scenario.threads);
        const StabilityGuide guide = stability_guide(scenario, workers);
        const std::string unsaturated = guide.fewest_unsaturated == guide.most_unsaturated
                                            ? std::to_string(guide.most_unsaturated)
                                            : fmt::format("{} to {}", guide.fewest_unsaturated, guide.most_unsaturated);
        fmt::print("  of the initial weights at the free fixed point{}\n",
                   guide.presentations == 1
                       ? " of the first sample"
                       : fmt::format("s of the first {} samples, the extremes of all", guide.presentations));
        if (!guide.settled)
            fmt::print("  (on the way to them: states still move by {:.2g} a tick of epsilon 0.5)\n", guide.residual);
        fmt::print("  unsaturated     {} of {} neurons\n", unsaturated, guide.neurons);
        fmt::print("  eigenvalues     {:.4f} to {:.4f}, of the weights among them\n", guide.least, guide.greatest);
        fmt::print("  critical delay  {}\n", guide.critical_delay
                                                 ? fmt::format("{:.4g} period/epsilon", *guide.critical_delay)
                                             : guide.settled ? "none: stable at any delay"
                                                             : "not known before they are reached");
        if (guide.settled && guide.greatest > 0 && guide.greatest < 1) {
            const auto folding = [&](double delay) { return 1 / decay_rate(guide.greatest, delay); };
            fmt::print(
                "  slowest mode    shrinks e-fold in {:.3g} period/epsilon; {:.3g} with a delay of 1, {:.3g} with 10\n",
                folding(0), folding(1), folding(10));
        }
    } catch (const Error& error) {
        fmt::print("  not known{}: {}\n", error.blame() == Blame::input ? " without the data" : "", error.what());
    }
}

void print_events(const Scenario& scenario) {
    if (scenario.events.empty()) return;
    fmt::print("\nevents\n");
    for (const Event& event : scenario.events) fmt::print("  {}\n", event_text(event));
}

/// What else can be done with it than a run.
void print_studies(const Scenario& scenario) {
    const auto names = [](const std::vector<Axis>& axes) {
        std::string text;
        for (const Axis& axis : axes) {
            text += (text.empty() ? "" : ", ") + axis.name;
            text += axis.range ? fmt::format(" from {} to {}", axis.range->low, axis.range->high)
                               : fmt::format(" ({})", axis.choices.size());
        }
        return text;
    };
    if (!scenario.sweep.over.empty()) {
        const std::vector<Axis> axes = axes_of(scenario.sweep.over, AxesOf::sweep);
        fmt::print("\nsweep    {} points x {} repeats over {}\n", grid(axes).size(), scenario.sweep.repeats,
                   names(axes));
    }
    if (!scenario.search.over.empty()) {
        fmt::print("\nsearch   {} {} trials over {}, for the least {}\n", scenario.search.trials,
                   to_word(scenario.search.method), names(axes_of(scenario.search.over, AxesOf::search)),
                   scenario.search.objective);
    }
}

std::string population_text(const PopulationSpec& population) {
    const std::string shape = population.shape.size() == 3 ? fmt::format("{}", fmt::join(population.shape, " x ")) : "";
    const char* roles[] = {"input", "", "output"};
    return fmt::format("{:<14} {:>14} {:>12}  {}", population.name, shape, grouped(population.size()),
                       roles[static_cast<std::size_t>(population.role)]);
}

std::string kind_text(const ProjectionPart& projection) {
    if (const auto* convolution = std::get_if<ConvolutionSpec>(&projection.kind))
        return fmt::format("convolution, kernel {}, stride {}, padding {}", convolution->kernel, convolution->stride,
                           convolution->padding);
    const std::string lateral = projection.lateral() ? ", lateral" : "";
    const auto* links = std::get_if<LinkSource>(&projection.kind);
    if (!links) return "dense" + lateral;
    std::string source;
    if (const auto* radius = std::get_if<WithinRadius>(links)) source = fmt::format("radius {}", radius->radius);
    if (const auto* fan = std::get_if<FanIn>(links)) source = fmt::format("fan-in {}", fan->sources);
    if (const auto* some = std::get_if<WithProbability>(links))
        source = fmt::format("probability {}", some->probability);
    if (const auto* file = std::get_if<LinksFile>(links)) source = file->path;
    return "sparse, " + source + lateral;
}

/// Populations, and how they are joined.
void print_graph(const NetworkPart& network) {
    if (network.populations.empty()) return;  // of layers, all is said
    for (const PopulationSpec& population : network.populations) fmt::print("  {}\n", population_text(population));
    for (int k = 0; k < network.projection_count(); ++k) {
        const ProjectionPart& one = network.projections[static_cast<std::size_t>(k)];
        const auto name = [&](int p) { return network.populations[static_cast<std::size_t>(p)].name; };
        // Pairs of a lateral projection that are drawn twice are one link.
        const auto* source = std::get_if<LinkSource>(&one.kind);
        const bool counted = !source || !(std::holds_alternative<WithProbability>(*source) ||
                                          (one.lateral() && std::holds_alternative<FanIn>(*source)));
        const double links = expected_links(network, k), weights = expected_weights(network, k);
        fmt::print("  {} {} {}: {}; {}{} links{}\n", name(one.pre), one.pre == 0 ? "->" : "<->", name(one.post),
                   kind_text(one), counted ? "" : "about ", grouped(std::llround(links)),
                   weights == links ? "" : fmt::format(", {} weights", grouped(std::llround(weights))));
    }
}

void print_network(const Scenario& scenario) {
    const NetworkPart& network = scenario.network;
    double weights = 0;
    for (int k = 0; k < network.projection_count(); ++k) weights += expected_weights(network, k);
    const std::vector<int> sizes = network.sizes();
    fmt::print("network  {}: {} {} neurons, {} weights\n",
               network.populations.empty() ? network.text() : fmt::format("{} populations", sizes.size()),
               grouped(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0})), to_word(scenario.neuron.kind),
               grouped(std::llround(weights)));
    print_graph(network);
}

void print_phases(const Scenario& scenario) {
    const auto& phases = scenario.phases;
    const auto& stream = scenario.stream;
    if (scenario.task != Task::stream) {
        fmt::print("phases   {} periods free, {} nudged{}\n", phases.free, phases.nudged,
                   phases.splitstream ? ", splitstream" : "");
        return;
    }
    const std::string dwell = stream.dwell_low == stream.dwell_high
                                  ? std::to_string(stream.dwell_low)
                                  : fmt::format("{} to {}", stream.dwell_low, stream.dwell_high);
    fmt::print("streams  {} of {} inputs, {} periods each, {}\n", stream.streams, stream.inputs, dwell,
               stream.order == StreamOrder::data ? "in the order of the data" : "in an order of its own each");
    if (stream.train.empty()) return;
    const Scenario training = training_for(scenario);
    fmt::print("trained  first: {}, {} epochs\n", printable(stream.train, 200), training.learning.epochs);
}

/// What a command is given to run just this.
std::string arguments_of(const ScenarioOptions& options) {
    std::string text = shell_quoted(options.scenario);
    for (const std::string& set : options.set) text += " --set " + shell_quoted(set);
    if (options.engine) text += " --engine " + shell_quoted(*options.engine);
    if (options.threads) text += " --threads " + shell_quoted(*options.threads);
    if (options.seed) text += " --seed " + shell_quoted(*options.seed);
    return text;
}

}  // namespace

int describe_command(const ScenarioOptions& options) {
    // What a run leaves out, the description has: no notes.
    const LoadedScenario loaded = load_from_options(options, true);
    for (const std::string& warning : loaded.warnings) fmt::print(stderr, "settle: warning: {}\n", warning);
    const Scenario& scenario = loaded.scenario;
    fmt::print("{}\n{}{}\n", scenario.name, scenario.description, scenario.description.empty() ? "" : "\n");
    fmt::print("task     {}\n", to_word(scenario.task));
    print_network(scenario);
    print_phases(scenario);
    fmt::print("time     periods of {}, in units of {}\n", duration_text(scenario.timing.period, scenario.timing.unit),
               unit_text(scenario.timing.unit));
    try {
        const DatasetSize data = measure_dataset(scenario);
        fmt::print("data     {}: {} training, {} validation, {} test samples\n", to_word(scenario.data.set),
                   grouped(data.train), grouped(data.validation), grouped(data.test));
        const MemoryEstimate memory = estimate_memory(scenario, data, workers_of(scenario));
        fmt::print("memory   about {:.0f} MB\n", memory.sum() / 1e6);
    } catch (const Error& error) {
        fmt::print("data     {}: {}\n", to_word(scenario.data.set), error.what());
    }
    fmt::print("\nengines\n");
    for (const EngineKind engine : allowed_engines(scenario)) {
        fmt::print("  {:<9} {}\n", to_word(engine), promise(engine));
    }
    if (scenario.engine == EngineKind::free_running) print_free_running(scenario);
    print_stability(scenario);
    print_keys(scenario);
    print_events(scenario);
    print_studies(scenario);
    fmt::print("\nexpectations\n");
    for (const Expectation& expectation : scenario.expectations) fmt::print("  {}\n", expectation_text(expectation));
    if (scenario.expectations.empty()) fmt::print("  none\n");
    const std::string arguments = arguments_of(options);
    fmt::print("\nrun it: settle run {}\n", arguments);
    if (!scenario.sweep.over.empty()) fmt::print("sweep it: settle sweep {}\n", arguments);
    if (!scenario.search.over.empty()) fmt::print("search it: settle search {}\n", arguments);
    fmt::print("then look at it: settle report DIRECTORY\n");
    return exit_good;
}

}  // namespace settle
