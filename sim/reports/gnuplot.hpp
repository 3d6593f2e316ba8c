// gnuplot as a child process.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// Runs scripts one after the other in `folder`, without the settings of the user. Throws Error (runtime) where gnuplot
/// is missing, naming the package, or fails, with what it says.
void run_gnuplot(const std::string& folder, const std::vector<std::string>& scripts);

}  // namespace settle
