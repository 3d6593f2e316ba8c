// Axes: what a sweep or a search varies. An axis is a key, a part of a key or a whole section, with its alternatives
// or, in a search, the range that it is drawn from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/formats/value.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

/// A key or a part of one ("neuron.epsilon.initial"), and the value that it gets.
struct Setting {
    std::string key;
    Value value;
};

/// One alternative of an axis.
struct Choice {
    std::string label;  ///< as given, else the value as TOML writes it, words without quotation marks
    std::vector<Setting> settings;
    std::optional<double> number = {};  ///< the value, where it is a plain number of one key
    bool speaks = false;                ///< the label was given, or is a word: it says what it is without its key
};

/// The range of a number that is searched; both ends belong to it.
struct Range {
    double low = 0, high = 0;
    bool integer = false;  ///< whole numbers only
    Place place = {};
};

struct Axis {
    std::string name;  ///< of the key, part or section
    std::vector<Choice> choices = {};
    std::optional<Range> range = {};  ///< then there are no choices
};

enum class AxesOf { sweep, search };

/// Checks `over` of [sweep] or [search] and makes its paths absolute; nullopt after complaints. Keys and parts have
/// lists of values or of { label, value }; sections have lists of tables with a label, whose other entries are keys of
/// the section. A search has [low, high] for numbers and lists for everything else. What says how a run is kept or
/// computed (scenario.name, description, task, threads, record.*, checkpoint.*, sweep.*, search.*) is no axis.
std::optional<Value::Table> read_over(KeyReader& reader, const Value& value, AxesOf what);

/// The axes of a table that read_over() has checked, in its order.
std::vector<Axis> axes_of(const Value::Table& over, AxesOf what);

/// One point of a sweep: an alternative of every axis.
struct GridPoint {
    std::string label;            ///< the labels of its choices, ", " between them
    std::vector<Choice> choices;  ///< (axes)
};

/// All combinations, the last axis fastest.
std::vector<GridPoint> grid(const std::vector<Axis>& axes);

/// The labels of all points of a sweep's `over`; none without axes.
std::vector<std::string> point_labels(const Value::Table& over);

/// The label that was probably meant: the nearest name or, of a number, the nearest number; "" without one.
std::string nearest_label(const std::string& wrong, const std::vector<std::string>& labels);

/// The names of axes as far as they tell them apart: "jitter", "epsilon.initial"; "network.seed" beside
/// "scenario.seed".
std::vector<std::string> short_names(const std::vector<Axis>& axes);

/// A point as people read it, the names of its axes where a label says nothing by itself: "jitter 0.1, sigma-delta".
std::string shown_point(const std::vector<std::string>& names, const std::vector<Choice>& choices);

/// What the choices set, the more special after the more general (sections, keys, parts of keys; else in order), so
/// that each wins over what contains it.
std::vector<Setting> settings_of(const std::vector<Axis>& axes, const std::vector<Choice>& choices);

}  // namespace settle
