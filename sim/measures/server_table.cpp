#include "sim/measures/server_table.hpp"

#include <fmt/format.h>

#include "sim/measures/chip_summary.hpp"

namespace settle {

namespace {

constexpr double a_nanosecond = 1e3, a_second = 1e12;

const char* kind_word(ServerKind kind) {
    constexpr const char* words[] = {"encoder", "decoder", "link"};
    return words[static_cast<std::size_t>(kind)];
}

double mean_wait(const ServerFigures& server) {
    return server.packets == 0 ? 0 : static_cast<double>(server.waited) / static_cast<double>(server.packets);
}

std::string place_text(const Mesh& mesh, int server) {
    const ServerKind kind = mesh.kind(server);
    const bool is_link = kind == ServerKind::link;
    return fmt::format("{},{},{},{}", kind_word(kind), mesh.tile(server),
                       is_link ? "" : std::to_string(mesh.core(server)),
                       is_link ? direction_letter(mesh.direction(server)) : "");
}

}  // namespace

Femtojoules server_energy(const UnitCosts& costs, const Mesh& mesh, int server, const ServerFigures& figures) {
    Effort effort;
    switch (mesh.kind(server)) {
        case ServerKind::encoder:
            effort.traffic.encodes = figures.packets;
            break;
        case ServerKind::decoder:
            effort.traffic.decodes = figures.packets;
            break;
        case ServerKind::link: {
            const Direction direction = mesh.direction(server);
            const bool along_row = direction == Direction::west || direction == Direction::east;
            (along_row ? effort.traffic.hops_x : effort.traffic.hops_y) = figures.packets;
            break;
        }
    }
    return price(costs, effort);
}

Femtojoules core_energy(const ChipPrices& prices, const CoreFigures& figures) {
    Effort effort;
    effort.ticks = figures.ticks;
    effort.spikes = figures.spikes;
    effort.synaptic_operations = figures.synaptic_operations;
    return price(prices.costs, effort) + static_energy(prices.costs, {1, prices.time.picoseconds});
}

std::string exact_joules(Femtojoules energy) {
    constexpr Femtojoules a_joule = 1'000'000'000'000'000;
    std::string text = fmt::format("{}.{:015}", static_cast<std::int64_t>(energy / a_joule),
                                   static_cast<std::int64_t>(energy % a_joule));
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string server_table(const Services& services, const Mesh& mesh, const ChipFigures& figures,
                         const std::optional<ChipPrices>& prices, const std::vector<std::int32_t>& used) {
    std::string text =
        "kind,tile,core,direction,packets,busy,queue_mean,queue_max,wait_mean,wait_p99,drops,blocked,energy,factor\n";
    for (int number = 0; number < mesh.servers(); ++number) {
        if (!mesh.exists(number)) continue;
        const ServerFigures& server = figures.servers[static_cast<std::size_t>(number)];
        text += fmt::format("{},{},{},{},{},{},{},{},{},{},{:.17g}\n", place_text(mesh, number), server.packets,
                            part_of(server.busy, figures.time), part_of(server.queued, figures.time), server.queue_max,
                            mean_wait(server) / a_nanosecond, server.waits.quantile(0.99) / a_nanosecond, server.drops,
                            static_cast<double>(server.blocked) / a_second,
                            prices ? exact_joules(server_energy(prices->costs, mesh, number, server)) : "",
                            services.factors()[static_cast<std::size_t>(number)]);
    }
    if (!prices) return text;
    for (const std::int32_t core : used) {
        const CoreFigures& own = figures.cores[static_cast<std::size_t>(core)];
        text += fmt::format("core,{},{},,,,,,,,,,{},\n", core / mesh.cores_per_tile, core,
                            exact_joules(core_energy(*prices, own)));
    }
    return text;
}

std::string latency_table(const LogHistogram& latencies) {
    std::string text = "from,below,bits\n";
    for (std::size_t bin = 0; bin < latencies.counts().size(); ++bin) {
        if (latencies.counts()[bin] == 0) continue;
        text += fmt::format("{},{},{}\n", LogHistogram::low(bin) / a_nanosecond,
                            LogHistogram::low(bin + 1) / a_nanosecond, latencies.counts()[bin]);
    }
    return text;
}

}  // namespace settle
