// Downloads a file with the curl program.
#pragma once

#include <string>

namespace settle {

/// Fetches `address` into `path`; what has come of it is removed on failure. Throws Error (runtime) when curl is not
/// there or fails, with what it said.
void download(const std::string& address, const std::string& path);

}  // namespace settle
