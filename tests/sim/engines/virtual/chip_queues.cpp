// What is seen of the queues of a chip: every change, once, and the same for any threads and shards.
#include <doctest/doctest.h>

#include "tests/sim/engines/virtual/chip_fixture.hpp"

using namespace settle;

namespace {

/// Rows of each branch of each presentation, sorted.
using SeenQueues = std::map<std::pair<int, Branch>, std::vector<QueueRow>>;

SeenQueues seen_queues(const VirtualRun& run, const Execution& how, ChipOutcome& found) {
    SeenQueues seen;
    std::mutex mutex;
    EventSink sink;
    sink.queues = true;
    sink.unit_ps = run.device().settings.unit_ps;
    sink.take = [&](EventRows&& rows) {
        const std::lock_guard lock(mutex);
        CHECK((rows.spikes.empty() && rows.messages.empty()));
        auto& all = seen[{rows.presentation, rows.branch}];
        all.insert(all.end(), rows.queues.begin(), rows.queues.end());
    };
    found = run_on_chip(run, run.plan(), how, sink);
    for (auto& one : seen) {
        std::sort(one.second.begin(), one.second.end(), [](const QueueRow& a, const QueueRow& b) {
            return std::tie(a.time, a.server) < std::tie(b.time, b.server);
        });
    }
    return seen;
}

/// What one server has held so far.
struct Held {
    QueueRow last;
    WideCount queued = 0, busy = 0;
    std::int64_t most = 0;

    void pass(std::int64_t until) {
        queued += WideCount{until - last.time} * last.packets;
        busy += WideCount{until - last.time} * last.busy;
        last.time = until;
    }
};

}  // namespace

TEST_CASE("changes of queues add up to the figures of every server") {
    const std::string chip =
        "chip.mesh=[3, 2]; chip.neurons_per_core=8; chip.encode=5.1 ns; chip.link=60 ns; chip.hop_x=4.1 ns; "
        "chip.hop_y=6.5 ns; chip.synapse=40 ns; timing.period=1 us; timing.phase=random; timing.jitter=0.1; ";
    for (const std::string keys :
         {"chip.buffer=2; chip.decode=16 ns; phases.splitstream=true",
          "chip.buffer=1; chip.full=drop; timing.link=level; learning.beta_sign=both", "chip.multicast=false",
          "chip.buffer=1; chip.synapse=0 ns; chip.link=0 ns; timing.loss=0.3; phases.splitstream=true"}) {
        CAPTURE(keys);
        const VirtualRun run(chip + keys);
        ChipOutcome found, again;
        const SeenQueues seen = seen_queues(run, {}, found);
        const Plan plan = run.plan();
        const std::int64_t end = plan.periods * plan.period * run.device().settings.unit_ps;
        std::vector<Held> sums(found.outcome.chip.servers.size());
        std::int64_t rows = 0;
        for (const auto& [key, changes] : seen) {
            std::map<std::int32_t, Held> held;
            for (const QueueRow& row : changes) {
                Held& one = held[row.server];
                if (one.last == QueueRow()) one.last = {row.time, row.server, 0, 0};
                CHECK((one.last.packets != row.packets || one.last.busy != row.busy));
                CHECK((row.time > one.last.time || one.queued + one.last.packets == 0));
                CHECK((row.busy == 0 || row.packets > 0));
                one.pass(row.time);
                one.last = row;
                one.most = std::max<std::int64_t>(one.most, row.packets);
            }
            rows += std::ssize(changes);
            for (auto& [server, one] : held) {
                one.pass(end);
                Held& sum = sums[static_cast<std::size_t>(server)];
                sum.queued += one.queued;
                sum.busy += one.busy;
                sum.most = std::max(sum.most, one.most);
            }
        }
        CHECK(rows > 1000);
        for (std::size_t i = 0; i < sums.size(); ++i) {
            const ServerFigures& figures = found.outcome.chip.servers[i];
            CHECK((sums[i].queued == figures.queued));
            CHECK((sums[i].busy == figures.busy));
            CHECK(sums[i].most <= figures.queue_max);
        }
        CHECK(seen_queues(run, {7, 3, 0, 0}, again) == seen);
        CHECK(again.outcome.fingerprint == run_on_chip(run).outcome.fingerprint);
    }
}
