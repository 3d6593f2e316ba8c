// What every fuzz target is made of: it reads bytes from an enemy, and may answer with settle::Error alone. Whatever
// else happens, a crash, a leak, another exception, too much time or memory, is a finding.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "core/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace settle {

/// Calls `read`, which may throw an Error that blames the input and says what is wrong.
template <class Read>
void attack(const Read& read) {
    try {
        read();
    } catch (const Error& error) {
        if (error.blame() != Blame::input || error.problems().empty()) std::abort();
        for (const Problem& problem : error.problems()) {
            if (problem.message.empty()) std::abort();
        }
    }
}

inline void demand(bool law) {
    if (!law) std::abort();
}

/// Bytes as a file that never touches a disk.
class MemoryFile {
public:
    MemoryFile(const std::uint8_t* data, std::size_t size) : file_(memfd_create("fuzz", 0)) {
        demand(file_ >= 0 && ::write(file_, data, size) == static_cast<ssize_t>(size));
    }
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile() { ::close(file_); }

    std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

private:
    int file_;
};

}  // namespace settle
