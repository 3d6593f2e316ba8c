// The fabric of a chip alone: against the plain one, held full, and against the theory of one queue.
#include "sim/engines/virtual/fabric.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>

#include "core/draw.hpp"
#include "tests/sim/engines/virtual/plain_fabric.hpp"

namespace settle {

namespace {

/// A fabric that somebody feeds with packets of his own.
struct Bench {
    explicit Bench(const ChipSettings& settings)
        : chip(settings),
          mesh(chip),
          services(chip, 5),
          fabric(mesh, chip, services, 1, 0, std::vector<Picoseconds>(static_cast<std::size_t>(mesh.cores()), 0)) {
        fabric.population_of = {0};
        fabric.figures.populations.resize(1);
        fabric.counts.delivered.resize(1);
        fabric.counts.dropped.resize(1);
        fabric.ends = [this](const PacketEnd& end) { ends.push_back(end); };
    }

    /// From a core to others, with so many targets in each.
    void inject(int from, const PlainPacket& packet) {
        auto& targets = kept.emplace_back();
        for (const auto& [core, count] : packet.targets) targets.push_back({core, 0, count, 0, {}});
        std::vector<std::int32_t> all(targets.size());
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int32_t>(i);
        const Injection bit{packet.sent, packet.enters, 0, packet.tick, 1, static_cast<std::uint8_t>(packet.copy)};
        if (chip.multicast) {
            fabric.inject(bit, targets, std::make_shared<PacketTree>(packet_tree(mesh, from, targets, all)));
            return;
        }
        for (const std::int32_t one : all)
            fabric.inject(bit, targets, std::make_shared<PacketTree>(packet_tree(mesh, from, targets, {one})));
    }

    void run(Time to) {
        fabric.run_through(to, [](const PacketTarget&, const Injection&, Time, Time) {});
        fabric.settle(to);
    }

    ChipSettings chip;
    Mesh mesh;
    Services services;
    Fabric fabric;
    std::deque<std::vector<PacketTarget>> kept;
    std::vector<PacketEnd> ends;
};

/// Many packets in little time, whose ticks tell them apart; every other one goes to many cores.
std::vector<std::pair<int, PlainPacket>> crowd(const ChipSettings& chip, int packets, std::uint64_t span) {
    const Stream draws(3, Purpose::random_inputs);
    std::uint64_t at = 0;
    std::vector<std::pair<int, PlainPacket>> all;
    const auto cores = static_cast<std::uint64_t>(chip.cores());
    for (int i = 0; i < packets; ++i) {
        PlainPacket packet;
        packet.sent = packet.enters = static_cast<std::int64_t>(draws.below(at++, span));
        packet.tick = i + 1;
        const std::uint64_t reached = i % 2 == 0 ? 1 : 1 + draws.below(at++, cores);
        for (std::uint64_t k = 0; k < reached; ++k) {
            const auto core = static_cast<int>(draws.below(at++, cores));
            packet.targets[core] = 1 + static_cast<int>(draws.below(at++, 9));
        }
        all.emplace_back(static_cast<int>(draws.below(at++, cores)), packet);
    }
    return all;
}

/// A packet for each target core.
std::vector<std::pair<int, PlainPacket>> one_a_core(const std::vector<std::pair<int, PlainPacket>>& packets) {
    std::vector<std::pair<int, PlainPacket>> all;
    for (const auto& [from, packet] : packets) {
        for (const auto& target : packet.targets) {
            all.emplace_back(from, packet);
            all.back().second.targets = {target};
        }
    }
    return all;
}

ChipSettings small_chip() {
    ChipSettings chip;
    chip.columns = 3;
    chip.rows = 2;
    chip.encode = 5;
    chip.link = 7;
    chip.hop_x = 4;
    chip.hop_y = 6;
    chip.decode = 9;
    chip.synapse = 2;
    return chip;
}

constexpr Time long_after = 100'000'000;

}  // namespace

TEST_CASE("the fabric of a chip does to every packet what the plain one does") {
    for (const int variant : {0, 1, 2, 3, 4}) {
        for (const bool multicast : {true, false}) {
            for (const WhenFull full : {WhenFull::wait, WhenFull::drop}) {
                for (const int buffer : {0, 1, 2, 16}) {
                    ChipSettings chip = small_chip();
                    chip.multicast = multicast;
                    chip.full = full;
                    chip.buffer = buffer;
                    if (variant == 1) chip.slow = Normal{0, 0.3};
                    if (variant == 2) chip.cores_per_tile = 3;
                    if (variant == 3) chip.encode = chip.hop_x = chip.hop_y = 0;
                    if (variant == 4) chip.encode = chip.decode = chip.synapse = chip.link = 0;
                    CAPTURE(variant);
                    CAPTURE(multicast);
                    CAPTURE(buffer);
                    CAPTURE(static_cast<int>(full));
                    const auto packets = crowd(chip, 60, 300);
                    Bench bench(chip);
                    for (const auto& one : packets) bench.inject(one.first, one.second);
                    bench.run(long_after);
                    PlainFabric plain(chip, 5);
                    const std::vector<PlainEnd> expected = plain.run(multicast ? packets : one_a_core(packets));
                    std::vector<PlainEnd> found;
                    for (const PacketEnd& end : bench.ends) {
                        const bool dropped = end.fate == PacketEnd::Fate::dropped;
                        found.push_back(
                            {0, end.tick, end.copy, end.core, dropped ? -1 : end.arrived, dropped ? 0 : end.hops});
                    }
                    std::vector<PlainEnd> rounded = expected;
                    for (PlainEnd& end : rounded) {
                        // What leaves at once arrives a unit later.
                        const std::int64_t sent = packets[static_cast<std::size_t>(end.tick - 1)].second.sent;
                        if (end.leaves >= 0) end.leaves = std::max(end.leaves, sent + 1);
                        if (end.leaves < 0) end.leaves = -1, end.hops = 0;
                    }
                    std::sort(found.begin(), found.end());
                    std::sort(rounded.begin(), rounded.end());
                    CHECK(plain.empty());
                    REQUIRE(found.size() == rounded.size());
                    CHECK(found == rounded);
                    if (full == WhenFull::wait || buffer == 0) CHECK(bench.fabric.figures.dropped == 0);
                    if (full == WhenFull::drop && buffer == 1 && variant == 0) CHECK(bench.fabric.figures.dropped > 0);
                }
            }
        }
    }
}

namespace {

/// So many packets through a mesh whose queues have one place each, as fast as encoders are; a packet goes one of 500
/// ways.
void hold_full(int packets, bool multicast) {
    ChipSettings chip = small_chip();
    chip.columns = chip.rows = 4;
    chip.buffer = 1;
    chip.multicast = multicast;
    Bench bench(chip);
    bench.fabric.ends = nullptr;
    struct Way {
        std::vector<PacketTarget> targets;
        std::vector<std::shared_ptr<PacketTree>> trees;
    };
    std::vector<Way> ways;
    for (const auto& [from, packet] : crowd(chip, 500, 1)) {
        Way& way = ways.emplace_back();
        std::vector<std::int32_t> all;
        for (const auto& [core, count] : packet.targets) {
            all.push_back(static_cast<std::int32_t>(all.size()));
            way.targets.push_back({core, 0, count, 0, {}});
        }
        if (multicast) way.trees = {std::make_shared<PacketTree>(packet_tree(bench.mesh, from, way.targets, all))};
        for (const std::int32_t one : multicast ? std::vector<std::int32_t>() : all)
            way.trees.push_back(std::make_shared<PacketTree>(packet_tree(bench.mesh, from, way.targets, {one})));
    }
    const Stream draws(8, Purpose::random_inputs);
    std::uint64_t bits = 0;
    for (int sent = 0; sent < packets;) {
        const Way& way = ways[draws.below(static_cast<std::uint64_t>(sent), ways.size())];
        const Injection bit{sent / 4, sent / 4, 0, sent, 1, 0};
        for (const auto& tree : way.trees) bench.fabric.inject(bit, way.targets, tree);
        bits += way.targets.size();
        sent += static_cast<int>(way.trees.size());
    }
    bench.run(long_after);
    CHECK(bench.fabric.figures.packets >= static_cast<std::uint64_t>(packets));
    CHECK(bench.fabric.figures.delivered == bits);
    CHECK(bench.fabric.figures.dropped == 0);
    // It was full: packets stood in front of queues for longer than anything takes.
    WideCount blocked = 0;
    for (const ServerFigures& one : bench.fabric.figures.servers) blocked += one.blocked;
    CHECK(blocked > WideCount{10} * packets);
    std::uint64_t left = 0;
    bench.fabric.visit_in_flight(long_after, [&](const PacketEnd&, std::int32_t) { ++left; });
    CHECK(left == 0);
}

}  // namespace

TEST_CASE("a mesh held full through buffers of one neither loses a packet nor locks up, trees included") {
    for (const bool multicast : {true, false}) hold_full(20'000, multicast);
}

TEST_SUITE("full") {
    TEST_CASE("a mesh held full by a million packets neither loses one nor locks up") {
        for (const bool multicast : {true, false}) hold_full(1'000'000, multicast);
    }
}

TEST_CASE("one server alone waits as theory says: M/D/1 within three standard errors") {
    // Mean wait of M/D/1: load / (2 (1 - load)) services (Pollaczek and Khinchine).
    for (const double load : {0.3, 0.6, 0.9}) {
        constexpr int repeats = 24, packets = 20000, skipped = 4000;
        constexpr std::int64_t service = 10000;
        double sum = 0, squares = 0;
        for (int repeat = 0; repeat < repeats; ++repeat) {
            ChipSettings chip;
            chip.decode = service;
            Bench bench(chip);
            bench.fabric.ends = nullptr;
            const Stream draws(static_cast<std::uint64_t>(repeat) + 1, Purpose::random_inputs);
            double at = 0;
            for (int i = 0; i < packets; ++i) {
                at -= std::log(1 - draws.uniform(static_cast<std::uint64_t>(i))) * service / load;
                PlainPacket packet;
                packet.sent = packet.enters = static_cast<std::int64_t>(at);
                packet.tick = i + 1;
                packet.targets[0] = 1;
                bench.inject(0, packet);
                if (i != skipped) continue;
                bench.run(static_cast<Time>(at) - 1);
                bench.fabric.figures.servers[1] = ServerFigures();
            }
            bench.run(long_after * 100);
            const ServerFigures& decoder = bench.fabric.figures.servers[1];
            const double mean = static_cast<double>(decoder.waited) / static_cast<double>(decoder.packets) / service;
            sum += mean;
            squares += mean * mean;
        }
        const double mean = sum / repeats;
        const double error = std::sqrt((squares / repeats - mean * mean) / (repeats - 1));
        CAPTURE(load);
        CAPTURE(mean);
        CAPTURE(error);
        CHECK(std::abs(mean - load / (2 * (1 - load))) < 3 * error);
    }
}

TEST_CASE("figures of a server: busy, queued and waited follow from what it did") {
    ChipSettings chip;
    chip.decode = 100;
    Bench bench(chip);
    for (int i = 0; i < 3; ++i) {
        PlainPacket packet;
        packet.tick = i + 1;
        packet.sent = packet.enters = 10 * i;
        packet.targets[0] = 1;
        bench.inject(0, packet);
    }
    bench.run(249);
    bench.fabric.end(250);
    const ServerFigures& decoder = bench.fabric.figures.servers[1];
    CHECK(decoder.packets == 3);
    CHECK(static_cast<double>(decoder.busy) == 250);  // the third has had 50 of its 100
    CHECK(static_cast<double>(decoder.waited) == 0 + 90 + 180);
    CHECK(static_cast<double>(decoder.queued) == 100 + 190 + 230);
    CHECK(decoder.queue_max == 3);
    CHECK(bench.ends.size() == 2);
    CHECK(static_cast<double>(bench.fabric.figures.time) == 250);
}

}  // namespace settle
