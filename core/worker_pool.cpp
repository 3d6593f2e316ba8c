#include "core/worker_pool.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <new>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "core/error.hpp"

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

void pause() {
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// A round of for_each has a seat for every helper that may take part. Whoever sits down leaves once; the round lasts
/// until nobody else can sit down and all who did have left. So a helper that comes late holds up nobody.
class Seats {
public:
    explicit Seats(int threads) { reset(threads); }

    /// Before the first round.
    void reset(int threads) {
        spins_ = threads <= cores() ? spins : 0;
        most_lingering_ = threads - 1;
    }

    /// The caller: a round begins. Whoever sits down sees everything that was written before.
    void open(int helpers) {
        helpers_ = helpers;
        left_.store(0, std::memory_order_relaxed);
        // In one order with lingering_: either it is seen that a helper has given up waiting, or that helper sees this.
        free_.store(++number_ << seat_bits | static_cast<std::uint64_t>(helpers));
    }

    /// The caller: nobody sits down any more; returns when all have left.
    void close() {
        const int free = static_cast<int>(free_.exchange(number_ << seat_bits) & seat_mask);
        const auto all_left = [&] { return left_.load(std::memory_order_acquire) == helpers_ - free; };
        for (int spin = 0; spin < spins_ + 10 * yields && !all_left(); ++spin) relax(spin);
        while (!all_left()) {
            const int seen = left_.load(std::memory_order_acquire);
            if (seen != helpers_ - free) left_.wait(seen);
        }
    }

    /// A helper: the number of its seat in [1, helpers]; 0: none is free.
    int sit_down() {
        std::uint64_t seen = free_.load();
        // The number of the round is part of the word, so that nobody takes a seat of the next round for one of this.
        while ((seen & seat_mask) != 0) {
            if (free_.compare_exchange_weak(seen, seen - 1)) return static_cast<int>(seen & seat_mask);
        }
        return 0;
    }

    void leave() {
        left_.fetch_add(1, std::memory_order_release);
        left_.notify_one();
    }

    /// How many helpers wait for the next round without being called.
    int awake() const { return lingering_.load(); }

    /// A helper: waits a moment for a seat, but not once `wanted()` elsewhere; false: there is none. After a round the
    /// next one is a moment away, and to be woken takes some 50 us. A helper that was called for a round which was over
    /// before it came must not wait beside those that the next one needs: it would take a core from them.
    template <class Wanted>
    bool linger(const Wanted& wanted) {
        const bool enough = lingering_.fetch_add(1) >= most_lingering_;
        for (int spin = 0; !enough && spin < spins_ + yields && !anyone_free() && !wanted(); ++spin) relax(spin);
        lingering_.fetch_sub(1);
        return anyone_free();
    }

private:
    static constexpr int seat_bits = 16;
    static constexpr std::uint64_t seat_mask = (std::uint64_t{1} << seat_bits) - 1;
    static constexpr int spins = 3000;  // about 0.1 ms
    static constexpr int yields = 500;  // about 0.2 ms, and others may have the core meanwhile

    bool anyone_free() const { return (free_.load() & seat_mask) != 0; }

    /// Keeps the core at first, where there is one for every thread: others might not give it back for milliseconds.
    void relax(int spin) const {
        if (spin < spins_) {
            pause();
        } else {
            std::this_thread::yield();
        }
    }

    int spins_ = 0;
    int most_lingering_ = 0;
    int helpers_ = 0;
    std::uint64_t number_ = 0;
    alignas(64) std::atomic<std::uint64_t> free_{0};  ///< number of the round and its free seats
    alignas(64) std::atomic<int> left_{0};
    std::atomic<int> lingering_{0};
};

/// Whether there is address space left for more than another thread's stack: who works with the threads needs some,
/// too, and may not survive that there is none.
bool leaves_room() {
    constexpr std::size_t room = std::size_t{64} << 20;
    // Not malloc: the address sanitizer marks every byte of what that gives and takes, which took longer than most
    // tests.
    void* const some = mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (some == MAP_FAILED) return false;
    munmap(some, room);
    return true;
}

}  // namespace

/// As many threads as workers, so that one can stand in for the caller while that sleeps in run(): Asio has no way to
/// let a thread help in a pool until something happens. While the caller works (for_each), one of them has nothing to
/// do. They are started one by one: Asio's own pool waits for ever for the first ones when a later one cannot be.
struct WorkerPool::Threads {
    Threads(int count, const ThreadStarter& start) : seats(count) {
        threads.reserve(static_cast<std::size_t>(count));
        const std::function<void()> serve = [this] { queue.run(); };
        try {
            while (started() < count && leaves_room()) threads.push_back(start ? start(serve) : std::thread(serve));
        } catch (const std::system_error&) {
            // Too many processes, or no room for a stack: those that run are enough.
        } catch (const std::bad_alloc&) {
        }
        // The seats wait for as many as there are.
        seats.reset(started());
    }
    ~Threads() {
        work.reset();
        for (std::thread& thread : threads) thread.join();
    }
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;

    int started() const { return static_cast<int>(threads.size()); }

    /// A thread belongs to one pool for all its life and gets its number with its first job.
    int number() {
        thread_local int mine = -1;
        if (mine < 0) mine = taken.fetch_add(1, std::memory_order_relaxed);
        return mine;
    }

    /// What a helper does: round after round, as long as the next one is not long in coming.
    void help() {
        const std::uint64_t before = posts.load(std::memory_order_relaxed);
        const auto posted = [&] { return posts.load(std::memory_order_relaxed) != before; };
        do {
            const int seat = seats.sit_down();
            if (seat == 0) return;
            round->take_part(seat);
            seats.leave();
        } while (seats.linger(posted));
    }

    Round* round = nullptr;  ///< of whoever has a seat
    Seats seats;
    std::atomic<int> taken{0};
    alignas(64) std::atomic<std::uint64_t> posts{0};
    boost::asio::io_context queue;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{queue.get_executor()};
    std::vector<std::thread> threads;  ///< last: they use all of the above
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
    void run(WallDuration interval, const std::function<void()>& check) {
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

/// The range of scenario.threads.
static int counted(int threads) {
    if (threads >= 0 && threads <= 1024) return threads == 0 ? cores() : threads;
    throw input_error("", "scenario.threads", std::to_string(threads) + " is out of range", "an integer, 0 to 1024");
}

WorkerPool::WorkerPool(int threads, const ThreadStarter& start)
    : wanted_(counted(threads)), threads_(wanted_), caller_(std::make_unique<Caller>()) {
    if (threads_ == 1) return;
    pool_ = std::make_unique<Threads>(threads_, start);
    threads_ = std::max(pool_->started(), 1);
    // One thread beside the caller is no help to it.
    if (threads_ == 1) pool_.reset();
}

WorkerPool::~WorkerPool() = default;

void WorkerPool::post(const Job& job) {
    if (!pool_) return caller_->post(job);
    pool_->posts.fetch_add(1, std::memory_order_relaxed);
    boost::asio::post(pool_->queue,
                      [job, threads = pool_.get()] { job.run(job.context, job.index, threads->number()); });
}

std::uint64_t WorkerPool::posts() const {
    return pool_ ? pool_->posts.load(std::memory_order_relaxed) : caller_->posts();
}

void WorkerPool::run(WallDuration interval, const std::function<void()>& check) {
    caller_->run(interval, check);
}

void WorkerPool::release() {
    caller_->release();
}

void WorkerPool::for_each(int pieces, const std::function<void(int piece, int worker)>& work) {
    Round round(pieces, work);
    const int helpers = pool_ ? std::min(threads_, pieces) - 1 : 0;
    if (helpers <= 0) {
        round.take_part(0);
        return round.rethrow_first();
    }
    pool_->round = &round;
    pool_->seats.open(helpers);
    for (int awake = pool_->seats.awake(); awake < helpers; ++awake)
        boost::asio::post(pool_->queue, [threads = pool_.get()] { threads->help(); });
    round.take_part(0);
    pool_->seats.close();
    round.rethrow_first();
}

}  // namespace settle
