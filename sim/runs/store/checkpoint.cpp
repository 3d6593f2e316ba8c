#include "sim/runs/store/checkpoint.hpp"

#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

#include <bit>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "sim/engines/chip_words.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

namespace fs = std::filesystem;

namespace {

using Fields = nlohmann::json;

static_assert(std::endian::native == std::endian::little, "numbers are stored as they lie in memory");

constexpr char magic[8] = {'s', 'e', 't', 't', 'l', 'e', 'C', 'P'};
constexpr std::uint32_t version = 4;
/// Without the files that were read; the same otherwise.
constexpr std::uint32_t oldest_version = 3;
/// Before the payload: magic, version, CRC-32 of length and payload, length.
constexpr std::size_t header_size = 8 + 4 + 4 + 8;

template <class T>
Fields to_binary(const std::vector<T>& values) {
    std::vector<std::uint8_t> bytes(values.size() * sizeof(T));
    if (!bytes.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    return Fields::binary(std::move(bytes));
}

/// A count. The library would make one of any number, and of one that is none (NaN) anything.
template <class T>
T integer(const Fields& json) {
    if (!json.is_number_integer()) throw std::runtime_error("a count is no integer");
    return json.get<T>();
}

template <class T>
std::vector<T> from_binary(const Fields& json) {
    const auto& bytes = json.get_binary();
    if (bytes.size() % sizeof(T) != 0) throw std::runtime_error("an array is cut");
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

Fields to_json(const Counters& c) {
    return {c.ticks,  c.spikes, c.messages, c.deliveries, c.lost, c.duplicated, c.expired, c.synaptic_operations,
            c.dropped};
}

Counters counters_from(const Fields& json) {
    const auto at = [&](std::size_t i) { return integer<std::uint64_t>(json.at(i)); };
    return {at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), json.size() > 8 ? at(8) : 0};
}

Fields to_json(const Asynchrony& a) {
    return {a.looks,      a.lead_sum,   a.lead_max, a.lag_sum,    a.lag_max,    a.windows, a.window_sum,
            a.window_max, a.source_max, a.flights,  a.flight_sum, a.flight_max, a.late,    a.blocked};
}

Asynchrony asynchrony_from(const Fields& json) {
    const auto at = [&](std::size_t i) { return integer<std::uint64_t>(json.at(i)); };
    return {at(0), at(1), at(2), at(3), at(4), at(5), at(6), at(7), at(8), at(9), at(10), at(11), at(12), at(13)};
}

Fields to_json(const PopulationCounters& counters) {
    Fields json = Fields::array();
    for (const Counters& population : counters) json.push_back(to_json(population));
    return json;
}

PopulationCounters population_counters_from(const Fields& json) {
    PopulationCounters counters;
    for (const Fields& population : json) counters.push_back(counters_from(population));
    return counters;
}

Fields to_json(const Traffic& t) {
    return {t.encodes, t.hops_x, t.hops_y, t.decodes};
}

Traffic traffic_from(const Fields& json) {
    const auto at = [&](std::size_t i) { return integer<std::uint64_t>(json.at(i)); };
    return {at(0), at(1), at(2), at(3)};
}

Fields to_json(const Effort& effort) {
    return {effort.ticks, effort.spikes, effort.synaptic_operations, to_json(effort.traffic)};
}

Effort effort_from(const Fields& json) {
    const auto at = [&](std::size_t i) { return integer<std::uint64_t>(json.at(i)); };
    return {at(0), at(1), at(2), traffic_from(json.at(3))};
}

/// With [energy], of sums or of a state.
template <class Sums>
void put_traffic(const Sums& sums, Fields& json) {
    if (sums.branch_periods == 0) return;
    json["branch_periods"] = sums.branch_periods;
    json["traffic"] = Fields::array();
    for (const Traffic& population : sums.traffic) json["traffic"].push_back(to_json(population));
}

template <class Sums>
void take_traffic(const Fields& json, Sums& sums) {
    if (!json.contains("branch_periods")) return;
    sums.branch_periods = integer<std::int64_t>(json.at("branch_periods"));
    for (const Fields& population : json.at("traffic")) sums.traffic.push_back(traffic_from(population));
}

/// On a chip, the same.
template <class Sums>
void put_chip(const Sums& sums, Fields& json) {
    if (!sums.chip.empty()) json["chip"] = to_binary(to_words(sums.chip));
}

template <class Sums>
void take_chip(const Fields& json, Sums& sums) {
    if (!json.contains("chip")) return;
    auto figures = chip_figures_from(from_binary<std::uint64_t>(json.at("chip")));
    if (!figures) throw std::runtime_error("the figures of the chip are cut");
    sums.chip = std::move(*figures);
}

Fields to_json(const RunSums& sums) {
    Fields json = {{"counters", to_json(sums.counters)},
                   {"fingerprint", sums.fingerprint},
                   {"posts", sums.posts},
                   {"asynchrony", to_json(sums.asynchrony)},
                   {"presentations", sums.presentations}};
    put_traffic(sums, json);
    put_chip(sums, json);
    return json;
}

RunSums sums_from(const Fields& json) {
    RunSums sums;
    sums.counters = population_counters_from(json.at("counters"));
    sums.fingerprint = integer<std::uint64_t>(json.at("fingerprint"));
    sums.posts = integer<std::uint64_t>(json.at("posts"));
    sums.asynchrony = asynchrony_from(json.at("asynchrony"));
    sums.presentations = integer<std::int64_t>(json.at("presentations"));
    take_traffic(json, sums);
    take_chip(json, sums);
    return sums;
}

Fields to_json(const Evaluation& evaluation) {
    Fields json = {{"count", {evaluation.presentations, evaluation.wrong}},
                   {"wrong_at", to_binary(evaluation.wrong_at)},
                   {"settled_at", to_binary(evaluation.settled_at)}};
    for (const Recovery& recovery : evaluation.recoveries)
        json["recoveries"].push_back({recovery.event, to_binary(recovery.recovered_at), recovery.unrecovered});
    if (evaluation.settled_effort != Effort()) json["settled_effort"] = to_json(evaluation.settled_effort);
    return json;
}

Evaluation evaluation_from(const Fields& json) {
    Evaluation evaluation;
    evaluation.presentations = integer<std::int64_t>(json.at("count").at(0));
    evaluation.wrong = integer<std::int64_t>(json.at("count").at(1));
    evaluation.wrong_at = from_binary<std::int64_t>(json.at("wrong_at"));
    evaluation.settled_at = from_binary<std::int64_t>(json.at("settled_at"));
    if (json.contains("settled_effort")) evaluation.settled_effort = effort_from(json.at("settled_effort"));
    if (!json.contains("recoveries")) return evaluation;
    for (const Fields& recovery : json.at("recoveries")) {
        evaluation.recoveries.push_back({recovery.at(0).get<std::string>(), from_binary<std::int64_t>(recovery.at(1)),
                                         integer<std::int64_t>(recovery.at(2))});
    }
    return evaluation;
}

/// Null where there is none.
Fields to_json(const std::optional<Evaluation>& evaluation) {
    return evaluation ? to_json(*evaluation) : Fields();
}

std::optional<Evaluation> optional_evaluation(const Fields& json) {
    if (json.is_null()) return std::nullopt;
    return evaluation_from(json);
}

Fields to_json(const Contents& contents) {
    return {contents.bytes, contents.crc32};
}

Contents contents_from(const Fields& json) {
    return {integer<std::uint64_t>(json.at(0)), integer<std::uint32_t>(json.at(1))};
}

Fields to_json(const InputFiles& inputs) {
    Fields json = Fields::array();
    for (const InputFile& input : inputs)
        json.push_back({input.key, input.part, input.path, to_json(input.file), to_json(input.uncompressed)});
    return json;
}

InputFiles inputs_from(const Fields& json) {
    InputFiles inputs;
    for (const Fields& input : json) {
        const auto text = [&](std::size_t i) { return input.at(i).get<std::string>(); };
        inputs.push_back({text(0), text(1), text(2), contents_from(input.at(3)), contents_from(input.at(4))});
    }
    return inputs;
}

Fields to_json(const TrainingState& state) {
    Fields json;
    json["scenario"] = state.scenario;
    json["position"] = {state.epoch, state.minibatch, state.minibatches, state.presentations, state.trained};
    json["weights"] = json["biases"] = Fields::array();
    for (const std::vector<float>& weights : state.network.weights) json["weights"].push_back(to_binary(weights));
    for (const std::vector<float>& biases : state.network.biases) json["biases"].push_back(to_binary(biases));
    json["counters"] = to_json(state.counters);
    json["fingerprint"] = state.fingerprint;
    json["posts"] = state.posts;
    json["asynchrony"] = to_json(state.asynchrony);
    json["seconds"] = {state.train_seconds, state.epoch_seconds};
    json["train"] = to_json(state.train);
    json["last"] = {to_json(state.last_train), to_json(state.last_validation), to_json(state.last_test)};
    if (state.inputs) json["inputs"] = to_json(*state.inputs);
    json["metrics"] = state.metrics;
    if (state.before_last) json["before_last"] = to_json(*state.before_last);
    put_traffic(state, json);
    put_chip(state, json);
    return json;
}

TrainingState state_from(const Fields& json) {
    TrainingState state;
    state.scenario = json.at("scenario").get<std::string>();
    const Fields& position = json.at("position");
    state.epoch = integer<std::int64_t>(position.at(0));
    state.minibatch = integer<std::int64_t>(position.at(1));
    state.minibatches = integer<std::int64_t>(position.at(2));
    state.presentations = integer<std::int64_t>(position.at(3));
    state.trained = integer<std::int64_t>(position.at(4));
    for (const Fields& weights : json.at("weights")) state.network.weights.push_back(from_binary<float>(weights));
    for (const Fields& biases : json.at("biases")) state.network.biases.push_back(from_binary<float>(biases));
    state.counters = population_counters_from(json.at("counters"));
    state.fingerprint = integer<std::uint64_t>(json.at("fingerprint"));
    state.posts = integer<std::uint64_t>(json.at("posts"));
    if (json.contains("asynchrony")) state.asynchrony = asynchrony_from(json.at("asynchrony"));
    state.train_seconds = json.at("seconds").at(0).get<double>();
    state.epoch_seconds = json.at("seconds").at(1).get<double>();
    state.train = evaluation_from(json.at("train"));
    state.last_train = optional_evaluation(json.at("last").at(0));
    state.last_validation = optional_evaluation(json.at("last").at(1));
    state.last_test = optional_evaluation(json.at("last").at(2));
    if (json.contains("inputs")) state.inputs = inputs_from(json.at("inputs"));
    state.metrics = json.at("metrics").get<std::string>();
    if (json.contains("before_last")) state.before_last = sums_from(json.at("before_last"));
    take_traffic(json, state);
    take_chip(json, state);
    return state;
}

/// Says how deep a document is nested, without building it.
class DepthMeter : public nlohmann::json_sax<Fields> {
public:
    static constexpr int limit = 8;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool key(string_t&) override { return true; }
    bool start_object(std::size_t) override { return ++depth_ <= limit; }
    bool start_array(std::size_t) override { return ++depth_ <= limit; }
    bool end_object() override { return --depth_ >= 0; }
    bool end_array() override { return --depth_ >= 0; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) override {
        throw std::runtime_error(error.what());
    }

private:
    int depth_ = 0;
};

/// The library's parser calls itself for every level, so that a deep document could exhaust the stack.
Fields parse_payload(const char* begin, const char* end) {
    DepthMeter meter;
    if (!Fields::sax_parse(begin, end, &meter, Fields::input_format_t::cbor)) {
        throw std::runtime_error("it is nested too deep");
    }
    return Fields::from_cbor(begin, end);
}

std::uint32_t checksum(const char* bytes, std::size_t size) {
    return static_cast<std::uint32_t>(crc32_z(crc32_z(0, nullptr, 0), reinterpret_cast<const Bytef*>(bytes), size));
}

[[noreturn]] void refuse(const std::string& place, const std::string& what) {
    throw input_error(place, "", "this checkpoint " + what, "a checkpoint as settle wrote it");
}

[[noreturn]] void fail(const std::string& path, const std::string& what, int error) {
    throw runtime_failure(path, what + ": " + system_reason(error),
                          "free space and write permission; what was saved before is still there, and the same command "
                          "with --resume goes on from it");
}

/// Writes a file and waits until it is on the disk.
void write_synced(const std::string& path, const std::string& bytes) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) fail(path, "cannot be created", errno);
    std::size_t done = 0;
    int error = 0;
    while (done < bytes.size() && error == 0) {
        const ssize_t written = ::write(file, bytes.data() + done, bytes.size() - done);
        if (written < 0 && errno != EINTR) error = errno;
        if (written > 0) done += static_cast<std::size_t>(written);
    }
    // Where a file system cannot say when, the bytes are as safe as it makes them.
    if (error == 0 && ::fsync(file) != 0 && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) error = errno;
    if (::close(file) != 0 && error == 0) error = errno;
    if (error == 0) return;
    ::unlink(path.c_str());
    fail(path, "cannot be written", error);
}

void rename_file(const std::string& from, const std::string& to) {
    if (std::rename(from.c_str(), to.c_str()) != 0) fail(to, "cannot be renamed", errno);
}

void sync_directory(const std::string& path) {
    const int directory = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0) return;
    ::fsync(directory);  // where a file system cannot, the file itself is safe already
    ::close(directory);
}

}  // namespace

std::string to_checkpoint(const TrainingState& state) {
    const std::vector<std::uint8_t> payload = Fields::to_cbor(to_json(state));
    const std::uint64_t length = payload.size();
    std::string body(sizeof length + payload.size(), '\0');
    std::memcpy(body.data(), &length, sizeof length);
    std::memcpy(body.data() + sizeof length, payload.data(), payload.size());
    const std::uint32_t sum = checksum(body.data(), body.size());
    std::string bytes(magic, sizeof magic);
    bytes.append(reinterpret_cast<const char*>(&version), sizeof version);
    bytes.append(reinterpret_cast<const char*>(&sum), sizeof sum);
    return bytes + body;
}

TrainingState from_checkpoint(const std::string& bytes, const std::string& place) {
    if (bytes.size() < header_size) refuse(place, "is cut short");
    if (std::memcmp(bytes.data(), magic, sizeof magic) != 0) refuse(place, "does not begin like one");
    std::uint32_t found_version = 0, sum = 0;
    std::uint64_t length = 0;
    std::memcpy(&found_version, bytes.data() + 8, 4);
    std::memcpy(&sum, bytes.data() + 12, 4);
    std::memcpy(&length, bytes.data() + 16, 8);
    if (found_version < oldest_version || found_version > version)
        refuse(place, "has version " + std::to_string(found_version) + ", this program reads versions " +
                          std::to_string(oldest_version) + " to " + std::to_string(version) +
                          ": another release of settle wrote it, and can go on from it");
    if (length != bytes.size() - header_size) refuse(place, "is cut short or has grown");
    if (checksum(bytes.data() + 16, bytes.size() - 16) != sum) refuse(place, "is damaged: its checksum does not fit");
    try {
        return state_from(parse_payload(bytes.data() + header_size, bytes.data() + bytes.size()));
    } catch (const std::exception& error) {
        refuse(place, std::string("is damaged: ") + error.what());
    }
}

void write_checkpoint(const std::string& directory, const TrainingState& state) {
    const std::string path = directory + "/" + checkpoint_name, temporary = path + ".tmp";
    write_synced(temporary, to_checkpoint(state));
    // Between the two renames only the previous one is there: read_checkpoint() takes it then.
    std::error_code ignored;
    if (fs::exists(path, ignored)) rename_file(path, directory + "/" + previous_checkpoint_name);
    rename_file(temporary, path);
    sync_directory(directory);
}

std::optional<TrainingState> read_checkpoint(const std::string& directory) {
    const std::string path = directory + "/" + checkpoint_name, previous = directory + "/" + previous_checkpoint_name;
    std::error_code ignored;
    const std::string& chosen = fs::exists(path, ignored) ? path : previous;
    if (!fs::exists(chosen, ignored)) return std::nullopt;
    const std::string bytes = read_whole_file(chosen);
    try {
        return from_checkpoint(bytes, chosen);
    } catch (const Error& error) {
        std::vector<Problem> problems = error.problems();
        const bool other = chosen == path && fs::exists(previous, ignored);
        problems.front().message += other ? "; to go on from the previous one: mv " + previous + " " + path
                                          : "; there is no previous one: start again with another --out";
        throw Error(Blame::input, problems);
    }
}

}  // namespace settle
