#include "sim/runs/studies/batch.hpp"

#include <atomic>
#include <chrono>
#include <mutex>
#include <numeric>
#include <optional>

#include "core/error.hpp"

namespace settle {

namespace {

/// What the workers of a batch share.
class BatchState {
public:
    BatchState(const Batch& batch, SharedData& data, int workers)
        : batch_(batch), data_(data), parts_(static_cast<std::size_t>(workers)) {}

    bool stopped() const { return broken_ || (batch_.stop && batch_.stop()); }

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

    bool complete() const { return complete_; }

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

    void add(int run, const BatchRun& ended, int worker) {
        const std::lock_guard lock(mutex_);
        // After a failure to write, a second line could end up behind half of the first.
        if (broken_) return void(complete_ = false);
        parts_[static_cast<std::size_t>(worker)] = 0;
        try {
            batch_.ended(run, ended);
        } catch (...) {
            broken_ = true;
            throw;
        }
        ++done_;
        tell();
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
    std::atomic<bool> complete_{true};
    std::mutex mutex_;           ///< for what follows
    int done_ = 0;               ///< runs
    std::vector<double> parts_;  ///< of the run at hand, by worker
};

}  // namespace

bool run_batch(const Batch& batch, WorkerPool& workers, SharedData& data) {
    if (batch.runs < 0 || !batch.scenario || !batch.ended)
        throw input_error("", "batch", "lacks runs, scenario or ended", "all three; progress and stop may be empty");
    BatchState state(batch, data, workers.threads());
    workers.for_each(batch.runs, [&](int run, int worker) { state.work(run, worker); });
    return state.complete();
}

}  // namespace settle
