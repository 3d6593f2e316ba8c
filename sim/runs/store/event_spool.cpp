#include "sim/runs/store/event_spool.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <queue>
#include <type_traits>

#include "core/error.hpp"
#include "sim/formats/whole_file.hpp"

namespace settle {

UnnamedFile::UnnamedFile(const std::string& folder) : folder_(folder) {
    std::string name = folder + "/.events-XXXXXX";
    file_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (file_ < 0) throw runtime_failure(folder, "no file for events can be made: " + system_reason(errno));
    ::unlink(name.c_str());
}

UnnamedFile::~UnnamedFile() {
    if (file_ >= 0) ::close(file_);
}

void UnnamedFile::write(std::int64_t offset, const void* data, std::size_t bytes) {
    const char* from = static_cast<const char*>(data);
    while (bytes > 0) {
        const ssize_t done = ::pwrite(file_, from, bytes, offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0)
            throw runtime_failure(folder_, "events cannot be put aside: " + system_reason(done < 0 ? errno : ENOSPC),
                                  "free space there");
        from += done;
        offset += done;
        bytes -= static_cast<std::size_t>(done);
    }
}

void UnnamedFile::read(std::int64_t offset, void* data, std::size_t bytes) const {
    char* to = static_cast<char*>(data);
    while (bytes > 0) {
        const ssize_t done = ::pread(file_, to, bytes, offset);
        if (done < 0 && errno == EINTR) continue;
        if (done <= 0)
            throw runtime_failure(
                folder_, "events that were put aside cannot be read: " + system_reason(done < 0 ? errno : EIO));
        to += done;
        offset += done;
        bytes -= static_cast<std::size_t>(done);
    }
}

/// A sorted list that is being merged: a block of the file, a portion of it in memory at a time.
template <class Row>
struct EventSpool<Row>::Source {
    const UnnamedFile* file;
    Block rest;  ///< not read yet
    std::vector<Item> portion;
    std::size_t next = 0;

    static constexpr std::int64_t most = 1024;

    const Item& front() const { return portion[next]; }
    /// False: that was the last.
    bool pop() {
        if (++next < portion.size()) return true;
        return refill();
    }
    bool refill() {
        const std::int64_t count = std::min(rest.items, most);
        portion.resize(static_cast<std::size_t>(count));
        next = 0;
        if (count == 0) return false;
        constexpr auto bytes = static_cast<std::int64_t>(sizeof(Item));
        file->read(rest.first * bytes, portion.data(), portion.size() * sizeof(Item));
        rest = {rest.first + count, rest.items - count};
        return true;
    }
};

template <class Row>
std::int64_t EventSpool<Row>::held() const {
    std::int64_t items = static_cast<std::int64_t>(recent_.size());
    for (const Block& block : blocks_) items += block.items;
    return items;
}

template <class Row>
void EventSpool<Row>::write(std::span<const Item> items) {
    static_assert(std::is_trivially_copyable_v<Item>);
    if (!file_.open()) file_ = UnnamedFile(folder_);
    file_.write(written_ * static_cast<std::int64_t>(sizeof(Item)), items.data(), items.size_bytes());
    written_ += static_cast<std::int64_t>(items.size());
}

template <class Row>
void EventSpool<Row>::put_away() {
    std::sort(recent_.begin(), recent_.end(), [](const Item& a, const Item& b) { return comes_before(a, b); });
    blocks_.push_back({written_, static_cast<std::int64_t>(recent_.size())});
    write(recent_);
    recent_.clear();
}

template <class Row>
void EventSpool<Row>::keep_first(std::int64_t items) {
    // Seldom, so that it costs little: each time at least as many are forgotten as are kept.
    if (held() <= 2 * items + most_) return;
    EventSpool kept(folder_);
    std::int64_t left = items;
    visit([&](std::span<const Item> some) {
        const auto count = std::min(left, static_cast<std::int64_t>(some.size()));
        if (count > 0) kept.write(some.first(static_cast<std::size_t>(count)));
        left -= count;
    });
    file_ = std::move(kept.file_);
    written_ = kept.written_;
    blocks_ = {{0, written_}};
    recent_.clear();
}

template <class Row>
void EventSpool<Row>::visit(const std::function<void(std::span<const Item>)>& visit) {
    if (blocks_.empty()) {
        std::sort(recent_.begin(), recent_.end(), [](const Item& a, const Item& b) { return comes_before(a, b); });
        return visit(recent_);
    }
    if (!recent_.empty()) put_away();
    std::vector<Source> sources;
    sources.reserve(blocks_.size());
    for (const Block& block : blocks_) {
        sources.push_back({&file_, block, {}, 0});
        sources.back().refill();
    }
    const auto later = [&](std::size_t a, std::size_t b) {
        return comes_before(sources[b].front(), sources[a].front());
    };
    std::priority_queue<std::size_t, std::vector<std::size_t>, decltype(later)> queue(later);
    for (std::size_t i = 0; i < sources.size(); ++i) queue.push(i);
    std::vector<Item> sorted;
    constexpr std::size_t portion = 1 << 14;
    while (!queue.empty()) {
        const std::size_t least = queue.top();
        queue.pop();
        sorted.push_back(sources[least].front());
        if (sources[least].pop()) queue.push(least);
        if (sorted.size() < portion) continue;
        visit(sorted);
        sorted.clear();
    }
    if (!sorted.empty()) visit(sorted);
}

template <class Row>
void EventSpool<Row>::clear() {
    added_ = written_ = 0;
    recent_.clear();
    blocks_.clear();
    file_ = UnnamedFile();
}

template class EventSpool<SpikeRow>;
template class EventSpool<MessageRow>;
template class EventSpool<QueueRow>;

}  // namespace settle
