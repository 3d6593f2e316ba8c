// The manifest of a run, sweep or search: which program made it on which machine, by which commands, from which files.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "models/network/wiring.hpp"
#include "sim/data/input_file.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

/// What is entered in a manifest.
struct ManifestEntry {
    std::vector<std::string> command_line;
    InputFiles inputs;
    const Scenario* scenario;        ///< what is run, or varied
    bool one_run = true;             ///< on one chip, whose faults are told; false: a sweep or a search
    std::string scaling = {};        ///< how numbers of the data files became inputs (Dataset); "" where none are read
    const Wiring* wiring = nullptr;  ///< of its network, if it is there
};

/// The content of manifest.json. `before`: that of the run that is gone on with, which stays, and gets an entry in its
/// list `resumed`; "" for one that begins, and what is no manifest counts as none.
std::string manifest_json(const ManifestEntry& entry, const std::string& before = "");

/// The manifest in a directory; "" without.
std::string read_manifest(const std::string& directory);

/// Whether it is one, and whole.
bool is_manifest(const std::string& text);

/// The files that a manifest says were read; nullopt where it says nothing of them, as those of old versions.
std::optional<InputFiles> inputs_in_manifest(const std::string& manifest);

}  // namespace settle
