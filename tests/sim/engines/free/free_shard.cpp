// Shards stepped by hand: turns in any order, one at a time.
#include "sim/engines/free/free_shard.hpp"

#include <doctest/doctest.h>

#include <random>

#include "core/actor.hpp"
#include "tests/core/hand_driven.hpp"
#include "tests/sim/engines/free/free_fixture.hpp"

using namespace settle;

namespace {

/// The shards of one presentation as actors whose turns the test gives.
class Stage {
public:
    Stage(const FreeRun& run, int neurons_a_shard, FreeRules rules)
        : rules_(std::move(rules)),
          model_(neuron_model(run.scenario)),
          partition_(run.network.wiring, run.device(), Cut::every(neurons_a_shard)),
          workers_(1) {
        partition_.load(run.on_chip(workers_), {}, workers_);
        table_ = tabulate(model_, 100);
        for (int i = 0; i < partition_.shards(); ++i)
            shards_.push_back(std::make_unique<FreeShard>(partition_, i, model_, rules_));
        FreeShard::connect(shards_);
        SliceInput input;
        input.presentation = run.minibatch.presentations[0];
        input.x = run.minibatch.x.data();
        input.annealing = &table_;
        for (auto& shard : shards_) shard->begin(input);
        actors_.emplace(partition_.shards(), driven_, work_, failure_, Behaviour{&Stage::turn, &Stage::name, this});
    }

    /// `choose(n)`: one of the n turns that are waiting.
    template <class Choose>
    void play(std::int64_t begin, std::int64_t end, const Choose& choose) {
        outcome_.reads.clear();
        Segment segment;
        segment.begin = begin;
        segment.end = end * 10;
        segment.period = 10;
        segment.outcome = &outcome_;
        for (auto& shard : shards_) shard->start(segment);
        {
            const WorkCount::Hold hold(work_);
            work_.add(static_cast<std::uint32_t>(shards_.size()));
            for (int i = 0; i < partition_.shards(); ++i) actors_->poke(i);
        }
        while (driven_.size() > 0) driven_.run(static_cast<std::size_t>(choose(static_cast<int>(driven_.size()))));
        // Nobody waits for ever, in whatever order turns are taken.
        REQUIRE_FALSE(failure_.any());
        REQUIRE(work_.units() == 0);
        REQUIRE(actors_->all_idle());
        for (auto& shard : shards_) {
            REQUIRE(shard->progress() == end);
            shard->settle();
        }
    }

    Counters counters() {
        Counters sum;
        for (auto& shard : shards_) {
            for (const Counters& counter : shard->counters()) sum += counter;
        }
        return sum;
    }

    Asynchrony asynchrony() {
        Asynchrony sum;
        for (auto& shard : shards_) sum += shard->asynchrony();
        return sum;
    }

private:
    static void turn(void* context, int actor, int) {
        Stage& stage = *static_cast<Stage*>(context);
        const ShardTurn turn =
            stage.shards_[static_cast<std::size_t>(actor)]->turn([&](int other) { stage.actors_->poke(other); });
        if (turn.finished) stage.work_.finish();
    }
    static std::string name(void*, int actor) { return "shard " + std::to_string(actor); }

    const FreeRules rules_;
    const NeuronModel model_;
    Partition partition_;
    WorkerPool workers_;
    AnnealingTable table_;
    std::vector<std::unique_ptr<FreeShard>> shards_;
    Outcome outcome_;
    HandDriven driven_;
    WorkCount work_;
    Failure failure_;
    std::optional<Actors> actors_;
};

FreeRules rules(std::int64_t lead, int burst, std::uint32_t ring) {
    FreeRules rules;
    rules.max_lead = lead;
    rules.burst = burst;
    rules.ring = ring;
    return rules;
}

void check(Stage& stage, const FreeRun& run, std::int64_t ticks, std::int64_t lead) {
    const Counters counters = stage.counters();
    CHECK(counters.ticks == static_cast<std::uint64_t>(ticks * run.neurons()));
    CHECK(counters.messages == counters.deliveries + counters.lost);
    CHECK(stage.asynchrony().lead_max <= static_cast<std::uint64_t>(lead));
    CHECK(stage.asynchrony().source_max <= static_cast<std::uint64_t>(2 * lead + 2));
}

}  // namespace

TEST_CASE("turns in every possible order: no deadlock, no message lost, nobody too far ahead") {
    // Three shards in a row, each hearing the next: input, hidden, output. Rings that one bundle fills.
    const FreeRun run("faults.stuck_at_one=1", {1, 1, 1}, 1);
    for (const int burst : {1, 3}) {
        Choices choices;
        std::uint64_t most_lead = 0;
        const long paths = choices.explore([&] {
            Stage stage(run, 1, rules(1, burst, 1));
            stage.play(0, 4, [&](int turns) { return choices.choose(turns); });
            check(stage, run, 4, 1);
            CHECK(stage.counters().messages == 4 * 3);
            most_lead = std::max(most_lead, stage.asynchrony().lead_max);
        });
        MESSAGE(paths << " orders with bursts of " << burst);
        CHECK(paths > 50);
        CHECK(most_lead == 1);
    }
}

TEST_CASE("turns in random order, over several segments") {
    std::mt19937 random(3);
    std::uint64_t blocked = 0;
    for (int round = 0; round < 300; ++round) {
        const std::vector<std::vector<int>> networks = {{20, 18, 6}, {5, 3, 33, 2}, {9, 4}};
        const FreeRun run(round % 2 == 0 ? "faults.stuck_at_one=0.5" : "timing.loss=0.2", networks[random() % 3], 1);
        const std::int64_t lead = 1 + static_cast<std::int64_t>(random() % 5);
        Stage stage(run, 1 + static_cast<int>(random() % 9),
                    rules(lead, 1 + static_cast<int>(random() % 6), 1 + static_cast<std::uint32_t>(random() % 3)));
        const auto any = [&](int turns) { return static_cast<int>(random() % static_cast<unsigned>(turns)); };
        stage.play(0, 7, any);
        stage.play(7, 20, any);
        check(stage, run, 20, lead);
        blocked += stage.asynchrony().blocked;
    }
    CHECK(blocked > 0);
}

TEST_CASE("the last in the queue always first: whoever can run ahead does") {
    for (const std::int64_t lead : {1, 4}) {
        const FreeRun run("faults.stuck_at_one=1", {20, 18, 6}, 1);
        Stage stage(run, 5, rules(lead, 50, 8));
        stage.play(0, 40, [](int turns) { return turns - 1; });
        check(stage, run, 40, lead);
        CHECK(stage.asynchrony().lead_max == static_cast<std::uint64_t>(lead));
        CHECK(stage.asynchrony().blocked > 0);
    }
}
