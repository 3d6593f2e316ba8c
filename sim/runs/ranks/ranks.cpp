#include "sim/runs/ranks/ranks.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

/// How long rank 0 waits for the others to leave. Where all has gone well they have nothing to do but that; on cores
/// that are shared it may take them a while, and who ends without them has them killed. After a failure they may be in
/// the midst of something long.
constexpr auto patience = std::chrono::seconds(60), patience_after_failure = std::chrono::seconds(20);
/// How long a collective may still take that rank 0 has done.
constexpr auto patience_with_the_last = std::chrono::seconds(20);

// What a letter of the control channel is, by its first byte.
constexpr char over = 'o';        ///< from rank 0: all is done; the exit code follows
constexpr char called_off = 'g';  ///< the same after a failure: what the others are at will not be done
constexpr char failed = 'f';      ///< to rank 0: an error follows
constexpr char left = 'l';        ///< to rank 0: I have heard that it is over; 'u': with a collective undone
constexpr char take_down = 't';   ///< from rank 0: all have left; 'u': but not out of all collectives

std::string to_letter(const Error& error) {
    Json json;
    json["input"] = error.blame() == Blame::input;
    json["problems"] = Json::array();
    for (const Problem& problem : error.problems()) json["problems"].push_back(to_text(problem));
    return failed + json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Error from_letter(const std::string& bytes, const std::string& who) {
    const Json json = Json::parse(bytes.substr(1));
    std::vector<Problem> problems;
    for (const Json& text : json.at("problems")) {
        Problem problem;
        problem.place = who;
        problem.message = text.get<std::string>();
        problems.push_back(problem);
    }
    return Error(json.at("input").get<bool>() ? Blame::input : Blame::runtime, problems);
}

int cores_of_host(int neighbours) {
    const int online = static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
    cpu_set_t mask;
    CPU_ZERO(&mask);
    const int own = sched_getaffinity(0, sizeof mask, &mask) == 0 ? std::max(1, CPU_COUNT(&mask)) : online;
    return own < online ? own : std::max(1, online / neighbours);
}

void rest() {
    std::this_thread::sleep_for(std::chrono::microseconds(500));
}

}  // namespace

Words words_of(std::string_view bytes) {
    Words words((bytes.size() + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t));
    if (!bytes.empty()) std::memcpy(words.data(), bytes.data(), bytes.size());
    return words;
}

std::string bytes_of(const Words& words, std::size_t bytes) {
    std::string text(bytes, '\0');
    if (bytes > 0) std::memcpy(text.data(), words.data(), bytes);
    return text;
}

Ranks::Ranks(Wire wire) : wire_(std::move(wire)) {
    constexpr std::size_t words = 16, host_bytes = (words - 1) * sizeof(std::uint64_t) - 1;
    Words own(words), all;
    own[0] = static_cast<std::uint64_t>(getpid());
    std::memcpy(own.data() + 1, wire_.host.data(), std::min(wire_.host.size(), host_bytes));
    wire_.gather(own, std::vector<std::size_t>(static_cast<std::size_t>(count()), words), all, [] {});
    for (std::size_t at = 0; at < all.size(); at += words)
        places_.push_back({static_cast<std::int64_t>(all[at]), reinterpret_cast<const char*>(all.data() + at + 1)});
}

std::string Ranks::name_of(int rank) const {
    const RankPlace& place = places_[static_cast<std::size_t>(rank)];
    return fmt::format("rank {} ({}, PID {})", rank, place.host, place.pid);
}

int Ranks::threads(int wanted) const {
    if (wanted > 0 || alone()) return wanted;
    const std::string& here = places_[static_cast<std::size_t>(rank())].host;
    const auto neighbours =
        std::count_if(places_.begin(), places_.end(), [&](const RankPlace& place) { return place.host == here; });
    return cores_of_host(static_cast<int>(neighbours));
}

/// What rank 0, or a rank that has failed, has to say. Not under the mutex.
void Ranks::look() {
    // Rank 0 may be done with the last collective, and say so, before another rank has got its part of it.
    if (over_ && !(undone_ && Clock::now() < last_until_)) throw RankEnded{*over_};
    const std::optional<Mail> letter = wire_.receive(MailKind::control);
    if (!letter || letter->bytes.empty()) return;
    switch (letter->bytes.front()) {
        case over:
        case called_off:
            over_ = std::stoi(letter->bytes.substr(1));
            if (letter->bytes.front() == over) last_until_ = Clock::now() + patience_with_the_last;
            if (undone_ && letter->bytes.front() == over) return;
            throw RankEnded{*over_};
        case failed:
            throw from_letter(letter->bytes, name_of(letter->from));
        case left:
            left_.push_back(letter->bytes);
            break;
        default:
            break;
    }
}

Words Ranks::gather(std::span<const std::uint64_t> own, const std::vector<std::size_t>& counts) {
    const std::lock_guard lock(mutex_);
    Words all;
    undone_ = true;
    wire_.gather(own, counts, all, [this] { look(); });
    undone_ = false;
    return all;
}

std::string Ranks::broadcast(const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    Words words;
    if (leads()) {
        words = words_of(bytes);
        words.insert(words.begin(), bytes.size());
    }
    undone_ = true;
    wire_.broadcast(words, [this] { look(); });
    undone_ = false;
    if (leads()) return bytes;
    const auto size = static_cast<std::size_t>(words.front());
    words.erase(words.begin());
    return bytes_of(words, size);
}

void Ranks::send(int to, const std::string& bytes) {
    const std::lock_guard lock(mutex_);
    wire_.send(to, MailKind::work, bytes);
}

std::optional<Mail> Ranks::receive() {
    const std::lock_guard lock(mutex_);
    look();
    return wire_.receive(MailKind::work);
}

Mail Ranks::wait() {
    return *wait(StopCheck());
}

std::optional<Mail> Ranks::wait(const StopCheck& given_up) {
    for (int tries = 0;; ++tries) {
        if (auto letter = receive()) return letter;
        if (given_up && given_up()) return std::nullopt;
        if (tries < 1000) {
            sched_yield();
        } else {
            rest();
        }
    }
}

void Ranks::count(std::uint64_t bytes, double seconds) {
    exchanged_.bytes += bytes;
    exchanged_.seconds += seconds;
}

Ranks::Ending Ranks::end(int code, const std::optional<Error>& failure) {
    if (alone()) return {code, Ending::How::together};
    const std::lock_guard lock(mutex_);
    return leads() ? end_all(code, failure.has_value()) : follow_to_the_end(failure);
}

Ranks::Ending Ranks::end_all(int code, bool after_failure) {
    const char how = after_failure || undone_ ? called_off : over;
    for (int rank = 1; rank < count(); ++rank) wire_.send(rank, MailKind::control, how + std::to_string(code));
    const auto until = Clock::now() + (after_failure ? patience_after_failure : patience);
    while (left_.size() < static_cast<std::size_t>(count()) - 1) {
        try {
            look();
        } catch (const Error&) {
            continue;  // of something that no longer counts
        }
        // What was still on its way has nobody to be read by.
        while (wire_.receive(MailKind::work)) {
        }
        if (Clock::now() > until) return {code, Ending::How::abort};
        rest();
    }
    bool undone = undone_;
    for (const std::string& letter : left_) undone = undone || letter == std::string{left, 'u'};
    for (int rank = 1; rank < count(); ++rank)
        wire_.send(rank, MailKind::control, undone ? std::string{take_down, 'u'} : std::string{take_down});
    return {code, undone ? Ending::How::abort : Ending::How::together};
}

Ranks::Ending Ranks::follow_to_the_end(const std::optional<Error>& failure) {
    if (failure && !over_) wire_.send(0, MailKind::control, to_letter(*failure));
    while (!over_) {
        try {
            look();
        } catch (const RankEnded&) {
            break;
        }
        rest();
    }
    wire_.send(0, MailKind::control, undone_ ? std::string{left, 'u'} : std::string{left});
    // Rank 0 waits for others before it answers.
    const auto until = Clock::now() + 2 * patience;
    while (Clock::now() < until) {
        const std::optional<Mail> letter = wire_.receive(MailKind::control);
        if (letter && !letter->bytes.empty() && letter->bytes.front() == take_down)
            return {*over_, letter->bytes.size() > 1 ? Ending::How::ended : Ending::How::together};
        rest();
    }
    return {*over_, Ending::How::ended};
}

std::string ranks_json(const Ranks& ranks) {
    Json json;
    json["ranks"] = Json::array();
    for (int rank = 0; rank < ranks.count(); ++rank) {
        const RankPlace& place = ranks.places()[static_cast<std::size_t>(rank)];
        json["ranks"].push_back({{"rank", rank}, {"pid", place.pid}, {"host", place.host}});
    }
    return json.dump(2) + "\n";
}

}  // namespace settle
