// The workers: a Boost.Asio thread pool that runs independent pieces of work and waits for all of them.
#pragma once

#include <functional>
#include <memory>

namespace settle {

class WorkerPool {
public:
    /// `threads` in all, the caller included; 0: one per core.
    explicit WorkerPool(int threads);
    ~WorkerPool();
    WorkerPool(const WorkerPool&) = delete;
    WorkerPool& operator=(const WorkerPool&) = delete;

    int threads() const { return threads_; }

    /// Calls work(piece, worker) once for every piece in [0, pieces), each worker in [0, threads) taking the next one
    /// when it is free, and returns when all are done. The caller is worker 0. If pieces throw, the exception of the
    /// lowest piece is rethrown once nothing runs any more. Not reentrant; call it from one thread only.
    void for_each(int pieces, const std::function<void(int piece, int worker)>& work);

private:
    struct Threads;
    int threads_;
    std::unique_ptr<Threads> pool_;
};

}  // namespace settle
