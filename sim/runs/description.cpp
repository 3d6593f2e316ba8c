#include "sim/runs/description.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "models/chip/placement.hpp"
#include "sim/data/dataset.hpp"
#include "sim/formats/toml.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/runs/available_memory.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/offered_load.hpp"
#include "sim/runs/session/stability_guide.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/scenario/axis.hpp"
#include "sim/scenario/checks.hpp"
#include "sim/scenario/chip_form.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/expectation.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/network_form.hpp"
#include "sim/scenario/words.hpp"

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
void add_free_running(const Scenario& scenario, std::string& text) {
    text += fmt::format(
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

void add_keys(const Scenario& scenario, std::string& text) {
    text += fmt::format("\nkeys that are not at their defaults\n");
    for (const Key& key : scenario_keys()) {
        const auto value = key.write(scenario);
        if (!value || !key.of_a_run() || at_default(key, scenario) || key.path == "scenario.name" ||
            key.path == "scenario.description")
            continue;
        text += fmt::format("  {:<22} = {:<40}  {}\n", key.path, to_toml(*value), key.help);
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

/// What holds under any timing.
void add_certificate(const CertificateFigures& figures, std::string& text) {
    text += fmt::format(
        "\nany timing (chaotic relaxation: Chazan & Miranker 1969, Baudet 1978), at the same fixed points\n");
    text += fmt::format("  spectral radius {:.4f}, of absolute values {:.4f}: the largest of all samples\n",
                        figures.spectral_radius, figures.absolute_radius);
    text += fmt::format(
        "  certified       {} of {}: radius of absolute values below 1; near its fixed point such a network\n"
        "                  converges under any jitter, latency, order and loss of messages that replace each other\n",
        figures.certified, figures.presentations);
    if (figures.settling_bound)
        text += fmt::format("  settled         after {:.4g} periods at the latest, with messages of real value\n",
                            *figures.settling_bound);
    if (figures.noise_floor)
        text += fmt::format("  noise floor     of one-bit messages: at most lambda = {:.3g} a link, besides\n",
                            *figures.noise_floor);
    text +=
        "  pulses          whose numbers clocks and losses shift bias the fixed point; drift is a similarity transform "
        "of the\n"
        "                  weights, which has their spectrum\n";
}

/// Theory, for whoever wants to hold it against what is measured.
void add_stability(const Scenario& scenario, std::string& text) {
    text +=
        fmt::format("\nstability under delay (linear theory in continuous time, a guide: Marcus & Westervelt 1989)\n");
    const std::vector<int> sizes = scenario.network.sizes();
    const auto neurons = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
    if (neurons > most_certified && !scenario.network.populations.empty()) {
        text += fmt::format("  eigenvalues are left out: {} neurons are more than {}\n", grouped(neurons),
                            grouped(most_certified));
        return;
    }
    if (trains_first(scenario)) {
        text += fmt::format("  not known before {} is trained\n", printable(prior_training(scenario)->scenario, 200));
        return;
    }
    try {
        check_memory(estimate_of_guide(scenario), available_memory());
        WorkerPool workers(scenario.threads);
        const StabilityGuide guide = stability_guide(scenario, workers);
        const std::string unsaturated = guide.fewest_unsaturated == guide.most_unsaturated
                                            ? std::to_string(guide.most_unsaturated)
                                            : fmt::format("{} to {}", guide.fewest_unsaturated, guide.most_unsaturated);
        text += fmt::format("  of the initial weights at the free fixed point{}\n",
                            guide.presentations == 1
                                ? " of the first sample"
                                : fmt::format("s of the first {} samples, the extremes of all", guide.presentations));
        if (!guide.settled)
            text += fmt::format("  (on the way to them: states still move by {:.2g} a tick of epsilon 0.5)\n",
                                guide.residual);
        text += fmt::format("  unsaturated     {} of {} neurons\n", unsaturated, guide.neurons);
        text += fmt::format("  eigenvalues     {:.4f} to {:.4f}, of the weights among them\n", guide.certificate.least,
                            guide.certificate.greatest);
        text += fmt::format("  critical delay  {}\n", guide.critical_delay
                                                          ? fmt::format("{:.4g} period/epsilon", *guide.critical_delay)
                                                      : guide.settled ? "none: stable at any delay"
                                                                      : "not known before they are reached");
        const double greatest = guide.certificate.greatest;
        if (guide.settled && greatest > 0 && greatest < 1) {
            const auto folding = [&](double delay) { return 1 / decay_rate(greatest, delay); };
            text += fmt::format(
                "  slowest mode    shrinks e-fold in {:.3g} period/epsilon; {:.3g} with a delay of 1, {:.3g} with 10\n",
                folding(0), folding(1), folding(10));
        }
        if (guide.settled) add_certificate(guide.certificate, text);
    } catch (const Error& error) {
        text +=
            fmt::format("  not known{}: {}\n", error.blame() == Blame::input ? " without the data" : "", error.what());
    }
}

/// Whether a chip will be congested.
void add_load(const Scenario& scenario, std::string& text) {
    if (!scenario.chip) return;
    text += "\nload of the chip\n";
    constexpr double most_links = 20e6;
    double links = 0;
    for (int k = 0; k < scenario.network.projection_count(); ++k) links += expected_links(scenario.network, k);
    if (links > most_links) {
        text += fmt::format("  is left out: {} links are more than {}\n", grouped(std::llround(links)),
                            grouped(std::llround(most_links)));
        return;
    }
    const Duration period = scenario.timing.period;
    try {
        // Where packets go depends on links alone, whatever their weights.
        Scenario shape = scenario;
        shape.network.weights.clear();
        text += load_text(offered_load(initial_network(shape), *scenario.chip, scenario.timing.device_seed),
                          *scenario.chip, picoseconds_of(period, scenario.timing.unit), scenario.timing.link);
    } catch (const Error& error) {
        text += fmt::format("  not known: {}\n", error.what());
    }
}

void add_events(const Scenario& scenario, std::string& text) {
    if (scenario.events.empty()) return;
    text += fmt::format("\nevents\n");
    for (const Event& event : scenario.events) text += fmt::format("  {}\n", event_text(event));
}

/// What else can be done with it than a run.
void add_studies(const Scenario& scenario, std::string& text) {
    const auto names = [](const std::vector<Axis>& axes) {
        std::string all;
        for (const Axis& axis : axes) {
            all += (all.empty() ? "" : ", ") + axis.name;
            all += axis.range ? fmt::format(" from {} to {}", axis.range->low, axis.range->high)
                              : fmt::format(" ({})", axis.choices.size());
        }
        return all;
    };
    if (!scenario.sweep.over.empty()) {
        const std::vector<Axis> axes = axes_of(scenario.sweep.over, AxesOf::sweep);
        text += fmt::format("\nsweep    {} points x {} repeats over {}\n", grid(axes).size(), scenario.sweep.repeats,
                            names(axes));
    }
    if (!scenario.search.over.empty()) {
        text += fmt::format("\nsearch   {} {} trials over {}, for the least {}\n", scenario.search.trials,
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
void add_graph(const NetworkPart& network, std::string& text) {
    if (network.populations.empty()) return;  // of layers, all is said
    for (const PopulationSpec& population : network.populations)
        text += fmt::format("  {}\n", population_text(population));
    for (int k = 0; k < network.projection_count(); ++k) {
        const ProjectionPart& one = network.projections[static_cast<std::size_t>(k)];
        const auto name = [&](int p) { return network.populations[static_cast<std::size_t>(p)].name; };
        // Pairs of a lateral projection that are drawn twice are one link.
        const auto* source = std::get_if<LinkSource>(&one.kind);
        const bool counted = !source || !(std::holds_alternative<WithProbability>(*source) ||
                                          (one.lateral() && std::holds_alternative<FanIn>(*source)));
        const double links = expected_links(network, k), weights = expected_weights(network, k);
        text += fmt::format("  {} {} {}: {}; {}{} links{}\n", name(one.pre), one.pre == 0 ? "->" : "<->",
                            name(one.post), kind_text(one), counted ? "" : "about ", grouped(std::llround(links)),
                            weights == links ? "" : fmt::format(", {} weights", grouped(std::llround(weights))));
    }
}

void add_network(const Scenario& scenario, std::string& text) {
    const NetworkPart& network = scenario.network;
    double weights = 0;
    for (int k = 0; k < network.projection_count(); ++k) weights += expected_weights(network, k);
    const std::vector<int> sizes = network.sizes();
    text += fmt::format("network  {}: {} {} neurons, {} weights\n",
                        network.populations.empty() ? network.text() : fmt::format("{} populations", sizes.size()),
                        grouped(std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0})),
                        to_word(scenario.neuron.kind), grouped(std::llround(weights)));
    add_graph(network, text);
}

void add_phases(const Scenario& scenario, std::string& text) {
    const auto& phases = scenario.phases;
    const auto& stream = scenario.stream;
    if (scenario.task != Task::stream) {
        text += fmt::format("phases   {} periods free, {} nudged{}\n", phases.free, phases.nudged,
                            phases.splitstream ? ", splitstream" : "");
        return;
    }
    const std::string dwell = stream.dwell_low == stream.dwell_high
                                  ? std::to_string(stream.dwell_low)
                                  : fmt::format("{} to {}", stream.dwell_low, stream.dwell_high);
    text += fmt::format("streams  {} of {} inputs, {} periods each, {}\n", stream.streams, stream.inputs, dwell,
                        stream.order == StreamOrder::data ? "in the order of the data" : "in an order of its own each");
}

void add_prior_training(const Scenario& scenario, std::string& text) {
    if (!trains_first(scenario)) return;
    const Scenario training = training_for(scenario);
    const PriorTraining& prior = *prior_training(scenario);
    text += fmt::format("trained  first: {}, {} epoch{}{}\n", printable(prior.scenario, 200), training.learning.epochs,
                        training.learning.epochs == 1 ? "" : "s",
                        prior.samples ? " of " + grouped(*prior.samples) + " samples" : "");
}

/// Where the neurons are.
void add_chip(const Scenario& scenario, std::string& text) {
    if (!scenario.chip) return;
    const ChipSettings& chip = *scenario.chip;
    const Placement placement = place(chip, scenario.network.sizes(), scenario.timing.device_seed);
    text += fmt::format("chip     {} x {} tiles, {} core{} each, {} neurons a core: {} of {} cores in use, {}\n",
                        chip.columns, chip.rows, chip.cores_per_tile, chip.cores_per_tile == 1 ? "" : "s",
                        grouped(chip.neurons_per_core), placement.used().size(), grouped(chip.cores()),
                        placement_text(chip));
}

}  // namespace

std::string description_of(const Scenario& scenario) {
    std::string text;
    text += fmt::format("{}\n{}{}\n", scenario.name, scenario.description, scenario.description.empty() ? "" : "\n");
    text += fmt::format("task     {}\n", to_word(scenario.task));
    add_network(scenario, text);
    add_phases(scenario, text);
    add_prior_training(scenario, text);
    add_chip(scenario, text);
    text += fmt::format("time     periods of {}, in units of {}\n",
                        duration_text(scenario.timing.period, scenario.timing.unit), unit_text(scenario.timing.unit));
    try {
        const DatasetSize data = measure_dataset(scenario);
        text += fmt::format("data     {}: {} training, {} validation, {} test samples\n", to_word(scenario.data.set),
                            grouped(data.train), grouped(data.validation), grouped(data.test));
        const MemoryEstimate memory = estimate_memory(scenario, data, workers_of(scenario));
        text += fmt::format("memory   about {:.0f} MB\n", memory.sum() / 1e6);
    } catch (const Error& error) {
        text += fmt::format("data     {}: {}\n", to_word(scenario.data.set), error.what());
    }
    text += fmt::format("\nengines\n");
    for (const EngineKind engine : allowed_engines(scenario)) {
        text += fmt::format("  {:<9} {}\n", to_word(engine), promise(engine));
    }
    if (scenario.engine == EngineKind::free_running) add_free_running(scenario, text);
    add_load(scenario, text);
    add_stability(scenario, text);
    add_keys(scenario, text);
    add_events(scenario, text);
    add_studies(scenario, text);
    text += fmt::format("\nexpectations\n");
    for (const Expectation& expectation : scenario.expectations)
        text += fmt::format("  {}\n", expectation_text(expectation));
    if (scenario.expectations.empty()) text += fmt::format("  none\n");
    return text;
}

}  // namespace settle
