#include "sim/measures/pareto.hpp"

#include <algorithm>

namespace settle {

namespace {

bool competes(const Contender& one) {
    return std::all_of(one.values.begin(), one.values.end(), [](const auto& value) { return value.has_value(); });
}

bool beats(const Contender& one, const Contender& other) {
    if (one.group != other.group || !competes(one)) return false;
    bool smaller = false;
    for (std::size_t i = 0; i < one.values.size(); ++i) {
        if (*one.values[i] > *other.values[i]) return false;
        smaller = smaller || *one.values[i] < *other.values[i];
    }
    return smaller;
}

}  // namespace

std::vector<bool> pareto_front(const std::vector<Contender>& contenders) {
    std::vector<bool> front;
    for (const Contender& one : contenders) {
        front.push_back(competes(one) && std::none_of(contenders.begin(), contenders.end(),
                                                      [&](const Contender& other) { return beats(other, one); }));
    }
    return front;
}

}  // namespace settle
