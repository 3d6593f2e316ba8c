// The ranks of a job: processes that run the same command together. Rank 0 leads: it reads and writes the directory,
// talks, and decides the exit code; the others follow.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/stop.hpp"
#include "sim/runs/ranks/wire.hpp"

namespace settle {

/// Thrown on a rank that follows: the job is over, as rank 0 has said, with this exit code.
struct RankEnded {
    int code = 0;
};

/// One process.
struct RankPlace {
    std::int64_t pid = 0;
    std::string host;
};

/// What crossed the wire for minibatches.
struct ExchangeTotals {
    std::uint64_t bytes = 0;  ///< that every rank holds after the collectives, its own part included
    double seconds = 0;       ///< in them, waiting for the others included
};

class Ranks {
public:
    /// Alone: no other process, and nobody to talk to.
    Ranks() = default;
    /// One of those that the wire joins. Collective: every rank learns where the others are.
    explicit Ranks(Wire wire);
    Ranks(const Ranks&) = delete;
    Ranks& operator=(const Ranks&) = delete;

    int rank() const { return wire_.rank; }
    int count() const { return wire_.ranks; }
    bool leads() const { return wire_.rank == 0; }
    bool alone() const { return wire_.ranks == 1; }
    /// Whether it was made with a wire, if only to itself.
    bool wired() const { return !places_.empty(); }
    const std::vector<RankPlace>& places() const { return places_; }
    /// "rank 2 (host, PID 71)".
    std::string name_of(int rank) const;

    /// Workers of this rank where scenario.threads is `wanted`: of 0, all cores, ranks on one host have a share each,
    /// unless the launcher has bound them to their own.
    int threads(int wanted) const;

    /// Collective. The parts of all ranks, of counts[rank] words each. Throws RankEnded; on rank 0 Error, what a rank
    /// that follows has failed with.
    Words gather(std::span<const std::uint64_t> own, const std::vector<std::size_t>& counts);
    /// Collective. What rank 0 gives, on all. Throws the same.
    std::string broadcast(const std::string& bytes);

    /// Any thread.
    void send(int to, const std::string& bytes);
    /// Any thread. What has arrived; nullopt: nothing yet. Throws as gather does.
    std::optional<Mail> receive();
    /// Any thread. The same, but waits.
    Mail wait();
    /// Any thread. The same; nullopt once `given_up` says so.
    std::optional<Mail> wait(const StopCheck& given_up);

    /// What has been spent on minibatches: the caller says so.
    void count(std::uint64_t bytes, double seconds);
    const ExchangeTotals& exchanged() const { return exchanged_; }

    /// Whether any rank has been asked to stop, as all have agreed in the last minibatch.
    bool stops() const { return stops_; }
    void agree_to_stop(bool stops) { stops_ = stops_ || stops; }

    /// How this process is to end.
    struct Ending {
        int code = 0;
        enum class How {
            together,  ///< all ranks are here: the wire can be taken down
            abort,     ///< of rank 0: a collective is undone, or somebody does not answer; the launcher must end all
            ended,     ///< of the others, then: the launcher will
        } how = How::together;
    };

    /// The last act, when what was to be done is done or has failed. On rank 0: tells the others that the job is over,
    /// and waits for them, after a `failure` of its own not for long. Elsewhere: tells rank 0 of a `failure`, and waits
    /// for that word; the code is that of rank 0.
    Ending end(int code, const std::optional<Error>& failure = std::nullopt);

private:
    void look();
    Ending end_all(int code, bool after_failure);
    Ending follow_to_the_end(const std::optional<Error>& failure);

    Wire wire_;
    std::vector<RankPlace> places_;
    std::mutex mutex_;                                       ///< for the wire
    bool undone_ = false;                                    ///< this rank is in a collective
    std::optional<int> over_;                                ///< the exit code, once rank 0 has said it
    std::chrono::steady_clock::time_point last_until_ = {};  ///< so long the last collective is waited for then
    std::vector<std::string> left_;                          ///< letters of ranks that have left
    ExchangeTotals exchanged_;
    bool stops_ = false;
};

/// The content of ranks.json: who they are, from the start.
std::string ranks_json(const Ranks& ranks);

/// Flat words for what crosses the wire.
Words words_of(std::string_view bytes);
std::string bytes_of(const Words& words, std::size_t bytes);

}  // namespace settle
