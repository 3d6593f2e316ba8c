#include "core/work_count.hpp"

#include <doctest/doctest.h>

#include <memory>

using namespace settle;

namespace {

struct Counted {
    Counted() {
        work.on_end([](void* self) { ++static_cast<Counted*>(self)->ends; }, this);
    }
    WorkCount work;
    int ends = 0;
};

}  // namespace

TEST_CASE("the phase ends when the last turn ends, once") {
    Counted counted;
    {
        const WorkCount::Hold hold(counted.work);
        counted.work.add(2);
        counted.work.begin_turn();
        counted.work.begin_turn();
    }
    counted.work.finish();
    counted.work.end_turn();
    CHECK(counted.ends == 0);
    CHECK_FALSE(counted.work.stalled());
    counted.work.finish();
    counted.work.end_turn();
    CHECK(counted.ends == 1);
    CHECK(counted.work.turns() == 0);
    CHECK(counted.work.units() == 0);
    CHECK_FALSE(counted.work.stalled());
}

TEST_CASE("work that is left when nobody has a turn is a stall, until it is forgotten") {
    Counted counted;
    {
        const WorkCount::Hold hold(counted.work);
        counted.work.add(5);
        counted.work.finish(2);
    }
    CHECK(counted.ends == 1);
    CHECK(counted.work.stalled());
    CHECK(counted.work.units() == 3);
    counted.work.reset();
    CHECK_FALSE(counted.work.stalled());
}

TEST_CASE("the end of one phase may start the next, and the last may destroy the count") {
    struct Run {
        std::unique_ptr<WorkCount> work = std::make_unique<WorkCount>();
        int phases = 3;
    } run;
    run.work->on_end(
        [](void* context) {
            Run& self = *static_cast<Run*>(context);
            if (--self.phases == 0) return self.work.reset();
            const WorkCount::Hold hold(*self.work);
            self.work->add();
            self.work->finish();
        },
        &run);
    { const WorkCount::Hold hold(*run.work); }
    CHECK(run.phases == 0);
    CHECK(run.work == nullptr);
}
