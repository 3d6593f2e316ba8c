#include "sim/scenario/dwell_form.hpp"

#include "sim/scenario/key_forms.hpp"

namespace settle {

namespace {

constexpr std::int64_t dwell_limit = 10'000'000;

}  // namespace

void read_dwell(KeyReader& reader, const Value& value, Scenario& scenario) {
    const std::optional<Ends> ends = read_ends(reader, value);
    if (!ends) return;
    const auto least = reader.integer(*ends->low, 1, dwell_limit, ends->low_part);
    const auto most = ends->low != ends->high && least ? reader.integer(*ends->high, 1, dwell_limit, "high") : least;
    if (!least || !most) return;
    if (*most < *least) return reader.complain(value, "high is below low", "low at most high");
    scenario.stream.dwell_low = static_cast<int>(*least);
    scenario.stream.dwell_high = static_cast<int>(*most);
}

std::optional<Value> write_dwell(const Scenario& scenario) {
    const Value low = make_value(static_cast<std::int64_t>(scenario.stream.dwell_low));
    if (scenario.stream.dwell_low == scenario.stream.dwell_high) return low;
    return make_table({{"low", low}, {"high", make_value(static_cast<std::int64_t>(scenario.stream.dwell_high))}});
}

}  // namespace settle
