// The pathway from one population to another.
#pragma once

#include <stdexcept>

#include "models/network/wiring.hpp"

namespace settle {

inline int pathway_between(const Wiring& wiring, int source, int target) {
    for (const int number : wiring.incoming(target)) {
        if (wiring.pathway(number).source == source) return number;
    }
    throw std::logic_error("nothing leads there");
}

}  // namespace settle
