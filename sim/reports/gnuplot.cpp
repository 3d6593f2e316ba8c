#include "sim/reports/gnuplot.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "core/error.hpp"
#include "sim/formats/utf8.hpp"
#include "sim/reports/run_files.hpp"

namespace settle {

namespace {

constexpr const char* log_name = "gnuplot.log";

/// Where a child's input and output go, and where it works.
class SpawnActions {
public:
    explicit SpawnActions(const std::string& folder) {
        posix_spawn_file_actions_init(&actions_);
        posix_spawn_file_actions_addchdir_np(&actions_, folder.c_str());
        posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        posix_spawn_file_actions_addopen(&actions_, STDOUT_FILENO, log_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
        posix_spawn_file_actions_adddup2(&actions_, STDOUT_FILENO, STDERR_FILENO);
    }
    ~SpawnActions() { posix_spawn_file_actions_destroy(&actions_); }
    SpawnActions(const SpawnActions&) = delete;
    SpawnActions& operator=(const SpawnActions&) = delete;
    const posix_spawn_file_actions_t* get() const { return &actions_; }

private:
    posix_spawn_file_actions_t actions_{};
};

}  // namespace

void run_gnuplot(const std::string& folder, const std::vector<std::string>& scripts) {
    std::vector<std::string> words = {"gnuplot", "--default-settings"};
    words.insert(words.end(), scripts.begin(), scripts.end());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const SpawnActions actions(folder);
    pid_t child = 0;
    const int failure = posix_spawnp(&child, "gnuplot", actions.get(), nullptr, arguments.data(), environ);
    if (failure == ENOENT) {
        throw runtime_failure("gnuplot", "is not installed, and draws the plots of a report",
                              "the package gnuplot-nox (Debian; elsewhere gnuplot), 5.2 or later, on the PATH");
    }
    if (failure != 0) throw runtime_failure("gnuplot", std::string("cannot be started: ") + std::strerror(failure));
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return;
    const std::string said = read_run_file(folder + "/" + log_name).value_or("");
    throw runtime_failure("gnuplot", "failed: " + printable(said, 400), "gnuplot 5.2 or later, and free space");
}

}  // namespace settle
