#include "sim/formats/whole_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>

#include "core/error.hpp"

namespace settle {

namespace {

/// Writes everything; 0, or the error number.
int write_all(int file, std::string_view content) {
    while (!content.empty()) {
        const ssize_t written = ::write(file, content.data(), content.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return errno;
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return 0;
}

/// Some file systems cannot say when a file is on the disk; there the content is as safe as they make it.
int sync(int file) {
    if (::fsync(file) == 0 || errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP) return 0;
    return errno;
}

Error failure(const std::string& path, int error) {
    return runtime_failure(path, "cannot be written: " + system_reason(error),
                           "free space and write permission in the directory");
}

}  // namespace

std::string system_reason(int error) {
    std::string text = std::strerror(error);
    if (error == EFBIG) text += ", beyond what this process or this file system allows (see ulimit -f)";
    return text;
}

void write_whole_file(const std::string& path, std::string_view content, bool synced) {
    const std::string temporary = path + ".tmp";
    const int file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file < 0) throw failure(path, errno);
    int error = write_all(file, content);
    if (error == 0 && synced) error = sync(file);
    if (::close(file) != 0 && error == 0) error = errno;
    if (error == 0 && std::rename(temporary.c_str(), path.c_str()) != 0) error = errno;
    if (error == 0) return;
    ::unlink(temporary.c_str());
    throw failure(path, error);
}

void append_text(const std::string& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (file < 0) throw failure(path, errno);
    struct stat before = {};
    const bool known = ::fstat(file, &before) == 0;
    int error = write_all(file, text);
    // Half a line would do no harm, since readers drop it; but the next whole one must not be glued to it.
    const bool taken_back = error != 0 && known && ::ftruncate(file, before.st_size) == 0;
    if (::close(file) != 0 && error == 0 && !taken_back) error = errno;
    if (error != 0) throw failure(path, error);
}

std::string read_whole_file(const std::string& path) {
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
    if (!in.is_open() || in.bad()) {
        throw input_error(path, "", "cannot be read" + (errno != 0 ? ": " + system_reason(errno) : std::string()),
                          "a file that can be read");
    }
    return text;
}

std::string obstacle_at(const std::string& path) {
    struct stat status = {};
    if (::stat(path.c_str(), &status) == 0) {
        const int needed = S_ISDIR(status.st_mode) ? R_OK | X_OK : R_OK;
        return ::access(path.c_str(), needed) == 0 ? "" : system_reason(errno);
    }
    return errno == ENOENT || errno == ENOTDIR ? "" : system_reason(errno);
}

}  // namespace settle
