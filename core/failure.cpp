#include "core/failure.hpp"

#include <utility>
#include <vector>

namespace settle {

void Failure::record(Error error) {
    const std::lock_guard lock(mutex_);
    if (error_) return;
    error_.emplace(std::move(error));
    any_.store(true, std::memory_order_release);
}

void Failure::record(const std::string& place, const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const Error& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) problem.place = problem.place.empty() ? place : place + ": " + problem.place;
        record(Error(error.blame(), std::move(problems)));
    } catch (const std::exception& error) {
        record(runtime_failure(place, error.what()));
    } catch (...) {
        record(runtime_failure(place, "unknown exception"));
    }
}

void Failure::rethrow() {
    std::unique_lock lock(mutex_);
    if (!error_) return;
    const Error error = std::move(*error_);
    error_.reset();
    any_.store(false, std::memory_order_release);
    lock.unlock();
    throw error;
}

}  // namespace settle
