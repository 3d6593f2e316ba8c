#include "sim/runs/studies/hand_out.hpp"

#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

// What a letter is, by its first byte.
constexpr char asks = 'a';     ///< to rank 0: for a run
constexpr char result = 'r';   ///< to rank 0: of a run
constexpr char stopped = 's';  ///< to rank 0: this rank has been asked to stop
constexpr char gone = 'g';     ///< to rank 0: it will ask no more
constexpr char run_is = 'n';   ///< from rank 0: the number of a run
constexpr char no_more = '0';  ///< from rank 0: there are none left
constexpr char give_up = 'x';  ///< from rank 0: runs at hand are to be given up

std::string to_letter(int run, const BatchRun& ended) {
    Json json;
    json["run"] = run;
    json["metrics"] = Json::object();
    for (const auto& [name, value] : ended.run.metrics) json["metrics"][name] = value;
    json["fingerprint"] = ended.run.fingerprint;
    json["lines"] = ended.run.lines;
    // It may hold what a file held.
    json["failure"] = Json::binary({ended.failure.begin(), ended.failure.end()});
    json["invalid"] = ended.invalid;
    const std::vector<std::uint8_t> bytes = Json::to_cbor(json);
    return result + std::string(bytes.begin(), bytes.end());
}

std::pair<int, BatchRun> from_letter(const std::string& bytes) {
    const Json json = Json::from_cbor(bytes.begin() + 1, bytes.end());
    BatchRun ended;
    for (const auto& [name, value] : json.at("metrics").items()) ended.run.metrics[name] = value.get<double>();
    ended.run.fingerprint = json.at("fingerprint").get<std::string>();
    ended.run.lines = json.at("lines").get<std::vector<std::string>>();
    const auto& failure = json.at("failure").get_binary();
    ended.failure.assign(failure.begin(), failure.end());
    ended.invalid = json.at("invalid").get<bool>();
    return {json.at("run").get<int>(), std::move(ended)};
}

void rest() {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

HandOut::HandOut(Ranks& ranks, std::vector<int> numbers, Calls calls)
    : ranks_(ranks), numbers_(std::move(numbers)), calls_(std::move(calls)), away_(ranks.count() - 1) {}

std::optional<int> HandOut::next() {
    if (calls_.stopped()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    if (next_ == numbers_.size()) return std::nullopt;
    return numbers_[next_++];
}

void HandOut::answer(const Mail& letter) {
    switch (letter.bytes.front()) {
        case asks: {
            const auto run = next();
            ranks_.send(letter.from, run ? run_is + std::to_string(*run) : std::string{no_more});
            break;
        }
        case result: {
            const auto [run, ended] = from_letter(letter.bytes);
            calls_.ended(run, ended);
            break;
        }
        case stopped:
            calls_.stop();
            break;
        case gone:
            --away_;
            break;
        default:
            break;
    }
}

void HandOut::serve() {
    for (bool told = false; away_ > 0;) {
        if (!told && calls_.stopped()) {
            told = true;
            for (int rank = 1; rank < ranks_.count(); ++rank) ranks_.send(rank, std::string{give_up});
        }
        if (const auto letter = ranks_.receive()) {
            answer(*letter);
        } else {
            rest();
        }
    }
}

HandedOut::HandedOut(Ranks& ranks, std::function<bool()> stopped_here)
    : ranks_(ranks), stopped_(std::move(stopped_here)) {}

std::optional<int> HandedOut::next() {
    std::unique_lock lock(mutex_);
    if (no_more_) return std::nullopt;
    outbox_.push_back(std::string{asks});
    changed_.wait(lock, [this] { return !runs_.empty() || no_more_; });
    if (runs_.empty()) return std::nullopt;
    const int run = runs_.front();
    runs_.pop_front();
    return run;
}

void HandedOut::give(int run, const BatchRun& ended) {
    std::string letter = to_letter(run, ended);
    const std::lock_guard lock(mutex_);
    outbox_.push_back(std::move(letter));
}

bool HandedOut::given_up() {
    const std::lock_guard lock(mutex_);
    return given_up_;
}

void HandedOut::leave() {
    const std::lock_guard lock(mutex_);
    left_ = true;
    outbox_.push_back(std::string{gone});
}

void HandedOut::fail() {
    {
        const std::lock_guard lock(mutex_);
        failed_ = no_more_ = given_up_ = true;
    }
    changed_.notify_all();
}

bool HandedOut::failed() {
    const std::lock_guard lock(mutex_);
    return failed_;
}

std::deque<std::string> HandedOut::take_outbox() {
    const std::lock_guard lock(mutex_);
    return std::exchange(outbox_, {});
}

void HandedOut::hear(const std::string& bytes) {
    {
        const std::lock_guard lock(mutex_);
        if (bytes.front() == run_is) runs_.push_back(std::stoi(bytes.substr(1)));
        no_more_ = no_more_ || bytes.front() != run_is;
        given_up_ = given_up_ || bytes.front() == give_up;
    }
    changed_.notify_all();
}

void HandedOut::serve() {
    try {
        for (bool told = false; !failed();) {
            const auto letters = take_outbox();
            for (const std::string& letter : letters) {
                ranks_.send(0, letter);
                if (letter.front() == gone) return;
            }
            if (!told && stopped_ && stopped_()) {
                told = true;
                ranks_.send(0, std::string{stopped});
            }
            if (const auto letter = ranks_.receive()) {
                hear(letter->bytes);
            } else if (letters.empty()) {
                rest();
            }
        }
    } catch (...) {
        hear(std::string{give_up});
        throw;
    }
}

}  // namespace settle
