// Ranks: shares of a minibatch, the same bits on all of them, and one end for all.
#include "sim/runs/ranks/ranks.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <mutex>
#include <new>
#include <thread>

#include "core/error.hpp"
#include "sim/runs/ranks/row_letters.hpp"
#include "sim/runs/ranks/spread.hpp"
#include "sim/runs/session/agreement.hpp"
#include "sim/runs/session/initial_network.hpp"
#include "sim/runs/session/session.hpp"
#include "sim/runs/studies/batch.hpp"
#include "sim/scenario/load.hpp"
#include "tests/sim/error_text.hpp"
#include "tests/sim/runs/ranks/thread_wire.hpp"

using namespace settle;

namespace {

const char* const text = R"([scenario]
[network]
layers = [20, 16, 5]
[neuron]
lambda = "0.832/t^0.584"
[phases]
free = 12
nudged = 6
[learning]
rates = [0.1, 0.05]
batch = 7
epochs = 2
[data]
set = "random"
train = 30
validation = 5
)";

Scenario scenario_with(const std::vector<std::string>& sets) {
    std::vector<Override> overrides;
    for (const std::string& set : sets) overrides.push_back(parse_set(set));
    return load_scenario({"ranks.toml", "ranks", "/", text}, overrides).scenario;
}

struct RankResult {
    RunTotals totals;
    NetworkArrays network;
    std::int64_t rows = 0;
    std::int64_t spikes = 0, messages = 0;  ///< of minibatch 2
    bool presentations[7] = {};             ///< that have spikes
};

RankResult run_on(const Scenario& scenario, Ranks* ranks, const StopCheck& stop = {}) {
    const Dataset data = load_dataset(scenario);
    WorkerPool workers(2);
    Session session(scenario, data, initial_network(scenario), workers, ranks);
    std::atomic<std::int64_t> rows = 0;
    Observer observer;
    observer.stop = stop;
    observer.ticks = [&rows](TickRows&& some) { rows += some.rows; };
    observer.records = [](std::int64_t minibatch) { return minibatch == 2; };
    RankResult result;
    std::mutex mutex;
    observer.events = [&](std::int64_t minibatch) {
        EventSink sink;
        sink.spikes = minibatch == 2;
        sink.messages = minibatch == 2 && scenario.engine == EngineKind::virtual_time;
        sink.take = [&](EventRows&& some) {
            if (ranks && !ranks->leads()) return send_events(*ranks, some);
            const std::lock_guard lock(mutex);
            result.spikes += std::ssize(some.spikes);
            result.messages += std::ssize(some.messages);
            result.presentations[some.presentation] |= !some.spikes.empty();
        };
        return sink;
    };
    result.totals = session.perform(observer);
    result.network = to_arrays(session.network());
    result.rows = rows;
    return result;
}

void check_same(const Scenario& scenario, int count) {
    const RankResult alone = run_on(scenario, nullptr);
    std::vector<RankResult> found(static_cast<std::size_t>(count));
    on_ranks(count, [&](Ranks& ranks) {
        found[static_cast<std::size_t>(ranks.rank())] = run_on(scenario, &ranks);
        CHECK(ranks.exchanged().bytes > 0);
    });
    for (const RankResult& one : found) {
        CHECK(one.totals.fingerprint == alone.totals.fingerprint);
        CHECK(one.totals.counters == alone.totals.counters);
        CHECK(one.totals.chip == alone.totals.chip);
        CHECK(one.totals.train == alone.totals.train);
        CHECK(one.totals.validation == alone.totals.validation);
        CHECK(one.network == alone.network);
    }
    CHECK(found[0].rows == alone.rows);
    CHECK(alone.rows > 0);
    CHECK(found[0].spikes == alone.spikes);
    CHECK(found[0].messages == alone.messages);
    CHECK(alone.spikes > 0);
    for (int b = 0; b < scenario.learning.batch; ++b) {
        CHECK(alone.presentations[b]);
        CHECK(found[0].presentations[b]);
    }
}

}  // namespace

TEST_CASE("The shares of a minibatch are all of it, each in order, and even in number and in light") {
    constexpr int inputs = panel_width;
    for (const int batch : {0, 1, 2, 7, 20, 200}) {
        Minibatch minibatch;
        double light = 0, greatest = 0;
        for (int b = 0; b < batch; ++b) {
            minibatch.presentations.push_back(static_cast<std::uint64_t>(b));
            const double x = 0.1 * (b * 7 % 11);
            for (int i = 0; i < inputs; ++i) minibatch.x.push_back(static_cast<float>(x));
            light += inputs * x;
            greatest = std::max(greatest, inputs * x);
        }
        for (const int ranks : {1, 2, 3, 7, 64}) {
            CAPTURE(batch);
            CAPTURE(ranks);
            std::vector<int> taken(static_cast<std::size_t>(batch));
            for (const Share& share : shares_of(minibatch, ranks)) {
                CHECK(static_cast<int>(share.size()) >= batch / ranks);
                CHECK(static_cast<int>(share.size()) <= (batch + ranks - 1) / ranks);
                CHECK(std::is_sorted(share.begin(), share.end()));
                double own = 0;
                for (const int b : share) {
                    ++taken[static_cast<std::size_t>(b)];
                    own += static_cast<double>(minibatch.x[static_cast<std::size_t>(b * inputs)]) * inputs;
                }
                if (batch % ranks == 0) CHECK(std::abs(own - light / ranks) <= greatest);
            }
            CHECK(std::all_of(taken.begin(), taken.end(), [](int times) { return times == 1; }));
        }
    }
}

TEST_CASE("A part of a minibatch has all that belongs to its presentations") {
    Minibatch whole;
    whole.number = 3;
    whole.presentations = {10, 11, 12};
    whole.x = {1, 2, 3, 4, 5, 6};
    whole.labels = {0, 1, 2};
    whole.samples = {7, 8, 9};
    whole.first_next = {0, 2, 2, 3};
    whole.next_x = {0.1f, 0.2f, 0.3f, 0.4f, 0.5f, 0.6f};
    whole.next_labels = {4, 5, 6};
    whole.next_samples = {40, 50, 60};
    const Minibatch part = part_of(whole, {0, 2});
    CHECK(part.number == 3);
    CHECK(part.presentations == std::vector<std::uint64_t>{10, 12});
    CHECK(part.x == AlignedVector<float>{1, 2, 5, 6});
    CHECK(part.labels == std::vector<std::int32_t>{0, 2});
    CHECK(part.samples == std::vector<std::int64_t>{7, 9});
    CHECK(part.first_next == std::vector<std::int64_t>{0, 2, 3});
    CHECK(part.next_x == whole.next_x);
    CHECK(part.next_labels == std::vector<std::int32_t>{4, 5, 6});
    CHECK(part.next_samples == std::vector<std::int64_t>{40, 50, 60});
    CHECK(part_of(whole, {1}).next_x.empty());
}

TEST_CASE("Every rank ends with the weights, counters and fingerprint of one process") {
    check_same(scenario_with({}), 3);
    check_same(scenario_with({"scenario.engine=virtual", "timing.jitter=0.1", "timing.drift=0.05", "timing.loss=0.02",
                              "phases.splitstream=true"}),
               2);
    check_same(scenario_with({"learning.beta_sign=both", "learning.batch=2"}), 4);
    // With ranks that have nothing to do.
    check_same(scenario_with({"scenario.engine=virtual", "timing.period=1 us", "chip.mesh=[3, 2]", "learning.batch=2",
                              "chip.neurons_per_core=8", "chip.decode=16 ns", "chip.link=20 ns", "chip.buffer=2",
                              "chip.full=drop"}),
               4);
}

TEST_CASE("Ranks stop together where one of them is asked to") {
    const Scenario scenario = scenario_with({"learning.epochs=1000"});
    std::vector<std::int64_t> trained(3);
    on_ranks(3, [&](Ranks& ranks) {
        std::atomic<int> looks = 0;
        const bool asked = ranks.rank() == 1;
        const StopCheck stop = [&looks, asked] { return asked && ++looks > 40; };
        const RankResult found = run_on(scenario, &ranks, stop);
        CHECK(found.totals.stopped);
        trained[static_cast<std::size_t>(ranks.rank())] = found.totals.trained;
    });
    CHECK(trained[0] > 0);
    CHECK(trained[1] == trained[0]);
    CHECK(trained[2] == trained[0]);
}

TEST_CASE("A rank that fails is told of by rank 0, and all end with its code") {
    on_ranks(3, [](Ranks& ranks) {
        int code = 0;
        if (ranks.rank() == 2) {
            const Ranks::Ending ending = ranks.end(2, input_error("s.toml", "data.set", "is not here"));
            CHECK(ending.code == 2);
            return;
        }
        try {
            ranks.gather(Words{1}, {1, 1, 1});
            CHECK(false);
        } catch (const Error& error) {
            CHECK(ranks.leads());
            CHECK(error.blame() == Blame::input);
            CHECK(contains(error.what(), "rank 2 (thread, PID "));
            CHECK(contains(error.what(), "data.set: is not here"));
            code = 2;
        } catch (const RankEnded& ended) {
            CHECK(ranks.rank() == 1);
            code = ended.code;
        }
        const Ranks::Ending ending = ranks.end(code);
        CHECK(ending.code == 2);
        CHECK(ending.how == (ranks.leads() ? Ranks::Ending::How::abort : Ranks::Ending::How::ended));
    });
}

TEST_CASE("A run that is handed out and meets what is no result ends the batch on all ranks") {
    on_ranks(2, [](Ranks& ranks) {
        WorkerPool workers(2);
        SharedData data;
        std::atomic<int> elsewhere = 0;
        Batch batch;
        batch.runs = 200;
        batch.ranks = &ranks;
        batch.scenario = [&](int) -> Scenario {
            if (!ranks.leads() && ++elsewhere == 3) throw std::bad_alloc();
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            throw input_error("", "run", "cannot be run", "nothing");
        };
        batch.ended = [](int, const BatchRun&) {};
        if (!ranks.leads()) {
            CHECK_THROWS_AS(help_batch(batch, workers, data), std::bad_alloc);
            CHECK(elsewhere < 10);  // nor do its other workers go on
            CHECK(ranks.end(1, runtime_failure("", "out of memory", "more")).code == 1);
            return;
        }
        CHECK(contains(error_text([&] { run_batch(batch, workers, data); }, Blame::runtime), "out of memory"));
        CHECK(ranks.end(1).code == 1);
    });
}

TEST_CASE("A rank gets its part of the last collective, though rank 0 has said already that all is over") {
    ThreadWires wires(2);
    std::thread leader([&] {
        Ranks ranks(wires.wire(0));
        ranks.gather(Words{1}, {1, 1});
        CHECK(ranks.end(0).how == Ranks::Ending::How::together);
    });
    Wire slow = wires.wire(1);
    slow.gather = [gather = slow.gather](std::span<const std::uint64_t> own, const std::vector<std::size_t>& counts,
                                         Words& all, const std::function<void()>& look) {
        gather(own, counts, all, look);
        const bool last = own.size() == 1;  // what comes before has more
        const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(last ? 300 : 0);
        while (std::chrono::steady_clock::now() < until) look();
    };
    Ranks ranks(std::move(slow));
    CHECK(ranks.gather(Words{2}, {1, 1}) == Words{1, 2});
    CHECK(ranks.end(0).how == Ranks::Ending::How::together);
    leader.join();
}

TEST_CASE("Ranks that are about to do different things do not begin") {
    for (const std::size_t part : {std::size_t{0}, std::size_t{1}, std::size_t{2}}) {
        const char* names[] = {"another version of settle", "another scenario", "other data"};
        on_ranks(2, [&](Ranks& ranks) {
            Intent intent = intent_of(part == 0 && !ranks.leads() ? "2" : "1", part == 1 && !ranks.leads() ? "b" : "a",
                                      part == 2 && !ranks.leads() ? 8 : 7);
            CHECK(contains(error_text([&] { agree(ranks, intent); }), names[part]));
            ranks.end(2);
        });
    }
    on_ranks(2, [](Ranks& ranks) {
        CHECK(agree(ranks, intent_of("1", "a", 7)));
        CHECK_FALSE(agree(ranks, {.nothing = ranks.leads()}));
        CHECK(ranks.broadcast(ranks.leads() ? "thirteen byte" : "") == "thirteen byte");
        CHECK(ranks.end(0).how == Ranks::Ending::How::together);
    });
}
