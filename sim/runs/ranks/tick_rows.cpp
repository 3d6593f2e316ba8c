#include "sim/runs/ranks/tick_rows.hpp"

#include <cstring>
#include <type_traits>

namespace settle {

namespace {

/// What stands before states and bits.
struct RowsHead {
    std::int64_t minibatch = 0, first_row = 0;
    std::uint64_t states = 0, bits = 0;
    std::int32_t presentation = 0, batch = 0, rows = 0;
    std::uint32_t branch = 0;
};
static_assert(std::is_trivially_copyable_v<RowsHead>);

std::string to_bytes(const TickRows& rows, int presentation, int batch) {
    const RowsHead head{rows.minibatch, rows.first_row, rows.states.size(), rows.bits.size(),
                        presentation,   batch,          rows.rows,          static_cast<std::uint32_t>(rows.branch)};
    std::string bytes(sizeof head + rows.states.size() * sizeof(float) + rows.bits.size(), '\0');
    char* to = bytes.data();
    std::memcpy(to, &head, sizeof head);
    to += sizeof head;
    if (!rows.states.empty()) std::memcpy(to, rows.states.data(), rows.states.size() * sizeof(float));
    to += rows.states.size() * sizeof(float);
    if (!rows.bits.empty()) std::memcpy(to, rows.bits.data(), rows.bits.size());
    return bytes;
}

TickRows from_bytes(const std::string& bytes) {
    RowsHead head;
    std::memcpy(&head, bytes.data(), sizeof head);
    TickRows rows;
    rows.minibatch = head.minibatch;
    rows.presentation = head.presentation;
    rows.batch = head.batch;
    rows.branch = static_cast<Branch>(head.branch);
    rows.first_row = head.first_row;
    rows.rows = head.rows;
    rows.states.resize(head.states);
    rows.bits.resize(head.bits);
    const char* from = bytes.data() + sizeof head;
    if (head.states > 0) std::memcpy(rows.states.data(), from, head.states * sizeof(float));
    if (head.bits > 0) std::memcpy(rows.bits.data(), from + head.states * sizeof(float), head.bits);
    return rows;
}

}  // namespace

TickSink send_rows(Ranks& ranks, const Share& share, int batch) {
    return [&ranks, &share, batch](TickRows&& rows) {
        const int presentation = share[static_cast<std::size_t>(rows.presentation)];
        ranks.send(0, to_bytes(rows, presentation, batch));
    };
}

void end_rows(Ranks& ranks) {
    ranks.send(0, "");
}

void receive_rows(Ranks& ranks, const TickSink& sink) {
    for (int presenting = ranks.count() - 1; presenting > 0;) {
        const Mail letter = ranks.wait();
        if (letter.bytes.empty()) {
            --presenting;
        } else {
            sink(from_bytes(letter.bytes));
        }
    }
}

}  // namespace settle
