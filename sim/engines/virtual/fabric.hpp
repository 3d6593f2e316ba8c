// The fabric of a chip in virtual time: packets queue for encoders, links and decoders, in whole picoseconds, and reach
// their targets when those have let them through.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "models/chip/service.hpp"
#include "sim/engines/chip_figures.hpp"
#include "sim/engines/event_sink.hpp"
#include "sim/engines/plan.hpp"
#include "sim/engines/virtual/packet_routes.hpp"
#include "sim/engines/virtual/soonest.hpp"

namespace settle {

/// What became of one bit to one target core.
struct PacketEnd {
    using Fate = MessageEnd;
    Time sent = 0;      ///< units: the tick of the source
    Time arrived = -1;  ///< units; -1 unless delivered
    std::int32_t source = 0, tick = 0, core = 0, hops = 0;
    std::uint8_t copy = 0;
    Fate fate = Fate::delivered;

    auto operator<=>(const PacketEnd&) const = default;
};

/// What the fabric is told.
struct Injection {
    Time sent = 0;            ///< units: the tick of the source
    Picoseconds enters = 0;   ///< at its encoder
    std::int32_t source = 0;  ///< network-wide
    std::int32_t tick = 0;
    std::uint8_t bit = 1;  ///< parity links: ParityBits
    std::uint8_t copy = 0;
    float lambda = 0;  ///< parity links: of the schedule, at the source's tick
};

/// Within a picosecond: what arrives joins its queue; services that are over ask for places; places are given, longest
/// waiting first; free servers begin with the first of their queue; and again while anything happens. A packet whose
/// service takes no time is over in the next of these rounds.
class Fabric {
public:
    /// A bit leaves the decoder of `target.core`: it is in that target's rows from `arrives` (units) on. `order` rises
    /// with the time at which it left.
    using Deliver = std::function<void(const PacketTarget& target, const Injection& bit, Time arrives, Time order)>;

    Fabric(const Mesh& mesh, const ChipSettings& chip, const Services& services, std::int64_t unit_ps,
           Picoseconds least_encode, std::vector<Picoseconds> least_decode);

    /// Empty, branch main, at time 0. Figures go on.
    void begin();
    void enter(Branch branch) { now_ = &states_[static_cast<std::size_t>(branch)]; }
    /// `branch` is a copy of main, at `at` (units).
    void fork(Branch branch, Time at);
    /// What is still on its way in the branch that was entered has expired.
    void end(Time at);

    /// A packet to these target cores of its source. `tree` must live as long as the packet.
    void inject(const Injection& bit, std::span<const PacketTarget> targets, std::shared_ptr<const PacketTree> tree);
    /// Goes on to `at`, before which nothing enters any more.
    void run(Time at, const Deliver& deliver);
    /// At `at`: whatever leaves the decoder of this core up to here (units, at least `at`) has been delivered, if
    /// nobody sends a bit there before `sends`.
    Time known(std::int32_t core, Time at, Time sends) const {
        const auto number = static_cast<std::size_t>(core);
        if (!decoding_takes_time_) return at;
        return (now_->heading[number] > 0 ? at : std::max(at, sends)) + known_ahead_[number];
    }
    /// Everything up to and including `at` happens.
    void run_through(Time at, const Deliver& deliver);

    /// Every bit that is on its way to a target core, in the branch that was entered, and the population where it
    /// counts.
    void visit_in_flight(Time at, const std::function<void(const PacketEnd&, std::int32_t population)>& visit) const;

    /// Bits to a target core that were delivered and dropped since the last call, by population.
    struct Counts {
        std::vector<std::uint64_t> delivered, dropped;
    };
    /// Moves what has arrived up to `at` out of what is on its way.
    void settle(Time at);

    Counts counts;
    ChipFigures figures;
    std::vector<std::int32_t> population_of;     ///< (neurons) of a source, for the figures
    std::function<void(const PacketEnd&)> ends;  ///< wants to see what becomes of every bit; may be empty
    /// Wants to see every change of a server, in the branch that was entered; may be empty, always or never in a
    /// presentation. A fork begins with what its servers hold.
    std::function<void(const QueueRow&)> queues;

private:
    static constexpr std::int32_t nobody = -1;
    struct Packet {
        Injection bit;
        std::span<const PacketTarget> targets;
        std::shared_ptr<const PacketTree> tree;
        std::int32_t core = 0;  ///< for ties without multicast
        std::int32_t parts = 0;
        std::int32_t population = 0;  ///< of the source
    };
    /// A packet at a node of its tree.
    struct Part {
        const PacketTree::Node* node = nullptr;
        std::int32_t packet = 0;
        std::int32_t next = nobody;  ///< in its queue, or among those that are not used
        Picoseconds joined = 0;
    };
    /// What a server is.
    struct Site {
        Picoseconds service = 0, hop = 0;  ///< service: of a decoder, the last one
        std::int64_t targets = -1;         ///< of the last service of a decoder
        ServerKind kind = ServerKind::encoder;
        bool along_row = false;  ///< a link east or west
        bool limited = false;    ///< its queue is
    };
    struct Waiter {
        Picoseconds since;
        std::int32_t part;    ///< that wants to join
        std::int32_t server;  ///< where its packet is
    };
    struct Server {
        std::int32_t first = nobody, last = nobody;  ///< queue; the first may be in service
        std::int32_t held = 0;                       ///< packets in the queue …
        std::int32_t coming = 0;                     ///< … and on their way to it with a place
        bool serving = false, blocked = false;
        std::int32_t pending = 0;     ///< parts that have found no place yet
        Picoseconds until = 0;        ///< of the service, or when it was blocked
        std::vector<Waiter> waiters;  ///< for a place here
        std::int32_t shown = 0;       ///< packets of the last row that was shown …
        bool shown_busy = false;      ///< … and whether it served
    };
    struct Event {
        Picoseconds at = 0;
        std::int32_t part = 0;  ///< joins; or ~server, whose service is over
    };
    struct Arrival {
        PacketEnd end;
        std::int32_t population;
    };
    struct State {
        std::vector<Packet> packets;
        std::vector<std::int32_t> free_packets;
        std::vector<Part> parts;
        std::int32_t free_part = nobody;
        std::vector<Server> servers;
        Soonest<Event> events;
        std::vector<std::int32_t> heading;  ///< (cores) bits that will be decoded there, unless they are dropped
        std::vector<Arrival> arriving;      ///< have begun to be decoded, and may not have arrived yet
        Time order = 0;
        Time forked_at = 0;
        std::vector<std::int32_t> changed;  ///< servers, at `changed_at`; where somebody wants to see it
        Picoseconds changed_at = 0;
    };

    /// The service of a decoder. Most packets have as many targets in a core as the one before.
    Picoseconds decode(std::int32_t server, std::int64_t targets) {
        Site& here = sites_[static_cast<std::size_t>(server)];
        if (here.targets != targets) {
            here.targets = targets;
            here.service = services_.decode(mesh_.core(server), targets);
        }
        return here.service;
    }
    const Site& site(std::int32_t server) const { return sites_[static_cast<std::size_t>(server)]; }
    const PacketTree::Node& node(std::int32_t part) const { return *now_->parts[static_cast<std::size_t>(part)].node; }
    /// Whether it is on its way from the soma to its encoder.
    bool enters(std::int32_t part) const { return site(node(part).server).kind == ServerKind::encoder; }
    bool comes_before(std::int32_t a, std::int32_t b) const;
    std::int32_t new_part(std::int32_t packet, const PacketTree::Node* node);
    void free_part(std::int32_t part);
    void push(Picoseconds at, std::int32_t what) { now_->events.add({at, what}); }
    void advance(Picoseconds to, bool holds_entries, const Deliver& deliver);
    void note(const Event& event, bool holds_entries);
    void happen(Picoseconds at, bool shows, const Deliver& deliver);
    void happen_alone(std::int32_t what, Picoseconds at, const Deliver& deliver);
    void round(Picoseconds at, const Deliver& deliver);
    bool join(std::int32_t part, Picoseconds at);
    void drop(std::int32_t part, std::int32_t server);
    void ask(std::int32_t server, std::int32_t asking, Picoseconds at);
    bool takes_place(std::int32_t server, std::int32_t asking);
    void send(std::int32_t part, std::int32_t from, Picoseconds at);
    std::int32_t leave(std::int32_t server, Picoseconds at);
    void give_places(Picoseconds at);
    void begin_if_free(std::int32_t server, Picoseconds at, const Deliver& deliver) {
        const Server& one = now_->servers[static_cast<std::size_t>(server)];
        if (!one.serving && !one.blocked && one.first != nobody) begin_service(server, at, deliver);
    }
    void begin_service(std::int32_t server, Picoseconds at, const Deliver& deliver);
    void deliver_bit(std::int32_t part, Picoseconds leaves, const Deliver& deliver);
    void touch(std::int32_t server) { touched_.push_back(server); }
    void note_changes();
    void show_changes();
    ServerFigures& figure(std::int32_t server) { return figures.servers[static_cast<std::size_t>(server)]; }
    PacketEnd end_of(const Packet& packet, std::int32_t target, std::int32_t hops) const;

    const Mesh mesh_;
    const ChipSettings chip_;
    const Services& services_;
    const std::int64_t unit_ps_;
    const bool waits_;  ///< where a queue is full
    std::vector<Site> sites_;
    const Picoseconds least_encode_;  ///< of any packet
    bool decoding_takes_time_ = true;
    std::vector<Duration> known_ahead_;  ///< (cores)
    std::array<State, branches> states_;
    State* now_ = nullptr;
    // Of the round at hand, and of the next one at the same time.
    std::vector<std::int32_t> joining_, over_, next_joining_, next_over_, touched_, places_;
    std::vector<Event> held_;
};

}  // namespace settle
