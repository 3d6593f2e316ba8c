#include "core/pacer.hpp"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <string>
#include <system_error>
#include <thread>

#include "core/error.hpp"

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;

}  // namespace

struct Pacer::Timers {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
    std::thread thread;
};

Pacer::Pacer() : timers_(std::make_unique<Timers>()) {
    try {
        timers_->thread = std::thread([timers = timers_.get()] { timers->context.run(); });
    } catch (const std::system_error& error) {
        throw runtime_failure(
            "free.pace", std::string("its timers need a thread, which cannot be started: ") + error.code().message(),
            "fewer --threads, or a higher limit on processes");
    }
}

Pacer::~Pacer() {
    timers_->context.stop();
    timers_->thread.join();
}

WallDuration Pacer::now() {
    return std::chrono::duration_cast<WallDuration>(Clock::now().time_since_epoch());
}

void Pacer::post_at(WallDuration at, const Job& job) {
    auto timer = std::make_unique<boost::asio::steady_timer>(timers_->context, Clock::time_point(at));
    boost::asio::steady_timer& waiting = *timer;
    waiting.async_wait(
        [timer = std::move(timer), job](const boost::system::error_code&) { job.run(job.context, job.index, -1); });
}

}  // namespace settle
