// The files that a run reads, data and weights, and what was in them: so that a run that goes on, and whoever compares
// two runs, can tell whether they are still the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// How many bytes, and which, by their CRC-32 (that of zlib, gzip and PNG).
struct Contents {
    std::uint64_t bytes = 0;
    std::uint32_t crc32 = 0;

    bool operator==(const Contents&) const = default;
};

/// "7840016 bytes, CRC-32 0123abcd".
std::string to_text(const Contents& contents);

struct InputFile {
    std::string key;   ///< of the scenario, by which it is read: data.path, network.weights, …
    std::string part;  ///< of the data set: "training images", …, "linked file"; "" for a file that is the whole of it
    std::string path;       ///< as it was opened
    Contents file;          ///< as it lies on the disk
    Contents uncompressed;  ///< of a .gz; else the same as `file`

    /// Whether both hold the same, wherever they are and whether compressed or not.
    bool same_content(const InputFile& other) const {
        return key == other.key && part == other.part && uncompressed == other.uncompressed;
    }
    bool operator==(const InputFile&) const = default;
};

using InputFiles = std::vector<InputFile>;

/// The files that runs of the scenarios open, each looked at once, from its beginning to its end. None for data that
/// the program makes. Throws Error (input) for one that is missing or cannot be read.
InputFiles look_at_inputs(const std::vector<const Scenario*>& scenarios);

/// Adds the files that a data set was read from and that are not among `inputs` yet: those that links lead to.
void add_linked_files(const std::vector<std::string>& files, InputFiles& inputs);

/// Where `now` differs from what was read `before`: a problem for each file, which names it; empty if nothing differs.
/// `all`: nothing else is read now, so that each file of before must be there too.
std::vector<Problem> differing_inputs(const InputFiles& before, const InputFiles& now, bool all);

}  // namespace settle
