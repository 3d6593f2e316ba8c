#include "core/worker_pool.hpp"

#include <atomic>
#include <utility>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

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

struct WorkerPool::Threads {
    explicit Threads(int count) : pool(static_cast<std::size_t>(count)) {}

    /// After a round the next one is a moment away (a minibatch has three): a helper that stays awake for it saves the
    /// caller a wake-up of some 50 us. About 0.2 ms, and others may have the core meanwhile.
    void linger(unsigned round) const {
        for (int spin = 0; spin < 500 && rounds.load(std::memory_order_relaxed) == round; ++spin) {
            std::this_thread::yield();
        }
    }

    boost::asio::thread_pool pool;
    std::atomic<unsigned> rounds{0};  ///< calls of for_each so far
};

WorkerPool::WorkerPool(int threads)
    : threads_(threads == 0 ? cores() : threads),
      pool_(threads_ > 1 ? std::make_unique<Threads>(threads_ - 1) : nullptr) {}

WorkerPool::~WorkerPool() {
    if (pool_) pool_->pool.join();
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
