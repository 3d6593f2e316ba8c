#include "sim/measures/chip_summary.hpp"

#include <algorithm>

namespace settle {

const char* direction_letter(Direction direction) {
    constexpr const char* letters[] = {"W", "E", "N", "S"};
    return letters[static_cast<std::size_t>(direction)];
}

std::string server_name(const Mesh& mesh, int server) {
    switch (mesh.kind(server)) {
        case ServerKind::encoder:
            return "encoder of core " + std::to_string(mesh.core(server));
        case ServerKind::decoder:
            return "decoder of core " + std::to_string(mesh.core(server));
        case ServerKind::link:
            break;
    }
    const int tile = mesh.tile(server);
    return "link (" + std::to_string(tile % mesh.columns) + "," + std::to_string(tile / mesh.columns) + ")→" +
           direction_letter(mesh.direction(server));
}

double part_of(WideCount part, WideCount whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

ChipSummary summarize(const ChipSettings& chip, const ChipFigures& figures) {
    constexpr double a_nanosecond = 1e3, a_second = 1e12;
    ChipSummary summary;
    summary.packets = figures.packets;
    if (figures.delivered > 0) {
        const auto delivered = static_cast<double>(figures.delivered);
        summary.latency_mean = static_cast<double>(figures.latency) / delivered / a_nanosecond;
        summary.latency_p50 = figures.latencies.quantile(0.5) / a_nanosecond;
        summary.latency_p99 = figures.latencies.quantile(0.99) / a_nanosecond;
        summary.latency_max = static_cast<double>(figures.latencies.greatest()) / a_nanosecond;
        summary.hops_mean = static_cast<double>(figures.hops) / delivered;
    }
    const auto busiest =
        std::max_element(figures.servers.begin(), figures.servers.end(),
                         [](const ServerFigures& a, const ServerFigures& b) { return a.busy < b.busy; });
    if (busiest != figures.servers.end() && busiest->busy > 0) {
        summary.busiest = part_of(busiest->busy, figures.time);
        summary.busiest_server = server_name(Mesh(chip), static_cast<int>(busiest - figures.servers.begin()));
    }
    WideCount blocked = 0;
    for (const ServerFigures& server : figures.servers) {
        summary.queue_max = std::max(summary.queue_max, server.queue_max);
        blocked += server.blocked;
    }
    summary.blocked_seconds = static_cast<double>(blocked) / a_second;
    return summary;
}

}  // namespace settle
