// How [[population]] and [[projection]] are read and written. Each is read as one key whose value is an array of
// tables; every complaint is at the place of what is wrong.
#pragma once

#include <optional>

#include "models/network/window_tables.hpp"
#include "sim/scenario/keys.hpp"

namespace settle {

/// At most so many neurons, weights and links in a network: every count stays inside 64 bits, and every allocation
/// sane.
inline constexpr std::int64_t neuron_limit = 10'000'000;
inline constexpr std::int64_t weight_count_limit = 1'000'000'000;

/// Roles, names and shapes; what is wrong with one leaves the scenario without populations.
void read_populations(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_populations(const Scenario& scenario);

/// After the populations, and only if they are sound: names, kinds, shapes that fit, links of files.
void read_projections(KeyReader& reader, const Value& value, Scenario& scenario);
std::optional<Value> write_projections(const Scenario& scenario);

/// Blocks [[key]] of a resolved scenario.
std::string tables_as_toml(const std::string& key, const Value& value);

/// The learning rate of each projection: learning.rates, or the `rate` of each, 0 where it has none.
std::vector<double> rates_of(const Scenario& scenario);

/// Links of a projection, or how many are to be expected, and the weights that they share or have. Throws Error (input)
/// for a file that cannot be read.
double expected_links(const NetworkPart& network, int projection);
double expected_weights(const NetworkPart& network, int projection);

/// Of a convolution.
WindowTables expected_tables(const NetworkPart& network, int projection);

}  // namespace settle
