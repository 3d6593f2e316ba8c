// What a chip came to: names of its servers, and figures from counts that can be added up by hand.
#include "sim/measures/chip_summary.hpp"

#include <doctest/doctest.h>

#include "sim/measures/server_table.hpp"

using namespace settle;

namespace {

/// Three columns, two rows, two cores a tile: 12 encoders, 12 decoders, 24 links of which 10 lead out of the mesh.
ChipSettings small_chip() {
    ChipSettings chip;
    chip.columns = 3;
    chip.rows = 2;
    chip.cores_per_tile = 2;
    return chip;
}

ChipFigures some_figures(const Mesh& mesh) {
    ChipFigures figures;
    figures.servers.resize(static_cast<std::size_t>(mesh.servers()));
    figures.cores.resize(static_cast<std::size_t>(mesh.cores()));
    figures.time = 1'000'000;
    figures.packets = 7;
    for (const std::int64_t latency : {1000, 2000, 6000}) {
        figures.latencies.add(latency);
        figures.latency += latency;
        ++figures.delivered;
    }
    figures.hops = 4;
    return figures;
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines{""};
    for (const char c : text) {
        if (c == '\n') {
            lines.emplace_back();
        } else {
            lines.back() += c;
        }
    }
    lines.pop_back();
    return lines;
}

}  // namespace

TEST_CASE("servers are called by what they are and where") {
    const Mesh mesh(small_chip());
    CHECK(server_name(mesh, mesh.encoder(5)) == "encoder of core 5");
    CHECK(server_name(mesh, mesh.decoder(0)) == "decoder of core 0");
    CHECK(server_name(mesh, mesh.link(4, Direction::east)) == "link (1,1)→E");
    CHECK(server_name(mesh, mesh.link(2, Direction::south)) == "link (2,0)→S");
}

TEST_CASE("the figures of a chip are those of its counts") {
    const Mesh mesh(small_chip());
    ChipFigures figures = some_figures(mesh);
    ServerFigures& link = figures.servers[static_cast<std::size_t>(mesh.link(1, Direction::west))];
    link.busy = 250'000;
    link.queue_max = 3;
    ServerFigures& encoder = figures.servers[static_cast<std::size_t>(mesh.encoder(2))];
    encoder.busy = 100'000;
    encoder.queue_max = 9;
    encoder.blocked = 2'000'000'000'000;
    link.blocked = 500'000'000'000;
    const ChipSummary summary = summarize(small_chip(), figures);
    CHECK(*summary.latency_mean == doctest::Approx(3.0));
    CHECK(*summary.latency_p50 == doctest::Approx(2.0).epsilon(0.004));
    CHECK(*summary.latency_max == doctest::Approx(6.0));
    CHECK(*summary.hops_mean == doctest::Approx(4.0 / 3));
    CHECK(summary.packets == 7);
    CHECK(summary.busiest == doctest::Approx(0.25));
    CHECK(summary.busiest_server == "link (1,0)→W");
    CHECK(summary.queue_max == 9);
    CHECK(summary.blocked_seconds == doctest::Approx(2.5));
    const ChipSummary silent = summarize(small_chip(), ChipFigures());
    CHECK(!silent.latency_mean);
    CHECK(!silent.hops_mean);
    CHECK(silent.busiest_server.empty());
}

TEST_CASE("joules are written with every femtojoule") {
    CHECK(exact_joules(0) == "0");
    CHECK(exact_joules(1) == "0.000000000000001");
    CHECK(exact_joules(1'500'000'000'000'000) == "1.5");
    CHECK(exact_joules(Femtojoules{12} * 1'000'000'000'000'000) == "12");
    CHECK(exact_joules(270'390'000'000) == "0.00027039");
}

TEST_CASE("the table of servers has a line for each, and its joules are the whole bill") {
    const ChipSettings chip = small_chip();
    const Mesh mesh(chip);
    ChipFigures figures = some_figures(mesh);
    PopulationCounters counters(1);
    PopulationTraffic traffic(1);
    std::uint64_t count = 3;
    for (int number = 0; number < mesh.servers(); ++number) {
        if (!mesh.exists(number)) continue;
        const std::uint64_t packets = count += 17;
        figures.servers[static_cast<std::size_t>(number)].packets = packets;
        if (mesh.kind(number) == ServerKind::encoder) traffic[0].encodes += packets;
        if (mesh.kind(number) == ServerKind::decoder) traffic[0].decodes += packets;
        if (mesh.kind(number) != ServerKind::link) continue;
        const bool along_row = mesh.direction(number) == Direction::west || mesh.direction(number) == Direction::east;
        (along_row ? traffic[0].hops_x : traffic[0].hops_y) += packets;
    }
    const std::vector<std::int32_t> used = {0, 3, 11};
    for (const std::int32_t core : used) {
        figures.cores[static_cast<std::size_t>(core)] = {count += 5, count += 7, count += 11};
        counters[0].ticks += figures.cores[static_cast<std::size_t>(core)].ticks;
        counters[0].spikes += figures.cores[static_cast<std::size_t>(core)].spikes;
        counters[0].synaptic_operations += figures.cores[static_cast<std::size_t>(core)].synaptic_operations;
    }
    ChipPrices prices{cost_presets[0].costs, {3, 1'234'567'890'123}};
    prices.costs.decode = 1'700;
    prices.costs.idle = 123'457;
    const EnergyBill bill = make_bill(prices.costs, counters, traffic, prices.time);
    const auto lines = lines_of(server_table(Services(chip, 1), mesh, figures, prices, used));
    // 12 encoders, 12 decoders, 14 links that lead somewhere, 3 cores, and the head.
    REQUIRE(lines.size() == 1 + 12 + 12 + 14 + 3);
    Femtojoules sum = 0;
    for (int number = 0; number < mesh.servers(); ++number) {
        if (mesh.exists(number))
            sum += server_energy(prices.costs, mesh, number, figures.servers[static_cast<std::size_t>(number)]);
    }
    for (const std::int32_t core : used) sum += core_energy(prices, figures.cores[static_cast<std::size_t>(core)]);
    CHECK((sum == bill.total()));
    CHECK(lines[1].rfind("encoder,0,0,,20,", 0) == 0);
    CHECK(lines.back().rfind("core,5,11,,,,,,,,,,0.", 0) == 0);
    // Without prices nothing is said of joules, and cores are no servers.
    const auto unpriced = lines_of(server_table(Services(chip, 1), mesh, figures, std::nullopt, used));
    CHECK(unpriced.size() == 1 + 12 + 12 + 14);
    const auto commas = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
    for (const std::string& line : lines) CHECK(commas(line) == commas(lines[0]));
}
