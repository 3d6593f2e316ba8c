// One worker's share of the lockstep engine: presents one sample at a time, with buffers that are allocated once.
#pragma once

#include <array>
#include <span>

#include "core/stop.hpp"
#include "models/kernels/clamped_drive.hpp"
#include "models/network/network.hpp"
#include "models/neuron/dormant.hpp"
#include "models/neuron/population.hpp"
#include "sim/engines/event_journal.hpp"
#include "sim/engines/presentation.hpp"

namespace settle {

/// What is given for one presentation; nothing of it changes while it runs.
struct PresentationContext {
    const Plan& plan;
    const Network& network;
    std::span<const Network> severed;  ///< (PlanTables::dead) the network with those links dead
    const Minibatch& minibatch;
    int index;  ///< in the minibatch
    const AnnealingTable& annealing;
    const TickSink& sink;
    const StopCheck& stop;
    const EventSink& events;
};

/// What a worker adds up over its presentations.
struct Tally {
    PopulationCounters counters;
    PopulationTraffic traffic;  ///< where the plan asks for it; of one presentation at a time
    std::uint64_t fingerprint = 0;
};

class LockstepPresenter {
public:
    LockstepPresenter(const Wiring& wiring, const NeuronModel& model, std::uint64_t seed);

    /// Ticks for which the drive of so many targets (padded) is summed at once: so many that it stays in the
    /// second-level cache, and that what so many inputs say does not take memory that others need.
    static int ticks_a_block(double targets, double inputs);
    /// Of what an input says at a tick: at most every other one is an exception (SteadySources), of four bytes.
    static constexpr double input_bytes_a_tick = 2;

    /// Obeys the plan for one presentation; writes its rows of `outcome` (nobody else does) and adds to `tally`. Throws
    /// Stopped.
    void present(const PresentationContext& context, Outcome& outcome, Tally& tally);

private:
    static std::size_t at(int p) { return static_cast<std::size_t>(p); }

    using Spikes = std::vector<std::int32_t>;

    /// The neurons of a population that fired at the last tick.
    struct Fired {
        Spikes list;            ///< as long as list_where_set wants it
        std::size_t count = 0;  ///< those that count

        std::span<const std::int32_t> neurons() const { return {list.data(), count}; }
    };

    /// What is clamped, and the target. Of the inputs only those are simulated that can fire: one at 0 never does,
    /// whatever the quantizer, unless it was above 0 and has not come to rest.
    struct Clamped {
        const float* data = nullptr;               ///< (padded inputs)
        std::int64_t since = 0;                    ///< the tick after which they were presented
        Spikes active;                             ///< inputs that are simulated
        AlignedVector<float> x;                    ///< their values, padded
        AlignedVector<std::uint64_t> factors;      ///< of the fingerprint, for them
        bool resting = false;                      ///< some of them may be at 0
        bool replaced = false;                     ///< the data are not the presentation's first
        Dormant others;                            ///< then: what inputs that are not simulated remember
        AlignedVector<float> target;               ///< one-hot y
        const float* sent = nullptr;               ///< continuous: data of the last tick; null: there was none
        std::vector<AlignedVector<float>> drives;  ///< what they add to each population; empty where they add nothing
        // By pathway, where inputs have more links or fewer: of each of them, and of the bits in flight.
        std::vector<AlignedVector<std::uint64_t>> links;
        std::vector<std::uint64_t> links_in_flight;
    };

    /// By population, a bit a neuron; empty: none is.
    using Silenced = std::vector<std::vector<std::uint64_t>>;

    /// Everything that a fork copies: the neurons and the bits in flight. The input is ahead by what is left of a
    /// block.
    struct BranchState {
        std::int64_t ticks = 0;
        float beta = 0;
        const Network* network = nullptr;    ///< with the links that live
        int links = -1;                      ///< as Sever numbers them
        Silenced silenced, silenced_before;  ///< now, and when the last tick sent what is heard at the next one
        std::vector<Population> populations;
        std::vector<std::int64_t> annealed_from;  ///< by population: the tick after which its annealing began
        std::vector<Fired> in_flight;             ///< by population; of the input the count alone
        Clamped clamped;
    };

    /// The branch that is running and where its results go.
    struct Current {
        const PresentationContext& context;
        Outcome& outcome;
        Tally& tally;
        Branch branch;
        BranchState& state;
    };

    void begin(const PresentationContext& context);
    void act(const Fork& fork, Current& now);
    void act(const Nudge& nudge, Current& now);
    void act(const Sample& sample, Current& now);
    void act(const Reading& reading, Current& now);
    void act(const End& end, Current& now);
    void act(const Present& present, Current& now);
    void act(const Alter& alter, Current& now);
    void act(const Silence& silence, Current& now);
    void act(const Sever& sever, Current& now);
    void act(const Restart& restart, Current& now);
    static void clamp(Clamped& clamped, const float* x, std::int32_t label);
    void gather_active(BranchState& state) const;
    void exchange_inputs(BranchState& state) const;
    void restart_annealing(BranchState& state, int population) const;
    void drive_continuously(BranchState& state) const;
    void silence(BranchState& state) const;
    const float* rates_of(int p, const BranchState& state);
    void advance(Current& now, std::int64_t to_tick);
    static std::int64_t undisturbed_until(const Plan& plan, Branch branch, std::int64_t tick);
    void drive_block(Current& now, int ticks);
    void tick(Current& now, int tick_in_block);
    void sum_bits(const BranchState& state, int tick_in_block);
    void sum_rates(const BranchState& state);
    void sum_rates(int p, const BranchState& state);
    void deliver(Current& now);
    static std::uint64_t sent_by(int source, const BranchState& state);
    void emit(Current& now, const std::uint64_t* input_row);
    void record(Current& now, int tick_in_block);
    void flush(Current& now);
    void note_spikes(Current& now, const std::uint64_t* input_row);
    std::uint64_t in_flight_to(int p, const BranchState& state) const;
    std::uint64_t links_in_flight(int number, const BranchState& state) const;
    void count_in_flight(std::uint64_t Counters::*counter, Current& now) const;
    void count_decodes(int p, Current& now) const;
    void count_packets(Current& now, const std::uint64_t* input_row) const;
    void keep_effort(Current& now) const;
    void draw_noise(Current& now, std::span<const std::int32_t> neurons, int first, std::int64_t t, float* out) const;

    const Wiring wiring_;
    const NeuronModel model_;
    const std::uint64_t seed_;
    // By population; those of the input are empty.
    std::vector<AlignedVector<std::int32_t>> sums_;
    std::vector<AlignedVector<float>> drives_;  ///< continuous networks
    std::vector<Spikes> everyone_;              ///< 0, 1, 2 …
    // By population.
    std::vector<AlignedVector<std::uint64_t>> spike_factors_;  ///< of the fingerprint
    AlignedVector<float> noise_;                               ///< stochastic quantizer
    AlignedVector<float> rates_;                               ///< of a continuous population that is silenced in part
    std::array<BranchState, branches> states_;

    AlignedVector<std::uint64_t>
        input_bits_;  ///< (1 + ticks of the block) x input_words_; row 0 is in flight when it begins
    std::ptrdiff_t input_words_ = 0;
    AlignedVector<float> input_noise_;
    /// What the input's bits add, by pathway; others are empty.
    std::vector<ClampedDrive> clamped_drives_;
    int longest_block_ = 0;  ///< ticks that they hold
    int block_ticks_ = 0;    ///< of the block of drive at hand; it may go on after the instant that advance() goes to
    int block_tick_ = 0;     ///< of them, those that have happened
    TickRows rows_;
    EventJournal journal_;
};

}  // namespace settle
