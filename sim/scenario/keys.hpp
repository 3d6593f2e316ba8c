// The table of scenario keys, which exists once: the parser, --set, describe, --dry-run, error messages and the
// table of docs/keys.md all come from it.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sim/formats/value.hpp"
#include "sim/scenario/duration.hpp"
#include "sim/scenario/problems.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What numbers of a scenario are bounded by where nothing tighter bounds them.
constexpr std::int64_t int_limit = 1'000'000'000;
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Reads one key: turns values into what the scenario wants, or notes what is wrong.
class KeyReader {
public:
    /// `folder`: what relative paths of the scenario file are relative to.
    KeyReader(std::string path, std::string folder, Problems& problems)
        : path_(std::move(path)), folder_(std::move(folder)), problems_(problems) {}

    void complain(const Value& at, const std::string& message, const std::string& expected,
                  const std::string& part = "");

    /// It holds, but the user should know.
    void warn(const Value& at, const std::string& message, const std::string& part = "");
    /// As complain(), with the nearest of `names`.
    void complain_about_name(const Value& at, const std::string& wrong, const std::vector<std::string>& names,
                             const std::string& expected, const std::string& part = "");

    /// Each gives nullopt after a complaint. Numbers are finite; bounds are inclusive.
    std::optional<std::int64_t> integer(const Value& value, std::int64_t low, std::int64_t high,
                                        const std::string& part = "");
    std::optional<double> number(const Value& value, double low, double high, const std::string& part = "");
    std::optional<bool> boolean(const Value& value, const std::string& part = "");
    /// UTF-8, as TOML demands.
    std::optional<std::string> text(const Value& value, const std::string& expected, const std::string& part = "");
    /// Absolute; relative to the scenario's folder, or to the working directory for an option.
    std::optional<std::string> file(const Value& value, const std::string& part = "");
    /// A duration with its unit, or a number of periods, in the run's unit of time.
    std::optional<UnitCount> time(const Value& value, const Scenario& scenario, const std::string& part = "");
    /// Its whole units; warns where that is not what was written.
    Duration rounded(const Value& value, const UnitCount& count, TimeUnit unit, const std::string& part = "");
    /// Of the machine's clock, with its unit.
    std::optional<WallDuration> wall_duration(const Value& value, const std::string& part = "");
    /// An entry of a table that nobody knows; reported before everything else.
    void complain_about_key(const Value& at, const std::string& name, const std::string& expected,
                            const std::string& suggestion);
    /// Complains about entries of a table other than `parts`.
    void only(const Value& table, const std::vector<std::string>& parts);

private:
    std::string path_;
    std::string folder_;
    Problems& problems_;
};

/// The values that were given (not defaulted), by key path.
using GivenValues = std::map<std::string, Value>;

/// How finely an event of the script may change a key while networks live: not at all, between minibatches of
/// training, or there and at the end of a period.
enum class Change { never, minibatch, period };

struct Key {
    std::string path;          ///< "neuron.epsilon"
    std::string type;          ///< "number, \"a/t^b\", table"
    std::string default_text;  ///< what holds when it is not given
    std::string range;
    std::string help;
    std::string unit = {};                ///< of a plain number; empty: none
    std::string engines = {};             ///< that honour it; empty: all
    std::vector<std::string> parts = {};  ///< of its table form, addressable as path.part
    bool of_tables = false;               ///< an array of tables, [[path]], which options do not reach
    Change change = Change::never;        ///< by [[events]]

    /// Sets the scenario's field. timing.period is read before the others.
    std::function<void(KeyReader&, const Value&, Scenario&)> read = {};
    /// The field as a value; nullopt where it is absent.
    std::function<std::optional<Value>(const Scenario&)> write = {};
    /// Turns a shorthand into the table it stands for, so that its parts can be set; what it does not understand stays
    /// as it is, for `read` to complain about. Empty without parts.
    std::function<Value(const Value&)> expand = {};

    std::string section() const { return path.substr(0, path.find('.')); }
    std::string name() const { return path.substr(path.find('.') + 1); }
    bool honoured_by(EngineKind engine) const;
    /// Whether it is about one run: the keys of [sweep] and [search] are not, and a resolved scenario has none of them.
    bool of_a_run() const { return section() != "sweep" && section() != "search"; }
};

const std::vector<Key>& scenario_keys();

/// The key that `path` names, itself or as path.part; null if there is none. `part` is set to the part or "".
const Key* find_key(const std::string& path, std::string* part = nullptr);

/// All addressable names, parts included.
std::vector<std::string> key_names();

/// The sections, in the order of the table.
std::vector<std::string> section_names();

/// The name that was probably meant by an unknown one: the nearest, or the key of that name in another section; or "".
std::string nearest_key(const std::string& path);

/// The scenario that the given values make, defaults where there are none: those that others follow from are read
/// first. `stem`: the default of scenario.name. What is wrong goes to `problems`, and its key keeps its default.
Scenario read_keys(const GivenValues& given, const std::string& stem, const std::string& folder, Problems& problems);

/// The table of docs/keys.md.
std::string keys_as_markdown();

}  // namespace settle
