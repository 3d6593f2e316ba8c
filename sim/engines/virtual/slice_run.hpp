// A slice during a presentation: its neurons tick by their own clocks and hear what arrives in their mailbox.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/fingerprint.hpp"
#include "models/device/conditions.hpp"
#include "models/device/panel_clock.hpp"
#include "models/device/silent_clock.hpp"
#include "models/neuron/dormant.hpp"
#include "models/neuron/neuron_panel.hpp"
#include "models/neuron/population.hpp"
#include "models/neuron/quantizer_noise.hpp"
#include "sim/engines/actors/segment.hpp"
#include "sim/engines/virtual/chip_run.hpp"
#include "sim/engines/virtual/fired_list.hpp"
#include "sim/engines/virtual/mailbox.hpp"
#include "sim/engines/virtual/sparse_mailbox.hpp"
#include "sim/engines/virtual/tract.hpp"
#include "sim/engines/virtual/wire_mailbox.hpp"

namespace settle {

/// Takes what a slice sends. One implementation: the shard that the slice belongs to.
class Outbox {
public:
    virtual void send(const Message& message) = 0;
    /// On a chip: a neuron has ticked and sends to whoever hears it.
    virtual void fire(const Firing& firing) = 0;

protected:
    ~Outbox() = default;
};

/// Not thread-safe: whoever runs the slice's shard calls it.
class SliceRun {
public:
    SliceRun(const Partition& partition, const Slice& slice, const NeuronModel& model);

    static constexpr Time never = std::numeric_limits<Time>::max();

    /// What goes to slice `number` of the partition can be handed to `run`, which lives in the same shard.
    void join(int number, SliceRun& run);
    /// What goes by route `number` to other shards is said to this tract.
    void speak_to(std::size_t number, Tract& tract) { tracts_[number] = &tract; }

    /// A presentation begins: time 0, branch main.
    void begin(const SliceInput& input);
    /// `branch` begins, at time `at`, as a copy of everything main has: neurons, clocks, mailbox, bits in flight.
    void fork(Branch branch, Time at, PopulationCounters& counters);
    /// Traffic of this presentation is added to `traffic` (populations); null: nobody asks for it. Before begin().
    void count_traffic(PopulationTraffic* traffic) { traffic_ = traffic; }
    /// Counts ticks of clocks that are not simulated up to `until`, in the branch that runs.
    void count_silent(Time until, PopulationCounters& counters);
    /// From now on `branch` runs.
    void enter(Branch branch);
    /// From now on ticks of `branch` are nudged with beta (output layer).
    void nudge(Branch branch, float beta) { states_[index(branch)].beta = beta; }
    // Instants of `branch` as the plan has them, at time `at`; between segments.
    void present(Branch branch, const float* x, std::int32_t label, Time at, PopulationCounters& counters);
    void alter(Branch branch, const Conditions& conditions, Time at);
    void silence(Branch branch, const std::vector<std::int32_t>& neurons);
    void sever(Branch branch, int links);
    void restart_annealing(Branch branch, Time at);
    /// `branch`, which ran last, ends at `end`: what is in flight has expired, and clocks that were not simulated are
    /// read.
    void end(Branch branch, Time end, PopulationCounters& counters);

    /// A bit is on its way here.
    void receive(const Message& message, PopulationCounters& counters) {
        if (message.row >= slice_.afferents.dense_rows()) {
            sparse_mailbox_.receive(now_->sparse_mailbox, message);
        } else if (wires_) {
            receive_wires(message, counters);
        } else {
            mailbox_.receive(now_->mailbox, message);
        }
    }

    /// A segment of the branch that was entered begins after `from`; it ends once everything up to some time has been
    /// taken.
    void begin_segment(Time from);
    void end_segment(PopulationCounters& counters);
    /// Up to and including here everything has been taken.
    Time now() const { return time_; }
    /// By how much a call of advance() may go on at most.
    Duration longest_window() const { return std::min(mailbox_.longest_window(), sparse_mailbox_.longest_window()); }
    /// The time of the earliest tick to come; `never` where there is none. Nothing is sent before it, whatever arrives.
    Time next_tick() const { return next_tick_; }
    /// Once everything up to here may be taken, that tick is no longer put off.
    Time next_tick_due() const {
        return used() > 1 && next_tick_ < never - patience_ ? next_tick_ + patience_ : next_tick_;
    }

    /// Takes all that happens up to and including `to`: deliveries and ticks. Everything that arrives until then must
    /// have been received. What is sent goes to `outbox`. Unless it must be `complete`, the last ticks may be put off,
    /// by less than the lookahead: next_tick() tells.
    void advance(Time to, bool complete, Outbox& outbox, PopulationCounters& counters, std::uint64_t& fingerprint);

    const Slice& slice() const { return slice_; }
    /// (lanes) states of the branch that runs (layers 1..L).
    const float* states() const { return now_->neurons.memory.s.data(); }
    /// Bits that each neuron of the slice has sent since the last call, added to bits[number within the population].
    void take_sent(std::uint8_t* bits);
    /// Counts bits for take_sent from now on, or no more.
    void count_sent(bool on) { counts_sent_ = on; }

private:
    /// A clamped neuron that is not simulated.
    struct Silent {
        std::int32_t place;
        std::int64_t counted;  ///< ticks that are in the branch's counters, or were before it began
    };

    /// What is clamped here, and the target.
    struct Clamped {
        const float* data = nullptr;     ///< (padded inputs)
        std::vector<std::int32_t> used;  ///< (lanes in use) place in the slice; clamped slices leave silent inputs out
        std::vector<Silent> silent;      ///< those: inputs at 0, which never fire unless they were above and have not
                                         ///< come to rest
        AlignedVector<float> x;          ///< (lanes) clamped slices
        AlignedVector<float> y;          ///< (lanes) output layer
        bool replaced = false;           ///< the data are not the presentation's first
        Dormant others;                  ///< then: what silent inputs remember
        bool resting = false;            ///< some of those in use are at 0, and leave once they have come to rest
        Time since = 0;                  ///< when that was found
    };

    /// Everything that a fork copies.
    struct State {
        Clamped clamped;
        Population neurons;
        // (lanes) weights received since the last tick; level links: weights held. One of the two is used.
        AlignedVector<std::int32_t> sums;
        AlignedVector<std::int64_t> wide_sums;  ///< LinkSettings::unbounded
        AlignedVector<Time> next;               ///< (lanes) when it ticks next; never: no neuron
        AlignedVector<Time> nominal;            ///< (lanes) when that was due; accumulated jitter included
        AlignedVector<Duration> periods;        ///< (lanes) of the clocks
        AlignedVector<std::int32_t> ticks;      ///< (lanes) done
        std::vector<Time> panel_next;           ///< (panels) least of `next`
        std::vector<std::uint8_t> sent;         ///< (lanes) bits since take_sent
        MailboxState mailbox;
        SparseMailboxState sparse_mailbox;
        WireMailboxState wires;
        std::vector<LaneSet> parities;  ///< (panels) parity links: of the bits of value 1 that were sent
        /// (routes x places x targets) where losses come in bursts; scope axon: one target.
        std::vector<std::vector<LossChain>> chains;
        float beta = 0;
        Time forked_at = -1;  ///< when this branch began; -1: with the presentation

        // What events have changed.
        std::optional<Conditions> conditions;        ///< nullopt: the device's own
        std::vector<std::vector<Duration>> latency;  ///< as Slice::latency; empty: the device's own
        std::vector<LaneSet> silenced;               ///< (panels) outputs stuck at 0; empty: none
        int links = -1;                              ///< as Sever numbers them
        /// (places) ticks of each neuron when its annealing began; empty: it began with the presentation.
        std::vector<std::int32_t> annealed_from;
    };

    /// What is drawn for sixteen synapses of one neuron.
    struct SynapseDraws {
        Duration latencies[panel_width];
        MessageFate fates[panel_width];
        LossChain chains[panel_width];
    };

    static std::size_t index(Branch branch) { return static_cast<std::size_t>(branch); }
    int used() const { return static_cast<int>(now_->clamped.used.size()); }
    std::size_t place(int lane) const {
        return static_cast<std::size_t>(now_->clamped.used[static_cast<std::size_t>(lane)]);
    }
    std::uint32_t neuron(int lane) const {
        return static_cast<std::uint32_t>(slice_.neuron(now_->clamped.used[static_cast<std::size_t>(lane)]));
    }

    /// Calls call(sums) with those that are used.
    template <class Call>
    void with_sums(const Call& call) {
        wide_ ? call(now_->wide_sums.data()) : call(now_->sums.data());
    }
    void begin_links();
    void start_terminals(const std::vector<Time>& tick_zero);
    void clear_sums(std::size_t lanes);
    std::int32_t* narrow_sums(int panel, LaneSet lanes);
    [[noreturn]] void diverge(int lane, std::int64_t sum) const;
    bool uses_all() const;
    bool is_used(std::size_t place) const;
    void choose_used();
    void fill_clamped(std::int32_t label);
    void fill_data();
    void exchange_inputs(Time at, PopulationCounters& counters);
    void let_rest(PopulationCounters& counters);
    SilentClock silent_clock(std::int32_t place) const;
    void start_clocks();
    void note_next();
    void draw_latencies(const Distribution& latency);
    void prepare_ticks(int panel, LaneSet lanes);
    LaneSet used_of(int panel) const { return (LaneSet{1} << std::min(used() - panel * panel_width, panel_width)) - 1; }
    bool takes_rounds_together() const;
    bool find_rounds(Time to, bool complete);
    void advance_together(Time to, bool complete);
    void tick_together();
    void go_on_together();
    PanelClock clocks();
    void advance_panel(int panel, Time to, bool complete);
    void hear(int panel, LaneSet lanes);
    void tick(int panel, LaneSet lanes);
    const std::int32_t* annealed(int panel, LaneSet lanes);
    LaneSet stick(int panel, LaneSet lanes, LaneSet fired) const;
    void go_on(int panel, LaneSet lanes);
    void count_spikes(int panel, LaneSet fired);
    void note_spikes(int panel, LaneSet fired);
    void note_messages(int lane, Time sent, std::uint32_t target, const MessageFate& fate, Duration latency);
    void note_on_its_way(MessageRow& row, Time at);
    void note_fork(Branch branch, Time at);
    bool lists_fired() const;
    void send_fired();
    void send_fired_densely(std::size_t number);
    void send_fired_listed(std::size_t number);
    void count_bits(std::span<const std::int32_t> lanes);
    void emit(int panel, LaneSet lanes, LaneSet fired);
    void send_packets(int panel, LaneSet lanes, LaneSet fired);
    void send_pulses(int panel, LaneSet fired, std::size_t number);
    void send_pulses_near(int panel, LaneSet fired, const Duration* latency, SliceRun& near, std::int32_t first_row);
    void send_listed_pulses(int panel, LaneSet fired, std::size_t number);
    void note_bits(int panel, LaneSet lanes, LaneSet fired);
    LossChain* chains_of(int lane, std::size_t number, std::size_t target);
    void send_axons(int panel, LaneSet lanes, std::size_t number);
    void send_axon(int lane, Message message, const MessageFate& fate, std::size_t number);
    void send_synapses(int lane, std::size_t number);
    void send_listed_synapses(int lane, std::size_t number);
    Message message_of(int lane) const;
    void draw_fates(int panel, LaneSet lanes, std::size_t number, MessageFate* fates);
    void draw_synapses(int lane, const std::uint32_t* targets, int count, SynapseDraws& draws);
    void send_wires(int panel, LaneSet fired, std::size_t number);
    void receive_wires(const Message& message, PopulationCounters& counters);
    void draw_delays(const Message& message, Counters& counter);
    void fill_delays(const Message& message, bool duplicates, Counters& counter, std::int32_t* delays);
    void count_arrived(Time to, PopulationCounters& counters);
    void send_copies(Message message, const SynapseDraws& draws, int synapse, SliceRun* near, Counters& counter);
    void send(const Message& message, SliceRun* near);
    void say(std::size_t place, const Message& message, std::size_t number);
    std::uint64_t in_flight(const State& state) const;
    void count_packets(int panel, LaneSet senders);
    void count_decodes(std::uint64_t messages);
    void count_in_flight(const State& state, Time at, bool copied) const;
    /// Whether what is addressed to the whole population is counted here; of lists, Afferents tells.
    bool counts_arrivals() const { return slice_.first || partition_.settings.link.scope == Scope::synapse; }
    Duration window_ahead() const;

    const Partition& partition_;
    const Slice& slice_;
    const NeuronModel model_;
    const bool level_;
    const bool announces_;  ///< level and parity links: every tick
    const bool wide_;       ///< sums are int64
    const bool fills_;      ///< they are in parts of pulses
    const Stream synapse_latency_;
    /// (routes x addresses) where it is in the same shard; else null. Routes with a tract have none where nobody is.
    std::vector<std::vector<SliceRun*>> near_;
    std::vector<Tract*> tracts_;  ///< (routes) null: others hear it by channels
    std::array<State, branches> states_;
    State* now_ = nullptr;   ///< of the branch that runs
    Duration patience_ = 0;  ///< ticks are put off for so long at most
    Time time_ = -1;
    Time next_tick_ = never;
    Branch branch_ = Branch::main;
    SliceInput input_;
    Mailbox mailbox_;
    SparseMailbox sparse_mailbox_;
    WireMailbox wire_mailbox_;
    bool wires_ = false;         ///< of this presentation: bits are said once to wires with a latency each
    bool draws_delays_ = false;  ///< then: their delays are not just the latencies of the device
    std::vector<std::uint32_t> lanes_neurons_;  ///< (lanes, padded) scope synapse: numbers of the neurons
    std::vector<LaneSet> duplicated_;           ///< (panels) the same: who gets the bit at hand twice

    LinkSettings link_;                                            ///< that the branch which runs is under
    const std::vector<std::vector<Duration>>* latency_ = nullptr;  ///< the same: as Slice::latency
    std::optional<TickJitter> jitter_[branches];
    std::optional<MessageNoise> fates_;
    std::optional<QuantizerNoise> quantizer_noise_;
    std::optional<TraceKey> trace_;
    std::vector<std::uint64_t> spike_factors_;  ///< (places) of the fingerprint
    AlignedVector<std::uint32_t> numbers_;      ///< (lanes, padded) of the neurons in use
    AlignedVector<Duration> jitters_;           ///< (panels x 4 x 16) draws, as PanelClock has them
    AlignedVector<float> noise_;                ///< (16) of the stochastic quantizer
    AlignedVector<std::int32_t> narrow_;        ///< (16) sums that were int64
    std::uint8_t bits_[panel_width] = {};       ///< that the lanes of a panel send
    float lambdas_[panel_width] = {};           ///< parity links: at their ticks
    AlignedVector<std::int32_t> annealed_;      ///< (16) ticks since the annealing of each lane began
    const AnnealingTable* table_ = nullptr;     ///< covers all ticks that have been prepared
    std::optional<AnnealingTable> long_table_;  ///< where a clock outran the common one
    bool counts_sent_ = false;
    bool lists_fired_ = false;  ///< what fires is listed, and sent when the window ends
    FiredList fired_;
    // (panels) Of the panels that tick next, where they do so together.
    std::vector<PanelRound> rounds_;
    std::vector<LaneSet> fired_sets_;
    std::vector<ClocksAdvanced> clocks_advanced_;
    PopulationTraffic* traffic_ = nullptr;
    bool notes_spikes_ = false;    ///< in the shard's journal
    bool notes_messages_ = false;  ///< the same
    /// What a fork will find on its way.
    struct OnItsWay {
        Time at;
        MessageRow row;
    };
    std::vector<OnItsWay> on_their_way_;  ///< and some that have arrived
    std::size_t most_on_their_way_ = 0;   ///< when those are sorted out

    // While advance() runs.
    Outbox* outbox_ = nullptr;
    PopulationCounters* counters_ = nullptr;
    std::uint64_t fingerprint_ = 0;
};

}  // namespace settle
