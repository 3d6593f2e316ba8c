#include "sim/scenario/axis.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

#include "sim/formats/toml.hpp"

namespace settle {

namespace {

/// Every point is loaded and checked before the first one runs.
constexpr std::size_t point_limit = 100'000;

bool is_section(const std::string& name) {
    const std::vector<std::string> names = section_names();
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Whether a run of it could differ; the others say how a run is kept or computed.
bool can_vary(const Key& key) {
    static const std::set<std::string> fixed = {"scenario.name", "scenario.description", "scenario.task",
                                                "scenario.threads"};
    return key.of_a_run() && fixed.count(key.path) == 0 && key.section() != "record" && key.section() != "checkpoint";
}

std::optional<double> number_of(const Value& value) {
    if (const auto* real = std::get_if<double>(&value.data)) return *real;
    if (const auto* integer = std::get_if<std::int64_t>(&value.data)) return static_cast<double>(*integer);
    return std::nullopt;
}

bool has_label(const Value& item) {
    return item.find("label") != nullptr;
}

std::string label_of(const Value& item) {
    const Value* label = item.find("label");
    const Value& shown = label ? *label : item;
    return shown.string() ? *shown.string() : to_toml(shown);
}

/// Two numbers: the ends of what is searched.
bool is_range(const Value::Array& items) {
    return items.size() == 2 && number_of(items[0]) && number_of(items[1]);
}

/// Reads one axis; paths become absolute in place.
class AxisReader {
public:
    AxisReader(KeyReader& reader, std::string name, AxesOf what)
        : reader_(reader), name_(std::move(name)), what_(what) {}

    bool read(Value& items) {
        const Key* key = find_key(name_);
        if (key ? !can_vary(*key) : !is_section(name_) || name_ == "sweep" || name_ == "search") {
            complain_about_axis(items, key);
            return false;
        }
        Value::Array* array = std::get_if<Value::Array>(&items.data);
        if (!array) return complain(items, "is not an array", expected());
        if (array->empty()) return complain(items, "is empty", expected());
        if (what_ == AxesOf::search && key && !read_range(items, *array)) return false;
        if (what_ == AxesOf::search && is_range(*array)) return true;
        bool good = true;
        for (Value& item : *array) good = (key ? read_value(*key, item) : read_overlay(item)) && good;
        return good && labels_differ(*array);
    }

private:
    bool complain(const Value& at, const std::string& message, const std::string& wanted) {
        reader_.complain(at, message, wanted, toml_key(name_));
        return false;
    }

    std::string expected() const {
        return what_ == AxesOf::sweep ? "the values to try" : "[low, high], or a list of words";
    }

    void complain_about_axis(const Value& at, const Key* key) {
        if (key) {
            complain(at, key->of_a_run() ? "does not differ between the runs" : "unknown key",
                     "a key that changes what is simulated");
        } else {
            reader_.complain_about_key(at, name_, "a scenario key or section", nearest_key(name_));
        }
    }

    /// The form of a search: numbers are a range, or there are none at all.
    bool read_range(const Value& items, const Value::Array& array) {
        if (is_range(array)) {
            if (*number_of(array[0]) < *number_of(array[1])) return true;
            return complain(items, fmt::format("the range {} is empty", to_toml(items)), "low below high");
        }
        const bool numbers = std::any_of(array.begin(), array.end(), [](const Value& v) { return number_of(v); });
        return numbers ? complain(items, to_toml(items) + " is no range", expected()) : true;
    }

    bool read_label(const Value& item) {
        const Value* label = item.find("label");
        if (!label) return complain(item, "has no label", "{ label, … } with keys of the section");
        if (!label->string()) return complain(*label, "the label is not a string", "a label");
        return label->string()->empty() ? complain(*label, "the label is empty", "a label") : true;
    }

    bool read_value(const Key& key, Value& item) {
        if (!has_label(item)) {
            if (item.string() && item.string()->empty()) return complain(item, "is empty", expected());
            return make_absolute(key, item);
        }
        for (auto& [part, value] : *item.table()) {
            if (part == "value" && !make_absolute(key, value)) return false;
            if (part != "label" && part != "value") {
                reader_.complain_about_key(value, name_ + "." + part, "label, value", "");
                return false;
            }
        }
        if (!item.find("value")) return complain(item, "the table has no value", "{ label, value }");
        return read_label(item);
    }

    bool read_overlay(Value& item) {
        if (!item.is_table()) return complain(item, "is not a table", "{ label, … } with keys of the section");
        bool good = read_label(item);
        for (auto& [entry, value] : *item.table()) {
            if (entry == "label") continue;
            const Key* key = find_key(name_ + "." + entry);
            if (!key) {
                const std::string nearest = nearest_key(name_ + "." + entry);
                reader_.complain_about_key(value, name_ + "." + entry, "a key of [" + name_ + "]", nearest);
                good = false;
            } else if (!can_vary(*key)) {
                good = complain(value, key->path + " does not differ between the runs",
                                "a key that changes what is simulated");
            } else {
                good = make_absolute(*key, value) && good;
            }
        }
        return good;
    }

    bool make_absolute(const Key& key, Value& value) {
        if (key.type != "path") return true;
        const auto path = reader_.file(value);
        if (path) value.data = *path;
        return path.has_value();
    }

    bool labels_differ(const Value::Array& array) {
        std::set<std::string> labels;
        for (const Value& item : array) {
            if (!labels.insert(label_of(item)).second)
                return complain(item, quoted(label_of(item)) + " is there twice", "every value once");
        }
        return true;
    }

    KeyReader& reader_;
    const std::string name_;
    const AxesOf what_;
};

Choice choice_of(const std::string& name, const Value& item) {
    Choice choice{label_of(item), {}};
    choice.speaks = has_label(item) || (item.string() && std::isalpha(static_cast<unsigned char>(choice.label[0])));
    if (!find_key(name)) {
        for (const auto& [entry, value] : *item.table()) {
            if (entry != "label") choice.settings.push_back({name + "." + entry, value});
        }
        return choice;
    }
    const Value& value = has_label(item) ? *item.find("value") : item;
    choice.settings.push_back({name, value});
    choice.number = number_of(value);
    return choice;
}

/// Whether a number of the key, or of its part, is an integer: "int", "int or { low, high }", whose ends are too.
bool is_whole(const Key& key, const std::string& part) {
    const std::vector<std::string> whole = {"mean", "pause", "to", "epochs", "samples"};
    const bool of_integers = key.type.rfind("int", 0) == 0;
    return part.empty() ? of_integers
                        : (of_integers && (part == "low" || part == "high")) ||
                              std::find(whole.begin(), whole.end(), part) != whole.end();
}

/// 0 for a section's entry, 1 for a key, 2 for a part of a key.
int speciality(const Axis& axis, const Setting& setting) {
    std::string part;
    find_key(setting.key, &part);
    return !part.empty() ? 2 : find_key(axis.name) ? 1 : 0;
}

}  // namespace

std::optional<Value::Table> read_over(KeyReader& reader, const Value& value, AxesOf what) {
    const std::string expected = "{ \"key\" = [values] }";
    if (!value.is_table()) {
        reader.complain(value, "is not a table", expected);
        return std::nullopt;
    }
    if (value.table()->empty()) {
        reader.complain(value, "is empty", expected);
        return std::nullopt;
    }
    Value::Table over = *value.table();
    bool good = true;
    std::size_t points = 1;
    for (auto& [name, items] : over) {
        good = AxisReader(reader, name, what).read(items) && good;
        if (items.array()) points = std::min(points, point_limit + 1) * std::max<std::size_t>(1, items.array()->size());
    }
    if (what == AxesOf::sweep && points > point_limit) {
        reader.complain(value, "the grid has too many points", fmt::format("at most {}", point_limit));
        good = false;
    }
    if (!good) return std::nullopt;
    return over;
}

std::vector<Axis> axes_of(const Value::Table& over, AxesOf what) {
    std::vector<Axis> axes;
    for (const auto& [name, items] : over) {
        const Value::Array& array = *items.array();
        Axis& axis = axes.emplace_back(Axis{name});
        std::string part;
        const Key* key = find_key(name, &part);
        if (what == AxesOf::search && key && is_range(array)) {
            axis.range = Range{*number_of(array[0]), *number_of(array[1]), is_whole(*key, part), array[0].place};
            continue;
        }
        for (const Value& item : array) axis.choices.push_back(choice_of(name, item));
    }
    return axes;
}

std::vector<GridPoint> grid(const std::vector<Axis>& axes) {
    std::vector<GridPoint> points = {{}};
    for (const Axis& axis : axes) {
        std::vector<GridPoint> longer;
        for (const GridPoint& point : points) {
            for (const Choice& choice : axis.choices) {
                GridPoint& next = longer.emplace_back(point);
                next.label += (next.label.empty() ? "" : ", ") + choice.label;
                next.choices.push_back(choice);
            }
        }
        points = std::move(longer);
    }
    return points;
}

std::vector<std::string> point_labels(const Value::Table& over) {
    std::vector<std::string> labels;
    for (const auto& [name, items] : over) {
        const std::vector<std::string> shorter = labels.empty() ? std::vector<std::string>{""} : labels;
        labels.clear();
        for (const std::string& label : shorter) {
            for (const Value& item : *items.array())
                labels.push_back(label + (label.empty() ? "" : ", ") + label_of(item));
        }
    }
    return labels;
}

std::string nearest_label(const std::string& wrong, const std::vector<std::string>& labels) {
    std::string nearest = nearest_name(wrong.substr(0, 60), labels);
    const auto number = [](const std::string& text) {
        const auto value = parse_toml_value(text, {});
        return value ? number_of(*value) : std::nullopt;
    };
    const auto meant = number(wrong);
    if (!nearest.empty() || !meant) return nearest;
    std::optional<double> least;
    for (const std::string& label : labels) {
        const auto one = number(label);
        if (!one || (least && std::abs(*one - *meant) >= *least)) continue;
        least = std::abs(*one - *meant);
        nearest = label;
    }
    return nearest;
}

std::vector<std::string> short_names(const std::vector<Axis>& axes) {
    std::vector<std::string> names;
    for (const Axis& axis : axes) {
        const auto shorter = [](const std::string& name) { return name.substr(name.find('.') + 1); };
        const auto same = std::count_if(axes.begin(), axes.end(),
                                        [&](const Axis& other) { return shorter(other.name) == shorter(axis.name); });
        names.push_back(same > 1 ? axis.name : shorter(axis.name));
    }
    return names;
}

std::string shown_point(const std::vector<std::string>& names, const std::vector<Choice>& choices) {
    std::string text;
    for (std::size_t a = 0; a < choices.size(); ++a) {
        text += (text.empty() ? "" : ", ") + (choices[a].speaks ? "" : names[a] + " ") + choices[a].label;
    }
    return text;
}

std::vector<Setting> settings_of(const std::vector<Axis>& axes, const std::vector<Choice>& choices) {
    std::vector<Setting> settings;
    for (int level = 0; level <= 2; ++level) {
        for (std::size_t a = 0; a < axes.size(); ++a) {
            for (const Setting& setting : choices[a].settings) {
                if (speciality(axes[a], setting) == level) settings.push_back(setting);
            }
        }
    }
    return settings;
}

}  // namespace settle
