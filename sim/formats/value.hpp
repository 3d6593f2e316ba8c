// A value of a configuration file: what TOML can say, with the place where it was said.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace settle {

/// A file with line and column (1-based), or an option ("--set") without.
struct Place {
    std::string name;
    int line = 0;
    int column = 0;
};

struct Value {
    using Array = std::vector<Value>;
    using Table = std::vector<std::pair<std::string, Value>>;  ///< in the order of the file
    using Data = std::variant<bool, std::int64_t, double, std::string, Array, Table>;

    Data data;
    Place place;  ///< of the key that holds it, or of the value itself in an array

    // Declared here and defined below: std::pair asks whether a Value can be made, before Value is complete.
    Value();
    Value(Data said, Place where);

    bool is_table() const { return std::holds_alternative<Table>(data); }
    const Table* table() const { return std::get_if<Table>(&data); }
    Table* table() { return std::get_if<Table>(&data); }
    const Array* array() const { return std::get_if<Array>(&data); }
    const std::string* string() const { return std::get_if<std::string>(&data); }

    /// Entry of a table, or null.
    const Value* find(const std::string& key) const {
        const Table* entries = table();
        if (!entries) return nullptr;
        for (const auto& [name, value] : *entries) {
            if (name == key) return &value;
        }
        return nullptr;
    }
};

inline Value::Value() = default;
inline Value::Value(Data said, Place where) : data(std::move(said)), place(std::move(where)) {}

}  // namespace settle
