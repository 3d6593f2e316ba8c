#include "sim/runs/studies/batch.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>
#include <utility>

#include "core/error.hpp"
#include "sim/runs/studies/hand_out.hpp"

namespace settle {

namespace {

/// What the workers of a batch share.
class BatchState {
public:
    BatchState(const Batch& batch, SharedData& data, int workers)
        : batch_(batch), data_(data), parts_(static_cast<std::size_t>(workers)) {}

    bool stopped() const { return broken_ || stopped_elsewhere_ || (batch_.stop && batch_.stop()); }
    void stop_all() { stopped_elsewhere_ = true; }

    /// Whoever has done a run elsewhere is no worker here.
    static constexpr int nobody = -1;

    void work(int run, int worker) {
        if (stopped()) return void(complete_ = false);
        try {
            if (const auto ended = attempt(run, worker)) {
                add(run, *ended, worker);
            } else {
                complete_ = false;
            }
        } catch (...) {
            broken_ = true;
            throw;
        }
    }

    /// Runs come and go otherwise on a rank that follows.
    void help(HandedOut& given, int worker) {
        try {
            while (const auto run = given.next()) {
                if (const auto ended = attempt(*run, worker)) given.give(*run, *ended);
            }
        } catch (...) {
            given.fail();
            throw;
        }
    }

    bool complete() const { return complete_; }
    int done() const { return done_; }

    void add(int run, const BatchRun& ended, int worker) {
        const std::lock_guard lock(mutex_);
        // After a failure to write, a second line could end up behind half of the first.
        if (broken_) return void(complete_ = false);
        if (worker != nobody) parts_[static_cast<std::size_t>(worker)] = 0;
        try {
            batch_.ended(run, ended);
        } catch (...) {
            broken_ = true;
            throw;
        }
        ++done_;
        tell();
    }

private:
    std::optional<BatchRun> attempt(int run, int worker) {
        Observer observer;
        observer.stop = [this] { return stopped(); };
        observer.progress = [&](const Progress& progress) { show(progress, worker); };
        BatchRun ended;
        try {
            Scenario scenario = batch_.scenario(run);
            scenario.threads = 1;
            auto found = run_bare(scenario, *data_.of(scenario), observer, &data_.networks());
            if (!found) return std::nullopt;
            ended.run = std::move(*found);
        } catch (const Error& error) {
            ended.failure = error.what();
            ended.invalid = error.blame() == Blame::input;
        }
        return ended;
    }

    void show(const Progress& progress, int worker) {
        const double part =
            progress.all > 0 ? static_cast<double>(progress.done) / static_cast<double>(progress.all) : 0;
        const bool trains = progress.epochs > 0 && progress.epoch > 0;
        const double whole =
            trains ? (static_cast<double>(progress.epoch - 1) + part) / static_cast<double>(progress.epochs) : part;
        // Nobody waits in order to be shown.
        const std::unique_lock lock(mutex_, std::try_to_lock);
        if (!lock.owns_lock()) return;
        double& at = parts_[static_cast<std::size_t>(worker)];
        at = std::min(1.0, std::max(at, whole));
        tell();
    }

    void tell() {
        if (!batch_.progress) return;
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
        batch_.progress({done_, batch_.runs, std::accumulate(parts_.begin(), parts_.end(), double(done_)), seconds});
    }

    const Batch& batch_;
    SharedData& data_;
    const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::atomic<bool> broken_{false};
    std::atomic<bool> stopped_elsewhere_{false};
    std::atomic<bool> complete_{true};
    std::mutex mutex_;           ///< for what follows
    int done_ = 0;               ///< runs
    std::vector<double> parts_;  ///< of the run at hand, by worker
};

/// Talks to the other ranks while this one's workers are busy; what it throws is thrown once they are done.
class Talk {
public:
    /// `failed` is called on its thread.
    Talk(const std::function<void()>& serve, const std::function<void()>& failed)
        : thread_([this, serve, failed] {
              try {
                  serve();
              } catch (...) {
                  failure_ = std::current_exception();
                  failed();
              }
          }) {}
    ~Talk() {
        if (thread_.joinable()) thread_.join();
    }
    Talk(const Talk&) = delete;
    Talk& operator=(const Talk&) = delete;

    void end() {
        thread_.join();
        if (failure_) std::rethrow_exception(failure_);
    }

private:
    std::exception_ptr failure_;
    std::thread thread_;
};

std::vector<int> numbers_of(const Batch& batch) {
    if (!batch.numbers.empty()) return batch.numbers;
    std::vector<int> numbers(static_cast<std::size_t>(batch.runs));
    std::iota(numbers.begin(), numbers.end(), 0);
    return numbers;
}

/// On rank 0 of several.
bool hand_out(const Batch& batch, WorkerPool& workers, BatchState& state) {
    HandOut runs(*batch.ranks, numbers_of(batch),
                 {[&](int run, const BatchRun& ended) { state.add(run, ended, BatchState::nobody); },
                  [&] { return state.stopped(); }, [&] { state.stop_all(); }});
    Talk talk([&] { runs.serve(); }, [&] { state.stop_all(); });
    std::exception_ptr failure;
    try {
        workers.for_each(workers.threads(), [&](int, int worker) {
            while (const auto run = runs.next()) state.work(*run, worker);
        });
    } catch (...) {
        failure = std::current_exception();
    }
    talk.end();
    if (failure) std::rethrow_exception(failure);
    return state.complete() && state.done() == batch.runs;
}

}  // namespace

bool run_batch(const Batch& batch, WorkerPool& workers, SharedData& data) {
    const bool numbered = batch.numbers.empty() || batch.numbers.size() == static_cast<std::size_t>(batch.runs);
    if (batch.runs < 0 || !batch.scenario || !batch.ended || !numbered)
        throw input_error("", "batch", "lacks runs, scenario or ended", "all three; progress and stop may be empty");
    BatchState state(batch, data, workers.threads());
    if (batch.ranks && !batch.ranks->alone()) return hand_out(batch, workers, state);
    const std::vector<int> numbers = numbers_of(batch);
    workers.for_each(batch.runs,
                     [&](int run, int worker) { state.work(numbers[static_cast<std::size_t>(run)], worker); });
    return state.complete();
}

void help_batch(const Batch& batch, WorkerPool& workers, SharedData& data) {
    HandedOut given(*batch.ranks, batch.stop);
    Batch own = batch;
    own.stop = [&] { return given.given_up() || (batch.stop && batch.stop()); };
    BatchState state(own, data, workers.threads());
    Talk talk([&] { given.serve(); }, [] {});
    std::exception_ptr failure;
    try {
        workers.for_each(workers.threads(), [&](int, int worker) { state.help(given, worker); });
        given.leave();
    } catch (...) {
        given.fail();
        failure = std::current_exception();
    }
    talk.end();
    if (failure) std::rethrow_exception(failure);
}

}  // namespace settle
