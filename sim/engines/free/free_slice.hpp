// A slice of a free-running presentation: its neurons tick together, with the sum of what has arrived in their open
// window. No time: a tick is number 1, 2, … of the slice's own.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "models/device/conditions.hpp"
#include "models/neuron/dormant.hpp"
#include "models/neuron/population.hpp"
#include "models/neuron/quantizer_noise.hpp"
#include "sim/engines/actors/segment.hpp"
#include "sim/engines/asynchrony.hpp"
#include "sim/engines/free/bit_bundle.hpp"

namespace settle {

/// Those of the bits that are in the mask, side by side from bit 0 on.
std::uint64_t packed(std::uint64_t bits, std::uint64_t mask);

/// Not thread-safe: whoever runs the slice's shard calls it.
class FreeSlice {
public:
    FreeSlice(const Partition& partition, const Slice& slice, const NeuronModel& model);

    /// A presentation begins: no ticks, branch main.
    void begin(const SliceInput& input);
    /// `branch` begins as a presentation does, and with main's noise: what it is nudged from is what main came to.
    void replay(Branch branch);
    /// `branch` begins as a copy of everything main has: neurons and sums. Nothing is in flight.
    void fork(Branch branch) { states_[index(branch)] = states_[0]; }
    /// From now on `branch` runs, with the draws of `noise`.
    void enter(Branch branch, Branch noise);
    /// From now on ticks of `branch` are nudged with beta (output layer).
    void nudge(Branch branch, float beta) { states_[index(branch)].beta = beta; }

    // Instants of `branch` as the plan has them; between segments.
    void present(Branch branch, const float* x, std::int32_t label);
    /// Its loss; there is nothing else here that could change.
    void alter(Branch branch, const Conditions& conditions) { states_[index(branch)].loss = conditions.loss; }
    void silence(Branch branch, const std::vector<std::int32_t>& neurons);
    void sever(Branch branch, int links) { states_[index(branch)].links = links; }
    void restart_annealing(Branch branch);

    /// Messages arrive in the open window.
    void receive(const BitBundle& bundle, PopulationCounters& counters);
    /// The open window goes into the sums: a segment ends.
    void settle();
    /// One tick of every neuron, with all that has arrived since the last one. What it fires is ready to be sent.
    void tick(PopulationCounters& counters, Asynchrony& asynchrony);
    /// Adds what the messages of the last tick ask of a chip to `traffic` (populations).
    void count_traffic(PopulationTraffic& traffic) const;

    /// Calls send(const BitBundle&) for what the last tick has fired, but for what is lost on the way.
    template <class Send>
    void send(const Send& send) const;

    const Slice& slice() const { return slice_; }
    std::int64_t ticks() const { return now_->ticks; }
    /// (lanes) states of the branch that runs (layers 1..L).
    const float* states() const { return now_->neurons.memory.s.data(); }
    /// Puts the bits of the last tick into bits[number within the population].
    void take_bits(std::uint8_t* bits) const;
    /// Notes them, at the slice's tick count.
    void note_spikes(EventJournal& journal) const;

private:
    using Words = std::vector<std::uint64_t>;

    /// What goes to one population that hears this one.
    struct Sending {
        int population;
        struct Address {
            std::int32_t slice;
            std::int32_t first_row;          ///< row of this slice's first neuron; not of a listed route
            Words reaching;                  ///< listed: lanes that have a row there
            std::vector<std::int32_t> rows;  ///< listed: of the first such lane of each word; they follow each other
        };
        std::vector<Address> addresses;
        Words words;
    };

    /// What is clamped here, and the target.
    struct Clamped {
        const float* data = nullptr;     ///< (padded inputs)
        std::vector<std::int32_t> used;  ///< lanes that are simulated: inputs at 0 never fire, unless they were above
                                         ///< and have not come to rest
        AlignedVector<float> x;          ///< clamped: (used)
        AlignedVector<float> y;          ///< (lanes) output layer
        bool replaced = false;           ///< the data are not the presentation's first
        Dormant others;                  ///< then: what lanes that are not simulated remember
    };

    /// Everything that a fork copies.
    struct State {
        Clamped clamped;
        Population neurons;
        AlignedVector<std::int32_t> sums;  ///< (lanes) weights of received bits that a segment has left
        std::int64_t ticks = 0;
        std::int64_t annealed_from = 0;  ///< the tick after which the annealing began
        float beta = 0;
        double loss = 0;
        Words silenced;  ///< (lanes) empty: none
        int links = -1;  ///< as Sever numbers them
    };

    static std::size_t index(Branch branch) { return static_cast<std::size_t>(branch); }
    void clamp(Clamped& clamped, const float* x, std::int32_t label) const;
    void choose_used(Clamped& clamped) const;
    void reset(State& state) const;
    void tick_clamped(const AnnealingTable& table);
    void tick_listening(const AnnealingTable& table);
    const float* draw_noise();
    void measure_window(Asynchrony& asynchrony);
    void choose_messages(PopulationCounters& counters);
    void lose(Sending& sending, Counters& counter) const;
    static Sending sending_of(const Slice& slice, const Route& route);

    const Partition& partition_;
    const Slice& slice_;
    const NeuronModel model_;
    std::vector<Sending> sendings_;
    Words stuck_at_zero_, stuck_at_one_;  ///< (lanes) empty: none
    std::array<State, branches> states_;
    State* now_ = nullptr;  ///< of the branch that runs
    SliceInput input_;
    std::optional<MessageNoise> fates_;
    std::optional<QuantizerNoise> quantizer_noise_;

    AlignedVector<float> noise_;  ///< (lanes, or used) stochastic quantizer
    AlignedVector<std::uint64_t> input_bits_;
    std::vector<std::int32_t> arrived_;      ///< the open window: rows, one a message
    std::vector<std::uint8_t> row_arrived_;  ///< (rows) messages of each in the window that is measured
    Words fired_;                            ///< (lanes) of the last tick
};

template <class Send>
void FreeSlice::send(const Send& send) const {
    for (const Sending& sending : sendings_) {
        for (std::size_t word = 0; word < sending.words.size(); ++word) {
            const std::uint64_t bits = sending.words[word];
            if (bits == 0) continue;
            for (const Sending::Address& to : sending.addresses) {
                if (to.reaching.empty()) {
                    send(BitBundle{bits, to.first_row + static_cast<std::int32_t>(word) * 64, to.slice});
                } else if ((bits & to.reaching[word]) != 0) {
                    send(BitBundle{packed(bits, to.reaching[word]), to.rows[word], to.slice});
                }
            }
        }
    }
}

}  // namespace settle
