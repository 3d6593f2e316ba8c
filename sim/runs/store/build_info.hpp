// Which program this is and on what machine it runs, for manifest.json and --version.
#pragma once

#include <string>

namespace settle {

struct BuildInfo {
    std::string version;   ///< of the project
    std::string commit;    ///< short hash, with "-dirty" when the sources had changes; "unknown" outside a checkout
    std::string compiler;  ///< name, version and build type
};

BuildInfo build_info();

struct MachineInfo {
    std::string system;           ///< operating system, release and architecture
    std::string processor;        ///< model name
    int cores = 0;                ///< that this process may use
    std::string instruction_set;  ///< that the kernels use
};

MachineInfo machine_info();

}  // namespace settle
