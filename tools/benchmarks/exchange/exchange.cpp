// What the collective of a minibatch costs: mpirun -n 2 build-mpi/exchange. Of each size the least and the median time
// of many; alpha and beta, in seconds = alpha + bytes / beta, through the least of the smallest and of the largest.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <vector>

#include "sim/runs/ranks/ranks.hpp"
#include "tools/mpi/mpi_wire.hpp"

namespace {

using namespace settle;
using Clock = std::chrono::steady_clock;

/// Seconds of each of so many collectives of so many bytes in all.
std::vector<double> time_gathers(Ranks& ranks, std::size_t bytes, int times) {
    const std::size_t words = bytes / sizeof(std::uint64_t) / static_cast<std::size_t>(ranks.count());
    const Words own(words, 1);
    const std::vector<std::size_t> counts(static_cast<std::size_t>(ranks.count()), words);
    std::vector<double> seconds;
    for (int i = 0; i < times; ++i) {
        const auto start = Clock::now();
        ranks.gather(own, counts);
        seconds.push_back(std::chrono::duration<double>(Clock::now() - start).count());
    }
    std::sort(seconds.begin(), seconds.end());
    return seconds;
}

}  // namespace

int main() {
    Ranks ranks(mpi_wire());
    constexpr int times = 500;
    std::vector<std::pair<double, double>> least;
    for (const std::size_t bytes :
         {std::size_t{256}, std::size_t{4096}, std::size_t{65536}, std::size_t{1} << 20, std::size_t{1} << 24}) {
        const auto seconds = time_gathers(ranks, bytes, bytes > 1 << 20 ? times / 10 : times);
        least.emplace_back(static_cast<double>(bytes), seconds.front());
        if (ranks.leads())
            fmt::print("{:>9} bytes  least {:>9.1f} us  median {:>9.1f} us\n", bytes, seconds.front() * 1e6,
                       seconds[seconds.size() / 2] * 1e6);
    }
    const double alpha = least.front().second, beta = least.back().first / (least.back().second - alpha);
    if (ranks.leads())
        fmt::print("{} ranks: alpha {:.1f} us, beta {:.2f} GB/s\n", ranks.count(), alpha * 1e6, beta / 1e9);
    ranks.end(0);
    take_down_mpi(0);
    return 0;
}
