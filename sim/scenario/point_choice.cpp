#include "sim/scenario/point_choice.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "sim/formats/toml.hpp"
#include "sim/scenario/axis.hpp"

namespace settle {

namespace {

/// A grid, and which of its points are meant.
class PointChooser {
public:
    explicit PointChooser(const Value::Table& over) : axes_(axes_of(over, AxesOf::sweep)), points_(grid(axes_)) {}

    /// What is said of an axis or a label that is not there; nullopt where all are.
    std::optional<Problem> unknown(const Value& said, const std::string& part) const {
        const std::string key = "expect." + part;
        for (const auto& [name, label] : *said.table()) {
            std::vector<std::string> names;
            for (const Axis& axis : axes_) names.push_back(axis.name);
            const auto at = std::find(names.begin(), names.end(), name);
            if (at == names.end())
                return unknown_at(label.place, key, quoted(name) + " is no axis of the sweep", names, name);
            std::vector<std::string> labels;
            for (const Choice& choice : axes_[static_cast<std::size_t>(at - names.begin())].choices)
                labels.push_back(choice.label);
            const std::string text = text_of(label);
            if (std::find(labels.begin(), labels.end(), text) == labels.end())
                return unknown_at(label.place, key, quoted(text) + " is no label of " + name, labels, text);
        }
        return std::nullopt;
    }

    std::vector<const GridPoint*> points(const Value& said) const {
        std::vector<const GridPoint*> found;
        for (const GridPoint& point : points_) {
            if (has(point, said)) found.push_back(&point);
        }
        return found;
    }

    /// The point that has what is said, and else what `like` has.
    std::string label_of_other(const GridPoint& like, const Value& said) const {
        std::string label;
        for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
            const Value* other = said.find(axes_[axis].name);
            label += (axis == 0 ? "" : ", ") + (other ? text_of(*other) : like.choices[axis].label);
        }
        return label;
    }

private:
    static std::string text_of(const Value& label) { return label.string() ? *label.string() : to_toml(label); }

    static Problem unknown_at(const Place& place, const std::string& key, const std::string& message,
                              const std::vector<std::string>& names, const std::string& wrong) {
        Problem problem = problem_at(place, key, message, names.empty() ? "a sweep" : "one of " + joined(names));
        problem.suggestion = nearest_label(wrong, names);
        return problem;
    }

    bool has(const GridPoint& point, const Value& said) const {
        for (std::size_t axis = 0; axis < axes_.size(); ++axis) {
            const Value* label = said.find(axes_[axis].name);
            if (label && text_of(*label) != point.choices[axis].label) return false;
        }
        return true;
    }

    std::vector<Axis> axes_;
    std::vector<GridPoint> points_;
};

bool is_known(const PointChooser& chooser, const Value& point, const Value* than) {
    return !chooser.unknown(point, "point") && !(than && chooser.unknown(*than, "than"));
}

/// One table for each point that is meant.
void add_points(const Value& table, const PointChooser& chooser, Value::Array& items) {
    for (const GridPoint* point : chooser.points(*table.find("point"))) {
        Value one = table;
        for (auto& [name, value] : *one.table()) {
            if (name == "point") value.data = point->label;
            if (name == "than" && value.is_table()) value.data = chooser.label_of_other(*point, value);
        }
        items.push_back(std::move(one));
    }
}

}  // namespace

Value each_point(const Value& expectations, const Value::Table& now, const Value::Table& written, Problems& problems) {
    if (!expectations.array()) return expectations;
    std::optional<PointChooser> here, there;
    Value::Array items;
    for (const Value& item : *expectations.array()) {
        const Value* point = item.find("point");
        const Value* than = item.find("than");
        if (!point || !point->is_table()) {
            items.push_back(item);
            continue;
        }
        if (!here) here.emplace(now), there.emplace(written);
        const Value* other = than && than->is_table() ? than : nullptr;
        if (is_known(*here, *point, other)) {
            add_points(item, *here, items);
        } else if (is_known(*there, *point, other)) {
            add_points(item, *there, items);
        } else {
            const auto of_point = here->unknown(*point, "point");
            problems.wrong.push_back(of_point ? *of_point : *here->unknown(*other, "than"));
        }
    }
    return {std::move(items), expectations.place};
}

}  // namespace settle
