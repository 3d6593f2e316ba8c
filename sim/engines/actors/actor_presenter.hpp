// One presentation of an engine of actors: its shards, and the coordinator that walks through the plan. The same
// in virtual time and free-running.
#pragma once

#include <algorithm>
#include <bit>
#include <cassert>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/fingerprint.hpp"
#include "sim/engines/actors/segment.hpp"

namespace settle {

/// What is given for one presentation; nothing of it changes while it runs.
struct PresenterContext {
    const Plan* plan = nullptr;
    const Minibatch* minibatch = nullptr;
    const AnnealingTable* annealing = nullptr;
    const TickSink* sink = nullptr;
    const EventSink* events = nullptr;
    const StopCheck* stop = nullptr;
    std::uint64_t seed = 1;
    Outcome* outcome = nullptr;  ///< each presentation writes rows of its own
};

/// A shard that must be run to the end of a phase once more to be nudged the other way (free-running hardware cannot be
/// copied with -beta) has `replay`; one that may leave bits in its channels at the end of a segment has `settle`.
/// Shard: VirtualShard or FreeShard. Not thread-safe but for the turns of its shards: whoever started a segment, or
/// ended it, calls the rest.
template <class Shard>
class ActorPresenter {
public:
    /// The shards of one presentation, joined by channels.
    ActorPresenter(const Partition& partition, std::vector<std::unique_ptr<Shard>> shards);

    void begin(const PresenterContext& context, int index);

    /// Acts at the instants of the plan until time has to go on, and starts that segment on all shards; false: the
    /// presentation is over.
    bool next_segment();

    std::vector<std::unique_ptr<Shard>>& shards() { return shards_; }
    /// "nudged phase of presentation 17 of the minibatch"; for messages about what went wrong.
    std::string describe() const;

    /// Of all presentations since the last call.
    std::uint64_t take_results(Outcome& outcome);

private:
    /// Of a recording, so that it is never held in memory as a whole.
    std::int64_t rows_a_segment() const { return rows_at_once(partition_.wiring.neurons()); }

    static std::size_t index(Branch branch) { return static_cast<std::size_t>(branch); }
    std::size_t output_slices() const {
        return partition_.slices_of_population[static_cast<std::size_t>(partition_.wiring.output())].size();
    }
    void act(const Fork& fork);
    void act(const Nudge& nudge);
    void act(const Sample& sample);
    void act(const Reading& reading);
    void act(const End& end);
    void act(const Present& present);
    void act(const Alter& alter);
    void act(const Silence& silence);
    void act(const Sever& sever);
    void act(const Restart& restart);
    bool obey(const Instant& instant);
    void replay_events(Branch branch);
    void start_segment(Branch branch, std::int64_t to);
    const float* first_x() const;
    void begin_rows();
    void finish_segment();
    void tell_events(SliceInput& input) const;
    void add_up();
    void add_up_traffic();

    const Partition& partition_;
    std::vector<std::unique_ptr<Shard>> shards_;
    PresenterContext context_;
    const Plan* plan_ = nullptr;  ///< of the presentation
    int index_ = 0;
    std::size_t next_instant_ = 0;
    std::vector<Instant> replayed_;  ///< what has happened to main, for a branch that replays the presentation
    std::size_t next_replayed_ = 0;
    const float* x_[branches] = {};       ///< (padded inputs) that are clamped
    std::int64_t period_[branches] = {};  ///< up to where each branch has run
    bool running_ = false;                ///< a segment has been started and not yet been finished
    Segment segment_;
    TickRows rows_;
    std::vector<Foremost> foremost_;  ///< (periods x slices of the output)
    PopulationCounters counters_;
    PopulationTraffic traffic_;
    std::uint64_t fingerprint_ = 0;
};

template <class Shard>
ActorPresenter<Shard>::ActorPresenter(const Partition& partition, std::vector<std::unique_ptr<Shard>> shards)
    : partition_(partition),
      shards_(std::move(shards)),
      counters_(static_cast<std::size_t>(partition.wiring.populations())) {}

template <class Shard>
void ActorPresenter<Shard>::begin(const PresenterContext& context, int presentation) {
    context_ = context;
    plan_ = &context.minibatch->plan(presentation, *context.plan);
    index_ = presentation;
    next_instant_ = next_replayed_ = 0;
    replayed_.clear();
    running_ = false;
    std::fill(std::begin(period_), std::end(period_), 0);
    foremost_.resize(static_cast<std::size_t>(plan_->free) * output_slices());
    const auto at = static_cast<std::size_t>(presentation);
    SliceInput input;
    input.presentation = context.minibatch->presentations[at];
    input.x = first_x();
    input.label = context.minibatch->labels[at];
    input.jitter_changes = std::any_of(plan_->instants.begin(), plan_->instants.end(), [&](const Instant& instant) {
        const auto* alter = std::get_if<Alter>(&instant);
        return alter && plan_->tables->conditions[static_cast<std::size_t>(alter->conditions)].jitter !=
                            partition_.settings.clock.jitter;
    });
    x_[0] = input.x;
    input.seed = context.seed;
    input.annealing = context.annealing;
    input.packets = plan_->packets.get();
    if (context.events->wanted()) tell_events(input);
    for (auto& shard : shards_) shard->begin(input);
}

/// What journals need to know beforehand: when each branch ends, and until when others branch off.
template <class Shard>
void ActorPresenter<Shard>::tell_events(SliceInput& input) const {
    input.events = context_.events;
    input.minibatch = context_.minibatch->number;
    input.index = index_;
    for (const Instant& instant : plan_->instants) {
        const Time at = period_of(instant) * plan_->period;
        if (std::holds_alternative<Fork>(instant)) input.last_fork = std::max(input.last_fork, at);
        if (const auto* end = std::get_if<End>(&instant)) input.ends[index(end->branch)] = at;
    }
}

template <class Shard>
bool ActorPresenter<Shard>::next_segment() {
    if (running_) finish_segment();
    for (; next_instant_ < plan_->instants.size(); ++next_instant_) {
        for (; next_replayed_ < replayed_.size(); ++next_replayed_) {
            if (!obey(replayed_[next_replayed_])) return true;
        }
        if (!obey(plan_->instants[next_instant_])) return true;
    }
    add_up();
    return false;
}

/// False: time has to go on first, and a segment has been started.
template <class Shard>
bool ActorPresenter<Shard>::obey(const Instant& instant) {
    // Shards take the samples on their way.
    if (std::holds_alternative<Sample>(instant)) return true;
    // A branch's own time stands still until it is its turn: branches do not hear each other.
    const Branch runs = branch_before(instant);
    if (period_[index(runs)] < period_of(instant)) {
        start_segment(runs, period_of(instant));
        return false;
    }
    std::visit([this](const auto& one) { this->act(one); }, instant);
    return true;
}

/// What has happened to main so far happens to this branch, too.
template <class Shard>
void ActorPresenter<Shard>::replay_events(Branch branch) {
    const auto again = [&](auto instant) {
        instant.branch = branch;
        replayed_.emplace_back(instant);
    };
    for (std::size_t i = 0; i < next_instant_; ++i) {
        const Instant& instant = plan_->instants[i];
        std::visit(
            [&]<class One>(const One& one) {
                constexpr bool reads = std::is_same_v<One, Sample> || std::is_same_v<One, Reading>;
                constexpr bool branches_off = std::is_same_v<One, Fork> || std::is_same_v<One, End>;
                if constexpr (!reads && !branches_off) {
                    if (one.branch == Branch::main) again(one);
                }
            },
            instant);
    }
}

template <class Shard>
void ActorPresenter<Shard>::start_segment(Branch branch, std::int64_t to) {
    const Plan& plan = *plan_;
    Segment segment;
    segment.branch = branch;
    segment.begin = period_[index(branch)];
    segment.noise = segment.begin < plan.free ? Branch::main : branch;
    if (*context_.sink) to = std::min(to, segment.begin + rows_a_segment());
    segment.end = to * plan.period;
    segment.period = plan.period;
    segment.answers = branch == Branch::main ? plan.free : 0;
    for (const Instant& instant : plan.instants) {
        const Sample* sample = std::get_if<Sample>(&instant);
        if (!sample || sample->branch != branch) continue;
        if (sample->period > segment.begin && sample->period <= to) segment.samples.push_back(*sample);
    }
    std::stable_sort(segment.samples.begin(), segment.samples.end(),
                     [](const Sample& a, const Sample& b) { return a.period < b.period; });
    segment.foremost = &foremost_;
    segment.outcome = context_.outcome;
    segment.presentation = index_;
    segment.stop = context_.stop;
    segment_ = segment;
    // Of a branch that replays the free phase, only what main does not show.
    if (*context_.sink && (branch == Branch::main || segment.begin >= plan.free)) begin_rows();
    running_ = true;
    for (auto& shard : shards_) shard->start(segment_);
}

template <class Shard>
void ActorPresenter<Shard>::begin_rows() {
    const std::int64_t begin = segment_.begin;
    rows_ = TickRows();
    rows_.minibatch = context_.minibatch->number;
    rows_.presentation = index_;
    rows_.batch = context_.minibatch->batch();
    rows_.branch = segment_.branch;
    rows_.first_row = segment_.branch == Branch::main ? begin : begin - plan_->free;
    rows_.rows = static_cast<int>(segment_.end / segment_.period - begin);
    const auto neurons = static_cast<std::size_t>(partition_.wiring.neurons());
    const auto rows = static_cast<std::size_t>(rows_.rows);
    rows_.bits.assign(rows * neurons, 0);
    rows_.states.assign(rows * static_cast<std::size_t>(partition_.wiring.states()), 0);
    segment_.rows = &rows_;
    segment_.shows_input_bits = context_.minibatch->shows_input_bits;
}

template <class Shard>
void ActorPresenter<Shard>::finish_segment() {
    running_ = false;
    if constexpr (requires(Shard & shard) { shard.settle(); }) {
        for (auto& shard : shards_) shard->settle();
    }
    period_[index(segment_.branch)] = segment_.end / segment_.period;
    if (segment_.rows) (*context_.sink)(std::move(rows_));
    const std::int64_t to = std::min(period_[index(segment_.branch)], segment_.answers);
    const std::size_t slices = output_slices();
    for (std::int64_t period = segment_.begin + 1; period <= to; ++period) {
        const Foremost* of = foremost_.data() + static_cast<std::size_t>(period - 1) * slices;
        const auto behind = [](const Foremost& a, const Foremost& b) {
            return a.s < b.s || (a.s == b.s && a.neuron > b.neuron);
        };
        context_.outcome->answers[static_cast<std::size_t>(index_ * context_.outcome->periods + period - 1)] =
            std::max_element(of, of + slices, behind)->neuron;
    }
}

template <class Shard>
void ActorPresenter<Shard>::act(const Fork& fork) {
    x_[index(fork.branch)] = x_[0];
    if constexpr (requires(Shard & shard) { shard.replay(Branch::minus); }) {
        if (fork.branch == Branch::minus) {
            period_[index(Branch::minus)] = 0;
            x_[index(Branch::minus)] = first_x();
            replay_events(Branch::minus);
            for (auto& shard : shards_) shard->replay(Branch::minus);
            return;
        }
    }
    period_[index(fork.branch)] = fork.period;
    for (auto& shard : shards_) shard->fork(fork.branch, fork.period * plan_->period);
}

template <class Shard>
void ActorPresenter<Shard>::act(const Nudge& nudge) {
    for (auto& shard : shards_) shard->nudge(nudge.branch, nudge.beta);
}

/// Shards have taken it on their way.
template <class Shard>
void ActorPresenter<Shard>::act(const Sample& /*sample*/) {}

template <class Shard>
void ActorPresenter<Shard>::act(const End& end) {
    for (auto& shard : shards_) shard->end(end.branch, end.period * plan_->period);
}

template <class Shard>
void ActorPresenter<Shard>::act(const Reading& reading) {
    BatchStates& reads = context_.outcome->reads[static_cast<std::size_t>(reading.slot)];
    const auto samples = static_cast<float>(reading.samples);
    const Minibatch& minibatch = *context_.minibatch;
    const TraceKey key(Trace::state, minibatch.presentations[static_cast<std::size_t>(index_)],
                       static_cast<std::uint32_t>(reading.branch));
    const std::uint64_t at = key.at(reading.period * plan_->period);
    const Wiring& wiring = partition_.wiring;
    for (const int p : wiring.unclamped()) {
        float* s = reads.of(p, index_);
        for (int i = 0; i < wiring.size(p); ++i) {
            if (reading.samples > 1) s[i] = s[i] / samples;
            const auto neuron = static_cast<std::uint64_t>(wiring.first_neuron(p) + i);
            fingerprint_ += at * TraceKey::of(neuron, std::bit_cast<std::uint32_t>(s[i]));
        }
    }
    const std::ptrdiff_t padded = padded_size(wiring.size(wiring.input()));
    const float* x = x_[index(reading.branch)];
    std::copy(x, x + padded, reads.of(wiring.input(), index_));
}

template <class Shard>
void ActorPresenter<Shard>::act(const Present& present) {
    const Minibatch& minibatch = *context_.minibatch;
    const std::size_t row = minibatch.next(index_, present.input);
    const auto padded = static_cast<std::size_t>(padded_size(partition_.wiring.size(partition_.wiring.input())));
    const float* x = minibatch.next_x.data() + row * padded;
    x_[index(present.branch)] = x;
    for (auto& shard : shards_)
        shard->present(present.branch, x, minibatch.next_labels[row], present.period * plan_->period);
}

template <class Shard>
void ActorPresenter<Shard>::act(const Alter& alter) {
    const Conditions& conditions = plan_->tables->conditions[static_cast<std::size_t>(alter.conditions)];
    for (auto& shard : shards_) shard->alter(alter.branch, conditions, alter.period * plan_->period);
}

template <class Shard>
void ActorPresenter<Shard>::act(const Silence& silence) {
    static const std::vector<std::int32_t> none;
    const auto& neurons = silence.neurons < 0 ? none : plan_->tables->silent[static_cast<std::size_t>(silence.neurons)];
    for (auto& shard : shards_) shard->silence(silence.branch, neurons);
}

template <class Shard>
void ActorPresenter<Shard>::act(const Sever& sever) {
    for (auto& shard : shards_) shard->sever(sever.branch, sever.links);
}

template <class Shard>
void ActorPresenter<Shard>::act(const Restart& restart) {
    for (auto& shard : shards_)
        shard->restart_annealing(restart.branch, restart.population, restart.period * plan_->period);
}

/// (padded inputs) that the presentation begins with.
template <class Shard>
const float* ActorPresenter<Shard>::first_x() const {
    return context_.minibatch->x.data() +
           static_cast<std::ptrdiff_t>(index_) * padded_size(partition_.wiring.size(partition_.wiring.input()));
}

template <class Shard>
std::string ActorPresenter<Shard>::describe() const {
    const char* names[] = {"main", "free", "minus"};
    const bool nudged = segment_.begin >= (plan_ ? plan_->free : 0) && segment_.branch != Branch::free;
    return std::string(nudged ? "nudged" : "free") + " phase (branch " + names[index(segment_.branch)] +
           ") of presentation " + std::to_string(index_) + " of the minibatch";
}

template <class Shard>
void ActorPresenter<Shard>::add_up() {
    for (auto& shard : shards_) {
        shard->journal().hand_over();
        counters_ += shard->counters();
        if constexpr (requires(Shard & one) { one.fingerprint(); }) fingerprint_ += shard->fingerprint();
    }
    if (plan_->packets) add_up_traffic();
}

/// Shards have what was added in each period.
template <class Shard>
void ActorPresenter<Shard>::add_up_traffic() {
    for (auto& shard : shards_) traffic_ += shard->traffic();
    if (!plan_->packets->by_period) return;
    Effort* efforts =
        context_.outcome->efforts.data() + static_cast<std::ptrdiff_t>(index_ * context_.outcome->periods);
    Effort sum;
    for (std::size_t period = 0; period < static_cast<std::size_t>(plan_->free); ++period) {
        for (auto& shard : shards_) sum += shard->efforts()[period];
        efforts[period] = sum;
    }
}

template <class Shard>
std::uint64_t ActorPresenter<Shard>::take_results(Outcome& outcome) {
    outcome.counters += counters_;
    std::fill(counters_.begin(), counters_.end(), Counters());
    outcome.traffic += std::exchange(traffic_, {});
    return std::exchange(fingerprint_, 0);
}

}  // namespace settle
