// The lock of a run's directory: one process at a time writes there.
#pragma once

#include <string>

namespace settle {

/// Held until the object dies, or its process, however it dies: there is no file that could be left behind. Where the
/// file system knows no locks nothing is locked, and warning() says so.
class DirectoryLock {
public:
    DirectoryLock() = default;
    ~DirectoryLock();
    DirectoryLock(const DirectoryLock&) = delete;
    DirectoryLock& operator=(const DirectoryLock&) = delete;

    /// Before anything there is read. Where there is no such directory yet, nothing happens. Throws Error (input) if
    /// another process holds it, or if it may not be read.
    void take(const std::string& path);

    /// Before anything there is written. If take() has met no directory: creates it, takes it, and sees that nobody has
    /// been faster. Returns its path. Throws Error (input).
    std::string make(const std::string& path);

    /// Makes the directory of a run that was given none, runs/NAME-YYYYMMDD-HHMMSS, and takes it, a number behind it
    /// where that is there already. Returns its path. Throws Error (input).
    std::string make_new(const std::string& name);

    /// That the directory is not locked, and why; "" if it is, or if none has been taken.
    const std::string& warning() const { return warning_; }

private:
    int directory_ = -1;
    std::string warning_;
};

}  // namespace settle
