#include "core/failure.hpp"

#include <new>
#include <utility>
#include <vector>

#include "core/stop.hpp"

namespace settle {

void Failure::record(Error error) {
    const std::lock_guard lock(mutex_);
    if (any()) return;
    error_.emplace(std::move(error));
    any_.store(true, std::memory_order_release);
}

void Failure::record(const std::string& place, const std::exception_ptr& exception) {
    try {
        record_named(place, exception);
    } catch (const std::bad_alloc&) {
        // No memory to say where.
        keep(exception);
    }
}

void Failure::record_named(const std::string& place, const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const Error& error) {
        std::vector<Problem> problems = error.problems();
        for (Problem& problem : problems) problem.place = problem.place.empty() ? place : place + ": " + problem.place;
        record(Error(error.blame(), std::move(problems)));
    } catch (const Stopped&) {
        keep(exception);
    } catch (const std::bad_alloc&) {
        keep(exception);
    } catch (const std::exception& error) {
        record(runtime_failure(place, error.what()));
    } catch (...) {
        record(runtime_failure(place, "unknown exception"));
    }
}

void Failure::keep(const std::exception_ptr& exception) {
    const std::lock_guard lock(mutex_);
    if (any()) return;
    kept_ = exception;
    any_.store(true, std::memory_order_release);
}

void Failure::rethrow() {
    std::unique_lock lock(mutex_);
    if (!any()) return;
    any_.store(false, std::memory_order_release);
    if (const std::exception_ptr kept = std::exchange(kept_, nullptr)) {
        lock.unlock();
        std::rethrow_exception(kept);
    }
    const Error error = std::move(*error_);
    error_.reset();
    lock.unlock();
    throw error;
}

}  // namespace settle
