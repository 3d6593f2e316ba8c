#include "sim/runs/store/build_info.hpp"

#include <sys/utsname.h>

#include <fstream>
#include <thread>

#include "build_commit.hpp"  // made by cmake/commit.cmake at every build
#include "models/kernels/instruction_set.hpp"

namespace settle {

BuildInfo build_info() {
#if defined(__clang__)
    const std::string compiler = std::string("clang ") + __clang_version__;
#else
    const std::string compiler = std::string("gcc ") + __VERSION__;
#endif
    return {SETTLE_VERSION, SETTLE_COMMIT, compiler + ", " + SETTLE_BUILD_TYPE};
}

static std::string processor_name() {
    std::ifstream file("/proc/cpuinfo");
    for (std::string line; std::getline(file, line);) {
        const std::size_t colon = line.find(": ");
        if (line.rfind("model name", 0) == 0 && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown";
}

MachineInfo machine_info() {
    MachineInfo info;
    utsname name{};
    if (uname(&name) == 0) info.system = std::string(name.sysname) + " " + name.release + " " + name.machine;
    info.processor = processor_name();
    info.cores = static_cast<int>(std::thread::hardware_concurrency());
    info.instruction_set = instruction_set();
    return info;
}

}  // namespace settle
