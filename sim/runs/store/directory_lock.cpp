#include "sim/runs/store/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"
#include "sim/runs/store/run_directory.hpp"

namespace settle {

namespace fs = std::filesystem;

DirectoryLock::~DirectoryLock() {
    if (directory_ >= 0) close(directory_);
}

void DirectoryLock::take(const std::string& path) {
    if (directory_ >= 0) return;
    directory_ = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory_ < 0) return RunDirectory::check_access(path);
    int error = 0;
    do error = flock(directory_, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    while (error == EINTR);
    if (error == EWOULDBLOCK)
        throw input_error("--out", path, "is where another run is writing", "a directory of its own, or to wait");
    if (error != 0) {
        warning_ = path + ": this file system does not lock (" + system_reason(error) +
                   "), so nothing stops a second process from writing there too";
    }
}

std::string DirectoryLock::make(const std::string& path) {
    if (directory_ >= 0) return path;
    const RunDirectory directory(path);
    take(path);
    RunDirectory::check(path);
    return path;
}

std::string DirectoryLock::make_new(const std::string& name) {
    for (;;) {
        const std::string path = RunDirectory::default_path(name);
        std::error_code failure;
        fs::create_directories(fs::path(path).parent_path(), failure);
        // Of several that begin in the same second only one creates it.
        const bool is_new = !failure && fs::create_directory(path, failure);
        if (failure == std::errc::filename_too_long) {
            throw input_error("", "scenario.name",
                              fmt::format("its {} characters are too many for the name of a directory", name.size()),
                              "a shorter name, or --out DIR");
        }
        if (failure)
            throw input_error("--out", path, "cannot be created: " + failure.message(), "a place that can be written");
        if (!is_new) continue;
        take(path);
        return path;
    }
}

}  // namespace settle
