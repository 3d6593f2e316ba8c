// What a stream ignores of its scenario.
#pragma once

#include <string>
#include <vector>

#include "sim/scenario/keys.hpp"

namespace settle {

/// For people, a line for every key that is given, is not at its default and is ignored; none of other tasks.
std::vector<std::string> notes_on_stream(const GivenValues& given, const Scenario& scenario);

}  // namespace settle
