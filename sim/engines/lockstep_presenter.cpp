#include "sim/engines/lockstep_presenter.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "core/draw.hpp"
#include "core/fingerprint.hpp"
#include "models/bit_sum.hpp"

namespace settle {

namespace {

/// So many ticks of drive that they stay in the second-level cache.
int ticks_a_block(int targets) {
    constexpr int bytes = 320 * 1024;
    return std::clamp(bytes / (padded_size(targets) * static_cast<int>(sizeof(std::int32_t))), 16, 1024);
}

template <class Visit>
void for_each_bit(const std::uint64_t* words, std::ptrdiff_t count, const Visit& visit) {
    for (std::ptrdiff_t word = 0; word < count; ++word) {
        for (std::uint64_t rest = words[word]; rest != 0; rest &= rest - 1) {
            visit(static_cast<std::int32_t>(word * 64 + std::countr_zero(rest)));
        }
    }
}

std::ptrdiff_t words_for(int neurons) {
    return (padded_size(neurons) + 63) / 64;
}

}  // namespace

LockstepPresenter::LockstepPresenter(const std::vector<int>& layers, const NeuronModel& model, std::uint64_t seed)
    : layers_(layers), model_(model), seed_(seed), first_neuron_(1, 0), rows_() {
    const int last = static_cast<int>(layers.size()) - 1;
    for (int l = 0; l <= last; ++l) {
        const int size = layers[static_cast<std::size_t>(l)];
        first_neuron_.push_back(first_neuron_.back() + size);
        everyone_.emplace_back(static_cast<std::size_t>(size));
        std::iota(everyone_.back().begin(), everyone_.back().end(), 0);
        if (l == 0) continue;
        sums_.emplace_back(static_cast<std::size_t>(padded_size(size)));
        drives_.emplace_back(static_cast<std::size_t>(padded_size(size)));
    }
    target_.resize(static_cast<std::size_t>(padded_size(layers.back())));
    noise_.resize(static_cast<std::size_t>(padded_size(*std::max_element(layers.begin(), layers.end()))));
    active_x_.resize(static_cast<std::size_t>(padded_size(layers.front())));
    input_words_ = words_for(layers.front());
    active_factors_.resize(static_cast<std::size_t>(input_words_) * 64);
    for (std::size_t l = 0; l < layers.size(); ++l) {
        spike_factors_.emplace_back(static_cast<std::size_t>(words_for(layers[l])) * 64);
        for (int i = 0; i < layers[l]; ++i)
            spike_factors_[l][static_cast<std::size_t>(i)] =
                TraceKey::of(static_cast<std::uint64_t>(first_neuron_[l] + i), 1);
    }
    if (model.continuous()) return;
    const int block = ticks_a_block(layers[1]);
    drive_ = ClampedDrive(layers[1], block);
    input_bits_.resize(static_cast<std::size_t>((1 + block) * input_words_));
    if (draws_noise(model.quantizer)) {
        input_noise_.resize(static_cast<std::size_t>(block) * static_cast<std::size_t>(padded_size(layers.front())));
    }
}

void LockstepPresenter::present(const PresentationContext& context, Outcome& outcome, Tally& tally) {
    give_up_if(context.stop);
    begin(context);
    for (const Instant& instant : context.plan.instants) {
        // A branch's own time stands still until it is its turn: branches do not hear each other.
        const Branch runs = branch_before(instant);
        Current now{context, outcome, tally, runs, states_[static_cast<std::size_t>(runs)]};
        advance(now, period_of(instant));
        std::visit([&](const auto& one) { act(one, now); }, instant);
    }
}

void LockstepPresenter::begin(const PresentationContext& context) {
    const Minibatch& minibatch = context.minibatch;
    const float* x = minibatch.x.data() + static_cast<std::ptrdiff_t>(context.index) * padded_size(layers_.front());
    // Written always and kept if it is active: a branch could not be predicted.
    active_.resize(static_cast<std::size_t>(layers_.front()));
    std::size_t count = 0;
    for (int i = 0; i < layers_.front(); ++i) {
        active_[count] = i;
        active_x_[count] = x[i];
        active_factors_[count] = spike_factors_[0][static_cast<std::size_t>(i)];
        count += x[i] > 0 ? 1 : 0;
    }
    active_.resize(count);
    std::fill(active_x_.begin() + static_cast<std::ptrdiff_t>(count), active_x_.end(), 0.0f);
    std::fill(target_.begin(), target_.end(), 0.0f);
    target_[static_cast<std::size_t>(minibatch.labels[static_cast<std::size_t>(context.index)])] = 1;

    rows_ = TickRows();  // of a presentation that was stopped
    BranchState& main = states_[static_cast<std::size_t>(Branch::main)];
    main.ticks = 0;
    main.beta = 0;
    main.input_in_flight = 0;
    block_ticks_ = block_tick_ = 0;
    if (main.populations.empty()) {
        for (const int size : layers_) main.populations.emplace_back(size, model_);
        for (const int size : layers_)
            main.in_flight.push_back({Spikes(static_cast<std::size_t>(words_for(size)) * 64), 0});
    }
    main.populations[0].size = static_cast<int>(active_.size());
    for (std::size_t l = 0; l < layers_.size(); ++l) {
        main.populations[l].reset();
        main.in_flight[l].count = 0;
    }
    if (model_.continuous()) {
        input_drive_.resize(static_cast<std::size_t>(padded_size(layers_[1])));
        add_weighted_rows(context.network.projections[0].weights, active_, active_x_.data(), nullptr,
                          input_drive_.data());
    }
}

void LockstepPresenter::act(const Fork& fork, Current& now) {
    assert(now.branch == Branch::main && block_tick_ == block_ticks_);
    states_[static_cast<std::size_t>(fork.branch)] = now.state;
    count_in_flight(&Counters::duplicated, now);
}

void LockstepPresenter::act(const Nudge& nudge, Current& now) {
    now.state.beta = nudge.beta;
}

void LockstepPresenter::act(const Sample& sample, Current& now) {
    BatchStates& sums = now.outcome.reads[static_cast<std::size_t>(sample.slot)];
    for (std::size_t l = 1; l < layers_.size(); ++l) {
        float* sum = sums.of(static_cast<int>(l), now.context.index);
        const float* s = now.state.populations[l].memory.s.data();
        for (int i = 0; i < padded_size(layers_[l]); ++i) sum[i] += s[i];
    }
}

void LockstepPresenter::act(const Reading& reading, Current& now) {
    BatchStates& reads = now.outcome.reads[static_cast<std::size_t>(reading.slot)];
    const auto samples = static_cast<float>(reading.samples);
    const TraceKey key(Trace::state, now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                       static_cast<std::uint32_t>(now.branch));
    const std::uint64_t at = key.at(reading.period * now.context.plan.period);
    for (std::size_t l = 1; l < layers_.size(); ++l) {
        float* s = reads.of(static_cast<int>(l), now.context.index);
        for (int i = 0; i < layers_[l]; ++i) {
            if (reading.samples > 1) s[i] = s[i] / samples;
            now.tally.fingerprint +=
                at * TraceKey::of(static_cast<std::uint64_t>(first_neuron_[l] + i), std::bit_cast<std::uint32_t>(s[i]));
        }
    }
    const float* x =
        now.context.minibatch.x.data() + static_cast<std::ptrdiff_t>(now.context.index) * padded_size(layers_.front());
    std::copy(x, x + padded_size(layers_.front()), reads.of(0, now.context.index));
}

void LockstepPresenter::act(const End& /*end*/, Current& now) {
    flush(now);
    count_in_flight(&Counters::expired, now);
}

void LockstepPresenter::advance(Current& now, std::int64_t to_tick) {
    while (now.state.ticks < to_tick) {
        give_up_if(now.context.stop);
        if (!model_.continuous() && block_tick_ == block_ticks_) {
            const std::int64_t rest =
                undisturbed_until(now.context.plan, now.branch, now.state.ticks) - now.state.ticks;
            drive_block(now, static_cast<int>(std::min<std::int64_t>(rest, drive_.max_ticks())));
        }
        tick(now, block_tick_);
        if (!model_.continuous()) ++block_tick_;
    }
}

/// The inputs of a branch do not feel what the coordinator does, unless they are copied: up to that tick, or to the end
/// of the branch, blocks of drive may go. The larger they are, the more ticks share the tables.
std::int64_t LockstepPresenter::undisturbed_until(const Plan& plan, Branch branch, std::int64_t tick) {
    std::int64_t until = tick;
    for (const Instant& instant : plan.instants) {
        const std::int64_t period = period_of(instant);
        if (period <= tick || branch_before(instant) != branch) continue;
        if (std::holds_alternative<Fork>(instant)) return period;
        until = std::max(until, period);
    }
    return until;
}

void LockstepPresenter::drive_block(Current& now, int ticks) {
    Population& input = now.state.populations[0];
    const std::int64_t t = now.state.ticks;
    block_ticks_ = ticks;
    block_tick_ = 0;
    ClampedInput in;
    in.x = active_x_.data();
    in.ticks = ticks;
    if (model_.lambda) {
        in.lambda = std::span(now.context.annealing.lambda)
                        .subspan(static_cast<std::size_t>(t), static_cast<std::size_t>(ticks));
    }
    if (draws_noise(model_.quantizer)) {
        for (int i = 0; i < ticks; ++i) {
            draw_noise(now, active_, 0, t + 1 + i,
                       input_noise_.data() + static_cast<std::ptrdiff_t>(i) * input.padded());
        }
        in.noise = input_noise_.data();
    }
    // Row 0 is what is in flight; the bits of tick i arrive at tick i + 1.
    std::fill(input_bits_.begin(), input_bits_.end(), std::uint64_t{0});
    std::copy(input.bits.begin(), input.bits.end(), input_bits_.begin());
    tick_clamped_population(input, model_, in, input_bits_.data() + input_words_, input_words_);
    const auto* last_row = input_bits_.data() + ticks * input_words_;
    std::copy(last_row, last_row + input_words_, input.bits.begin());
    drive_.compute(now.context.network.projections[0].forward, active_, input_bits_.data(), input_words_, ticks);
}

void LockstepPresenter::draw_noise(Current& now, std::span<const std::int32_t> neurons, int first, std::int64_t t,
                                   float* out) const {
    const Stream stream(seed_, Purpose::quantizer,
                        now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                        static_cast<std::uint32_t>(now.branch));
    for (std::size_t i = 0; i < neurons.size(); ++i) {
        const auto neuron = static_cast<std::uint32_t>(first + neurons[i]);
        out[i] =
            unit_float(stream.block(neuron, static_cast<std::uint32_t>(t), static_cast<std::uint32_t>(t >> 32))[0]);
    }
}

void LockstepPresenter::tick(Current& now, int tick_in_block) {
    BranchState& state = now.state;
    const Network& network = now.context.network;
    if (model_.continuous()) {
        sum_rates(network, state);
    } else {
        sum_bits(network, state, tick_in_block);
        deliver(now);
    }
    const std::int64_t t = ++state.ticks;
    for (std::size_t l = 1; l < layers_.size(); ++l) {
        PopulationInput in;
        in.sums = sums_[l - 1].data();
        in.drive = drives_[l - 1].data();
        in.biases = network.biases[l - 1].data();
        in.t = t;
        in.epsilon = now.context.annealing.epsilon[static_cast<std::size_t>(t - 1)];
        in.lambda = now.context.annealing.lambda[static_cast<std::size_t>(t - 1)];
        if (l + 1 == layers_.size() && state.beta != 0) {
            in.y = target_.data();
            in.two_beta = 2 * state.beta;
        }
        if (draws_noise(model_.quantizer)) {
            draw_noise(now, everyone_[l], first_neuron_[l], t, noise_.data());
            in.noise = noise_.data();
        }
        tick_population(state.populations[l], model_, in);
    }
    for (std::size_t l = 0; l < layers_.size(); ++l)
        now.tally.counters[l].ticks += static_cast<std::uint64_t>(layers_[l]);
    if (!model_.continuous()) {
        const std::uint64_t* input_row = input_bits_.data() + (tick_in_block + 1) * input_words_;
        emit(now, input_row);
    }
    if (now.branch == Branch::main && t <= now.context.plan.free) {
        const Population& output = state.populations.back();
        const auto* best = std::max_element(output.memory.s.data(), output.memory.s.data() + output.size);
        now.outcome.answers[static_cast<std::size_t>(now.context.index * now.context.plan.free + t - 1)] =
            static_cast<std::uint16_t>(best - output.memory.s.data());
    }
    if (now.context.sink) record(now, tick_in_block);
}

void LockstepPresenter::sum_bits(const Network& network, const BranchState& state, int tick_in_block) {
    const std::size_t last = layers_.size() - 1;
    for (std::size_t l = 1; l <= last; ++l) {
        std::int32_t* sums = sums_[l - 1].data();
        if (l == 1) {
            // Nothing above a single layer: adds no row.
            const auto& rows = last == 1 ? network.projections[0].forward : network.projections[1].backward;
            const auto sources = last == 1 ? std::span<const std::int32_t>() : state.in_flight[2].neurons();
            add_rows(rows, sources, drive_.tick(tick_in_block), drive_.stride(), sums);
            continue;
        }
        add_rows(network.projections[l - 1].forward, state.in_flight[l - 1].neurons(), nullptr, 0, sums);
        if (l < last)
            add_rows(network.projections[l].backward, state.in_flight[l + 1].neurons(), sums, panel_width, sums);
    }
}

void LockstepPresenter::sum_rates(const Network& network, const BranchState& state) {
    const std::size_t last = layers_.size() - 1;
    for (std::size_t l = 1; l <= last; ++l) {
        float* drive = drives_[l - 1].data();
        const float* from_below = drive;
        if (l > 1) {
            add_all_weighted_rows(network.projections[l - 1].weights, state.populations[l - 1].memory.s.data(), nullptr,
                                  drive);
        } else if (state.ticks == 0) {
            std::fill(drives_[0].begin(), drives_[0].end(), 0.0f);  // nothing has been sent before the first tick
        } else {
            from_below = input_drive_.data();
        }
        if (l < last) {
            add_all_weighted_rows(network.projections[l].transposed, state.populations[l + 1].memory.s.data(),
                                  from_below, drive);
        } else if (from_below != drive) {
            std::copy(input_drive_.begin(), input_drive_.end(), drive);
        }
    }
}

/// Bits on their way to population `l`, which is not clamped.
std::uint64_t LockstepPresenter::in_flight_to(std::size_t l, const BranchState& state) const {
    const std::uint64_t from_below = l == 1 ? state.input_in_flight : state.in_flight[l - 1].count;
    return from_below + (l + 1 < layers_.size() ? state.in_flight[l + 1].count : 0);
}

void LockstepPresenter::count_in_flight(std::uint64_t Counters::*counter, Current& now) const {
    for (std::size_t l = 1; l < layers_.size(); ++l) now.tally.counters[l].*counter += in_flight_to(l, now.state);
}

void LockstepPresenter::deliver(Current& now) {
    for (std::size_t l = 1; l < layers_.size(); ++l) {
        const std::uint64_t bits = in_flight_to(l, now.state);
        now.tally.counters[l].deliveries += bits;
        now.tally.counters[l].synaptic_operations += bits * static_cast<std::uint64_t>(layers_[l]);
    }
}

void LockstepPresenter::emit(Current& now, const std::uint64_t* input_row) {
    const TraceKey key(Trace::spike, now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                       static_cast<std::uint32_t>(now.branch));
    const std::uint64_t at = key.at(lockstep_tick_time(now.state.ticks, now.context.plan.period));
    const BitSum input = sum_where_set(input_row, active_factors_.data(), static_cast<int>(active_.size()));
    now.state.input_in_flight = input.count;
    std::uint64_t factors = input.sum;
    now.tally.counters[0].spikes += input.count;
    for (std::size_t l = 1; l < layers_.size(); ++l) {
        Fired& fired = now.state.in_flight[l];
        const BitSum sum = list_where_set(now.state.populations[l].bits.data(), spike_factors_[l].data(), layers_[l],
                                          fired.list.data());
        fired.count = sum.count;
        factors += sum.sum;
        now.tally.counters[l].spikes += sum.count;
    }
    now.tally.fingerprint += at * factors;
    count_in_flight(&Counters::messages, now);
}

void LockstepPresenter::record(Current& now, int tick_in_block) {
    constexpr int rows_a_block = 64;
    const std::int64_t row =
        now.branch == Branch::main ? now.state.ticks - 1 : now.state.ticks - 1 - now.context.plan.free;
    if (rows_.rows == 0) {
        rows_.minibatch = now.context.minibatch.number;
        rows_.presentation = now.context.index;
        rows_.batch = now.context.minibatch.batch();
        rows_.branch = now.branch;
        rows_.first_row = row;
    }
    ++rows_.rows;
    for (std::size_t l = 1; l < layers_.size(); ++l) {
        const auto& s = now.state.populations[l].memory.s;
        rows_.states.insert(rows_.states.end(), s.begin(), s.begin() + layers_[l]);
    }
    if (!model_.continuous()) {
        const std::size_t begin = rows_.bits.size();
        rows_.bits.resize(begin + static_cast<std::size_t>(first_neuron_.back()), 0);
        for_each_bit(input_bits_.data() + (tick_in_block + 1) * input_words_, input_words_, [&](std::int32_t k) {
            rows_.bits[begin + static_cast<std::size_t>(active_[static_cast<std::size_t>(k)])] = 1;
        });
        for (std::size_t l = 1; l < layers_.size(); ++l) {
            for (const std::int32_t i : now.state.in_flight[l].neurons())
                rows_.bits[begin + static_cast<std::size_t>(first_neuron_[l] + i)] = 1;
        }
    }
    if (rows_.rows == rows_a_block) flush(now);
}

void LockstepPresenter::flush(Current& now) {
    if (rows_.rows > 0) now.context.sink(std::move(rows_));
    rows_ = TickRows();
}

}  // namespace settle
