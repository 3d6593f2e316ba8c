// Exports: what a run has recorded, as files that others read: SONATA, VCD, CSV, NPZ. The same bytes for any number of
// threads and shards, since the recording is the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace settle {

struct ExportFormat;  ///< a row of the table in export.cpp

/// What is wanted.
struct ExportChoice {
    std::string run;                                ///< its directory
    const ExportFormat& format;                     ///< of export_format()
    std::optional<std::int64_t> minibatch = {};     ///< nullopt: the first that is recorded
    std::optional<std::int64_t> presentation = {};  ///< in it; nullopt: all, of formats with one time axis the first
    std::optional<std::string> branch = {};         ///< "main", "free", "minus"; nullopt: all, or main, likewise
    std::string neurons = {};                       ///< "0-99,output,hidden:3"; empty: all that are recorded
    std::string file = {};                          ///< empty: export.EXTENSION in the run
};

struct WrittenExport {
    std::vector<std::string> files;
    std::vector<std::string> notes;  ///< in whole sentences
};

/// Throws Error (input) where a name is none.
const ExportFormat& export_format(const std::string& name);

/// The names that there are, in the order of the table.
std::vector<std::string> export_format_names();
/// Of them, those with one time axis, so that a file holds one presentation and one branch.
std::vector<std::string> one_axis_format_names();

/// "a, b and c" of three names and "and".
std::string listed(const std::vector<std::string>& names, const std::string& last_joint);

/// Throws Error: input for what is not recorded, with the key that would record it; runtime for a full disk.
WrittenExport write_export(const ExportChoice& choice);

}  // namespace settle
