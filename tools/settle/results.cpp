#include "tools/settle/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/formats/utf8.hpp"
#include "sim/measures/number_text.hpp"
#include "sim/scenario/population_names.hpp"
#include "sim/scenario/words.hpp"
#include "tools/settle/picture.hpp"

namespace settle {

namespace {

std::string percent(const std::optional<double>& fraction) {
    return fraction ? short_percent(*fraction) : "-";
}

/// 28 for 784; 0 if the inputs make no square that a terminal can show.
int image_side(int inputs) {
    const int side = static_cast<int>(std::lround(std::sqrt(inputs)));
    return side * side == inputs && side >= 6 && side <= 40 && side % 2 == 0 ? side : 0;
}

std::string sample_pictures(const Samples& samples, const Evaluation& evaluation) {
    const int side = image_side(samples.inputs);
    if (side == 0 || evaluation.answers.empty()) return "";
    // The first ones, and the first that went wrong: an honest picture shows one if there is one.
    constexpr std::size_t most = 4;
    std::vector<std::size_t> chosen;
    for (std::size_t i = 0; i < evaluation.answers.size() && chosen.size() < most; ++i) chosen.push_back(i);
    for (std::size_t i = 0; i < evaluation.answers.size(); ++i) {
        if (evaluation.answers[i] == samples.labels[i]) continue;
        if (i >= most) chosen.back() = i;
        break;
    }
    std::vector<std::vector<float>> images;
    std::vector<std::string> captions;
    for (const std::size_t i : chosen) {
        images.emplace_back(static_cast<std::size_t>(samples.inputs));
        samples.copy_to(static_cast<std::int64_t>(i), images.back());
        const int label = samples.labels[i], answer = evaluation.answers[i];
        captions.push_back(fmt::format("{} → {}{}", label, answer, label == answer ? "" : "  (wrong)"));
    }
    return "\ntest samples: label → answer\n" + draw_images(images, side, captions);
}

/// What asynchrony there was.
std::string asynchrony_lines(const Asynchrony& a, bool paced) {
    const auto mean = [](std::uint64_t sum, std::uint64_t count) { return short_number(mean_of(sum, count)); };
    const auto whole = [](std::uint64_t count) { return short_number(static_cast<double>(count)); };
    std::string text = fmt::format("lead             {} ticks above the slowest source, {} at most\n",
                                   mean(a.lead_sum, a.looks), whole(a.lead_max));
    text += fmt::format("lag              {} ticks below the fastest source, {} at most; blocked {} times\n",
                        mean(a.lag_sum, a.looks), whole(a.lag_max), whole(a.blocked));
    text += fmt::format("window           {} bits, {} at most; of one source {} at most\n",
                        mean(a.window_sum, a.windows), whole(a.window_max), whole(a.source_max));
    text += fmt::format("in flight        {} messages a presentation, {} at most\n", mean(a.flight_sum, a.flights),
                        whole(a.flight_max));
    if (paced) text += fmt::format("late             {} ticks\n", whole(a.late));
    return text;
}

std::string settling_curve(const Evaluation& evaluation) {
    std::vector<double> errors;
    for (const std::int64_t wrong : evaluation.wrong_at) {
        errors.push_back(static_cast<double>(wrong) / static_cast<double>(evaluation.presentations));
    }
    return "\nsettling: error if the answer is read at tick 1, 2, 3 …\n" + draw_curve(errors, 75, 9, "ticks");
}

/// What a population does, sends and is sent in one presentation.
std::string population_table(const PopulationCounters& counters, double presentations,
                             const std::vector<std::string>& names, bool on_chip) {
    const auto letters = [](const std::string& text) {
        return std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; });
    };
    std::vector<std::string> shown;
    std::ptrdiff_t width = 10;
    for (const std::string& name : names) width = std::max(width, letters(shown.emplace_back(printable(name, 24))) + 1);
    std::string text = "\na presentation, by population (messages by the one they are sent to)\n";
    const auto dropped = [&](const std::string& cell) { return on_chip ? fmt::format("{:>9}", cell) : std::string(); };
    text += fmt::format("{:>{}}{:>11}{:>9}{:>11}{:>9}{}{:>9}{:>9}{:>14}\n", "population", width, "ticks", "spikes",
                        "delivered", "lost", dropped("dropped"), "copied", "expired", "synaptic ops");
    for (std::size_t l = 0; l < counters.size(); ++l) {
        const Counters& c = counters[l];
        const auto mean = [&](std::uint64_t count) { return short_number(static_cast<double>(count) / presentations); };
        text += fmt::format("{:>{}}{:>11}{:>9}{:>11}{:>9}{}{:>9}{:>9}{:>14}\n", shown[l], width, mean(c.ticks),
                            mean(c.spikes), mean(c.deliveries), mean(c.lost), dropped(mean(c.dropped)),
                            mean(c.duplicated), mean(c.expired), mean(c.synaptic_operations));
    }
    return text + "\n";
}

std::string distance_curve(const ConvergenceFigures& figures) {
    std::vector<double> periods, distances;
    double nudged_from = 0;
    for (const SettlingSample& sample : figures.samples) {
        periods.push_back(static_cast<double>(sample.period));
        distances.push_back(sample.distance);
        if (sample.nudged && nudged_from == 0) nudged_from = static_cast<double>(sample.period);
    }
    return "\ndistance from the fixed point of the continuous network, against periods (log axes)\n" +
           draw_log_curve(periods, distances, nudged_from, 75, 9);
}

std::string optional_number(const std::optional<double>& number) {
    return number ? fmt::format("{:.3g}", *number) : "-";
}

/// How long it took after each event; "" without any.
std::string recovery_lines(const std::vector<RecoveryFigures>& recoveries) {
    std::string text;
    const auto within = [](const auto& periods) {
        return periods ? fmt::format("within {} periods", *periods) : std::string("never");
    };
    for (const RecoveryFigures& figures : recoveries) {
        text +=
            fmt::format("after \"{}\": settled again half {}, 99 % {}; not settled {}\n", printable(figures.event, 200),
                        within(figures.median), within(figures.p99), short_percent(figures.unrecovered));
    }
    return text;
}

std::string tracking_curve(const StreamFigures& figures) {
    std::vector<double> periods, distances;
    for (const TrackingSample& sample : figures.samples) {
        periods.push_back(static_cast<double>(sample.period));
        distances.push_back(sample.distance);
    }
    return "\ndistance from the fixed point of the input, against periods since it changed (log axes)\n" +
           draw_log_curve(periods, distances, 0, 75, 9);
}

std::string stream_lines(const StreamFigures& figures, const Scenario& scenario) {
    std::string text = fmt::format("streams          {} of {} inputs: {} changes of the input\n",
                                   scenario.stream.streams, scenario.stream.inputs, figures.changes);
    text += fmt::format("right after      {} periods (median), {} (90 %); never {}\n", figures.correct_after_median,
                        figures.correct_after_p90, short_percent(figures.never_correct));
    text += fmt::format("stream error     {} at the end of the dwells\n", short_percent(figures.stream_error));
    text += fmt::format("distance         static {:.3g}, tracking {:.3g}\n", figures.static_distance,
                        figures.tracking_distance);
    if (figures.bits_moving && figures.bits_still) {
        text += fmt::format("bits             {:.3g} a neuron and period when moving, {:.3g} when still\n",
                            *figures.bits_moving, *figures.bits_still);
    }
    return text + fmt::format("reference        residual {:.2g}\n", figures.reference_residual);
}

/// What is certain about settling, whatever the timing.
std::string certificate_lines(const CertificateFigures& figures) {
    std::string text =
        fmt::format("any timing       certified {} of {}: radius {:.3g}, of absolute values {:.3g}\n",
                    figures.certified, figures.presentations, figures.spectral_radius, figures.absolute_radius);
    if (figures.settling_bound)
        text += fmt::format(
            "                 with messages of real value those settle within {:.4g} periods at the latest\n",
            *figures.settling_bound);
    if (figures.noise_floor)
        text += fmt::format("                 noise of one-bit messages: at most lambda = {:.3g} a link\n",
                            *figures.noise_floor);
    return text;
}

/// The cosine of the whole update and of each projection's; empty where nothing is learnt from it.
std::string cosine_line(const char* name, const std::optional<double>& whole,
                        const std::vector<std::optional<double>>& projections) {
    if (projections.empty()) return "";
    std::string parts;
    for (const auto& cosine : projections) parts += (parts.empty() ? "" : ", ") + optional_number(cosine);
    return fmt::format("{}{} (by projection: {})\n", name, optional_number(whole), parts);
}

std::string convergence_lines(const ConvergenceFigures& figures) {
    std::string text =
        fmt::format("final distance   {:.3g} (free {:.3g}, nudged {}); mean {:.3g}\n", figures.final_distance,
                    figures.free_distance, optional_number(figures.nudged_distance), figures.mean_distance);
    text += fmt::format("effective        {:.3g} (free {:.3g}, nudged {}) from the fixed point of this hardware\n",
                        figures.distance_effective, figures.free_distance_effective,
                        optional_number(figures.nudged_distance_effective));
    text += fmt::format("bias             {:.3g}, fluctuation {:.3g}\n", figures.steadiness.bias,
                        figures.steadiness.fluctuation);
    text += cosine_line("update cosine    ", figures.update_cosine, figures.update_cosines);
    text += cosine_line("  by minibatch   ", figures.minibatch_cosine, figures.minibatch_cosines);
    if (const auto& updates = figures.updates) {
        text += fmt::format("update           bias {:.3g}, variance {:.3g}; cosine of the mean {:.3g}\n", updates->bias,
                            updates->variance, updates->cosine);
    }
    const std::string unsettled = fmt::format("not settled ({} of {})", figures.unsettled, figures.presentations);
    const auto period = [](const auto& at) { return at ? fmt::format("by period {}", *at) : std::string("never"); };
    text += fmt::format("settled          half {}, 99 % {}; {}\n", period(figures.settling_median),
                        period(figures.settling_p99), unsettled);
    text += certificate_lines(figures.certificate);
    text += fmt::format("Hopfield energy  {}\n", short_number(figures.hopfield_energy));
    return text + fmt::format("reference        residual {:.2g}\n", figures.reference_residual);
}

}  // namespace

std::string convergence_warnings(const ConvergenceFigures& figures) {
    std::string text;
    // A state that moves so little is far closer to rest than any binary network comes.
    if (figures.reference_residual > 1e-6) {
        text += fmt::format(
            "settle: warning: the continuous network, the reference, has not come to rest: its states "
            "still move by {:.2g} a tick\n",
            figures.reference_residual);
    }
    if (figures.effective_residual > 1e-6 && figures.effective_residual > figures.reference_residual) {
        text += fmt::format(
            "settle: warning: the continuous network that this hardware really is has not come to rest, which the "
            "effective distance is measured from: its states still move by {:.2g} a tick\n",
            figures.effective_residual);
    }
    if (figures.elsewhere > 0) {
        text += fmt::format(
            "settle: warning: from where the network has settled, the continuous one goes to another "
            "fixed point in {} of the presentations\n",
            figures.elsewhere);
    }
    return text;
}

namespace {

/// What the fabric of a chip did; "" without one.
std::string chip_lines(const Summary& summary) {
    if (!summary.chip) return "";
    const ChipSummary& chip = *summary.chip;
    std::string text = fmt::format("chip             {} packets", short_number(static_cast<double>(chip.packets)));
    if (chip.hops_mean) text += fmt::format(", {:.3g} hops to each core", *chip.hops_mean);
    if (chip.latency_mean && chip.latency_p99)
        text += fmt::format("; heard after {} ns, 99 % within {} ns", short_number(*chip.latency_mean),
                            short_number(*chip.latency_p99));
    if (!chip.busiest_server.empty())
        text += fmt::format("\n                 {} is {} busy, the longest queue {} packets", chip.busiest_server,
                            short_percent(chip.busiest), chip.queue_max);
    if (chip.blocked_seconds > 0) text += fmt::format("; blocked {} s in all", short_number(chip.blocked_seconds));
    return text + "\n";
}

std::string energy_text(double joules) {
    constexpr std::pair<const char*, double> units[] = {{"J", 1},     {"mJ", 1e-3},  {"uJ", 1e-6},
                                                        {"nJ", 1e-9}, {"pJ", 1e-12}, {"fJ", 1e-15}};
    for (const auto& [name, size] : units) {
        if (joules >= size) return fmt::format("{:.4g} {}", joules / size, name);
    }
    return "0 J";
}

/// Of a presentation, by what it is spent on; "" without [energy].
std::string energy_lines(const Summary& summary) {
    if (!summary.energy) return "";
    const EnergyFigures& energy = *summary.energy;
    const double whole = energy.joules();
    std::string text = fmt::format("energy           {}", energy_text(whole));
    if (const auto each = energy.per_presentation()) text += ", " + energy_text(*each) + " a presentation";
    if (energy.to_settle) text += ", " + energy_text(*energy.to_settle) + " until the answer is final";
    text += "\n";
    std::string shares;
    for (std::size_t i = 0; i < unit_cost_count; ++i) {
        const double part = to_joules(energy.bill.by_cause[i]);
        if (part > 0)
            shares += fmt::format("{}{} {:.3g} %", shares.empty() ? "" : ", ", unit_costs[i].name, 100 * part / whole);
    }
    if (!shares.empty()) text += "                 " + shares + "\n";
    std::string zeros;
    for (const std::string& name : energy.free_of_charge) zeros += (zeros.empty() ? "" : ", ") + name;
    return zeros.empty() ? text : text + "                 unit costs of 0: " + zeros + "\n";
}

}  // namespace

std::string headline(const Scenario& scenario, const Dataset& data, int threads) {
    return fmt::format("{}: {} {}, {} on {} ({} training, {} test samples), {} engine, {} thread{}{}", scenario.name,
                       to_word(scenario.neuron.kind), scenario.network.text(), to_word(scenario.task),
                       to_word(scenario.data.set), data.train.count, data.test.count, to_word(scenario.engine), threads,
                       threads == 1 ? "" : "s", data.scaling.text.empty() ? "" : "\ninputs: " + data.scaling.text);
}

std::string epoch_line(const EpochMetrics& metrics, std::int64_t epochs) {
    std::string line = epochs > 0 ? fmt::format("epoch {:>3}/{}", metrics.epoch, epochs) : "evaluated";
    line += fmt::format("   train error {:>8}   test error {:>8}", percent(metrics.train_error),
                        percent(metrics.test_error));
    if (metrics.validation_error) line += fmt::format("   validation error {:>8}", percent(metrics.validation_error));
    if (!metrics.settling_median || !metrics.settling_p99) return line;
    return line + fmt::format("   settled by tick {} (99 %: {})", *metrics.settling_median, *metrics.settling_p99);
}

std::string training_line(const Summary& training) {
    if (!training.test_error) return "";
    const auto epochs = training.epochs.value_or(0);
    return fmt::format("trained          test error {} after {} epoch{}, {:.1f} s\n", percent(training.test_error),
                       epochs, epochs == 1 ? "" : "s", training.wall_seconds);
}

std::string results(const Scenario& scenario, const Dataset& data, const RunTotals& totals, const Summary& summary) {
    std::string text;
    const bool tested = totals.test.has_value();
    const auto& evaluation = tested ? totals.test : totals.train;
    if (evaluation && evaluation->presentations > 0) {
        text += settling_curve(*evaluation);
        if (tested) text += sample_pictures(data.test, *evaluation);
        text += "\n";
    }
    if (tested) {
        text += fmt::format("test error       {} ({} of {})\n", percent(summary.test_error), totals.test->wrong,
                            totals.test->presentations);
    }
    if (summary.validation_error) text += fmt::format("validation error {}\n", percent(summary.validation_error));
    if (summary.train_error) text += fmt::format("train error      {}\n", percent(summary.train_error));
    if (summary.samples_per_second)
        text += fmt::format("training         {} presentations/s\n", short_number(*summary.samples_per_second));
    if (totals.convergence) text += distance_curve(*totals.convergence) + "\n" + convergence_lines(*totals.convergence);
    text += recovery_lines(summary.recoveries);
    if (totals.stream) text += tracking_curve(*totals.stream) + "\n" + stream_lines(*totals.stream, scenario);
    if (summary.spiking && summary.presentations > 0) {
        const auto presentations = static_cast<double>(summary.presentations);
        const Counters counters = total(summary.counters);
        text += fmt::format("spikes           {} a presentation, {} synaptic operations\n",
                            short_number(static_cast<double>(counters.spikes) / presentations),
                            short_number(static_cast<double>(counters.synaptic_operations) / presentations));
        if (summary.posts && counters.deliveries > 0) {
            text += fmt::format("pool posts       {}, {:.2g} % of the deliveries\n",
                                short_number(static_cast<double>(*summary.posts)),
                                100 * static_cast<double>(*summary.posts) / static_cast<double>(counters.deliveries));
        }
        text += population_table(summary.counters, presentations, population_names(scenario.network), summary.on_chip);
    }
    text += chip_lines(summary) + energy_lines(summary);
    if (summary.asynchrony) text += asynchrony_lines(*summary.asynchrony, summary.paced);
    if (!summary.fingerprint.empty()) text += fmt::format("fingerprint      {}\n", summary.fingerprint);
    return text + fmt::format("wall time        {:.1f} s, seed {}", summary.wall_seconds, scenario.seed);
}

std::string verdict_lines(const std::vector<Verdict>& verdicts) {
    std::string text;
    for (const Verdict& verdict : verdicts) {
        text += text.empty() ? "\nexpectations\n" : "";
        text += fmt::format("  {}  {}: {}\n", verdict.passed ? "passed" : "FAILED", verdict.expected, verdict.seen);
    }
    return text;
}

}  // namespace settle
