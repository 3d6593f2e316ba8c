#include "tools/settle/launch.hpp"

#include <cstdlib>
#include <string>

namespace settle {

namespace {

/// What launchers tell each of several processes of how many there are, and which it is.
struct Launcher {
    const char* count;
    const char* rank;
};

constexpr Launcher launchers[] = {{"PMI_SIZE", "PMI_RANK"},
                                  {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
                                  {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"}};

}  // namespace

std::unique_ptr<Ranks> join_ranks() {
    return std::make_unique<Ranks>();
}

void refuse_company() {
    for (const Launcher& launcher : launchers) {
        const char *count = std::getenv(launcher.count), *rank = std::getenv(launcher.rank);
        if (!count || !rank || std::atoi(count) < 2) continue;
        // Told once.
        if (std::atoi(rank) > 0) throw Error(Blame::input, {});
        throw input_error("mpirun", "", std::string("has started this program ") + count + " times, and it works alone",
                          "build-mpi/settle, which tools/build mpi makes (tools/setup --mpi for what it needs), or one "
                          "process");
    }
}

int leave_ranks(const Ranks::Ending& ending) {
    return ending.code;
}

}  // namespace settle
