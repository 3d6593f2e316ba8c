#include "sim/engines/lockstep/lockstep_presenter.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>

#include "core/fingerprint.hpp"
#include "models/kernels/bit_sum.hpp"
#include "models/neuron/quantizer_noise.hpp"

namespace settle {

namespace {

/// So many ticks of drive that they stay in the second-level cache.
int ticks_a_block(int targets) {
    constexpr int bytes = 320 * 1024;
    return std::clamp(bytes / (padded_size(targets) * static_cast<int>(sizeof(std::int32_t))), 16, 1024);
}

std::size_t at(int p) {
    return static_cast<std::size_t>(p);
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

LockstepPresenter::LockstepPresenter(const Wiring& wiring, const NeuronModel& model, std::uint64_t seed)
    : wiring_(wiring), model_(model), seed_(seed), rows_() {
    const auto populations = static_cast<std::size_t>(wiring.populations());
    sums_.resize(populations);
    drives_.resize(populations);
    everyone_.resize(populations);
    input_drives_.resize(populations);
    clamped_drives_.resize(populations);
    int largest = 0, driven = 0;
    for (int p = 0; p < wiring.populations(); ++p) {
        largest = std::max(largest, wiring.size(p));
        auto& factors = spike_factors_.emplace_back(static_cast<std::size_t>(words_for(wiring.size(p))) * 64);
        for (int i = 0; i < wiring.size(p); ++i)
            factors[at(i)] = TraceKey::of(static_cast<std::uint64_t>(wiring.first_neuron(p) + i), 1);
    }
    for (const int p : wiring.unclamped()) {
        sums_[at(p)].resize(at(padded_size(wiring.size(p))));
        drives_[at(p)].resize(at(padded_size(wiring.size(p))));
        everyone_[at(p)].resize(at(wiring.size(p)));
        std::iota(everyone_[at(p)].begin(), everyone_[at(p)].end(), 0);
    }
    const int inputs = wiring.size(wiring.input());
    target_.resize(at(padded_size(wiring.size(wiring.output()))));
    noise_.resize(at(padded_size(largest)));
    active_x_.resize(at(padded_size(inputs)));
    input_words_ = words_for(inputs);
    active_factors_.resize(static_cast<std::size_t>(input_words_) * 64);
    for (const int number : wiring.outgoing(wiring.input()))
        driven += padded_size(wiring.size(wiring.pathway(number).target));
    longest_block_ = ticks_a_block(driven);
    for (const int number : wiring.outgoing(wiring.input())) {
        const int p = wiring.pathway(number).target;
        if (model.continuous()) {
            input_drives_[at(p)].resize(at(padded_size(wiring.size(p))));
        } else {
            assert(clamped_drives_[at(p)].max_ticks() == 0);  // one projection joins the two
            clamped_drives_[at(p)] = ClampedDrive(wiring.size(p), longest_block_);
        }
    }
    if (model.continuous()) return;
    input_bits_.resize(static_cast<std::size_t>((1 + longest_block_) * input_words_));
    if (draws_noise(model.quantizer)) input_noise_.resize(at(longest_block_) * at(padded_size(inputs)));
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
    const int input = wiring_.input(), inputs = wiring_.size(input);
    const float* x = minibatch.x.data() + static_cast<std::ptrdiff_t>(context.index) * padded_size(inputs);
    // Written always and kept if it is active: a branch could not be predicted.
    active_.resize(at(inputs));
    std::size_t count = 0;
    for (int i = 0; i < inputs; ++i) {
        active_[count] = i;
        active_x_[count] = x[i];
        active_factors_[count] = spike_factors_[at(input)][at(i)];
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
    block_ticks_ = block_tick_ = 0;
    if (main.populations.empty()) {
        for (const int size : wiring_.sizes()) {
            main.populations.emplace_back(size, model_);
            main.in_flight.push_back({Spikes(static_cast<std::size_t>(words_for(size)) * 64), 0});
        }
    }
    main.populations[at(input)].size = static_cast<int>(active_.size());
    for (Population& population : main.populations) population.reset();
    for (Fired& fired : main.in_flight) fired.count = 0;
    if (!model_.continuous()) return;
    for (const int number : wiring_.outgoing(input)) {
        const Pathway& pathway = wiring_.pathway(number);
        context.network.over(pathway).add_rates(false, active_, active_x_.data(), nullptr,
                                                input_drives_[at(pathway.target)].data());
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
    for (const int p : wiring_.unclamped()) {
        float* sum = sums.of(p, now.context.index);
        const float* s = now.state.populations[at(p)].memory.s.data();
        for (int i = 0; i < padded_size(wiring_.size(p)); ++i) sum[i] += s[i];
    }
}

void LockstepPresenter::act(const Reading& reading, Current& now) {
    BatchStates& reads = now.outcome.reads[static_cast<std::size_t>(reading.slot)];
    const auto samples = static_cast<float>(reading.samples);
    const TraceKey key(Trace::state, now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                       static_cast<std::uint32_t>(now.branch));
    const std::uint64_t when = key.at(reading.period * now.context.plan.period);
    for (const int p : wiring_.unclamped()) {
        float* s = reads.of(p, now.context.index);
        for (int i = 0; i < wiring_.size(p); ++i) {
            if (reading.samples > 1) s[i] = s[i] / samples;
            const auto neuron = static_cast<std::uint64_t>(wiring_.first_neuron(p) + i);
            now.tally.fingerprint += when * TraceKey::of(neuron, std::bit_cast<std::uint32_t>(s[i]));
        }
    }
    const std::ptrdiff_t padded = padded_size(wiring_.size(wiring_.input()));
    const float* x = now.context.minibatch.x.data() + now.context.index * padded;
    std::copy(x, x + padded, reads.of(wiring_.input(), now.context.index));
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
            drive_block(now, static_cast<int>(std::min<std::int64_t>(rest, longest_block_)));
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
    Population& input = now.state.populations[at(wiring_.input())];
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
            draw_noise(now, active_, wiring_.first_neuron(wiring_.input()), t + 1 + i,
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
    for (const int number : wiring_.outgoing(wiring_.input())) {
        const Pathway& pathway = wiring_.pathway(number);
        now.context.network.over(pathway).drive(clamped_drives_[at(pathway.target)], active_, input_bits_.data(),
                                                input_words_, ticks);
    }
}

void LockstepPresenter::draw_noise(Current& now, std::span<const std::int32_t> neurons, int first, std::int64_t t,
                                   float* out) const {
    const QuantizerNoise noise(seed_, now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                               static_cast<std::uint32_t>(now.branch));
    for (std::size_t i = 0; i < neurons.size(); ++i)
        out[i] = noise.at(static_cast<std::uint32_t>(first + neurons[i]), static_cast<std::uint64_t>(t));
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
    for (const int p : wiring_.unclamped()) {
        PopulationInput in;
        in.sums = sums_[at(p)].data();
        in.drive = drives_[at(p)].data();
        in.biases = network.biases[at(p)].data();
        in.t = t;
        in.epsilon = now.context.annealing.epsilon[static_cast<std::size_t>(t - 1)];
        in.lambda = now.context.annealing.lambda[static_cast<std::size_t>(t - 1)];
        if (p == wiring_.output() && state.beta != 0) {
            in.y = target_.data();
            in.two_beta = 2 * state.beta;
        }
        if (draws_noise(model_.quantizer)) {
            draw_noise(now, everyone_[at(p)], wiring_.first_neuron(p), t, noise_.data());
            in.noise = noise_.data();
        }
        tick_population(state.populations[at(p)], model_, in);
    }
    for (int p = 0; p < wiring_.populations(); ++p)
        now.tally.counters[at(p)].ticks += static_cast<std::uint64_t>(wiring_.size(p));
    if (!model_.continuous()) {
        const std::uint64_t* input_row = input_bits_.data() + (tick_in_block + 1) * input_words_;
        emit(now, input_row);
    }
    if (now.branch == Branch::main && t <= now.context.plan.free) {
        const Population& output = state.populations[at(wiring_.output())];
        const auto* best = std::max_element(output.memory.s.data(), output.memory.s.data() + output.size);
        now.outcome.answers[static_cast<std::size_t>(now.context.index * now.context.plan.free + t - 1)] =
            static_cast<std::uint16_t>(best - output.memory.s.data());
    }
    if (now.context.sink) record(now, tick_in_block);
}

void LockstepPresenter::sum_bits(const Network& network, const BranchState& state, int tick_in_block) {
    for (const int p : wiring_.unclamped()) {
        std::int32_t* sums = sums_[at(p)].data();
        const ClampedDrive& clamped = clamped_drives_[at(p)];
        const std::int32_t* init = clamped.max_ticks() > 0 ? clamped.tick(tick_in_block) : nullptr;
        std::ptrdiff_t stride = clamped.stride();
        for (const int number : wiring_.incoming(p)) {
            const Pathway& pathway = wiring_.pathway(number);
            if (pathway.source == wiring_.input()) continue;
            network.over(pathway).add(pathway.transposed, state.in_flight[at(pathway.source)].neurons(), init, stride,
                                      sums);
            init = sums;
            stride = panel_width;
        }
        if (init == sums) continue;
        // It hears the input alone, or nobody.
        for (int panel = 0; panel < padded_size(wiring_.size(p)) / panel_width; ++panel) {
            for (int lane = 0; lane < panel_width; ++lane)
                sums[panel * panel_width + lane] = init ? init[panel * stride + lane] : 0;
        }
    }
}

void LockstepPresenter::sum_rates(const Network& network, const BranchState& state) {
    for (const int p : wiring_.unclamped()) sum_rates(p, network, state);
}

void LockstepPresenter::sum_rates(int p, const Network& network, const BranchState& state) {
    AlignedVector<float>& drive = drives_[at(p)];
    const AlignedVector<float>& clamped = input_drives_[at(p)];
    const float* init = nullptr;
    if (!clamped.empty() && state.ticks > 0) {
        init = clamped.data();
    } else if (!clamped.empty()) {
        // Nothing has been sent before the first tick.
        std::fill(drive.begin(), drive.end(), 0.0f);
        init = drive.data();
    }
    for (const int number : wiring_.incoming(p)) {
        const Pathway& pathway = wiring_.pathway(number);
        if (pathway.source == wiring_.input()) continue;
        network.over(pathway).add_all_rates(pathway.transposed, state.populations[at(pathway.source)].memory.s.data(),
                                            init, drive.data());
        init = drive.data();
    }
    if (init && init != drive.data()) std::copy(clamped.begin(), clamped.end(), drive.begin());
    if (!init) std::fill(drive.begin(), drive.end(), 0.0f);
}

/// Bits of a population that are on their way, to each that hears it.
std::uint64_t LockstepPresenter::sent_by(int source, const BranchState& state) {
    return state.in_flight[at(source)].count;
}

/// Bits on their way to a population that is not clamped.
std::uint64_t LockstepPresenter::in_flight_to(int p, const BranchState& state) const {
    std::uint64_t bits = 0;
    for (const int number : wiring_.incoming(p)) bits += sent_by(wiring_.pathway(number).source, state);
    return bits;
}

void LockstepPresenter::count_in_flight(std::uint64_t Counters::*counter, Current& now) const {
    for (const int p : wiring_.unclamped()) now.tally.counters[at(p)].*counter += in_flight_to(p, now.state);
}

void LockstepPresenter::deliver(Current& now) {
    for (const int p : wiring_.unclamped()) {
        Counters& counter = now.tally.counters[at(p)];
        for (const int number : wiring_.incoming(p)) {
            const Pathway& pathway = wiring_.pathway(number);
            const std::uint64_t bits = sent_by(pathway.source, now.state);
            counter.deliveries += bits;
            counter.synaptic_operations +=
                bits * static_cast<std::uint64_t>(now.context.network.over(pathway).fan_out(pathway.transposed));
        }
    }
}

void LockstepPresenter::emit(Current& now, const std::uint64_t* input_row) {
    const TraceKey key(Trace::spike, now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                       static_cast<std::uint32_t>(now.branch));
    const std::uint64_t when = key.at(lockstep_tick_time(now.state.ticks, now.context.plan.period));
    const BitSum input = sum_where_set(input_row, active_factors_.data(), static_cast<int>(active_.size()));
    now.state.in_flight[at(wiring_.input())].count = input.count;
    std::uint64_t factors = input.sum;
    now.tally.counters[at(wiring_.input())].spikes += input.count;
    for (const int p : wiring_.unclamped()) {
        Fired& fired = now.state.in_flight[at(p)];
        const BitSum sum = list_where_set(now.state.populations[at(p)].bits.data(), spike_factors_[at(p)].data(),
                                          wiring_.size(p), fired.list.data());
        fired.count = sum.count;
        factors += sum.sum;
        now.tally.counters[at(p)].spikes += sum.count;
    }
    now.tally.fingerprint += when * factors;
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
    for (const int p : wiring_.unclamped()) {
        const auto& s = now.state.populations[at(p)].memory.s;
        rows_.states.insert(rows_.states.end(), s.begin(), s.begin() + wiring_.size(p));
    }
    if (!model_.continuous()) {
        const std::size_t begin = rows_.bits.size();
        rows_.bits.resize(begin + at(wiring_.neurons()), 0);
        for_each_bit(input_bits_.data() + (tick_in_block + 1) * input_words_, input_words_, [&](std::int32_t k) {
            rows_.bits[begin + at(wiring_.first_neuron(wiring_.input()) + active_[at(k)])] = 1;
        });
        for (const int p : wiring_.unclamped()) {
            for (const std::int32_t i : now.state.in_flight[at(p)].neurons())
                rows_.bits[begin + at(wiring_.first_neuron(p) + i)] = 1;
        }
    }
    if (rows_.rows == rows_a_block) flush(now);
}

void LockstepPresenter::flush(Current& now) {
    if (rows_.rows > 0) now.context.sink(std::move(rows_));
    rows_ = TickRows();
}

}  // namespace settle
