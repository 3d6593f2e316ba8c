// How the processes of a job reach each other: what MPI, or anything in its place, must be able to do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace settle {

/// Letters go from one rank to another. Those of a kind between two ranks arrive in the order in which they were sent.
enum class MailKind { control, work };

struct Mail {
    int from = 0;
    std::string bytes;
};

/// Words, of 8 bytes, are what collectives move: their counts fit into an int up to 16 GB.
using Words = std::vector<std::uint64_t>;

/// One call at a time, from any thread. Collectives are called by all ranks in the same order, and ask `look` again and
/// again while they wait: what that throws ends the wait, and leaves the collective undone.
struct Wire {
    int rank = 0;
    int ranks = 1;
    std::string host;  ///< where this rank runs

    /// Of every rank `counts[rank]` words, in the order of the ranks.
    std::function<void(std::span<const std::uint64_t> own, const std::vector<std::size_t>& counts, Words& all,
                       const std::function<void()>& look)>
        gather;
    /// What rank 0 has, on all.
    std::function<void(Words& words, const std::function<void()>& look)> broadcast;
    std::function<void(int to, MailKind kind, const std::string& bytes)> send;
    std::function<std::optional<Mail>(MailKind kind)> receive;  ///< what has arrived; nullopt: nothing
};

}  // namespace settle
