// events.jsonl: what the script of a run has done, a line an event within presentations and a line whenever something
// happens between minibatches.
#pragma once

#include <cstdint>
#include <string>

#include "models/network/network.hpp"
#include "sim/runs/session/script.hpp"

namespace settle {

/// More links than these are counted and not listed.
constexpr std::int64_t listed_links = 1'000'000;

/// The line of an event within presentations, without the line's end: "name", "period", "during", "action", what the
/// event itself says, and for kills and cuts how many they "hit" and which. Revivals name what they bring back of what
/// events within presentations have taken: in the part of the data where that is most. What events between minibatches
/// have taken comes back too, but is not known when the line is written.
std::string line_within(const Script& script, std::size_t event, const Network& network);

/// The line of what happens between minibatches: "name", "presentation" (done so far), "epoch", "action", "ended" where
/// its until brings back what was before, and the same as above.
std::string line_of(const Script& script, const Occurrence& occurrence, const Network& network);

/// The whole file when the minibatches that begin before so many training presentations have begun.
std::string event_lines(const Script& script, std::int64_t presentations, const Network& network);

}  // namespace settle
