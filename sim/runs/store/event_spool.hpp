// A spool: events of a minibatch, which come in any order and leave sorted. What does not fit a few megabytes waits in
// a file without a name, so that a recording is never held in memory and a process that is killed leaves nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "sim/engines/event_sink.hpp"

namespace settle {

/// An event and the presentation that it is of.
template <class Row>
struct Spooled {
    std::int32_t presentation = 0;  ///< index in the minibatch
    std::uint8_t branch = 0;
    Row row;
};

inline bool comes_before(const Spooled<SpikeRow>& a, const Spooled<SpikeRow>& b) {
    return std::tie(a.presentation, a.branch, a.row.time, a.row.neuron) <
           std::tie(b.presentation, b.branch, b.row.time, b.row.neuron);
}

inline bool comes_before(const Spooled<MessageRow>& a, const Spooled<MessageRow>& b) {
    return std::tie(a.presentation, a.branch, a.row.sent, a.row.source, a.row.target, a.row.copy) <
           std::tie(b.presentation, b.branch, b.row.sent, b.row.source, b.row.target, b.row.copy);
}

inline bool comes_before(const Spooled<QueueRow>& a, const Spooled<QueueRow>& b) {
    return std::tie(a.presentation, a.branch, a.row.time, a.row.server) <
           std::tie(b.presentation, b.branch, b.row.time, b.row.server);
}

/// A file that nobody else sees and that is gone with its owner. Throws Error (runtime), most of all for a full disk.
class UnnamedFile {
public:
    UnnamedFile() = default;
    /// In this folder.
    explicit UnnamedFile(const std::string& folder);
    UnnamedFile(UnnamedFile&& other) noexcept
        : folder_(std::move(other.folder_)), file_(std::exchange(other.file_, -1)) {}
    UnnamedFile& operator=(UnnamedFile&& other) noexcept {
        std::swap(folder_, other.folder_);
        std::swap(file_, other.file_);
        return *this;
    }
    ~UnnamedFile();

    bool open() const { return file_ >= 0; }
    void write(std::int64_t offset, const void* data, std::size_t bytes);
    void read(std::int64_t offset, void* data, std::size_t bytes) const;

private:
    std::string folder_;
    int file_ = -1;
};

/// Row: SpikeRow, MessageRow or QueueRow. Not thread-safe.
template <class Row>
class EventSpool {
public:
    using Item = Spooled<Row>;
    /// Bytes of rows that are sorted in memory; tests make it small.
    static constexpr std::int64_t usual_memory = 8 << 20;

    /// `folder`: where there is room.
    explicit EventSpool(std::string folder, std::int64_t memory = usual_memory)
        : folder_(std::move(folder)),
          most_(std::max<std::int64_t>(2, memory / static_cast<std::int64_t>(sizeof(Item)))) {}

    void add(const Item& item) {
        recent_.push_back(item);
        ++added_;
        if (static_cast<std::int64_t>(recent_.size()) >= most_) put_away();
    }
    /// That were added since the last clear().
    std::int64_t added() const { return added_; }
    /// Of them the first in their order are enough: those behind may be forgotten.
    void keep_first(std::int64_t items);
    /// Those that are left, all in order, in portions.
    void visit(const std::function<void(std::span<const Item>)>& visit);
    void clear();

private:
    /// A sorted part of the file.
    struct Block {
        std::int64_t first, items;
    };
    struct Source;

    std::int64_t held() const;
    void put_away();
    void write(std::span<const Item> items);

    std::string folder_;
    std::int64_t most_;  ///< rows in memory
    std::int64_t added_ = 0;
    std::vector<Item> recent_;
    UnnamedFile file_;
    std::int64_t written_ = 0;  ///< rows in the file
    std::vector<Block> blocks_;
};

}  // namespace settle
