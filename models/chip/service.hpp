// How long the servers of a chip take: what the settings say, times a factor that each of them has.
#pragma once

#include <cstdint>
#include <vector>

#include "models/chip/mesh.hpp"

namespace settle {

/// A server's service is floor(time x factor + 1/2) ps, in double, rounded once; a link's hop likewise.
class Services {
public:
    Services(const ChipSettings& chip, std::uint64_t device_seed);

    /// (servers) 1 where nothing is slow; max(0.1, 1 + draw).
    const std::vector<double>& factors() const { return factors_; }
    Picoseconds encode(int core) const { return fixed_[static_cast<std::size_t>(core)]; }
    /// Of a link, by its server's number.
    Picoseconds link(int server) const { return fixed_[static_cast<std::size_t>(server)]; }
    /// From the router where the link begins to the next one.
    Picoseconds hop(int server) const { return hops_[static_cast<std::size_t>(server)]; }
    Picoseconds decode(int core, std::int64_t targets) const;

private:
    ChipSettings chip_;
    Mesh mesh_;
    std::vector<double> factors_;     ///< (servers)
    std::vector<Picoseconds> fixed_;  ///< (servers) service of encoders and links
    std::vector<Picoseconds> hops_;   ///< (servers) of links
};

}  // namespace settle
