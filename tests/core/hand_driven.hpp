// Posted errands run by hand: any of them, in any order, one message at a time; and all orders of a small case.
#pragma once

#include <doctest/doctest.h>

#include <cstddef>
#include <functional>
#include <vector>

#include "core/executor.hpp"

namespace settle {

/// Keeps what is posted until the test runs it.
class HandDriven final : public Executor {
public:
    void post(const Errand& errand) override {
        errands_.push_back(errand);
        ++posts_;
    }

    std::size_t size() const { return errands_.size(); }
    int index(std::size_t position) const { return errands_.at(position).index; }
    int posts() const { return posts_; }

    /// Runs the errand at a position of the queue (0: the oldest).
    void run(std::size_t position = 0, int worker = 0) {
        const Errand errand = errands_.at(position);
        errands_.erase(errands_.begin() + static_cast<std::ptrdiff_t>(position));
        errand.run(errand.context, errand.index, worker);
    }

    void run_all() {
        while (!errands_.empty()) run();
    }

private:
    std::vector<Errand> errands_;
    int posts_ = 0;
};

/// Every path through a small case: run it again and again, and choose differently each time.
class Choices {
public:
    /// One of [0, options).
    int choose(int options) {
        if (depth_ == path_.size()) path_.push_back({0, options});
        REQUIRE(path_[depth_].options == options);
        return path_[depth_++].taken;
    }

    /// Calls `play` once for every path; returns how many there are.
    long explore(const std::function<void()>& play) {
        for (long paths = 1;; ++paths) {
            depth_ = 0;
            play();
            path_.resize(depth_);
            while (!path_.empty() && path_.back().taken + 1 == path_.back().options) path_.pop_back();
            if (path_.empty()) return paths;
            ++path_.back().taken;
        }
    }

private:
    struct Choice {
        int taken, options;
    };
    std::vector<Choice> path_;
    std::size_t depth_ = 0;
};

}  // namespace settle
