#include "sim/runs/ranks/spread.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <future>
#include <span>
#include <type_traits>

#include "sim/engines/chip_words.hpp"

namespace settle {

namespace {

using Clock = std::chrono::steady_clock;

std::size_t at(int index) {
    return static_cast<std::size_t>(index);
}

/// What one rank has to say of its share as a whole; behind it stand the counters of the populations.
struct ShareHead {
    std::uint64_t stops = 0, dropped = 0;
    std::uint64_t fingerprint = 0, posts = 0;
    std::uint64_t chip_words = 0;  ///< of its figures of a chip, which follow apart
    Asynchrony asynchrony;
};
static_assert(std::is_trivially_copyable_v<ShareHead> && std::is_trivially_copyable_v<Counters> &&
              std::is_trivially_copyable_v<Traffic> && std::is_trivially_copyable_v<Effort>);

/// Where the parts of one rank stand: its head, then presentation after presentation, each the answers, and slot by
/// slot the number of its input (-1: its own) and the states.
class Layout {
public:
    Layout(const Plan& plan, const Wiring& wiring, Gathered gathered)
        : wiring_(wiring),
          periods_(at64(plan.free)),
          traffic_(plan.packets ? at(wiring.populations()) : 0),
          efforts_(plan.packets && plan.packets->by_period ? periods_ : 0) {
        for (std::size_t slot = 0; slot < plan.slots.size(); ++slot) {
            const bool wanted = gathered == Gathered::reads || static_cast<int>(slot) == plan.answer_slot;
            if (plan.slots[slot] && wanted) slots_.push_back(slot);
        }
        if (gathered == Gathered::reads) {
            populations_.assign(wiring.unclamped().begin(), wiring.unclamped().end());
        } else {
            populations_ = {wiring.output()};
        }
        for (const int p : populations_) states_ += at(wiring.size(p));
    }

    std::size_t head_bytes() const {
        return sizeof(ShareHead) + at(wiring_.populations()) * sizeof(Counters) + traffic_ * sizeof(Traffic);
    }
    std::size_t bytes_each() const {
        return periods_ * sizeof(std::int32_t) + efforts_ * sizeof(Effort) +
               slots_.size() * (sizeof(std::int64_t) + states_ * sizeof(float));
    }
    std::size_t words(int presentations) const {
        const std::size_t bytes = head_bytes() + at(presentations) * bytes_each();
        return (bytes + sizeof(std::uint64_t) - 1) / sizeof(std::uint64_t);
    }

    Words pack(const ShareHead& head, const Outcome& outcome, const Minibatch& minibatch) const {
        Words words(this->words(minibatch.batch()));
        char* to = reinterpret_cast<char*>(words.data());
        const auto put = [&to](const void* from, std::size_t bytes) {
            if (bytes > 0) std::memcpy(to, from, bytes);
            to += bytes;
        };
        put(&head, sizeof head);
        PopulationCounters counters = outcome.counters;
        counters.resize(at(wiring_.populations()));
        put(counters.data(), counters.size() * sizeof(Counters));
        PopulationTraffic traffic = outcome.traffic;
        traffic.resize(traffic_);
        put(traffic.data(), traffic_ * sizeof(Traffic));
        if (head.dropped != 0) return words;
        for (int b = 0; b < minibatch.batch(); ++b) {
            put(outcome.answers.data() + at(b) * periods_, periods_ * sizeof(std::int32_t));
            put(outcome.efforts.data() + at(b) * efforts_, efforts_ * sizeof(Effort));
            for (const std::size_t slot : slots_) {
                const BatchStates& reads = outcome.reads[slot];
                const std::int64_t input = input_of(reads, minibatch, b);
                put(&input, sizeof input);
                for (const int p : populations_) put(reads.of(p, b), at(wiring_.size(p)) * sizeof(float));
            }
        }
        return words;
    }

    /// Into the outcome of the whole minibatch. True: this rank has dropped its share.
    ShareHead unpack(const std::uint64_t* words, const Share& share, const Minibatch& minibatch,
                     Outcome& outcome) const {
        const char* from = reinterpret_cast<const char*>(words);
        const auto get = [&from](void* to, std::size_t bytes) {
            if (bytes > 0) std::memcpy(to, from, bytes);
            from += bytes;
        };
        ShareHead head;
        get(&head, sizeof head);
        PopulationCounters counters(at(wiring_.populations()));
        get(counters.data(), counters.size() * sizeof(Counters));
        PopulationTraffic traffic(traffic_);
        get(traffic.data(), traffic_ * sizeof(Traffic));
        if (head.dropped != 0) return head;
        outcome.counters += counters;
        outcome.traffic += traffic;
        outcome.fingerprint += head.fingerprint;
        outcome.posts += head.posts;
        outcome.asynchrony += head.asynchrony;
        for (const int b : share) {
            get(outcome.answers.data() + at(b) * periods_, periods_ * sizeof(std::int32_t));
            get(outcome.efforts.data() + at(b) * efforts_, efforts_ * sizeof(Effort));
            for (const std::size_t slot : slots_) {
                BatchStates& reads = outcome.reads[slot];
                std::int64_t input = 0;
                get(&input, sizeof input);
                for (const int p : populations_) get(reads.of(p, b), at(wiring_.size(p)) * sizeof(float));
                set_input(reads, minibatch, b, input);
            }
        }
        return head;
    }

private:
    static std::size_t at64(std::int64_t index) { return static_cast<std::size_t>(index); }

    /// Which input was there when the states were read. Every rank has them all.
    std::int64_t input_of(const BatchStates& reads, const Minibatch& minibatch, int b) const {
        const float* x = reads.of(wiring_.input(), b);
        for (int next = 0; next < minibatch.nexts(b); ++next) {
            const float* other = next_x(minibatch, b, next);
            if (std::memcmp(x, other, padded() * sizeof(float)) == 0) return next;
        }
        return -1;
    }

    void set_input(BatchStates& reads, const Minibatch& minibatch, int b, std::int64_t input) const {
        const float* x =
            input < 0 ? minibatch.x.data() + at(b) * padded() : next_x(minibatch, b, static_cast<int>(input));
        std::copy_n(x, padded(), reads.of(wiring_.input(), b));
    }

    const float* next_x(const Minibatch& minibatch, int b, int next) const {
        return minibatch.next_x.data() + minibatch.next(b, next) * padded();
    }
    std::size_t padded() const { return at(padded_size(wiring_.size(wiring_.input()))); }

    const Wiring& wiring_;
    const std::size_t periods_;
    const std::size_t traffic_, efforts_;  ///< entries: of a share, of a presentation
    std::vector<std::size_t> slots_;
    std::vector<int> populations_;
    std::size_t states_ = 0;  ///< of a slot
};

/// What all ranks need of an outcome is packed above. Whoever gives it another member decides here whether it is.
[[maybe_unused]] void know_all_of(const Outcome& outcome) {
    [[maybe_unused]] const auto& [output, outputs, periods, reads, answers, counters, traffic, efforts, fingerprint,
                                  posts, asynchrony, chip] = outcome;
}

/// Those of a share; all of this must outlive them.
RowSinks sinks_of_share(Ranks& ranks, const Share& share, const Minibatch& whole, const RowSinks& sinks) {
    RowSinks own;
    if (sinks.ticks) {
        own.ticks = [&ranks, &sinks, &share, batch = whole.batch()](TickRows&& rows) {
            rows.presentation = share[at(rows.presentation)];
            rows.batch = batch;
            if (!ranks.leads()) return send_rows(ranks, rows);
            sinks.ticks(std::move(rows));
        };
    }
    if (!sinks.events.wanted()) return own;
    own.events = sinks.events;
    own.events.take = [&sinks, &share](EventRows&& rows) {
        rows.presentation = share[at(rows.presentation)];
        sinks.events.take(std::move(rows));
    };
    return own;
}

/// This rank's share. Rank 0 meanwhile takes the rows of the others, who would wait for it otherwise, until all have
/// come; a system that has no thread for that does it afterwards.
ShareHead present_share(Ranks& ranks, const Minibatch& whole, const Share& share, const Minibatch& part,
                        const RowSinks& sinks, const Presenting& presenting, Outcome& outcome) {
    ShareHead head;
    std::atomic<bool> given_up = false;
    std::future<void> others;
    if (sinks.wanted() && ranks.leads()) {
        others = std::async(std::launch::async | std::launch::deferred,
                            [&] { receive_rows(ranks, sinks, [&given_up] { return given_up.load(); }); });
    }
    try {
        if (!share.empty()) outcome = presenting(part, sinks_of_share(ranks, share, whole, sinks));
    } catch (const Stopped&) {
        outcome = Outcome();
        head.dropped = 1;
    } catch (...) {
        given_up = true;  // and what goes wrong here has been said before what goes wrong there
        throw;
    }
    if (others.valid()) others.get();
    if (sinks.wanted() && !ranks.leads()) end_rows(ranks);
    head.fingerprint = outcome.fingerprint;
    head.posts = outcome.posts;
    head.asynchrony = outcome.asynchrony;
    return head;
}

}  // namespace

/// Collective: the figures of a chip, of all ranks that have any, whose heads say how long theirs are.
ChipFigures gather_chip(Ranks& ranks, const std::vector<std::uint64_t>& own, const std::vector<std::size_t>& counts) {
    ChipFigures figures;
    if (std::all_of(counts.begin(), counts.end(), [](std::size_t count) { return count == 0; })) return figures;
    const auto start = Clock::now();
    const Words all = ranks.gather(own, counts);
    ranks.count(all.size() * sizeof(std::uint64_t), std::chrono::duration<double>(Clock::now() - start).count());
    std::span<const std::uint64_t> left(all);
    for (const std::size_t count : counts) {
        if (count > 0) figures += chip_figures_from(left.first(count)).value();
        left = left.subspan(count);
    }
    return figures;
}

Outcome spread(Ranks& ranks, const Plan& plan, const Wiring& wiring, const Minibatch& minibatch, Gathered gathered,
               const RowSinks& sinks, const StopCheck& stops, const Presenting& presenting) {
    const Layout layout(plan, wiring, gathered);
    const std::vector<Share> shares = shares_of(minibatch, ranks.count());
    const Share& share = shares[at(ranks.rank())];
    const Minibatch part = part_of(minibatch, share);
    Outcome own;
    ShareHead head = present_share(ranks, minibatch, share, part, sinks, presenting, own);
    head.stops = stops && stops() ? 1 : 0;
    const Words chip = own.chip.empty() ? Words() : to_words(own.chip);
    head.chip_words = chip.size();
    std::vector<std::size_t> counts;
    for (const Share& one : shares) counts.push_back(layout.words(static_cast<int>(one.size())));
    const auto start = Clock::now();
    const Words all = ranks.gather(layout.pack(head, own, part), counts);
    ranks.count(all.size() * sizeof(std::uint64_t), std::chrono::duration<double>(Clock::now() - start).count());
    Outcome outcome(plan, wiring, minibatch.batch());
    bool dropped = false;
    std::vector<std::size_t> chip_counts;
    const std::uint64_t* words = all.data();
    for (int rank = 0; rank < ranks.count(); ++rank) {
        const ShareHead said = layout.unpack(words, shares[at(rank)], minibatch, outcome);
        ranks.agree_to_stop(said.stops != 0);
        dropped = dropped || said.dropped != 0;
        chip_counts.push_back(static_cast<std::size_t>(said.chip_words));
        words += counts[at(rank)];
    }
    if (dropped) throw Stopped();
    outcome.chip = gather_chip(ranks, chip, chip_counts);
    return outcome;
}

std::uint64_t exchange_bytes(const Plan& plan, const Wiring& wiring, int batch, int ranks, Gathered gathered) {
    const Layout layout(plan, wiring, gathered);
    const int more = batch % ranks;
    const std::uint64_t words = static_cast<std::uint64_t>(ranks - more) * layout.words(least_share(batch, ranks)) +
                                static_cast<std::uint64_t>(more) * layout.words(greatest_share(batch, ranks));
    return words * sizeof(std::uint64_t);
}

}  // namespace settle
