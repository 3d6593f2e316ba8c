// What kills and cuts hit, and what revivals bring back: drawn once a chip, so that a larger fraction hits what the
// smaller one does, and more.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "models/device/device.hpp"
#include "models/network/network.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// An event that has happened and still acts.
struct Acting {
    std::size_t event = 0;   ///< in Scenario::events
    std::int64_t since = 0;  ///< how many periods or presentations ago it happened

    bool operator==(const Acting&) const = default;
};

/// In the order in which they happened.
using ActingEvents = std::vector<Acting>;

/// Links of a projection, as numbers within its two populations.
using StruckLinks = std::vector<std::pair<std::int32_t, std::int32_t>>;

/// The draws of all events of a scenario. Every neuron and every link is hit by its own draw, keyed by device seed,
/// neurons and the event: its name, or else its number among those kills and cuts (revivals and restorations) that are
/// of a size above 0.
class Hits {
public:
    Hits(const Scenario& scenario, const Wiring& wiring);

    /// Whether an event hits a neuron, or a link between two neurons; numbers are network-wide.
    bool hits(std::size_t event, int population, int neuron) const;
    bool hits_link(std::size_t event, int projection, int pre, int post) const;

    /// The names of the projections.
    const std::vector<std::string>& projections() const { return projections_; }

    /// Neurons that an event hits, rising.
    std::vector<std::int32_t> neurons(std::size_t event) const;
    /// Neurons whose outputs are stuck at 0 by these events, rising.
    std::vector<std::int32_t> silent(const ActingEvents& acting) const;
    /// The neurons that the last of these events hits, or brings back.
    std::vector<std::int32_t> struck(const ActingEvents& acting) const;

    /// Those of the events that are about links and of a size above 0; when they happened does not matter.
    ActingEvents about_links(const ActingEvents& acting) const;
    bool is_cut(const ActingEvents& acting, int projection, int pre, int post) const;
    /// All that is dead: by these events, and on the chip.
    DeadLinks dead(const ActingEvents& acting, const Device& device, const Network& network) const;
    /// (projections) the links that the last of these events hits, or brings back.
    std::vector<StruckLinks> struck_links(const ActingEvents& acting, const Network& network) const;

private:
    struct Draw {
        Stream stream;
        double fraction;  ///< 1: all
    };
    template <class Named>
    bool is_of(const Named& named, const std::string& name) const {
        return named.empty() || named == name;
    }

    const std::vector<Event> events_;
    const Wiring wiring_;
    std::vector<std::string> projections_;  ///< their names
    std::vector<Draw> draws_;               ///< (events)
};

/// Whether an event brings back what others have taken.
bool returns(const Event& event);

/// Whether no link is dead in one that lives in the other.
bool same_links(const DeadLinks& one, const DeadLinks& other);

}  // namespace settle
