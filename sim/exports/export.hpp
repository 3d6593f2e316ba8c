// Exports: what a run has recorded, as files that others read: SONATA, VCD, CSV, NPZ. The same bytes for any number of
// threads and shards, since the recording is the same.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace settle {

enum class ExportFormat { sonata, vcd, csv, npz };

/// What is wanted.
struct ExportChoice {
    std::string run;  ///< its directory
    ExportFormat format = ExportFormat::csv;
    std::optional<std::int64_t> minibatch;     ///< nullopt: the first that is recorded
    std::optional<std::int64_t> presentation;  ///< in it; nullopt: all, of formats with one time axis the first
    std::optional<std::string> branch;         ///< "main", "free", "minus"; nullopt: all, or main, likewise
    std::string neurons;                       ///< "0-99,output,hidden:3"; empty: all that are recorded
    std::string file;                          ///< empty: export.EXTENSION in the run
};

struct WrittenExport {
    std::vector<std::string> files;
    std::vector<std::string> notes;  ///< in whole sentences
};

/// Throws Error (input) where a name is none.
ExportFormat export_format(const std::string& name);

/// Throws Error: input for what is not recorded, with the key that would record it; runtime for a full disk.
WrittenExport write_export(const ExportChoice& choice);

}  // namespace settle
