// The workers: threads that serve a Boost.Asio queue. They run independent pieces of work and wait for all of them, or
// run the jobs that actors post until somebody says that all is done.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <thread>

#include "core/executor.hpp"
#include "core/time.hpp"

namespace settle {

/// Starts a thread; throws std::system_error where the machine gives none (a limit on processes, no memory).
using ThreadStarter = std::function<std::thread(std::function<void()> body)>;

class WorkerPool final : public Executor {
public:
    /// `threads` in all, the caller included; 0: one per core. Where fewer can be started it goes on with those, the
    /// caller alone at the least.
    explicit WorkerPool(int threads, const ThreadStarter& start = {});
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    /// That there really are.
    int threads() const { return threads_; }
    /// That were asked for.
    int wanted() const { return wanted_; }

    /// Calls work(piece, worker) once for every piece in [0, pieces), each worker in [0, threads) taking the next one
    /// when it is free, and returns when all are done. The caller is worker 0. If pieces throw, the exception of the
    /// lowest piece is rethrown once nothing runs any more. Not reentrant; call it from one thread only.
    void for_each(int pieces, const std::function<void(int piece, int worker)>& work);

    /// Any thread: one of the workers in [0, threads) runs the job. One thread runs jobs on the caller of run(), in
    /// the order in which they were posted; with more, they may start before run() and go on after it.
    void post(const Job& job) override;

    /// Posts since construction.
    std::uint64_t posts() const;

    /// Runs posted jobs until release() has been called (before or meanwhile); blocks while there are none. With
    /// one thread the caller runs them; with more it sleeps, and a thread of the pool is worker 0 in its place. While
    /// it runs, check() is called on the caller's thread about every `interval`. Not while for_each
    /// runs.
    void run(WallDuration interval, const std::function<void()>& check);

    /// Any thread: lets run() return. As the last act of the last job, it leaves nothing running.
    void release();

private:
    struct Threads;
    class Caller;
    int wanted_, threads_;
    std::unique_ptr<Caller> caller_;
    std::unique_ptr<Threads> pool_;
};

}  // namespace settle
