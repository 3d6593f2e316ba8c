#include "core/worker_pool.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace settle {

namespace {

/// One call of for_each, shared by the workers that take part in it.
class Round {
public:
    Round(int pieces, const std::function<void(int, int)>& work) : pieces_(pieces), work_(work) {}

    void take_part(int worker) {
        for (int piece = next_.fetch_add(1); piece < pieces_; piece = next_.fetch_add(1)) {
            try {
                work_(piece, worker);
            } catch (...) {
                remember(piece, std::current_exception());
            }
        }
    }

    void rethrow_first() const {
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    void remember(int piece, std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        if (failure_ && failed_piece_ < piece) return;
        failed_piece_ = piece;
        failure_ = std::move(failure);
    }

    const int pieces_;
    const std::function<void(int, int)>& work_;
    std::atomic<int> next_{0};
    std::mutex mutex_;
    int failed_piece_ = 0;
    std::exception_ptr failure_;
};

int cores() {
    const unsigned found = std::thread::hardware_concurrency();
    return found == 0 ? 1 : static_cast<int>(found);
}

}  // namespace

/// As many threads as workers, so that one can stand in for the caller while that sleeps in run(): Asio has no way to
/// let a thread help in a pool until something happens. While the caller works (for_each), one of them has nothing to
/// do.
struct WorkerPool::Threads {
    explicit Threads(int count) : pool(static_cast<std::size_t>(count)) {}

    /// A thread belongs to one pool for all its life and gets its number with its first job.
    int number() {
        thread_local int mine = -1;
        if (mine < 0) mine = taken.fetch_add(1, std::memory_order_relaxed);
        return mine;
    }

    /// After a round the next one is a moment away (a minibatch has three): a helper that stays awake for it saves the
    /// caller a wake-up of some 50 us. About 0.2 ms, and others may have the core, or their posted jobs, meanwhile.
    void linger(unsigned round) const {
        const std::uint64_t before = posts.load(std::memory_order_relaxed);
        for (int spin = 0; spin < 500; ++spin) {
            if (rounds.load(std::memory_order_relaxed) != round || posts.load(std::memory_order_relaxed) != before)
                return;
            std::this_thread::yield();
        }
    }

    boost::asio::thread_pool pool;
    std::atomic<int> taken{0};
    std::atomic<unsigned> rounds{0};  ///< calls of for_each so far
    alignas(64) std::atomic<std::uint64_t> posts{0};
};

/// The caller of run(): where it waits, and the queue that it serves if it is the only worker.
class WorkerPool::Caller {
public:
    void post(const Job& job) {
        const std::lock_guard lock(mutex_);
        queue_.push_back(job);
        ++posts_;
        if (waiting_) wake_.notify_one();
    }

    std::uint64_t posts() const {
        const std::lock_guard lock(mutex_);
        return posts_;
    }

    void release() {
        const std::lock_guard lock(mutex_);
        released_ = true;
        wake_.notify_one();
    }

    /// Until released, with nothing left in the queue.
    void run(Duration interval, const std::function<void()>& check) {
        const auto pause = std::chrono::nanoseconds(interval);
        auto due = std::chrono::steady_clock::now() + pause;
        std::vector<Job> batch;
        std::uint64_t jobs = 0;
        std::unique_lock lock(mutex_);
        while (true) {
            waiting_ = true;
            const bool woken = wake_.wait_until(lock, due, [&] { return released_ || !queue_.empty(); });
            waiting_ = false;
            if (woken && queue_.empty()) break;
            batch.swap(queue_);
            lock.unlock();
            for (const Job& job : batch) {
                job.run(job.context, job.index, 0);
                if (++jobs % jobs_between_looks == 0) check_when_due(due, pause, check);
            }
            if (!woken) check_when_due(due, pause, check);
            batch.clear();
            lock.lock();
        }
        released_ = false;
    }

private:
    using Instant = std::chrono::steady_clock::time_point;
    static constexpr std::uint64_t jobs_between_looks = 64;  // at the clock

    static void check_when_due(Instant& due, std::chrono::nanoseconds pause, const std::function<void()>& check) {
        const Instant now = std::chrono::steady_clock::now();
        if (now < due) return;
        check();
        due = now + pause;
    }

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Job> queue_;
    std::uint64_t posts_ = 0;
    bool waiting_ = false;
    bool released_ = false;
};

WorkerPool::WorkerPool(int threads)
    : threads_(threads == 0 ? cores() : threads),
      caller_(std::make_unique<Caller>()),
      pool_(threads_ > 1 ? std::make_unique<Threads>(threads_) : nullptr) {}

WorkerPool::~WorkerPool() {
    if (pool_) pool_->pool.join();
}

void WorkerPool::post(const Job& job) {
    if (!pool_) return caller_->post(job);
    pool_->posts.fetch_add(1, std::memory_order_relaxed);
    boost::asio::post(pool_->pool,
                      [job, threads = pool_.get()] { job.run(job.context, job.index, threads->number()); });
}

std::uint64_t WorkerPool::posts() const {
    return pool_ ? pool_->posts.load(std::memory_order_relaxed) : caller_->posts();
}

void WorkerPool::run(Duration interval, const std::function<void()>& check) {
    caller_->run(interval, check);
}

void WorkerPool::release() {
    caller_->release();
}

void WorkerPool::for_each(int pieces, const std::function<void(int piece, int worker)>& work) {
    Round round(pieces, work);
    const int helpers = pool_ ? std::min(threads_, pieces) - 1 : 0;
    // `pending` counts helpers that may still touch `round`. Pieces are short, so the caller spins a little before it
    // sleeps.
    std::atomic<int> pending{std::max(helpers, 0)};
    std::mutex mutex;
    std::condition_variable done;
    const unsigned number = pool_ ? pool_->rounds.fetch_add(1, std::memory_order_relaxed) + 1 : 0;
    for (int helper = 1; helper <= helpers; ++helper) {
        boost::asio::post(pool_->pool, [&, helper, number, threads = pool_.get()] {
            round.take_part(helper);
            {
                const std::lock_guard lock(mutex);
                if (pending.fetch_sub(1) == 1) done.notify_one();
            }
            threads->linger(number);  // nothing of the caller's may be touched any more
        });
    }
    round.take_part(0);
    for (int spin = 0; spin < 4000 && pending.load() > 0; ++spin) std::this_thread::yield();
    std::unique_lock lock(mutex);
    done.wait(lock, [&] { return pending.load() == 0; });
    lock.unlock();
    round.rethrow_first();
}

}  // namespace settle
