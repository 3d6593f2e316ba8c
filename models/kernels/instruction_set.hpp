// Which vector instructions the kernels use. Results do not depend on it (law 4); tests and doubters can choose.
#pragma once

#include <string>
#include <vector>

namespace settle {

/// Names of what this machine can run and this program was built for, best first ("AVX2", "SSE4", …).
std::vector<std::string> instruction_sets();

/// The one that the kernels use.
std::string instruction_set();

/// From now on use the named one, or with "" the best again. Throws Error (input) for a name that instruction_sets()
/// lacks. Call it while no kernel runs.
void use_instruction_set(const std::string& name);

}  // namespace settle
