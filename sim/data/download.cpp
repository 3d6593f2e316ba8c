#include "sim/data/download.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>
#include <vector>

#include "core/error.hpp"

namespace settle {

namespace {

/// Which files the child has: nothing to read, nowhere to print, and the pipe for what it complains about.
class ChildFiles {
public:
    explicit ChildFiles(int complaints) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
        posix_spawn_file_actions_adddup2(&actions_, complaints, STDERR_FILENO);
    }
    ChildFiles(const ChildFiles&) = delete;
    ChildFiles& operator=(const ChildFiles&) = delete;
    ~ChildFiles() { posix_spawn_file_actions_destroy(&actions_); }

    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_;
};

std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 512> buffer;
    for (;;) {
        const ssize_t got = read(descriptor, buffer.data(), buffer.size());
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(got));
    }
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

struct Outcome {
    bool good = false;
    std::string complaints;
};

/// Runs the program found in PATH with these arguments, no shell between, and waits for its end.
Outcome run_program(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (std::string& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) throw runtime_failure(arguments[0], std::string("no pipe: ") + strerror(errno));
    const ChildFiles files(ends[1]);
    pid_t child = 0;
    const int failure = posix_spawnp(&child, pointers[0], files.get(), nullptr, pointers.data(), environ);
    close(ends[1]);
    if (failure != 0) {
        close(ends[0]);
        throw runtime_failure(arguments[0], std::string("the program cannot be started (") + strerror(failure) + ")",
                              "curl installed and in PATH");
    }
    Outcome outcome;
    outcome.complaints = read_all(ends[0]);
    close(ends[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    outcome.good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return outcome;
}

}  // namespace

void download(const std::string& address, const std::string& path) {
    const Outcome outcome = run_program({"curl", "--fail", "--location", "--silent", "--show-error", "--retry", "2",
                                         "--connect-timeout", "30", "--output", path, "--url", address});
    if (outcome.good) return;
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
    throw runtime_failure(address,
                          "the download failed" + (outcome.complaints.empty() ? "" : " (" + outcome.complaints + ")"),
                          "a connection to that address");
}

}  // namespace settle
