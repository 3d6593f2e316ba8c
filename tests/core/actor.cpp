#include "core/actor.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "core/channel.hpp"
#include "hand_driven.hpp"

using namespace settle;

namespace {

/// Actors under a hand-driven executor; what a turn does is set by the test.
struct Stage {
    explicit Stage(int count) : actors(count, executor, work, failure, {take_turn, describe, this}) {
        work.on_end([](void* stage) { ++static_cast<Stage*>(stage)->ends; }, this);
    }

    static void take_turn(void* stage, int actor, int worker) {
        Stage& self = *static_cast<Stage*>(stage);
        self.turns.push_back(actor);
        if (self.turn) self.turn(actor, worker);
    }
    static std::string describe(void*, int actor) { return "actor " + std::to_string(actor); }

    HandDriven executor;
    WorkCount work;
    Failure failure;
    std::function<void(int actor, int worker)> turn;
    std::vector<int> turns;
    int ends = 0;
    Actors actors;
};

using Turns = std::vector<int>;

}  // namespace

TEST_CASE("poking an idle actor posts it, poking it again does not") {
    Stage stage(3);
    {
        const WorkCount::Hold hold(stage.work);
        stage.actors.poke(1);
        stage.actors.poke(1);
        stage.actors.poke(2);
        stage.actors.poke(1);
    }
    CHECK(stage.executor.size() == 2);
    CHECK(stage.turns.empty());
    CHECK(stage.work.turns() == 2);
    stage.executor.run_all();
    CHECK(stage.turns == Turns{1, 2});
    CHECK(stage.executor.posts() == 2);
    CHECK(stage.ends == 1);
    CHECK(stage.actors.all_idle());
}

TEST_CASE("an actor that is poked in its own turn gets one more, after those who wait already") {
    Stage stage(2);
    int left = 1;
    stage.turn = [&](int actor, int) {
        if (actor != 0 || left-- == 0) return;
        stage.actors.poke(1);
        stage.actors.poke(0);
        stage.actors.poke(0);
        CHECK(stage.executor.size() == 1);
    };
    {
        const WorkCount::Hold hold(stage.work);
        stage.actors.poke(0);
    }
    stage.executor.run_all();
    CHECK(stage.turns == Turns{0, 1, 0});
    CHECK(stage.executor.posts() == 3);
    CHECK(stage.ends == 1);
}

TEST_CASE("a turn knows its worker") {
    Stage stage(1);
    int seen = -1;
    stage.turn = [&](int, int worker) { seen = worker; };
    const WorkCount::Hold hold(stage.work);
    stage.actors.poke(0);
    stage.executor.run(0, 5);
    CHECK(seen == 5);
}

TEST_CASE("what a turn throws names the actor, keeps the error's own words and stops all turns") {
    Stage stage(4);
    stage.turn = [&](int actor, int) {
        stage.actors.poke(3);
        if (actor == 1) throw runtime_failure("neuron 7 of population 2", "diverged");
        if (actor == 2) throw std::runtime_error("too late to be the first");
    };
    {
        const WorkCount::Hold hold(stage.work);
        for (const int actor : {0, 1, 2}) stage.actors.poke(actor);
    }
    stage.executor.run_all();
    CHECK(stage.turns == Turns{0, 1});
    CHECK(stage.actors.all_idle());
    CHECK(stage.ends == 1);
    CHECK(stage.failure.any());
    CHECK_THROWS_WITH_AS(stage.failure.rethrow(), "actor 1: neuron 7 of population 2: diverged", Error);
    CHECK_FALSE(stage.failure.any());
    stage.failure.rethrow();
}

TEST_CASE("other exceptions become errors too, and input stays the user's blame") {
    Failure failure;
    failure.record("shard 3", std::make_exception_ptr(std::out_of_range("no such target")));
    CHECK_THROWS_WITH_AS(failure.rethrow(), "shard 3: no such target", Error);
    failure.record("shard 3", std::make_exception_ptr(17));
    CHECK_THROWS_WITH_AS(failure.rethrow(), "shard 3: unknown exception", Error);
    failure.record("shard 3", std::make_exception_ptr(input_error("a.toml", "timing.loss", "is 2", "at most 1")));
    failure.record(runtime_failure("shard 4", "a second one"));
    try {
        failure.rethrow();
        FAIL("nothing was thrown");
    } catch (const Error& error) {
        CHECK(error.blame() == Blame::input);
        CHECK(std::string(error.what()) == "shard 3: a.toml: timing.loss: is 2; expected at most 1");
    }
}

namespace {

/// One actor sends a few messages to another through a small ring. At every point where another worker could act in
/// between, the test chooses whether one does and which errand it takes.
class Correspondence {
public:
    Correspondence(Choices& choices, std::uint32_t capacity, int messages)
        : choices_(choices),
          messages_(messages),
          channel_(capacity),
          actors_(2, executor_, work_, failure_, {take_turn, describe, this}) {
        work_.on_end([](void* self) { ++static_cast<Correspondence*>(self)->ends_; }, this);
    }

    void play() {
        {
            const WorkCount::Hold hold(work_);
            work_.add();
            actors_.poke(0);
        }
        while (executor_.size() > 0) executor_.run(static_cast<std::size_t>(choose(executor_.size())));
        REQUIRE(received_ == messages_);
        REQUIRE(in_order_);
        REQUIRE(ends_ == 1);
        REQUIRE(work_.units() == 0);
        REQUIRE(actors_.all_idle());
        failure_.rethrow();
    }

private:
    static void take_turn(void* self, int actor, int) { static_cast<Correspondence*>(self)->take(actor); }
    static std::string describe(void*, int actor) { return "actor " + std::to_string(actor); }

    int choose(std::size_t options) { return choices_.choose(static_cast<int>(options)); }

    /// Others may act here.
    void pause() {
        while (executor_.size() > 0) {
            const int taken = choose(executor_.size() + 1);
            if (taken == 0) return;
            executor_.run(static_cast<std::size_t>(taken - 1));
        }
    }

    void take(int actor) {
        REQUIRE_FALSE(busy_[actor]);
        busy_[actor] = true;
        actor == 0 ? send() : receive();
        busy_[actor] = false;
    }

    void send() {
        const bool waited = channel_.overflowing();
        if (channel_.flush() && waited) work_.finish();
        pause();
        if (waited) actors_.poke(1);
        if (sent_ == messages_) return;
        if (channel_.send(sent_)) work_.add();
        ++sent_;
        pause();
        actors_.poke(1);
        pause();
        if (sent_ == messages_) return work_.finish();
        actors_.poke(0);
    }

    void receive() {
        pause();
        const std::size_t got = channel_.drain([&](int message) { in_order_ = in_order_ && message == received_++; });
        pause();
        if (got > 0 && channel_.sender_waits()) actors_.poke(0);
        pause();
    }

    Choices& choices_;
    const int messages_;
    HandDriven executor_;
    WorkCount work_;
    Failure failure_;
    Channel<int> channel_;
    int sent_ = 0, received_ = 0, ends_ = 0;
    bool in_order_ = true;
    bool busy_[2] = {false, false};
    Actors actors_;
};

}  // namespace

TEST_CASE(
    "in every order of turns, however they overlap, each message arrives once, in order, and the end comes once") {
    for (const std::uint32_t capacity : {1u, 2u}) {
        for (const int messages : {1, 2, 3, 4}) {
            Choices choices;
            const long paths = choices.explore([&] { Correspondence(choices, capacity, messages).play(); });
            CAPTURE(capacity);
            CAPTURE(messages);
            CHECK(paths >= (messages < 4 ? messages : 1000));
        }
    }
}
