// The program that MPI joins with others.
#include "tools/settle/launch.hpp"

#include <cstdio>

#include "tools/mpi/mpi_wire.hpp"

namespace settle {

std::unique_ptr<Ranks> join_ranks() {
    return std::make_unique<Ranks>(mpi_wire());
}

void refuse_company() {}

int leave_ranks(const Ranks::Ending& ending) {
    switch (ending.how) {
        case Ranks::Ending::How::together:
            std::fflush(nullptr);
            take_down_mpi(ending.code);
            break;
        case Ranks::Ending::How::ended:
            std::fflush(nullptr);
            await_end(ending.code);
            break;
        case Ranks::Ending::How::abort:
            std::fflush(nullptr);
            abort_mpi(ending.code);
            break;
    }
    return ending.code;
}

}  // namespace settle
