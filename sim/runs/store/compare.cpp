#include "sim/runs/store/compare.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "sim/formats/nesting.hpp"
#include "sim/formats/shape_text.hpp"
#include "sim/formats/toml.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/store/line_file.hpp"
#include "sim/runs/store/manifest.hpp"
#include "sim/runs/store/recording.hpp"
#include "sim/runs/store/study.hpp"
#include "sim/scenario/event_form.hpp"
#include "sim/scenario/load.hpp"
#include "sim/scenario/metrics.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

using Json = nlohmann::ordered_json;

/// Whether it differs between two runs of the same bits. `train_seconds` stands in metrics.jsonl alone.
bool is_circumstance(const std::string& key) {
    const Metric* metric = find_metric(key);
    return key == "train_seconds" || (metric && metric->kind == Metric::Kind::circumstance);
}

struct ComparedRun {
    std::string directory;
    std::optional<Scenario> scenario;
    Json summary = Json::object();     ///< empty for an unfinished run
    std::vector<Json> epochs;          ///< lines of metrics.jsonl
    std::optional<InputFiles> inputs;  ///< what it read; nullopt: made by an old version, which did not note it
};

Json read_object(const std::string& text, const std::string& place) {
    refuse_deep_json(text, place);
    Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) throw input_error(place, "", "is not what settle wrote", "a JSON object");
    return json;
}

ComparedRun read_run(const std::string& directory, std::vector<std::string>& notes) {
    ComparedRun run;
    run.directory = directory;
    std::error_code ignored;
    if (const std::string obstacle = obstacle_at(directory); !obstacle.empty())
        throw input_error(directory, "", "cannot be read: " + obstacle, "a directory that can be read");
    const std::string scenario = directory + "/scenario.toml", summary = directory + "/summary.json";
    if (!fs::is_regular_file(scenario, ignored) || !fs::is_regular_file(directory + "/manifest.json", ignored)) {
        throw input_error(directory, "", fs::exists(directory, ignored) ? "is not a run directory" : "is not there",
                          "the --out folder of settle run");
    }
    if (const std::string study = study_in(directory); !study.empty()) {
        throw input_error(directory, "", "holds a " + study,
                          "the --out folder of settle run; settle report takes sweeps and searches");
    }
    try {
        run.scenario = load_scenario({scenario, "run", directory, read_whole_file(scenario)}, {}).scenario;
    } catch (const Error& error) {
        notes.push_back(std::string("its scenario does not load: ") + error.what());
    }
    if (fs::exists(summary, ignored)) {
        run.summary = read_object(read_whole_file(summary), summary);
    } else {
        notes.push_back(directory + " is not finished: it has no summary.json");
    }
    const std::string metrics = directory + "/metrics.jsonl";
    for (const std::string& line : read_lines(metrics)) {
        if (!line.empty()) run.epochs.push_back(read_object(line, metrics));
    }
    run.inputs = inputs_in_manifest(read_manifest(directory));
    return run;
}

std::string text_of(const Json& object, const std::string& key) {
    return object.contains(key) ? object.at(key).dump() : std::string();
}

std::vector<ComparedValue> compare_objects(const Json& a, const Json& b) {
    std::vector<ComparedValue> values;
    const auto add = [&](const std::string& key) {
        values.push_back({key, text_of(a, key), text_of(b, key), !is_circumstance(key)});
    };
    for (const auto& entry : a.items()) add(entry.key());
    for (const auto& entry : b.items()) {
        if (!a.contains(entry.key())) add(entry.key());
    }
    return values;
}

std::vector<ComparedValue> compare_scenarios(const Scenario& a, const Scenario& b) {
    std::vector<ComparedValue> values;
    for (const std::string& path : differing_keys(a, b)) {
        if (path == "events") {
            values.push_back({path, to_toml(events_value(a.events)), to_toml(events_value(b.events)), false});
            continue;
        }
        const Key& key = *find_key(path);
        const auto one = key.write(a), other = key.write(b);
        values.push_back({path, one ? to_toml(*one) : "", other ? to_toml(*other) : "", false});
    }
    return values;
}

std::vector<ComparedValue> compare_inputs(const ComparedRun& a, const ComparedRun& b) {
    std::vector<ComparedValue> values;
    if (!a.inputs || !b.inputs) return values;
    const auto text = [](const InputFile& file) { return fmt::format("{} ({})", file.path, to_text(file.file)); };
    const auto name = [](const InputFile& file) {
        return file.part.empty() ? file.key : file.key + " (" + file.part + ")";
    };
    const auto of_part = [](const InputFiles& files, const InputFile& one) {
        return std::find_if(files.begin(), files.end(),
                            [&](const InputFile& file) { return file.key == one.key && file.part == one.part; });
    };
    for (const InputFile& file : *a.inputs) {
        const auto other = of_part(*b.inputs, file);
        if (other == b.inputs->end()) {
            values.push_back({name(file), text(file), "", false});
        } else if (!file.same_content(*other)) {
            values.push_back({name(file), text(file), text(*other), false});
        }
    }
    for (const InputFile& file : *b.inputs) {
        if (of_part(*a.inputs, file) == a.inputs->end()) values.push_back({name(file), "", text(file), false});
    }
    return values;
}

std::string first_different_epoch(const ComparedRun& a, const ComparedRun& b) {
    for (std::size_t i = 0; i < std::min(a.epochs.size(), b.epochs.size()); ++i) {
        for (const ComparedValue& value : compare_objects(a.epochs[i], b.epochs[i])) {
            if (value.equal() || !value.counts) continue;
            const char* when = a.epochs[i].contains("period") ? "period" : "epoch";
            return fmt::format("{} {}: {} {} and {}", when, text_of(a.epochs[i], when), value.key,
                               value.a.empty() ? "nothing" : value.a, value.b.empty() ? "nothing" : value.b);
        }
    }
    if (a.epochs.size() == b.epochs.size()) return "";
    return fmt::format("one has {} lines of metrics, the other {}", a.epochs.size(), b.epochs.size());
}

/// The columns of `state` or `bits`.
std::vector<RecordedColumn> columns_of(const ComparedRun& run, bool bits) {
    const auto& record = run.scenario->record;
    return recorded_columns(bits ? record.bits : record.state, run.scenario->network.sizes(), bits ? 0 : 1);
}

/// The populations that a run's recordings are of; nullopt: it has no network.
std::optional<Wiring> recorded_wiring(const ComparedRun& run) {
    if (run.scenario->network.sizes().empty()) return std::nullopt;
    return outline_of(*run.scenario);
}

/// The neurons, of pre and of post, that a link of a sparse projection joins.
std::pair<std::int64_t, std::int64_t> ends_of_link(const RecordedMinibatch& minibatch, const std::string& projection,
                                                   std::int64_t link, const RecordedArray& weights) {
    const auto end = [&](const char* which) {
        const auto ends = minibatch.array(projection + which);
        if (ends && ends->shape() == weights.shape()) return ends->integers(link, 1).front();
        throw input_error(weights.path(), weights.name(), "is not beside as many links",
                          "pre, post and weight of each");
    };
    return {end("/pre"), end("/post")};
}

/// Compares recordings minibatch by minibatch; holds two arrays at a time.
class RecordingComparison {
public:
    RecordingComparison(const ComparedRun& a, const ComparedRun& b, std::vector<std::string>& notes)
        : a_(a), b_(b), notes_(notes), wiring_(recorded_wiring(a)) {}

    /// Whether arrays of other shapes were met, which cannot be compared.
    bool different_shapes() const { return different_shapes_; }

    std::optional<FirstDifference> compare(std::int64_t minibatch, const RecordedMinibatch& a,
                                           const RecordedMinibatch& b) {
        std::optional<FirstDifference> first;
        for (const char* branch : {"", "free", "minus"}) {
            for (const bool bits : {false, true}) take_earlier(first, ticks(a, b, branch, bits));
        }
        if (!first) first = weights(a, b);
        if (first) first->minibatch = minibatch;
        return first;
    }

private:
    /// Of two differences in one minibatch the one that comes first; states before the bits that follow from them.
    static void take_earlier(std::optional<FirstDifference>& first, const std::optional<FirstDifference>& other) {
        const auto when = [](const FirstDifference& d) { return std::pair(d.presentation, d.tick); };
        if (other && (!first || when(*other) < when(*first))) first = other;
    }

    struct Arrays {
        RecordedArray a, b;
    };

    /// The arrays of that name, if both have it and they are of one shape (but for columns).
    std::optional<Arrays> comparable(const RecordedMinibatch& a, const RecordedMinibatch& b, const std::string& name,
                                     std::size_t dimensions) {
        const auto of_a = a.array(name), of_b = b.array(name);
        if (!of_a || !of_b) return std::nullopt;
        const auto one = of_a->shape(), other = of_b->shape();
        const bool same = one.size() == dimensions && other.size() == dimensions &&
                          (dimensions == 3 ? std::equal(one.begin(), one.begin() + 2, other.begin()) : one == other);
        if (same) return Arrays{*of_a, *of_b};
        notes_.push_back(fmt::format("{} has the shapes {} and {}", of_a->name(), shape_text(one), shape_text(other)));
        different_shapes_ = true;
        return std::nullopt;
    }

    std::optional<FirstDifference> ticks(const RecordedMinibatch& a, const RecordedMinibatch& b,
                                         const std::string& branch, bool bits) {
        const std::string folder = branch.empty() ? "" : "branch/" + branch + "/";
        const auto both = comparable(a, b, folder + (bits ? "bits" : "state"), 3);
        if (!both) return std::nullopt;
        const auto shape = both->a.shape(), other = both->b.shape();
        const auto of_a = columns_of(a_, bits), of_b = columns_of(b_, bits);
        if (static_cast<std::int64_t>(of_a.size()) != shape[2] || static_cast<std::int64_t>(of_b.size()) != other[2]) {
            throw input_error(both->a.path(), both->a.name(), "does not have the columns that its scenario asks for",
                              "settle's own");
        }
        const std::vector<float> x = both->a.floats(), y = both->b.floats();
        // Forked branches begin when the free phase ends.
        const std::int64_t first_tick = branch.empty() ? 1 : a_.scenario->phases.free + 1;
        for (std::int64_t p = 0; p < shape[1]; ++p) {
            for (std::int64_t t = 0; t < shape[0]; ++t) {
                const float* row_x = x.data() + (t * shape[1] + p) * shape[2];
                const float* row_y = y.data() + (t * shape[1] + p) * other[2];
                // Both lists of columns are sorted.
                for (std::size_t i = 0, j = 0; i < of_a.size() && j < of_b.size();) {
                    if (of_a[i] == of_b[j] && row_x[i] != row_y[j]) {
                        return FirstDifference{0,
                                               p,
                                               first_tick + t,
                                               branch,
                                               place(of_a[i].layer, of_a[i].neuron),
                                               std::nullopt,
                                               bits ? "bits" : "state",
                                               row_x[i],
                                               row_y[j]};
                    }
                    const bool step_a = of_a[i] <= of_b[j], step_b = of_b[j] <= of_a[i];
                    i += step_a ? 1 : 0;
                    j += step_b ? 1 : 0;
                }
            }
        }
        return std::nullopt;
    }

    std::optional<FirstDifference> weights(const RecordedMinibatch& a, const RecordedMinibatch& b) {
        if (!wiring_) return std::nullopt;
        // Biases k are of the k-th population that has some, weights k of projection k.
        const std::vector<int>& biased = wiring_->unclamped();
        for (int k = 0; k < std::max<int>(wiring_->projections(), static_cast<int>(biased.size())); ++k) {
            auto found = k < wiring_->projections() ? weights_of(k, a, b) : std::nullopt;
            if (!found && k < std::ssize(biased)) found = biases(k, biased[static_cast<std::size_t>(k)], a, b);
            if (found) return found;
        }
        return std::nullopt;
    }

    std::optional<FirstDifference> weights_of(int k, const RecordedMinibatch& a, const RecordedMinibatch& b) {
        const ProjectionSpec& projection = wiring_->projection(k);
        const bool sparse = std::holds_alternative<SparseSpec>(projection.kind);
        const std::string links = fmt::format("weights/{}", k), name = sparse ? links + "/weight" : links;
        auto found = after_update(a, b, name, wiring_->weight_shape(k).size(), "weight");
        if (!found) return std::nullopt;
        const std::int64_t item = found->place.number;
        const RecordedArray array = *a.array(name);
        const std::vector<std::int64_t> shape = array.shape();
        ComparedPlace pre = place(projection.pre, 0), post = place(projection.post, 0);
        std::optional<KernelItem> kernel;
        if (sparse) {
            std::tie(pre.number, post.number) = ends_of_link(a, links, item, array);
            if (ends_of_link(b, links, item, *b.array(name)) != std::pair(pre.number, post.number))
                notes_.push_back(fmt::format("{} has other links in the other run", links));
        } else if (std::holds_alternative<ConvolutionSpec>(projection.kind)) {
            // Channels of post and of pre, rows, columns.
            kernel = KernelItem{item / shape[3] % shape[2], item % shape[3]};
            pre.number = item / (shape[2] * shape[3]) % shape[1];
            post.number = item / (shape[1] * shape[2] * shape[3]);
            pre.channel = post.channel = true;
        } else {
            pre.number = item / shape[1];
            post.number = item % shape[1];
        }
        found->place = post;
        found->source = ComparedSource{pre, k, kernel};
        return found;
    }

    /// `k`: as the file numbers them.
    std::optional<FirstDifference> biases(int k, int population, const RecordedMinibatch& a,
                                          const RecordedMinibatch& b) {
        auto found = after_update(a, b, fmt::format("biases/{}", k), 1, "bias");
        if (!found) return std::nullopt;
        found->place = place(population, found->place.number);
        found->place.channel = wiring_->bias_a_channel(population);
        return found;
    }

    /// Of an array that is recorded after the update; the place is no more than the number of the item.
    std::optional<FirstDifference> after_update(const RecordedMinibatch& a, const RecordedMinibatch& b,
                                                const std::string& name, std::size_t dimensions, const char* what) {
        const auto both = comparable(a, b, name, dimensions);
        if (!both) return std::nullopt;
        const std::vector<float> x = both->a.floats(), y = both->b.floats();
        const auto at = std::mismatch(x.begin(), x.end(), y.begin()).first - x.begin();
        if (at == std::ssize(x)) return std::nullopt;
        const auto i = static_cast<std::size_t>(at);
        FirstDifference difference;
        difference.presentation = -1;
        difference.place.number = at;
        difference.what = what;
        difference.a = x[i];
        difference.b = y[i];
        return difference;
    }

    /// A neuron, by the name that its population has in a.
    ComparedPlace place(int population, std::int64_t neuron) const {
        const auto& own = a_.scenario->network.populations;
        const std::string name = own.empty() ? "" : own[static_cast<std::size_t>(population)].name;
        return {population, name, neuron, false};
    }

    const ComparedRun& a_;
    const ComparedRun& b_;
    std::vector<std::string>& notes_;
    const std::optional<Wiring> wiring_;  ///< of a, without links
    bool different_shapes_ = false;
};

/// False: the recordings have other shapes.
bool compare_recordings(const ComparedRun& a, const ComparedRun& b, RunComparison& comparison) {
    if (!a.scenario || !b.scenario) return true;
    const RecordedRun one(a.directory, comparison.notes), other(b.directory, comparison.notes);
    RecordingComparison recordings(a, b, comparison.notes);
    for (const auto& [minibatch, recorded] : one.minibatches()) {
        const auto found = other.minibatches().find(minibatch);
        if (found == other.minibatches().end()) continue;
        ++comparison.compared_minibatches;
        comparison.first = recordings.compare(minibatch, recorded, found->second);
        if (comparison.first || recordings.different_shapes()) break;
    }
    comparison.recorded = !one.minibatches().empty() && !other.minibatches().empty();
    return !recordings.different_shapes();
}

Json to_json(const std::vector<ComparedValue>& values) {
    Json json = Json::object();
    const auto parsed = [](const std::string& text) {
        const Json value = Json::parse(text, nullptr, false);
        return text.empty() ? Json() : value.is_discarded() ? Json(text) : value;
    };
    for (const ComparedValue& value : values) json[value.key] = {parsed(value.a), parsed(value.b)};
    return json;
}

/// Of layers the neuron alone: it is in the layer before.
void add(const ComparedSource& source, Json& json) {
    json[source.place.channel ? "source_channel" : "source"] = source.place.number;
    if (source.place.name.empty()) return;
    json["source_layer"] = source.place.population;
    json["source_population"] = source.place.name;
    json["projection"] = source.projection;
    if (source.kernel) json["kernel"] = {{"row", source.kernel->row}, {"column", source.kernel->column}};
}

Json to_json(const FirstDifference& d) {
    Json json;
    json["minibatch"] = d.minibatch;
    if (d.presentation >= 0) json["presentation"] = d.presentation;
    if (d.tick > 0) json["tick"] = d.tick;
    if (!d.branch.empty()) json["branch"] = d.branch;
    json["layer"] = d.place.population;
    if (!d.place.name.empty()) json["population"] = d.place.name;
    json[d.place.channel ? "channel" : "neuron"] = d.place.number;
    if (d.source) add(*d.source, json);
    json["what"] = d.what;
    json["values"] = {d.a, d.b};
    return json;
}

}  // namespace

RunComparison compare_runs(const std::string& a, const std::string& b) {
    RunComparison comparison;
    const ComparedRun one = read_run(a, comparison.notes), other = read_run(b, comparison.notes);
    if (one.scenario && other.scenario) comparison.scenario = compare_scenarios(*one.scenario, *other.scenario);
    comparison.inputs = compare_inputs(one, other);
    const bool both_finished = !one.summary.empty() && !other.summary.empty();
    comparison.metrics = compare_objects(one.summary, other.summary);
    comparison.first_epoch = first_different_epoch(one, other);
    const bool same_shapes = compare_recordings(one, other, comparison);
    const bool same_metrics = std::all_of(comparison.metrics.begin(), comparison.metrics.end(),
                                          [](const ComparedValue& value) { return value.equal() || !value.counts; });
    const bool anything = both_finished || comparison.compared_minibatches > 0 || !one.epochs.empty();
    comparison.equal = anything && same_metrics && same_shapes && !comparison.first && comparison.first_epoch.empty();
    if (!comparison.equal && !comparison.recorded)
        comparison.notes.push_back("without recordings of both, the first different neuron and tick are not known");
    return comparison;
}

std::string to_json(const RunComparison& comparison) {
    Json json;
    json["equal"] = comparison.equal;
    json["first_difference"] = comparison.first ? to_json(*comparison.first) : Json();
    json["first_epoch"] = comparison.first_epoch.empty() ? Json() : Json(comparison.first_epoch);
    json["compared_minibatches"] = comparison.compared_minibatches;
    json["scenario"] = to_json(comparison.scenario);
    json["metrics"] = to_json(comparison.metrics);
    json["inputs"] = to_json(comparison.inputs);
    json["notes"] = comparison.notes;
    return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace settle
