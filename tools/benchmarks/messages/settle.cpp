// The crowd on settle's own runtime, used as the engines use it: an actor for every neuron, a channel for every pair,
// a sender whose overflow is not empty waits until the receiver has made room.
#include <string>
#include <vector>

#include "core/actor.hpp"
#include "core/channel.hpp"
#include "core/phase.hpp"
#include "tools/benchmarks/messages/crowd.hpp"

using namespace settle;

namespace {

class Crowd {
public:
    static constexpr std::uint32_t ring = 8;

    Crowd(WorkerPool& workers, std::uint32_t ticks)
        : workers_(workers),
          ticks_(ticks),
          watchdog_([] { return std::string("the crowd"); }),
          senders_(crowd::senders),
          receivers_(crowd::receivers),
          actors_(crowd::senders + crowd::receivers, workers, work_, failure_, {turn, describe, this}) {
        for (Sender& sender : senders_) {
            for (int i = 0; i < crowd::receivers; ++i) sender.out.push_back({Channel<crowd::Bit>(ring)});
        }
    }

    void run() {
        run_phase(workers_, work_, watchdog_, failure_, [this] {
            work_.add(crowd::senders);
            for (int sender = 0; sender < crowd::senders; ++sender) actors_.poke(sender);
        });
    }

    const crowd::Received& received(int receiver) const { return receivers_[static_cast<std::size_t>(receiver)].sum; }

private:
    struct Out {
        Channel<crowd::Bit> channel;
    };
    struct alignas(64) Sender {
        std::vector<Out> out;
        std::uint32_t tick = 0;
        std::uint32_t waiting = 0;  // channels with an overflow
    };
    struct alignas(64) Receiver {
        crowd::Received sum;
    };

    static std::string describe(void*, int actor) { return "actor " + std::to_string(actor); }

    static void turn(void* context, int actor, int) {
        Crowd& self = *static_cast<Crowd*>(context);
        actor < crowd::senders ? self.send(actor) : self.receive(actor - crowd::senders);
    }

    void send(int actor) {
        Sender& sender = senders_[static_cast<std::size_t>(actor)];
        if (sender.waiting > 0) {
            flush(sender);
        } else if (sender.tick < ticks_) {
            tick(sender, static_cast<std::uint32_t>(actor));
        } else {
            return;  // a receiver saw an overflow that has gone meanwhile
        }
        if (sender.waiting > 0) return;
        sender.tick < ticks_ ? actors_.poke(actor) : work_.finish();
    }

    void tick(Sender& sender, std::uint32_t source) {
        const crowd::Bit bit{source, crowd::bit(source, sender.tick++)};
        for (int i = 0; i < crowd::receivers; ++i) {
            if (sender.out[static_cast<std::size_t>(i)].channel.send(bit)) ++sender.waiting;
        }
        const Actors::Fence fence;
        for (int i = 0; i < crowd::receivers; ++i) actors_.poke(crowd::senders + i, fence);
        watchdog_.advanced();
    }

    void flush(Sender& sender) {
        for (int i = 0; i < crowd::receivers; ++i) {
            Channel<crowd::Bit>& channel = sender.out[static_cast<std::size_t>(i)].channel;
            if (!channel.overflowing()) continue;
            if (channel.flush()) --sender.waiting;
            actors_.poke(crowd::senders + i);
        }
    }

    void receive(int actor) {
        crowd::Received& sum = receivers_[static_cast<std::size_t>(actor)].sum;
        for (int source = 0; source < crowd::senders; ++source) {
            Channel<crowd::Bit>& channel =
                senders_[static_cast<std::size_t>(source)].out[static_cast<std::size_t>(actor)].channel;
            const std::size_t got = channel.drain([&sum](const crowd::Bit& bit) { sum.ones += bit.value; });
            sum.messages += got;
            if (got > 0 && channel.sender_waits()) actors_.poke(source);
        }
    }

    WorkerPool& workers_;
    const std::uint32_t ticks_;
    WorkCount work_;
    Failure failure_;
    Watchdog watchdog_;
    std::vector<Sender> senders_;
    std::vector<Receiver> receivers_;
    Actors actors_;
};

}  // namespace

int main(int argc, char** argv) {
    return crowd::measure(argc, argv, [](int threads, std::uint32_t ticks, crowd::Received* received) {
        WorkerPool workers(threads);
        Crowd all(workers, ticks);
        const auto start = std::chrono::steady_clock::now();
        all.run();
        const auto end = std::chrono::steady_clock::now();
        for (int i = 0; i < crowd::receivers; ++i) received[i] = all.received(i);
        return end - start;
    });
}
