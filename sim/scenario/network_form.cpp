#include "sim/scenario/network_form.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/error.hpp"
#include "sim/formats/links_file.hpp"
#include "sim/formats/toml.hpp"
#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

constexpr double largest_rate = 1e6;

/// Complaints about one table of an array, with the number of the table left to its place.
class TableReader {
public:
    TableReader(KeyReader& reader, const Value& table) : reader_(reader), table_(table) {}

    const Value* find(const char* part) const { return table_.find(part); }
    void complain(const Value& at, const std::string& message, const std::string& expected, const char* part) {
        reader_.complain(at, message, expected, part);
        sound_ = false;
    }
    void miss(const char* part, const std::string& expected) { complain(table_, "is missing", expected, part); }
    std::optional<int> integer(const Value& value, std::int64_t low, std::int64_t high, const char* part) {
        const auto found = reader_.integer(value, low, high, part);
        sound_ = sound_ && found;
        return found ? std::optional(static_cast<int>(*found)) : std::nullopt;
    }
    std::optional<double> number(const Value& value, double high, const char* part) {
        const auto found = reader_.number(value, 0, high, part);
        sound_ = sound_ && found;
        return found;
    }
    std::optional<std::string> text(const Value& value, const std::string& expected, const char* part) {
        auto found = reader_.text(value, expected, part);
        sound_ = sound_ && found;
        return found;
    }
    std::optional<std::size_t> choice(const Value& value, const std::vector<std::string>& names, const char* part) {
        const auto found = read_choice(reader_, value, names, part);
        sound_ = sound_ && found;
        return found;
    }
    void complain_about_name(const Value& at, const std::string& wrong, const std::vector<std::string>& names,
                             const std::string& expected, const char* part) {
        reader_.complain_about_name(at, wrong, names, expected, part);
        sound_ = false;
    }
    void only(const std::vector<std::string>& parts) {
        reader_.only(table_, parts);
        for (const auto& entry : *table_.table())
            sound_ = sound_ && std::find(parts.begin(), parts.end(), entry.first) != parts.end();
    }
    std::optional<std::string> file(const Value& value, const char* part) {
        auto found = reader_.file(value, part);
        sound_ = sound_ && found;
        return found;
    }
    /// Whether nothing has been wrong so far.
    bool sound() const { return sound_; }
    const Value& table() const { return table_; }

private:
    KeyReader& reader_;
    const Value& table_;
    bool sound_ = true;
};

/// The tables of an array of tables; complains about what is none.
std::vector<const Value*> tables_of(KeyReader& reader, const Value& value, const std::string& form) {
    std::vector<const Value*> tables;
    const Value::Array* items = value.array();
    if (!items || items->empty()) reader.complain(value, "is not an array of tables", form);
    for (const Value& item : items ? *items : Value::Array()) {
        if (!item.is_table()) {
            reader.complain(item, "is not a table", form);
            return {};
        }
    }
    for (std::size_t i = 0; items && i < items->size(); ++i) tables.push_back(&(*items)[i]);
    return tables;
}

void read_name(TableReader& table, const std::vector<PopulationSpec>& others, PopulationSpec& population) {
    const Value* name = table.find("name");
    if (!name) return table.miss("name", "a name for the population");
    const auto text = table.text(*name, "a name for the population", "name");
    if (!text) return;
    const bool printable =
        std::none_of(text->begin(), text->end(), [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; });
    if (text->empty() || text->size() > longest_plain_name || !printable)
        return table.complain(*name, quoted(*text) + " is not a name",
                              fmt::format("1 to {} characters on one line", longest_plain_name), "name");
    for (const PopulationSpec& other : others) {
        if (other.name == *text)
            return table.complain(*name, "there are two populations " + quoted(*text), "another name for each", "name");
    }
    population.name = *text;
}

void read_shape(TableReader& table, PopulationSpec& population) {
    const Value *shape = table.find("shape"), *size = table.find("size");
    const std::string expected = "shape = [channels, height, width], or size";
    if (shape && size) return table.complain(*size, "is given beside shape", "one of the two", "size");
    if (!shape && !size) return table.miss("size", expected);
    if (size) {
        if (const auto count = table.integer(*size, 1, neuron_limit, "size")) population.shape = {*count};
        return;
    }
    if (!shape->array() || shape->array()->size() != 3)
        return table.complain(*shape, "is not an array of three numbers", "[channels, height, width]", "shape");
    std::int64_t neurons = 1;
    for (const Value& item : *shape->array()) {
        const auto extent = table.integer(item, 1, neuron_limit, "shape");
        if (!extent) return;
        population.shape.push_back(*extent);
        neurons *= *extent;
        if (neurons > neuron_limit)
            return table.complain(item, "there are too many neurons",
                                  fmt::format("at most {} in a network", neuron_limit), "shape");
    }
}

void read_role(TableReader& table, bool first, const std::vector<PopulationSpec>& others, PopulationSpec& population) {
    static const std::vector<std::string> roles = {"input", "hidden", "output"};
    const Value* value = table.find("role");
    const auto role = value ? table.choice(*value, roles, "role") : std::optional<std::size_t>(1);
    if (!role) return;
    population.role = static_cast<Role>(*role);
    const auto same = std::find_if(others.begin(), others.end(),
                                   [&](const PopulationSpec& other) { return other.role == population.role; });
    if (population.role != Role::hidden && same != others.end())
        return table.complain(*value, fmt::format("is the second {}, after {}", roles[*role], quoted(same->name)),
                              "exactly one " + roles[*role], "role");
    if ((population.role == Role::input) == first) return;
    if (first)
        table.complain(value ? *value : table.table(), "the first population is no input",
                       "role = \"input\" for the first, which is clamped to the data", "role");
    else
        table.complain(*value, "the input is not the first population", "the input before all others", "role");
}

/// The number of the population that an item of `between` names; -1 after a complaint.
int population_named(TableReader& table, const Value& name, const std::vector<PopulationSpec>& populations) {
    const auto text = table.text(name, "the name of a [[population]]", "between");
    if (!text) return -1;
    std::vector<std::string> names;
    for (std::size_t p = 0; p < populations.size(); ++p) {
        if (populations[p].name == *text) return static_cast<int>(p);
        names.push_back(populations[p].name);
    }
    table.complain_about_name(name, *text, names, "the name of a [[population]]", "between");
    return -1;
}

void read_between(TableReader& table, const std::vector<PopulationSpec>& populations, ProjectionPart& projection) {
    const Value* between = table.find("between");
    const std::string expected = "the names of two populations, such as [\"image\", \"edges\"]";
    if (!between) return table.miss("between", expected);
    if (!between->array() || between->array()->size() != 2)
        return table.complain(*between, "is not an array of two names", expected, "between");
    projection.pre = population_named(table, (*between->array())[0], populations);
    projection.post = population_named(table, (*between->array())[1], populations);
    if (projection.post == 0)
        table.complain(*between, "names the input second: it hears nobody", "the input first", "between");
}

/// Of two shapes that it fits.
Window window_of(const PopulationSpec& pre, const PopulationSpec& post, const ConvolutionSpec& spec) {
    return {pre.shape[0],  pre.shape[1], pre.shape[2], post.shape[0], post.shape[1],
            post.shape[2], spec.kernel,  spec.stride,  spec.padding};
}

void read_convolution(TableReader& table, const PopulationSpec& pre, const PopulationSpec& post,
                      ProjectionPart& projection) {
    ConvolutionSpec spec;
    const auto read = [&](const char* part, std::int64_t low, int& field) {
        const Value* value = table.find(part);
        if (!value) return;
        if (const auto found = table.integer(*value, low, 100'000, part)) field = *found;
    };
    if (!table.find("kernel")) return table.miss("kernel", "the width of the window, such as 5");
    read("kernel", 1, spec.kernel);
    read("stride", 1, spec.stride);
    read("padding", 0, spec.padding);
    projection.kind = spec;
    if (!table.sound()) return;
    const Value& between = *table.find("between");
    if (projection.lateral())
        return table.complain(*table.find("kind"), "a convolution joins no population to itself", "dense or sparse",
                              "kind");
    for (const PopulationSpec* one : {&pre, &post}) {
        if (one->shape.size() != 3)
            return table.complain(between, quoted(one->name) + " has no shape, which a convolution needs",
                                  "shape = [channels, height, width]", "between");
    }
    const int padded_height = pre.shape[1] + 2 * spec.padding, padded_width = pre.shape[2] + 2 * spec.padding;
    if (spec.kernel > padded_height || spec.kernel > padded_width)
        return table.complain(*table.find("kernel"),
                              fmt::format("{} is larger than the image, {} x {} with its padding", spec.kernel,
                                          padded_height, padded_width),
                              fmt::format("at most {}", std::min(padded_height, padded_width)), "kernel");
    const auto height = windowed_size(pre.shape[1], spec.kernel, spec.stride, spec.padding);
    const auto width = windowed_size(pre.shape[2], spec.kernel, spec.stride, spec.padding);
    if (height != post.shape[1] || width != post.shape[2])
        return table.complain(between,
                              fmt::format("{} has the shape [{}], which is not that of the convolution",
                                          quoted(post.name), fmt::join(post.shape, ", ")),
                              fmt::format("[{}, {}, {}] for {}", post.shape[0], height, width, quoted(post.name)),
                              "between");
    try {
        check_window(window_of(pre, post, spec));
    } catch (const Error& error) {
        const Problem& problem = error.problems().front();
        table.complain(*table.find("kernel"), problem.message, problem.expected, "kernel");
    }
}

/// A number of `links`, by the name that it has there.
std::optional<LinkSource> read_link_source(TableReader& table, const std::string& name, const Value& value,
                                           const PopulationSpec& pre, const PopulationSpec& post, bool lateral) {
    const std::string part = "links." + name;
    if (name == "radius") {
        const auto radius = table.integer(value, 0, 1'000'000, part.c_str());
        if (!radius) return std::nullopt;
        for (const PopulationSpec* one : {&pre, &post}) {
            if (one->shape.size() == 3) continue;
            table.complain(value, quoted(one->name) + " has no shape, which a radius needs",
                           "shape = [channels, height, width]", part.c_str());
            return std::nullopt;
        }
        return WithinRadius{*radius};
    }
    if (name == "fan_in") {
        if (lateral && pre.size() == 1) {
            table.complain(value, quoted(pre.name) + " is one neuron, which has no other to hear",
                           "a population of two or more", part.c_str());
            return std::nullopt;
        }
        const auto fan = table.integer(value, 1, pre.size() - (lateral ? 1 : 0), part.c_str());
        return fan ? std::optional<LinkSource>(FanIn{*fan}) : std::nullopt;
    }
    if (name == "probability") {
        const auto probability = table.number(value, 1, part.c_str());
        return probability ? std::optional<LinkSource>(WithProbability{*probability}) : std::nullopt;
    }
    const auto path = table.file(value, part.c_str());
    return path ? std::optional<LinkSource>(LinksFile{*path}) : std::nullopt;
}

/// Links of files are looked at here, where their place is known.
void read_sparse(TableReader& table, const PopulationSpec& pre, const PopulationSpec& post,
                 ProjectionPart& projection) {
    static const std::vector<std::string> sources = {"radius", "fan_in", "probability", "file"};
    const Value* links = table.find("links");
    const std::string expected =
        "one of { radius = 2 }, { fan_in = 32 }, { probability = 0.05 }, { file = \"links.h5\" }";
    if (!links) return table.miss("links", expected);
    if (!links->is_table() || links->table()->size() != 1)
        return table.complain(*links, links->is_table() ? "does not name one source of links" : "is not a table",
                              expected, "links");
    const auto& [name, value] = links->table()->front();
    if (std::find(sources.begin(), sources.end(), name) == sources.end())
        return table.complain_about_name(value, name, sources, expected, "links");
    const auto source = read_link_source(table, name, value, pre, post, projection.lateral());
    if (!source) return;
    projection.kind = *source;
    const auto* file = std::get_if<LinksFile>(&*source);
    if (!file || !table.sound()) return;
    try {
        read_links(file->path, pre.size(), post.size(), projection.lateral());
        read_link_weights(file->path);
    } catch (const Error& error) {
        for (const Problem& problem : error.problems()) {
            // A file that cannot be opened has no data set to name.
            const std::string where = problem.place + (problem.key.empty() ? "" : ": " + problem.key);
            table.complain(value, where + ": " + problem.message, problem.expected, "links.file");
        }
    }
}

bool brings_weights(const ProjectionPart& projection) {
    const auto* links = std::get_if<LinkSource>(&projection.kind);
    return links && std::holds_alternative<LinksFile>(*links);
}

void read_kind(TableReader& table, const std::vector<PopulationSpec>& populations, ProjectionPart& projection) {
    static const std::vector<std::string> kinds = {"dense", "convolution", "sparse"};
    static const std::vector<std::string> all = {"between", "kind", "rate", "init_scale"};
    const Value* value = table.find("kind");
    if (!value) return table.miss("kind", joined(kinds));
    const auto kind = table.choice(*value, kinds, "kind");
    if (!kind) return;
    std::vector<std::string> parts = all;
    if (*kind == 1) parts.insert(parts.end(), {"kernel", "stride", "padding"});
    if (*kind == 2) parts.emplace_back("links");
    table.only(parts);
    if (!table.sound()) return;
    const PopulationSpec& pre = populations[static_cast<std::size_t>(projection.pre)];
    const PopulationSpec& post = populations[static_cast<std::size_t>(projection.post)];
    if (*kind == 1) read_convolution(table, pre, post, projection);
    if (*kind == 2) read_sparse(table, pre, post, projection);
}

Value make_integer(std::int64_t value) {
    return make_value(value);
}

Value write_links(const LinkSource& source) {
    if (const auto* radius = std::get_if<WithinRadius>(&source))
        return make_table({{"radius", make_integer(radius->radius)}});
    if (const auto* fan = std::get_if<FanIn>(&source)) return make_table({{"fan_in", make_integer(fan->sources)}});
    if (const auto* some = std::get_if<WithProbability>(&source))
        return make_table({{"probability", make_value(some->probability)}});
    return make_table({{"file", make_value(std::get<LinksFile>(source).path)}});
}

/// The links that the file or the rule gives, before the limit of them is known to hold.
void check_weights(KeyReader& reader, const std::vector<const Value*>& tables, const NetworkPart& network) {
    double weights = 0;
    for (std::size_t k = 0; k < tables.size(); ++k) {
        weights += expected_weights(network, static_cast<int>(k));
        if (weights <= static_cast<double>(weight_count_limit)) continue;
        return reader.complain(*tables[k], fmt::format("there are too many weights, {:.0f} so far", weights),
                               fmt::format("at most {} in a network", weight_count_limit));
    }
}

}  // namespace

void read_populations(KeyReader& reader, const Value& value, Scenario& scenario) {
    std::vector<PopulationSpec> populations;
    bool sound = true;
    std::int64_t neurons = 0;
    for (const Value* item : tables_of(reader, value, "[[population]] with name and size or shape")) {
        TableReader table(reader, *item);
        table.only({"name", "size", "shape", "role"});
        PopulationSpec& population = populations.emplace_back();
        const std::vector<PopulationSpec> others(populations.begin(), populations.end() - 1);
        read_name(table, others, population);
        read_shape(table, population);
        read_role(table, others.empty(), others, population);
        sound = sound && table.sound();
        if (!sound) continue;
        neurons += population.size();
        if (neurons > neuron_limit) {
            table.complain(*item, "there are too many neurons", fmt::format("at most {} in a network", neuron_limit),
                           table.find("shape") ? "shape" : "size");
            sound = false;
        }
    }
    const bool answers = std::any_of(populations.begin(), populations.end(),
                                     [](const PopulationSpec& one) { return one.role == Role::output; });
    if (sound && !populations.empty() && !answers) {
        reader.complain(value, "there is no output", "role = \"output\" for the population that gives the answer");
        sound = false;
    }
    if (sound) scenario.network.populations = std::move(populations);
}

std::optional<Value> write_populations(const Scenario& scenario) {
    if (scenario.network.populations.empty()) return std::nullopt;
    Value::Array tables;
    for (const PopulationSpec& population : scenario.network.populations) {
        Value::Table table = {{"name", make_value(population.name)}};
        if (population.shape.size() == 1) {
            table.emplace_back("size", make_integer(population.size()));
        } else {
            table.emplace_back("shape", make_array(population.shape));
        }
        if (population.role != Role::hidden)
            table.emplace_back("role", make_value(std::string(population.role == Role::input ? "input" : "output")));
        tables.push_back(make_table(std::move(table)));
    }
    return Value{std::move(tables), {}};
}

void read_projections(KeyReader& reader, const Value& value, Scenario& scenario) {
    NetworkPart& network = scenario.network;
    const std::vector<const Value*> tables = tables_of(reader, value, "[[projection]] with between and kind");
    if (network.populations.empty()) return;
    std::vector<ProjectionPart> projections;
    bool sound = true;
    for (const Value* item : tables) {
        TableReader table(reader, *item);
        ProjectionPart& projection = projections.emplace_back();
        read_between(table, network.populations, projection);
        if (const Value* rate = table.find("rate")) projection.rate = table.number(*rate, largest_rate, "rate");
        if (const Value* scale = table.find("init_scale"))
            projection.init_scale = table.number(*scale, 1e6, "init_scale").value_or(1);
        read_kind(table, network.populations, projection);
        if (const Value* scale = table.find("init_scale");
            scale && projection.init_scale != 1 && brings_weights(projection))
            table.complain(*scale, "is given beside links.file, which brings the weights", "one of the two",
                           "init_scale");
        sound = sound && table.sound();
    }
    if (!sound) return;
    network.projections = std::move(projections);
    check_weights(reader, tables, network);
}

std::optional<Value> write_projections(const Scenario& scenario) {
    const NetworkPart& network = scenario.network;
    if (network.projections.empty()) return std::nullopt;
    Value::Array tables;
    for (const ProjectionPart& projection : network.projections) {
        // One that there is not, of a scenario built in code, gets a name that nobody has: who reads it refuses it.
        const auto name = [&](int p) {
            const bool there = p >= 0 && static_cast<std::size_t>(p) < network.populations.size();
            return make_value(there ? network.populations[static_cast<std::size_t>(p)].name
                                    : "population number " + std::to_string(p));
        };
        Value::Table table = {{"between", Value{Value::Array{name(projection.pre), name(projection.post)}, {}}}};
        const char* kinds[] = {"dense", "convolution", "sparse"};
        table.emplace_back("kind", make_value(std::string(kinds[projection.kind.index()])));
        if (const auto* convolution = std::get_if<ConvolutionSpec>(&projection.kind)) {
            table.emplace_back("kernel", make_integer(convolution->kernel));
            table.emplace_back("stride", make_integer(convolution->stride));
            table.emplace_back("padding", make_integer(convolution->padding));
        }
        if (const auto* links = std::get_if<LinkSource>(&projection.kind))
            table.emplace_back("links", write_links(*links));
        if (projection.rate) table.emplace_back("rate", make_value(*projection.rate));
        if (projection.init_scale != 1) table.emplace_back("init_scale", make_value(projection.init_scale));
        tables.push_back(make_table(std::move(table)));
    }
    return Value{std::move(tables), {}};
}

std::string tables_as_toml(const std::string& key, const Value& value) {
    std::string text;
    for (const Value& table : *value.array()) {
        text += "\n[[" + key + "]]\n";
        for (const auto& [name, entry] : *table.table()) text += name + " = " + to_toml(entry) + "\n";
    }
    return text;
}

std::vector<double> rates_of(const Scenario& scenario) {
    if (!scenario.learning.rates.empty() || scenario.network.populations.empty()) return scenario.learning.rates;
    std::vector<double> rates;
    for (const ProjectionPart& projection : scenario.network.projections) rates.push_back(projection.rate.value_or(0));
    return rates;
}

double expected_links(const NetworkPart& network, int k) {
    if (network.populations.empty()) {
        const Wiring wiring = chain(network.layers);
        const ProjectionSpec& projection = wiring.projection(k);
        return static_cast<double>(wiring.size(projection.pre)) * wiring.size(projection.post);
    }
    const ProjectionPart& projection = network.projections[static_cast<std::size_t>(k)];
    const PopulationSpec& pre = network.populations[static_cast<std::size_t>(projection.pre)];
    const PopulationSpec& post = network.populations[static_cast<std::size_t>(projection.post)];
    if (const auto* convolution = std::get_if<ConvolutionSpec>(&projection.kind)) {
        // As many runs of forward_runs as a place has links to one channel.
        const Window window = window_of(pre, post, *convolution);
        return static_cast<double>(window.channels) * window.post_channels * tables_of(window).forward_runs;
    }
    if (const auto* links = std::get_if<LinkSource>(&projection.kind)) {
        if (const auto* file = std::get_if<LinksFile>(links)) return count_links(file->path);
        LinkRule rule;
        if (const auto* radius = std::get_if<WithinRadius>(links)) rule = *radius;
        if (const auto* fan = std::get_if<FanIn>(links)) rule = *fan;
        if (const auto* some = std::get_if<WithProbability>(links)) rule = *some;
        return expected_links(rule, pre, post, projection.lateral());
    }
    const double n = pre.size();
    return projection.lateral() ? n * (n - 1) / 2 : n * post.size();
}

WindowTables expected_tables(const NetworkPart& network, int k) {
    const ProjectionPart& projection = network.projections[static_cast<std::size_t>(k)];
    return tables_of(window_of(network.populations[static_cast<std::size_t>(projection.pre)],
                               network.populations[static_cast<std::size_t>(projection.post)],
                               std::get<ConvolutionSpec>(projection.kind)));
}

double expected_weights(const NetworkPart& network, int k) {
    if (network.populations.empty()) return expected_links(network, k);
    const ProjectionPart& projection = network.projections[static_cast<std::size_t>(k)];
    const PopulationSpec& pre = network.populations[static_cast<std::size_t>(projection.pre)];
    const PopulationSpec& post = network.populations[static_cast<std::size_t>(projection.post)];
    if (const auto* convolution = std::get_if<ConvolutionSpec>(&projection.kind))
        return static_cast<double>(pre.shape[0]) * post.shape[0] * convolution->kernel * convolution->kernel;
    if (std::holds_alternative<LinkSource>(projection.kind)) return expected_links(network, k);
    return static_cast<double>(pre.size()) * post.size();
}

}  // namespace settle
