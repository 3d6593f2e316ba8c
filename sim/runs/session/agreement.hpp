// Before ranks begin: they see that they are about to do the same.
#pragma once

#include <cstdint>
#include <string>

#include "sim/data/dataset.hpp"
#include "sim/runs/ranks/ranks.hpp"

namespace settle {

/// What a rank is about to do, each part as a hash.
struct Intent {
    std::uint64_t version = 0;   ///< of the program, with its commit
    std::uint64_t scenario = 0;  ///< with every default
    std::uint64_t data = 0;      ///< inputs and labels of all samples
    bool nothing = false;        ///< of rank 0: it is finished already, or stopped

    bool operator==(const Intent&) const = default;
};

/// `program`: version and commit. `scenario`: as TOML.
Intent intent_of(const std::string& program, const std::string& scenario, std::uint64_t data);

/// Of inputs and labels, for any number of data sets one after the other.
std::uint64_t hash_of(const Dataset& data, std::uint64_t before = 0);

/// Collective. False: rank 0 says that nothing is left to do. Throws Error (input) where the ranks differ, saying
/// in what; and what Ranks throws.
bool agree(Ranks& ranks, const Intent& intent);

}  // namespace settle
