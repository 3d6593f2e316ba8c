#include "sim/engines/chip_words.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>

namespace settle {

namespace {

using Words = std::vector<std::uint64_t>;
__extension__ using WideWord = unsigned __int128;

/// Words of a server whose queue held nobody, of a population, and of a core.
constexpr std::size_t least_of_server = 13, of_population = 4, of_core = 3;

void put(Words& words, WideCount count) {
    const auto bits = static_cast<WideWord>(count);
    words.push_back(static_cast<std::uint64_t>(bits));
    words.push_back(static_cast<std::uint64_t>(bits >> 64));
}

void put(Words& words, const LogHistogram& histogram) {
    const std::vector<std::uint64_t>& counts = histogram.counts();
    words.push_back(static_cast<std::uint64_t>(histogram.greatest()));
    words.push_back(counts.size() - static_cast<std::size_t>(std::count(counts.begin(), counts.end(), 0u)));
    for (std::size_t bin = 0; bin < counts.size(); ++bin) {
        if (counts[bin] > 0) words.insert(words.end(), {bin, counts[bin]});
    }
}

/// Takes word after word, and none that is not there.
class WordReader {
public:
    explicit WordReader(std::span<const std::uint64_t> words) : words_(words) {}

    bool failed() const { return failed_; }
    bool ended() const { return next_ == words_.size(); }

    std::uint64_t word() {
        if (next_ < words_.size()) return words_[next_++];
        failed_ = true;
        return 0;
    }
    /// Of what takes at least `each` words.
    std::size_t count(std::size_t each) {
        const std::uint64_t count = word();
        if (count <= (words_.size() - next_) / each) return static_cast<std::size_t>(count);
        failed_ = true;
        return 0;
    }
    WideCount wide() {
        const std::uint64_t low = word();
        return static_cast<WideCount>(WideWord{word()} << 64 | low);
    }
    std::int64_t time() {
        const std::uint64_t one = word();
        if (one <= static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
            return static_cast<std::int64_t>(one);
        failed_ = true;
        return 0;
    }
    LogHistogram histogram() {
        LogHistogram histogram;
        const std::int64_t greatest = time();
        const std::size_t bins = count(2);
        if (bins > 0) histogram.add(greatest, 0);
        for (std::size_t i = 0; i < bins; ++i) {
            const std::uint64_t bin = word();
            // Its least value names a bin.
            if (bin >= histogram.counts().size()) {
                failed_ = true;
                return histogram;
            }
            histogram.add(static_cast<std::int64_t>(LogHistogram::low(static_cast<std::size_t>(bin))), word());
        }
        return histogram;
    }

private:
    std::span<const std::uint64_t> words_;
    std::size_t next_ = 0;
    bool failed_ = false;
};

}  // namespace

std::vector<std::uint64_t> to_words(const ChipFigures& figures) {
    Words words{figures.servers.size(), figures.populations.size(), figures.cores.size()};
    for (const ServerFigures& one : figures.servers) {
        words.push_back(one.packets);
        put(words, one.busy);
        put(words, one.blocked);
        put(words, one.queued);
        words.push_back(static_cast<std::uint64_t>(one.queue_max));
        put(words, one.waited);
        words.push_back(one.drops);
        put(words, one.waits);
    }
    for (const TrafficFigures& one : figures.populations)
        words.insert(words.end(), {one.encoded, one.hops_x, one.hops_y, one.decoded});
    for (const CoreFigures& one : figures.cores)
        words.insert(words.end(), {one.ticks, one.spikes, one.synaptic_operations});
    words.insert(words.end(), {figures.packets, figures.delivered, figures.hops, figures.dropped});
    put(words, figures.latency);
    put(words, figures.time);
    put(words, figures.latencies);
    return words;
}

std::optional<ChipFigures> chip_figures_from(std::span<const std::uint64_t> words) {
    WordReader reader(words);
    ChipFigures figures;
    figures.servers.resize(reader.count(least_of_server));
    figures.populations.resize(reader.count(of_population));
    figures.cores.resize(reader.count(of_core));
    for (ServerFigures& one : figures.servers) {
        one.packets = reader.word();
        one.busy = reader.wide();
        one.blocked = reader.wide();
        one.queued = reader.wide();
        one.queue_max = reader.time();
        one.waited = reader.wide();
        one.drops = reader.word();
        one.waits = reader.histogram();
    }
    for (TrafficFigures& one : figures.populations) {
        one.encoded = reader.word();
        one.hops_x = reader.word();
        one.hops_y = reader.word();
        one.decoded = reader.word();
    }
    for (CoreFigures& one : figures.cores) {
        one.ticks = reader.word();
        one.spikes = reader.word();
        one.synaptic_operations = reader.word();
    }
    for (std::uint64_t* one : {&figures.packets, &figures.delivered, &figures.hops, &figures.dropped})
        *one = reader.word();
    figures.latency = reader.wide();
    figures.time = reader.wide();
    figures.latencies = reader.histogram();
    if (reader.failed() || !reader.ended()) return std::nullopt;
    return figures;
}

}  // namespace settle
