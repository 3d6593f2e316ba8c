// Where the bits of a slice go: who hears it in one population.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace settle {

struct Route {
    /// A slice that hears some neuron of this one.
    struct Address {
        std::int32_t slice;
        std::int32_t first_row;  ///< there, of the source population's neuron 0; not of a listed route
    };
    /// A row that one neuron has at an address.
    struct Reach {
        std::int32_t address;  ///< index
        std::int32_t row;
    };

    int population = 0;               ///< who hears
    bool listed = false;              ///< neurons reach different ones: see `reached`
    std::vector<Address> addresses;   ///< by slice, rising
    std::vector<std::int64_t> first;  ///< listed: (lanes + 1) where the reaches of each lane begin
    std::vector<Reach> reached;       ///< listed: by address; with scope synapse one for each target

    std::span<const Reach> reaches_of(std::size_t lane) const {
        return {reached.data() + first[lane], static_cast<std::size_t>(first[lane + 1] - first[lane])};
    }
};

}  // namespace settle
