#include "sim/runs/ranks/row_letters.hpp"

#include <cstring>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

namespace settle {

namespace {

enum class RowKind : std::uint32_t { ticks, events, queues };

/// What stands before the two arrays of a letter: states and bits, spikes and messages, or queues and none.
struct RowsHead {
    RowKind kind = RowKind::ticks;
    std::uint32_t branch = 0;
    std::int64_t minibatch = 0, first_row = 0;
    std::uint64_t one = 0, other = 0;  ///< how many there are
    std::int32_t presentation = 0, batch = 0, rows = 0;
};
static_assert(std::is_trivially_copyable_v<RowsHead> && std::is_trivially_copyable_v<SpikeRow> &&
              std::is_trivially_copyable_v<MessageRow> && std::is_trivially_copyable_v<QueueRow>);

template <class One, class Other>
std::string to_bytes(RowsHead head, const std::vector<One>& one, const std::vector<Other>& other) {
    head.one = one.size();
    head.other = other.size();
    std::string bytes(sizeof head + one.size() * sizeof(One) + other.size() * sizeof(Other), '\0');
    char* to = bytes.data();
    const auto put = [&to](const void* from, std::size_t size) {
        if (size > 0) std::memcpy(to, from, size);
        to += size;
    };
    put(&head, sizeof head);
    put(one.data(), one.size() * sizeof(One));
    put(other.data(), other.size() * sizeof(Other));
    return bytes;
}

template <class One, class Other>
void from_bytes(const std::string& bytes, const RowsHead& head, std::vector<One>& one, std::vector<Other>& other) {
    const char* from = bytes.data() + sizeof head;
    one.resize(head.one);
    other.resize(head.other);
    if (head.one > 0) std::memcpy(one.data(), from, head.one * sizeof(One));
    if (head.other > 0) std::memcpy(other.data(), from + head.one * sizeof(One), head.other * sizeof(Other));
}

void hand_over(const std::string& bytes, const RowSinks& sinks) {
    RowsHead head;
    std::memcpy(&head, bytes.data(), sizeof head);
    const auto branch = static_cast<Branch>(head.branch);
    if (head.kind == RowKind::ticks) {
        TickRows rows{head.minibatch, head.presentation, head.batch, branch, head.first_row, head.rows, {}, {}};
        from_bytes(bytes, head, rows.states, rows.bits);
        sinks.ticks(std::move(rows));
    } else {
        EventRows rows{head.minibatch, head.presentation, branch, {}, {}, {}};
        if (head.kind == RowKind::events) {
            from_bytes(bytes, head, rows.spikes, rows.messages);
        } else {
            std::vector<QueueRow> none;
            from_bytes(bytes, head, rows.queues, none);
        }
        sinks.events.take(std::move(rows));
    }
}

}  // namespace

void send_rows(Ranks& ranks, const TickRows& rows) {
    RowsHead head;
    head.kind = RowKind::ticks;
    head.branch = static_cast<std::uint32_t>(rows.branch);
    head.minibatch = rows.minibatch;
    head.first_row = rows.first_row;
    head.presentation = rows.presentation;
    head.batch = rows.batch;
    head.rows = rows.rows;
    ranks.send(0, to_bytes(head, rows.states, rows.bits));
}

void send_events(Ranks& ranks, const EventRows& rows) {
    RowsHead head;
    head.kind = RowKind::events;
    head.branch = static_cast<std::uint32_t>(rows.branch);
    head.minibatch = rows.minibatch;
    head.presentation = rows.presentation;
    if (!rows.spikes.empty() || !rows.messages.empty()) ranks.send(0, to_bytes(head, rows.spikes, rows.messages));
    if (rows.queues.empty()) return;
    head.kind = RowKind::queues;
    ranks.send(0, to_bytes(head, rows.queues, std::vector<QueueRow>()));
}

void end_rows(Ranks& ranks) {
    ranks.send(0, "");
}

void receive_rows(Ranks& ranks, const RowSinks& sinks, const StopCheck& given_up) {
    for (int presenting = ranks.count() - 1; presenting > 0;) {
        const std::optional<Mail> letter = ranks.wait(given_up);
        if (!letter) return;
        if (letter->bytes.empty()) {
            --presenting;
        } else {
            hand_over(letter->bytes, sinks);
        }
    }
}

}  // namespace settle
