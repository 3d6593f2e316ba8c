#include "sim/runs/available_memory.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <limits>
#include <string>

#include "core/error.hpp"

namespace settle {

namespace {

constexpr double unlimited = std::numeric_limits<double>::infinity();

double number_in(const std::string& path, double otherwise) {
    std::ifstream in(path);
    double value = 0;
    return in >> value ? value : otherwise;  // "max" is no number
}

/// A line "NAME: value" or "NAME value" of a file; 0 without.
double line_in(const std::string& path, const std::string& name) {
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind(name, 0) != 0) continue;
        return std::strtod(line.c_str() + line.find_first_of("0123456789"), nullptr);
    }
    return 0;
}

/// What a control group of version 2 and all those above it leave.
double left_by_groups() {
    double left = unlimited;
    std::ifstream in("/proc/self/cgroup");
    for (std::string line; std::getline(in, line);) {
        const bool unified = line.rfind("0::", 0) == 0;
        const std::size_t memory = line.find(":memory:");
        if (!unified && memory == std::string::npos) continue;
        const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
        std::string group = unified ? line.substr(3) : line.substr(memory + 8);
        while (true) {
            const std::string folder = root + group + "/";
            const double most = number_in(folder + (unified ? "memory.max" : "memory.limit_in_bytes"), unlimited);
            const double used = number_in(folder + (unified ? "memory.current" : "memory.usage_in_bytes"), 0);
            // What files leave in memory goes when it is needed.
            const double cache = line_in(folder + "memory.stat", "inactive_file");
            left = std::min(left, most - std::max(0.0, used - cache));
            if (group.empty() || group == "/") break;
            group.erase(group.rfind('/'));
        }
    }
    return left;
}

/// "1.8 GB", "53 MB"
std::string memory_text(double bytes) {
    if (bytes < 0.9995e9) return fmt::format("{:.0f} MB", bytes / 1e6);
    return fmt::format("{:.1f} GB", bytes / 1e9);
}

}  // namespace

double available_memory() {
    double available = left_by_groups();
    const double machine = 1024 * (line_in("/proc/meminfo", "MemAvailable:") + line_in("/proc/meminfo", "SwapFree:"));
    if (machine > 0) available = std::min(available, machine);
    rlimit limit = {};
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) {
        const double pages = number_in("/proc/self/statm", 0);
        const double used = pages * static_cast<double>(sysconf(_SC_PAGESIZE));
        available = std::min(available, static_cast<double>(limit.rlim_cur) - used);
    }
    return std::max(available, 0.0);
}

void check_memory(const MemoryEstimate& estimate, double available) {
    constexpr double error = 1.3;
    if (estimate.sum() <= error * available) return;
    struct Part {
        double bytes;
        const char *key, *what;
    };
    const Part parts[] = {{estimate.data, "data.train", "samples"},
                          {estimate.weights, estimate.network_key, "weights and their copies"},
                          {estimate.minibatch, "learning.batch", "a minibatch"},
                          {estimate.presenters, estimate.network_key, "neurons and sums of each thread"},
                          {estimate.shards, "scenario.shard", "shards and their channels"},
                          {estimate.recording, "record.state", "what waits to be recorded"},
                          {estimate.training, estimate.training_key.c_str(), "the network that is trained first"}};
    const Part& most = *std::max_element(std::begin(parts), std::end(parts),
                                         [](const Part& a, const Part& b) { return a.bytes < b.bytes; });
    std::string change = "fewer or smaller " + std::string(most.key);
    if (most.key == std::string("scenario.shard")) change = "larger scenario.shard, or fewer --threads";
    Problem problem;
    problem.key = most.key;
    problem.message =
        fmt::format("this run needs about {} of memory, and {} can be had; {} take {} of it",
                    memory_text(estimate.sum()), memory_text(available), most.what, memory_text(most.bytes));
    problem.expected = change;
    throw Error(Blame::runtime, {problem});
}

void require_memory(const Scenario& scenario) {
    check_memory(estimate_memory(scenario, measure_dataset(scenario), workers_of(scenario)), available_memory());
}

}  // namespace settle
