#include "core/channel.hpp"

#include <doctest/doctest.h>

#include <atomic>
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

TEST_CASE("no wake-up is lost between a sender that waits for room and a receiver that makes it") {
    // Each side sleeps unless the other has woken it by the protocol of the channel, so that a single lost wake-up
    // stops both; the sender gives way after every message, which is when the two can miss each other.
    for (const std::uint32_t capacity : {1u, 2u, 64u}) {
        constexpr int count = 100'000;
        Channel<int> channel(capacity);
        std::atomic<int> room{0}, news{0};
        std::thread sender([&] {
            for (int i = 0; i < count; ++i) {
                channel.send(i);
                news.fetch_add(1);
                news.notify_one();
                while (channel.overflowing()) {
                    const int seen = room.load();
                    if (channel.flush()) break;
                    news.fetch_add(1);
                    news.notify_one();
                    room.wait(seen);
                }
            }
            news.fetch_add(1);
            news.notify_one();
        });
        int expected = 0;
        bool in_order = true;
        while (expected < count) {
            const int seen = news.load();
            const std::size_t got = channel.drain([&](int message) { in_order = in_order && message == expected++; });
            if (got > 0 && channel.sender_waits()) {
                room.fetch_add(1);
                room.notify_one();
            }
            if (got == 0 && expected < count) news.wait(seen);
        }
        sender.join();
        CHECK(in_order);
        CHECK(expected == count);
    }
}
