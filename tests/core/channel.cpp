#include "core/channel.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

using namespace settle;

namespace {

std::vector<int> received(Channel<int>& channel) {
    std::vector<int> messages;
    const std::size_t count = channel.drain([&](int message) { messages.push_back(message); });
    CHECK(count == messages.size());
    return messages;
}

using Messages = std::vector<int>;

}  // namespace

TEST_CASE("a channel that nobody has used costs 16 bytes and holds nothing") {
    CHECK(sizeof(Channel<std::uint64_t>) == 16);
    Channel<int> channel(4);
    CHECK(received(channel).empty());
    CHECK(channel.flush());
    CHECK_FALSE(channel.overflowing());
    CHECK_FALSE(channel.sender_waits());
    CHECK(channel.clear() == 0);
}

TEST_CASE("what fits into the ring arrives in order, as often as you like") {
    for (const std::uint32_t capacity : {1u, 2u, 3u, 8u}) {
        Channel<int> channel(capacity);
        int next = 0;
        for (int round = 0; round < 100; ++round) {
            Messages sent;
            for (std::uint32_t i = 0; i < capacity; ++i) {
                CHECK_FALSE(channel.send(next));
                sent.push_back(next++);
            }
            CHECK_FALSE(channel.overflowing());
            CHECK(received(channel) == sent);
            CHECK_FALSE(channel.sender_waits());
        }
    }
}

TEST_CASE("what does not fit waits at the sender, in order, and later messages behind it") {
    Channel<int> channel(2);
    CHECK_FALSE(channel.send(0));
    CHECK_FALSE(channel.send(1));
    CHECK(channel.first_unsent() == nullptr);
    CHECK(channel.send(2));
    CHECK_FALSE(channel.send(3));
    CHECK_FALSE(channel.send(4));
    REQUIRE(channel.first_unsent() != nullptr);
    CHECK(*channel.first_unsent() == 2);
    CHECK(channel.sender_waits());

    CHECK(received(channel) == Messages{0, 1});
    CHECK(channel.sender_waits());
    CHECK_FALSE(channel.send(5));  // there is room, but 2, 3 and 4 come first
    CHECK(received(channel).empty());

    CHECK_FALSE(channel.flush());
    CHECK(*channel.first_unsent() == 4);
    CHECK_FALSE(channel.flush());
    CHECK(received(channel) == Messages{2, 3});
    CHECK(channel.flush());
    CHECK_FALSE(channel.overflowing());
    CHECK_FALSE(channel.sender_waits());
    CHECK(received(channel) == Messages{4, 5});
    CHECK(channel.flush());
}

TEST_CASE("an overflow of any length is neither dropped nor reordered, and can begin again") {
    Channel<int> channel(1);
    for (int round = 0; round < 3; ++round) {
        for (int i = 0; i < 1000; ++i) CHECK(channel.send(i) == (i == 1));
        for (int i = 0; i < 1000; ++i) {
            REQUIRE(received(channel) == Messages{i});
            CHECK(channel.flush() == (i >= 998));
        }
        CHECK(received(channel).empty());
    }
}

TEST_CASE("clearing discards what is in the ring and what waits, and says how much") {
    Channel<int> channel(2);
    for (int i = 0; i < 5; ++i) channel.send(i);
    CHECK(channel.clear() == 5);
    CHECK_FALSE(channel.overflowing());
    CHECK_FALSE(channel.sender_waits());
    CHECK(received(channel).empty());
    channel.send(7);
    CHECK(received(channel) == Messages{7});
}

TEST_CASE("channels stand in flat arrays") {
    std::vector<Channel<int>> channels;
    for (std::uint32_t i = 0; i < 100; ++i) channels.emplace_back(1 + i % 3);
    channels[5].send(3);
    std::vector<Channel<int>> moved = std::move(channels);
    CHECK(moved[5].capacity() == 3);
    CHECK(received(moved[5]) == Messages{3});
}

namespace {

/// Sender and receiver on threads of their own. Each goes on only when the other has woken it by the protocol of the
/// channel, so that a single lost wake-up stops both. They wait by spinning: that is when they can miss each other.
class Pair {
public:
    explicit Pair(std::uint32_t capacity) : channel_(capacity) {}

    bool play() {
        std::thread sender([&] { send(); });
        receive();
        sender.join();
        return in_order_ && expected_ == sent_.load() && !lost_.load();
    }

private:
    /// False when it takes so long that nobody will ever wake us.
    bool wait_for_change(const std::atomic<int>& counter, int seen) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (int spin = 1; counter.load(std::memory_order_acquire) == seen; ++spin) {
            if (spin % 4096 != 0) continue;
            std::this_thread::yield();
            if (lost_.load() || std::chrono::steady_clock::now() > deadline) {
                lost_.store(true);
                return false;
            }
        }
        return true;
    }

    static void wake(std::atomic<int>& counter) { counter.fetch_add(1, std::memory_order_acq_rel); }

    void send() {
        // A busy machine, on which the two seldom run at once, gets as far as it gets.
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(2);
        int i = 0;
        for (; i < most && (i % 16 != 0 || std::chrono::steady_clock::now() < end); ++i) {
            int seen = room_.load(std::memory_order_acquire);
            channel_.send(i);
            wake(news_);
            while (channel_.overflowing()) {
                if (!wait_for_change(room_, seen)) return;
                seen = room_.load(std::memory_order_acquire);
                channel_.flush();
                wake(news_);
            }
        }
        sent_.store(i, std::memory_order_release);
        wake(news_);
    }

    void receive() {
        while (expected_ != sent_.load(std::memory_order_acquire)) {
            const int seen = news_.load(std::memory_order_acquire);
            const std::size_t got =
                channel_.drain([&](int message) { in_order_ = in_order_ && message == expected_++; });
            if (got > 0 && channel_.sender_waits()) wake(room_);
            if (expected_ == sent_.load(std::memory_order_acquire)) return;
            if (got == 0 && !wait_for_change(news_, seen)) return;
        }
    }

    Channel<int> channel_;
    static constexpr int most = 300'000;
    std::atomic<int> sent_{-1};  // once the sender is done
    std::atomic<int> room_{0}, news_{0};
    std::atomic<bool> lost_{false};
    int expected_ = 0;
    bool in_order_ = true;
};

}  // namespace

TEST_CASE("no wake-up is lost between a sender that waits for room and a receiver that makes it") {
    for (const std::uint32_t capacity : {1u, 2u, 64u}) {
        CAPTURE(capacity);
        CHECK(Pair(capacity).play());
    }
}
