// Events out: what an engine says of its spikes and messages is what happened.
#include <doctest/doctest.h>

#include <algorithm>
#include <mutex>
#include <tuple>

#include "sim/engines/virtual/virtual_time.hpp"
#include "tests/sim/engines/free/free_fixture.hpp"

using namespace settle;

namespace {

using SpikeLine = std::tuple<int, int, std::int64_t, int>;
using MessageLine = std::tuple<int, int, std::int64_t, int, int, int, int, std::int64_t, int, int>;

SpikeLine line(int presentation, Branch branch, const SpikeRow& row) {
    return {presentation, static_cast<int>(branch), row.time, row.neuron};
}

MessageLine line(int presentation, Branch branch, const MessageRow& row) {
    return {presentation, static_cast<int>(branch),   row.sent, row.source, row.target, row.copy, row.tick,
            row.arrived,  static_cast<int>(row.fate), row.hops};
}

/// All that a run says, sorted.
struct SeenEvents {
    std::mutex mutex;
    std::vector<SpikeLine> spikes;
    std::vector<MessageLine> messages;

    EventSink sink(bool wants_messages = true) {
        EventSink sink;
        sink.spikes = true;
        sink.messages = wants_messages;
        sink.take = [this](EventRows&& rows) {
            const std::lock_guard lock(mutex);
            for (const SpikeRow& row : rows.spikes) spikes.push_back(line(rows.presentation, rows.branch, row));
            for (const MessageRow& row : rows.messages) messages.push_back(line(rows.presentation, rows.branch, row));
        };
        return sink;
    }
    void sort() {
        std::sort(spikes.begin(), spikes.end());
        std::sort(messages.begin(), messages.end());
    }
    std::uint64_t count(MessageEnd end) const {
        return static_cast<std::uint64_t>(std::count_if(messages.begin(), messages.end(), [&](const MessageLine& one) {
            return std::get<8>(one) == static_cast<int>(end);
        }));
    }
};

Outcome run(const VirtualRun& what, const Execution& how, SeenEvents& seen) {
    WorkerPool workers(how.threads);
    VirtualTime engine(what.network.wiring, neuron_model(what.scenario), what.device(), what.settings(how), workers);
    const EventSink sink = seen.sink();
    const Outcome outcome = engine.run(what.plan(), what.on_chip(workers), what.minibatch, TickSink(), nullptr, sink);
    seen.sort();
    return outcome;
}

void check_counts(const SeenEvents& seen, const Counters& counters) {
    CHECK(seen.spikes.size() == counters.spikes);
    CHECK(seen.messages.size() == counters.messages + counters.duplicated);
    CHECK(seen.count(MessageEnd::delivered) == counters.deliveries);
    CHECK(seen.count(MessageEnd::lost) == counters.lost);
    CHECK(seen.count(MessageEnd::expired) == counters.expired);
    CHECK(seen.count(MessageEnd::dropped) == 0);
}

}  // namespace

TEST_CASE("every spike and every message of virtual time is what a simulation event by event says, for any shards") {
    constexpr Duration ms = 1'000'000;
    const std::vector<std::string> noises = {
        "",
        "timing.jitter=0.1; timing.phase=random; timing.latency={low=0.3,high=0.6}; phases.splitstream=true",
        "timing.loss=0.2; timing.duplication=0.5; timing.latency_jitter=1; timing.jitter=0.7; timing.drift=0.1; "
        "phases.splitstream=true",
        "timing.loss=0.3; timing.burst=3; timing.duplication=1; timing.latency=3.7; learning.beta_sign=both",
        "timing.drift=0.3; timing.phase=random; timing.latency=\"1 ns\"; faults.dead_links=0.3; "
        "faults.stuck_at_one=0.1",
    };
    const std::vector<Execution> executions = {{0, 1, 0, 0}, {7, 2, 0, 1}, {1, 3, ms / 7, 2}, {64, 2, ms, 0}};
    std::size_t turn = 0;
    for (const std::string& noise : noises) {
        for (const std::string links :
             {"", "; timing.link=level", "; timing.scope=synapse", "; timing.link=level; timing.scope=synapse",
              "; timing.link=parity", "; timing.link=parity-2-held; timing.scope=synapse"}) {
            const std::string keys = "phases.free=7; phases.nudged=4; " + noise + links;
            CAPTURE(keys);
            VirtualRun what(keys, {12, 9, 4});
            if (turn % 3 == 2) what.coarsen(7);
            PlainVirtual plain(what.network, neuron_model(what.scenario), device_settings(what.scenario),
                               what.scenario.seed);
            plain.run(what.plan(), what.minibatch);
            std::vector<SpikeLine> spikes;
            std::vector<MessageLine> messages;
            for (const PlainSpike& one : plain.spikes) spikes.push_back(line(one.presentation, one.branch, one.row));
            for (const PlainMessage& one : plain.messages)
                messages.push_back(line(one.presentation, one.branch, one.row));
            std::sort(spikes.begin(), spikes.end());
            std::sort(messages.begin(), messages.end());
            for (int i = 0; i < 2; ++i) {
                const Execution& how = executions[turn++ % executions.size()];
                INFO("shard " << how.shard << ", threads " << how.threads);
                SeenEvents seen;
                const Outcome outcome = run(what, how, seen);
                check_counts(seen, total(outcome.counters));
                CHECK(seen.spikes == spikes);
                CHECK(seen.messages == messages);
                CHECK(outcome.fingerprint == what.run(how).fingerprint);
            }
        }
    }
}

TEST_CASE("spikes of lockstep and of free-running neurons are as many as they are counted, and equal the bits") {
    for (const std::string plan : {"", "phases.splitstream=true", "learning.beta_sign=both"}) {
        CAPTURE(plan);
        const VirtualRun what(plan);
        WorkerPool workers(2);
        Lockstep lockstep(what.network.wiring, neuron_model(what.scenario), what.scenario.seed, workers);
        SeenEvents seen;
        VirtualRun::Recorded recorded;
        const EventSink sink = seen.sink();
        const Outcome outcome =
            lockstep.run(what.plan(), what.on_chip(workers), what.minibatch, recorded.sink(), nullptr, sink);
        seen.sort();
        CHECK(seen.messages.empty());
        CHECK(seen.spikes.size() == total(outcome.counters).spikes);
        std::vector<SpikeLine> expected;
        const int neurons = what.network.wiring.neurons();
        for (const TickRows& block : recorded.joined()) {
            const int before = block.branch == Branch::main ? 0 : what.scenario.phases.free;
            for (int at = 0; at < block.rows * neurons; ++at) {
                if (block.bits[static_cast<std::size_t>(at)] == 0) continue;
                const Time time = lockstep_tick_time(before + at / neurons + 1, what.scenario.timing.period);
                expected.push_back(line(block.presentation, block.branch, SpikeRow{time, at % neurons}));
            }
        }
        std::sort(expected.begin(), expected.end());
        CHECK(seen.spikes == expected);

        const FreeRun free(plan);
        for (const FreeExecution how : {FreeExecution{}, FreeExecution{7, 3, 2, 0}}) {
            FreeRunning engine(free.network.wiring, neuron_model(free.scenario), free.device(),
                               free.free_settings_of(how), workers);
            SeenEvents loose;
            const EventSink other = loose.sink();
            const Outcome found =
                engine.run(free.plan(), free.on_chip(workers), free.minibatch, TickSink(), nullptr, other);
            CHECK(loose.spikes.size() == total(found.counters).spikes);
            CHECK(loose.messages.empty());
            const std::int64_t last = free.scenario.phases.free + free.scenario.phases.nudged;
            CHECK(std::all_of(loose.spikes.begin(), loose.spikes.end(),
                              [&](const SpikeLine& one) { return std::get<2>(one) >= 1 && std::get<2>(one) <= last; }));
        }
    }
}

TEST_CASE("times of events are picoseconds, whatever the run's unit is") {
    for (const std::string period : {"1 us", "1 ms", "20 s"}) {
        CAPTURE(period);
        const VirtualRun what("timing.period=\"" + period + "\"", {12, 9, 4});
        WorkerPool workers(1);
        VirtualTime engine(what.network.wiring, neuron_model(what.scenario), what.device(), what.settings(), workers);
        SeenEvents seen;
        EventSink sink = seen.sink();
        for (int e = TimeUnit::finest; e < what.scenario.timing.unit.exponent; ++e) sink.unit_ps *= 10;
        engine.run(what.plan(), what.on_chip(workers), what.minibatch, TickSink(), nullptr, sink);
        REQUIRE(!seen.messages.empty());
        const std::int64_t ps = what.scenario.timing.period * sink.unit_ps;
        CHECK(ps == (period == "1 us" ? 1'000'000 : period == "1 ms" ? 1'000'000'000 : 20'000'000'000'000));
        for (const MessageLine& one : seen.messages) {
            REQUIRE(std::get<2>(one) == (2 * std::get<6>(one) - 1) * ps / 2);
            if (std::get<7>(one) >= 0) REQUIRE(std::get<7>(one) == std::get<2>(one) + ps);
        }
    }
}
