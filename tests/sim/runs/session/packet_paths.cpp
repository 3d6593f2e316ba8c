// Where packets go on a chip: counted link by link, and held against what SANA-FE makes of the same mesh.
#include "sim/runs/session/packet_paths.hpp"

#include <doctest/doctest.h>

#include <map>
#include <set>

#include "sim/measures/energy_bill.hpp"
#include "sim/runs/session/offered_load.hpp"
#include "sim/runs/session/packets.hpp"
#include "tests/models/network/mixed_network.hpp"
#include "tests/sim/engines/scripted.hpp"
#include "tests/sim/measures/sana_fe.hpp"

using namespace settle;

namespace {

/// Living links from every neuron to every core, from the list of links alone.
std::map<std::pair<int, int>, int> links_to_cores(const Network& network, const DeadLinks& dead,
                                                  const Placement& placement) {
    const Wiring& wiring = network.wiring;
    std::map<std::pair<int, int>, int> links;
    for (int k = 0; k < wiring.projections(); ++k) {
        const ProjectionSpec& ends = wiring.projection(k);
        std::int64_t number = 0;
        network.projections[static_cast<std::size_t>(k)].visit_links([&](int i, int j, float /*weight*/) {
            if (!dead.empty() && number++ % 3 == 0) return;
            const int a = static_cast<int>(wiring.first_neuron(ends.pre)) + i;
            const int b = static_cast<int>(wiring.first_neuron(ends.post)) + j;
            ++links[{a, placement.core[static_cast<std::size_t>(b)]}];
            if (ends.pre != wiring.input()) ++links[{b, placement.core[static_cast<std::size_t>(a)]}];
        });
    }
    return links;
}

/// Every third link of every projection, in the order of its list.
DeadLinks every_third(const Network& network) {
    DeadLinks dead;
    for (int k = 0; k < network.wiring.projections(); ++k) {
        const Projection& projection = network.projections[static_cast<std::size_t>(k)];
        const bool lateral = network.wiring.projection(k).pre == network.wiring.projection(k).post;
        std::set<std::pair<int, int>> chosen;
        std::int64_t number = 0;
        projection.visit_links([&](int i, int j, float /*weight*/) {
            if (number++ % 3 > 0) return;
            chosen.emplace(i, j);
            if (lateral) chosen.emplace(j, i);
        });
        dead.push_back(projection.mask_where([&](int i, int j) { return chosen.contains({i, j}); }));
    }
    return dead;
}

}  // namespace

TEST_CASE("a packet goes to every core that a living link leads to, and hops as far as its route is long") {
    const Network network = drawn_network();
    for (const PlacementRule rule : {PlacementRule::packed, PlacementRule::random}) {
        for (const bool multicast : {true, false}) {
            for (const bool dying : {false, true}) {
                ChipSettings chip;
                chip.columns = 4;
                chip.rows = 3;
                chip.cores_per_tile = 2;
                chip.neurons_per_core = 7;
                chip.placement = rule;
                chip.multicast = multicast;
                const Mesh mesh(chip);
                const Placement placement = place(chip, network.wiring.sizes(), 5);
                const DeadLinks dead = dying ? every_third(network) : DeadLinks();
                const auto expected = links_to_cores(network, dead, placement);
                std::map<std::pair<int, int>, int> found;
                for (const PacketPath& path : packet_paths(network, dead, chip, placement)) {
                    const Traffic traffic = traffic_of(path, mesh);
                    int x = 0, y = 0;  // of routes that share nothing
                    for (const PacketTarget& target : path.targets) {
                        const int from = path.core / 2, to = target.core / 2;
                        x += std::abs(from % 4 - to % 4);
                        y += std::abs(from / 4 - to / 4);
                        for (const std::int32_t neuron : path.neurons) {
                            CHECK(placement.core[static_cast<std::size_t>(neuron)] == path.core);
                            found[{neuron, target.core}] = target.targets;
                        }
                    }
                    CHECK(traffic.decodes == path.targets.size());
                    CHECK(traffic.encodes == (multicast ? 1 : path.targets.size()));
                    if (multicast) {
                        // A tree: at most as long as all routes, at least as long as the farthest.
                        CHECK(traffic.hops_x <= static_cast<std::uint64_t>(x));
                        CHECK(traffic.hops_y <= static_cast<std::uint64_t>(y));
                        for (const PacketTarget& target : path.targets)
                            CHECK(traffic.hops_x + traffic.hops_y >=
                                  static_cast<std::uint64_t>(mesh.hops(path.core, target.core)));
                    } else {
                        CHECK(traffic.hops_x == static_cast<std::uint64_t>(x));
                        CHECK(traffic.hops_y == static_cast<std::uint64_t>(y));
                    }
                }
                CHECK(found == expected);
            }
        }
    }
}

TEST_CASE("a multicast packet takes a link once for all that it is for") {
    // One source at tile 0 of a row of four; targets at tiles 1, 2 and 3: three links, not six.
    const Network network = random_network(chain({1, 3}), 1, 1);
    ChipSettings chip;
    chip.columns = 4;
    chip.neurons_per_core = 1;
    const Placement placement = place(chip, {1, 3}, 1);
    CHECK(traffic_of(packet_paths(network, {}, chip, placement)[0], Mesh(chip)) == Traffic{1, 3, 0, 3});
    chip.multicast = false;
    CHECK(traffic_of(packet_paths(network, {}, chip, placement)[0], Mesh(chip)) == Traffic{3, 6, 0, 3});
}

TEST_CASE("on the mesh of SANA-FE's example its counts give its joules") {
    // 8 x 4 tiles of 4 cores, 1,024 neurons each; inputs on core 0, hidden on 20, output on 32.
    const std::vector<int> sizes = {784, 500, 10};
    const Network network = random_network(chain(sizes), 1, 1);
    ChipSettings chip;
    chip.columns = 4;
    chip.rows = 8;
    chip.cores_per_tile = 4;
    chip.neurons_per_core = 1024;
    chip.placement = PlacementRule::file;
    chip.places.insert(chip.places.end(), 784, 0);
    chip.places.insert(chip.places.end(), 500, 20);
    chip.places.insert(chip.places.end(), 10, 32);
    const PlacedChip placed{chip, place(chip, sizes, 1)};
    const auto plan = packet_plan(network, {}, nullptr, false, &placed);
    CHECK(!plan->decodes_deliveries);
    PopulationTraffic traffic(3);
    Traffic all;
    for (std::size_t p = 0; p < 3; ++p) {
        REQUIRE(plan->table(-1).even[p]);
        const auto first = static_cast<std::size_t>(network.wiring.first_neuron(static_cast<int>(p)));
        traffic[p] = plan->table(-1).each[first] * sana_fe_spikes[p];
        all += traffic[p];
    }
    CHECK(all == Traffic{24'408, 24'408, 24'408, 24'408});
    const EnergyBill bill = make_bill(cost_presets[0].costs, sana_fe_counters(), traffic, {3, 150'000'000});
    check_joules_of_sana_fe(bill);
}

TEST_CASE("the load that a network can offer is that of a packet from everybody") {
    // A row of three: two inputs, three hidden neurons, one output, a population each core.
    const std::vector<int> sizes = {2, 3, 1};
    const Network network = random_network(chain(sizes), 1, 1);
    ChipSettings chip;
    chip.columns = 3;
    chip.neurons_per_core = 3;
    chip.placement = PlacementRule::spread;
    chip.encode = 1'000;
    chip.link = 2'000;
    chip.decode = 10'000;
    chip.synapse = 100;
    const Mesh mesh(chip);
    const OfferedLoad load = offered_load(network, chip, 1);
    const auto busy = [&](int server) { return load.servers[static_cast<std::size_t>(server)].busy; };
    CHECK(load.cores == 3);
    CHECK(busy(mesh.encoder(0)) == 2 * 1'000);
    CHECK(busy(mesh.encoder(1)) == 3 * 1'000);
    CHECK(busy(mesh.decoder(0)) == 0);  // inputs hear nobody
    CHECK(busy(mesh.decoder(1)) == 3 * (10'000 + 3 * 100));
    CHECK(busy(mesh.decoder(2)) == 3 * (10'000 + 100));
    CHECK(busy(mesh.link(0, Direction::east)) == 2 * 2'000);
    CHECK(busy(mesh.link(1, Direction::east)) == 3 * 2'000);
    CHECK(busy(mesh.link(2, Direction::west)) == 2'000);
    CHECK(load.hops == doctest::Approx(1));
    CHECK(load.least_period() == 3 * 10'300);
    const std::string text = load_text(load, chip, 20'000, Link::pulse);
    CHECK(text.find("decoder of core 1: 3 packets") != std::string::npos);
    CHECK(text.find("30.9 ns") != std::string::npos);
    CHECK(text.find("64.7 %") != std::string::npos);
    CHECK(load_text(load, chip, 40'000, Link::pulse).find("long enough") != std::string::npos);
    for (const Link link : {Link::level, Link::parity}) {
        CHECK(load_text(load, chip, 20'000, link).find("at every tick\n") != std::string::npos);
        CHECK(load_text(load, chip, 20'000, link).find("evenly") == std::string::npos);
        CHECK(load_text(load, chip, 40'000, link).find("long enough") != std::string::npos);
    }
}
