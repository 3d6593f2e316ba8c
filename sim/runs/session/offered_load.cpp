#include "sim/runs/session/offered_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/measures/chip_summary.hpp"
#include "sim/runs/session/packet_paths.hpp"

namespace settle {

namespace {

void add_path(const PacketPath& path, const Mesh& mesh, const Services& services,
              std::vector<OfferedLoad::Server>& servers) {
    const auto neurons = static_cast<std::int64_t>(path.neurons.size());
    for (const PacketTree& tree : path.trees) {
        for (const PacketTree::Node& node : tree.nodes) {
            Picoseconds service = 0;
            switch (mesh.kind(node.server)) {
                case ServerKind::encoder:
                    service = services.encode(mesh.core(node.server));
                    break;
                case ServerKind::link:
                    service = services.link(node.server);
                    break;
                case ServerKind::decoder: {
                    const std::int32_t target = tree.order[static_cast<std::size_t>(node.first_target)];
                    service =
                        services.decode(mesh.core(node.server), path.targets[static_cast<std::size_t>(target)].targets);
                    break;
                }
            }
            OfferedLoad::Server& server = servers[static_cast<std::size_t>(node.server)];
            server.packets += neurons;
            server.busy += neurons * service;
        }
    }
}

/// "12.3 us"
std::string time_text(Picoseconds time) {
    constexpr std::pair<const char*, double> units[] = {{"s", 1e12}, {"ms", 1e9}, {"us", 1e6}, {"ns", 1e3}};
    for (const auto& [name, size] : units) {
        if (static_cast<double>(time) >= size) return fmt::format("{:.4g} {}", static_cast<double>(time) / size, name);
    }
    return fmt::format("{} ps", time);
}

std::string server_line(const char* kind, const OfferedLoad::Server& server, const Mesh& mesh, Picoseconds period) {
    if (server.number < 0) return fmt::format("    no {} has anything to do\n", kind);
    return fmt::format("    {}: {} packets, {}, {:.3g} % of the period\n", server_name(mesh, server.number),
                       server.packets, time_text(server.busy),
                       100 * static_cast<double>(server.busy) / static_cast<double>(period));
}

}  // namespace

Picoseconds OfferedLoad::least_period() const {
    return std::max({encoder.busy, link.busy, decoder.busy});
}

OfferedLoad offered_load(const Network& network, const ChipSettings& chip, std::uint64_t device_seed) {
    const Mesh mesh(chip);
    const Services services(chip, device_seed);
    const Placement placement = place(chip, network.wiring.sizes(), device_seed);
    OfferedLoad load;
    load.cores = static_cast<std::int64_t>(placement.used().size());
    load.servers.resize(static_cast<std::size_t>(mesh.servers()));
    std::int64_t pairs = 0, hops = 0;
    for (const PacketPath& path : packet_paths(network, {}, chip, placement)) {
        add_path(path, mesh, services, load.servers);
        const auto neurons = static_cast<std::int64_t>(path.neurons.size());
        for (const PacketTarget& target : path.targets) hops += neurons * mesh.hops(path.core, target.core);
        pairs += neurons * static_cast<std::int64_t>(path.targets.size());
    }
    load.hops = pairs == 0 ? 0 : static_cast<double>(hops) / static_cast<double>(pairs);
    for (int number = 0; number < mesh.servers(); ++number) {
        OfferedLoad::Server& server = load.servers[static_cast<std::size_t>(number)];
        server.number = number;
        const ServerKind kind = mesh.kind(number);
        OfferedLoad::Server& busiest = kind == ServerKind::encoder ? load.encoder
                                       : kind == ServerKind::link  ? load.link
                                                                   : load.decoder;
        const bool busier = busiest.number < 0 || server.busy > busiest.busy ||
                            (server.busy == busiest.busy && server.packets > busiest.packets);
        if (server.packets > 0 && busier) busiest = server;
    }
    return load;
}

std::string load_text(const OfferedLoad& load, const ChipSettings& chip, Picoseconds period, Link link) {
    const Mesh mesh(chip);
    std::string text;
    text += fmt::format("  hops         {:.3g} from a neuron to a core that hears it, mean\n", load.hops);
    text +=
        "  load         at most, with a packet of every neuron at every tick; the busiest of each kind in a period\n";
    text += server_line("encoder", load.encoder, mesh, period) + server_line("link", load.link, mesh, period) +
            server_line("decoder", load.decoder, mesh, period);
    const Picoseconds least = load.least_period();
    if (least == 0) return text + "  keeps up     with any period: no server takes time\n";
    text += fmt::format("  keeps up     with periods of {} and more, whatever is sent", time_text(least));
    if (period >= least) return text + ": this one is long enough\n";
    if (sends_every_tick(link))
        return text + fmt::format("; with {} it does\n               not: these links send a packet at every tick\n",
                                  time_text(period));
    return text +
           fmt::format("; with {} while less than {:.3g} % of the\n               neurons send at a tick, and evenly\n",
                       time_text(period), 100 * static_cast<double>(period) / static_cast<double>(least));
}

}  // namespace settle
