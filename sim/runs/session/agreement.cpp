#include "sim/runs/session/agreement.hpp"

#include <cstring>
#include <string_view>
#include <variant>

#include "core/error.hpp"
#include "core/fingerprint.hpp"

namespace settle {

namespace {

std::uint64_t hash_bytes(std::string_view bytes, std::uint64_t hash) {
    hash = mix64(hash ^ bytes.size());
    for (; bytes.size() >= sizeof(std::uint64_t); bytes.remove_prefix(sizeof(std::uint64_t))) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), sizeof word);
        hash = mix64(hash ^ word) + 1;
    }
    std::uint64_t rest = 0;
    if (!bytes.empty()) std::memcpy(&rest, bytes.data(), bytes.size());
    return mix64(hash ^ rest) + 1;
}

template <class T>
std::string_view bytes_in(const T& values) {
    return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(values[0])};
}

std::uint64_t hash_of(const Samples& samples, std::uint64_t hash) {
    hash = mix64(hash ^ static_cast<std::uint64_t>(samples.inputs)) + samples.x.index();
    hash = std::visit([&](const auto& x) { return hash_bytes(bytes_in(x), hash); }, samples.x);
    return hash_bytes(bytes_in(samples.values), hash_bytes(bytes_in(samples.labels), hash));
}

}  // namespace

Intent intent_of(const std::string& program, const std::string& scenario, std::uint64_t data) {
    return {hash_bytes(program, 1), hash_bytes(scenario, 2), data, false};
}

std::uint64_t hash_of(const Dataset& data, std::uint64_t before) {
    return hash_of(data.test, hash_of(data.validation, hash_of(data.train, before)));
}

bool agree(Ranks& ranks, const Intent& intent) {
    if (ranks.alone()) return !intent.nothing;
    const char* names[] = {"another version of settle", "another scenario", "other data"};
    constexpr std::size_t parts = 4, nothing = 3;
    const Words own = {intent.version, intent.scenario, intent.data, intent.nothing ? 1u : 0u};
    const Words all = ranks.gather(own, std::vector<std::size_t>(static_cast<std::size_t>(ranks.count()), parts));
    if (all[nothing] != 0) return false;
    for (int rank = 1; rank < ranks.count(); ++rank) {
        for (std::size_t part = 0; part < nothing; ++part) {
            if (all[static_cast<std::size_t>(rank) * parts + part] == all[part]) continue;
            throw input_error(ranks.name_of(rank), "", std::string("has ") + names[part] + " than " + ranks.name_of(0),
                              "the same version, scenario and data on all ranks");
        }
    }
    return true;
}

}  // namespace settle
