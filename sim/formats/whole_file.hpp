// Small files: written whole or not at all, and grown by whole lines. What the system says of a failure is told.
#pragma once

#include <string>
#include <string_view>

namespace settle {

/// What the system calls an error number, with a hint where its words hide what happened ("File too large").
std::string system_reason(int error);

/// Writes beside `path`, then renames, so that `path` is what it was or what it should be. `synced`: waits until the
/// content is on the disk, where the file system can tell. Throws Error (runtime).
void write_whole_file(const std::string& path, std::string_view content, bool synced = false);

/// Adds to a file, which is made if it is not there, and hands it to the system. What could not be written whole is
/// taken back. Throws Error (runtime).
void append_text(const std::string& path, std::string_view text);

/// The content of a file. Throws Error (input) when it cannot be read.
std::string read_whole_file(const std::string& path);

/// Why a path cannot be looked at (no permission, a name that is too long …); "" when it can, or when nothing is there.
std::string obstacle_at(const std::string& path);

}  // namespace settle
