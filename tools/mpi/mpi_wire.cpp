#include "tools/mpi/mpi_wire.hpp"

#include <mpi.h>
#include <sched.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>
#include <utility>

#include "core/error.hpp"

namespace settle {

namespace {

std::atomic<int> code_at_end{0};

constexpr int tag_of(MailKind kind) {
    return kind == MailKind::control ? 1 : 2;
}

/// Waits as somebody who may share a core with the one waited for: by asking, then yielding, then resting.
void wait_for(MPI_Request request, const std::function<void()>& look) {
    constexpr int asked_at_once = 200, yielded = 4000;
    for (int tries = 1;; ++tries) {
        int done = 0;
        MPI_Test(&request, &done, MPI_STATUS_IGNORE);
        if (done) return;
        if (tries % 16 == 0) look();
        if (tries > yielded) {
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        } else if (tries > asked_at_once) {
            sched_yield();
        }
    }
}

/// What MPI reads and writes while a collective is under way. Where the wait ends early the process ends soon, and
/// until then MPI may still write here: so it stays.
struct Collective {
    Words own, all;
    std::vector<int> counts, begins;
};

void complete(std::unique_ptr<Collective>& collective, MPI_Request request, const std::function<void()>& look) {
    try {
        wait_for(request, look);
    } catch (...) {
        static_cast<void>(collective.release());
        throw;
    }
}

void gather(std::span<const std::uint64_t> own, const std::vector<std::size_t>& counts, Words& all,
            const std::function<void()>& look) {
    auto collective = std::make_unique<Collective>();
    std::size_t sum = 0;
    for (const std::size_t count : counts) {
        collective->counts.push_back(static_cast<int>(count));
        collective->begins.push_back(static_cast<int>(sum));
        sum += count;
    }
    collective->own.assign(own.begin(), own.end());
    collective->all.resize(sum);
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Iallgatherv(collective->own.data(), static_cast<int>(own.size()), MPI_UINT64_T, collective->all.data(),
                    collective->counts.data(), collective->begins.data(), MPI_UINT64_T, MPI_COMM_WORLD, &request);
    complete(collective, request, look);
    all = std::move(collective->all);
}

void broadcast(Words& words, const std::function<void()>& look) {
    constexpr std::size_t piece = std::size_t{1} << 26;
    auto collective = std::make_unique<Collective>();
    collective->own = {words.size()};
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Ibcast(collective->own.data(), 1, MPI_UINT64_T, 0, MPI_COMM_WORLD, &request);
    complete(collective, request, look);
    collective->all = std::move(words);
    collective->all.resize(collective->own.front());
    for (std::size_t first = 0; first < collective->all.size(); first += piece) {
        const auto part = static_cast<int>(std::min(piece, collective->all.size() - first));
        MPI_Ibcast(collective->all.data() + first, part, MPI_UINT64_T, 0, MPI_COMM_WORLD, &request);
        complete(collective, request, look);
    }
    words = std::move(collective->all);
}

void send(int to, MailKind kind, const std::string& bytes) {
    // Not MPI_Send, which would keep a core busy that rank 0 may need to receive it.
    MPI_Request request = MPI_REQUEST_NULL;
    MPI_Isend(bytes.data(), static_cast<int>(bytes.size()), MPI_BYTE, to, tag_of(kind), MPI_COMM_WORLD, &request);
    wait_for(request, [] {});
}

std::optional<Mail> receive(MailKind kind) {
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, tag_of(kind), MPI_COMM_WORLD, &there, &status);
    if (!there) return std::nullopt;
    int bytes = 0;
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    Mail letter;
    letter.from = status.MPI_SOURCE;
    letter.bytes.resize(static_cast<std::size_t>(bytes));
    MPI_Recv(letter.bytes.data(), bytes, MPI_BYTE, letter.from, tag_of(kind), MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    return letter;
}

}  // namespace

Wire mpi_wire() {
    int level = 0;
    MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &level);
    if (level < MPI_THREAD_SERIALIZED)
        throw runtime_failure("MPI", "lets one thread alone call it", "one with MPI_THREAD_SERIALIZED");
    Wire wire;
    MPI_Comm_rank(MPI_COMM_WORLD, &wire.rank);
    MPI_Comm_size(MPI_COMM_WORLD, &wire.ranks);
    char name[MPI_MAX_PROCESSOR_NAME + 1] = {};
    int length = 0;
    MPI_Get_processor_name(name, &length);
    wire.host.assign(name, static_cast<std::size_t>(length));
    wire.gather = gather;
    wire.broadcast = broadcast;
    wire.send = send;
    wire.receive = receive;
    return wire;
}

void take_down_mpi(int code) {
    // Over TCP, UCX under mpich may wait for ever for a rank that has gone already, and is busy with that. Everything
    // is written by now. But of a process that ends before MPI does the launcher thinks ill and kills the others
    // (signal 9), who may only have had no core for a while: so the time that counts is that of the processor, of which
    // waiting takes as much as they get. The other limit is for a wait that takes none.
    constexpr int busy_seconds = 2, seconds = 60;
    code_at_end = code;
    for (const int signal : {SIGPROF, SIGALRM}) std::signal(signal, [](int) { _exit(code_at_end); });
    const itimerval busy{{0, 0}, {busy_seconds, 0}}, never{};
    setitimer(ITIMER_PROF, &busy, nullptr);
    alarm(seconds);
    int rank = 0;
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Finalize();
    alarm(0);
    setitimer(ITIMER_PROF, &never, nullptr);
    // mpich's mpirun (4.0), having passed a signal on, now and then returns 0 where all processes end at the same
    // moment (a fifth of the times, without MPI too), and more seldom where one ends later than the others.
    constexpr int signalled = 128;
    if (code > signalled && rank == 0) std::this_thread::sleep_for(std::chrono::milliseconds(100));
}

void abort_mpi(int code) {
    MPI_Abort(MPI_COMM_WORLD, code);
}

void await_end(int code) {
    // If it ended first, of three or more the launcher would now and then give on the 9 that it ends the others with.
    std::this_thread::sleep_for(std::chrono::seconds(30));
    _exit(code);
}

}  // namespace settle
