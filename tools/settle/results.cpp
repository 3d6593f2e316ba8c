#include "tools/settle/results.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/scenario/words.hpp"
#include "tools/settle/picture.hpp"

namespace settle {

namespace {

std::string percent(const std::optional<double>& fraction) {
    return fraction ? fmt::format("{:.2f} %", 100 * *fraction) : "-";
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
    std::string text = fmt::format("lead             {:.2f} ticks above the slowest source, {} at most\n",
                                   mean_of(a.lead_sum, a.looks), a.lead_max);
    text += fmt::format("lag              {:.2f} ticks below the fastest source, {} at most; blocked {} of {} turns\n",
                        mean_of(a.lag_sum, a.looks), a.lag_max, a.blocked, a.turns);
    text += fmt::format("window           {:.1f} bits, {} at most; of one source {} at most\n",
                        mean_of(a.window_sum, a.windows), a.window_max, a.source_max);
    text += fmt::format("in flight        {:.1f} messages a presentation, {} at most\n",
                        mean_of(a.flight_sum, a.flights), a.flight_max);
    if (paced) text += fmt::format("late             {} ticks\n", a.late);
    return text;
}

std::string settling_curve(const Evaluation& evaluation) {
    std::vector<double> errors;
    for (const std::int64_t wrong : evaluation.wrong_at) {
        errors.push_back(static_cast<double>(wrong) / static_cast<double>(evaluation.presentations));
    }
    return "\nsettling: error if the answer is read at tick 1, 2, 3 …\n" + draw_curve(errors, 75, 9, "ticks");
}

}  // namespace

std::string headline(const Scenario& scenario, const Dataset& data, int threads) {
    std::string sizes;
    for (const int size : scenario.network.layers) sizes += (sizes.empty() ? "" : "-") + std::to_string(size);
    return fmt::format("{}: {} {}, {} on {} ({} training, {} test samples), {} engine, {} thread{}", scenario.name,
                       to_word(scenario.neuron.kind), sizes, to_word(scenario.task), to_word(scenario.data.set),
                       data.train.count, data.test.count, to_word(scenario.engine), threads, threads == 1 ? "" : "s");
}

std::string epoch_line(const EpochMetrics& metrics, std::int64_t epochs) {
    std::string line = epochs > 0 ? fmt::format("epoch {:>3}/{}", metrics.epoch, epochs) : "evaluated";
    line += fmt::format("   train error {:>8}   test error {:>8}", percent(metrics.train_error),
                        percent(metrics.test_error));
    if (metrics.validation_error) line += fmt::format("   validation error {:>8}", percent(metrics.validation_error));
    return line + fmt::format("   settled by tick {} (99 %: {})", metrics.settling_median, metrics.settling_p99);
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
        text += fmt::format("training         {:.0f} presentations/s\n", *summary.samples_per_second);
    if (summary.spiking && summary.presentations > 0) {
        const auto presentations = static_cast<double>(summary.presentations);
        text += fmt::format("spikes           {:.0f} a presentation, {:.3g} synaptic operations\n",
                            static_cast<double>(summary.counters.spikes) / presentations,
                            static_cast<double>(summary.counters.synaptic_operations) / presentations);
    }
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
