#include "sim/engines/lockstep/lockstep_presenter.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <numeric>
#include <utility>

#include "core/fingerprint.hpp"
#include "models/kernels/bit_sum.hpp"
#include "models/kernels/row_sums.hpp"
#include "models/neuron/quantizer_noise.hpp"

namespace settle {

namespace {

std::ptrdiff_t words_for(int neurons) {
    return (padded_size(neurons) + 63) / 64;
}

}  // namespace

int LockstepPresenter::ticks_a_block(double targets, double inputs) {
    constexpr double bytes = 320 << 10, bytes_of_inputs = 64 << 20;
    const double row = sizeof(std::int32_t) * std::max<double>(targets, panel_width);
    const double said = input_bytes_a_tick * std::max(inputs, 1.0);
    return static_cast<int>(std::clamp(std::min(bytes / row, bytes_of_inputs / said), 16.0, 1024.0));
}

LockstepPresenter::LockstepPresenter(const Wiring& wiring, const NeuronModel& model, std::uint64_t seed)
    : wiring_(wiring), model_(model), seed_(seed), rows_() {
    const auto populations = static_cast<std::size_t>(wiring.populations());
    sums_.resize(populations);
    drives_.resize(populations);
    everyone_.resize(populations);
    clamped_drives_.resize(wiring.pathways().size());
    int largest = 0, driven = 0;
    for (int p = 0; p < wiring.populations(); ++p) {
        largest = std::max(largest, wiring.size(p));
        auto& factors = spike_factors_.emplace_back(static_cast<std::size_t>(words_for(wiring.size(p))) * 64);
        for (int i = 0; i < wiring.size(p); ++i)
            factors[at(i)] = TraceKey::of(static_cast<std::uint64_t>(wiring.first_neuron(p) + i), 1);
    }
    for (const int p : wiring.unclamped()) {
        sums_[at(p)].resize(at(padded_size(wiring.size(p))));
        if (model.continuous()) drives_[at(p)].resize(at(padded_size(wiring.size(p))));
        if (!draws_noise(model.quantizer)) continue;
        everyone_[at(p)].resize(at(wiring.size(p)));
        std::iota(everyone_[at(p)].begin(), everyone_[at(p)].end(), 0);
    }
    const int inputs = wiring.size(wiring.input());
    noise_.resize(draws_noise(model.quantizer) ? at(padded_size(largest)) : 0);
    rates_.resize(model.continuous() ? at(padded_size(largest)) : 0);
    input_words_ = words_for(inputs);
    Clamped& clamped = states_[0].clamped;
    clamped.target.resize(at(padded_size(wiring.size(wiring.output()))));
    clamped.x.resize(at(padded_size(inputs)));
    clamped.factors.resize(static_cast<std::size_t>(input_words_) * 64);
    clamped.drives.resize(populations);
    clamped.links.resize(wiring.pathways().size());
    clamped.links_in_flight.resize(wiring.pathways().size());
    for (const int number : wiring.outgoing(wiring.input()))
        driven += padded_size(wiring.size(wiring.pathway(number).target));
    longest_block_ = ticks_a_block(driven, inputs);
    for (const int number : wiring.outgoing(wiring.input())) {
        const int p = wiring.pathway(number).target;
        if (model.continuous()) {
            clamped.drives[at(p)].resize(at(padded_size(wiring.size(p))));
        } else {
            clamped_drives_[at(number)] = ClampedDrive(wiring.size(p), longest_block_);
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
    journal_.hand_over();
}

void LockstepPresenter::begin(const PresentationContext& context) {
    const Minibatch& minibatch = context.minibatch;
    const std::ptrdiff_t padded = padded_size(wiring_.size(wiring_.input()));
    rows_ = TickRows();  // of a presentation that was stopped
    journal_.begin(context.events, minibatch.number, context.index);
    BranchState& main = states_[static_cast<std::size_t>(Branch::main)];
    main.ticks = 0;
    main.beta = 0;
    main.network = &context.network;
    main.links = -1;
    main.silenced.clear();
    main.silenced_before.clear();
    block_ticks_ = block_tick_ = 0;
    if (main.populations.empty()) {
        for (const int size : wiring_.sizes()) {
            main.populations.emplace_back(size, model_);
            main.in_flight.push_back({Spikes(static_cast<std::size_t>(words_for(size)) * 64), 0});
        }
    }
    Clamped& clamped = main.clamped;
    clamp(clamped, minibatch.x.data() + context.index * padded,
          minibatch.labels[static_cast<std::size_t>(context.index)]);
    clamped.since = 0;
    clamped.resting = clamped.replaced = false;
    clamped.sent = nullptr;
    // Written always and kept if it is active: a branch could not be predicted.
    clamped.active.resize(at(wiring_.size(wiring_.input())));
    std::size_t count = 0;
    for (std::size_t i = 0; i < clamped.active.size(); ++i) {
        clamped.active[count] = static_cast<std::int32_t>(i);
        count += clamped.data[i] > 0 ? 1 : 0;
    }
    clamped.active.resize(count);
    std::fill(clamped.links_in_flight.begin(), clamped.links_in_flight.end(), 0);
    gather_active(main);
    main.populations[at(wiring_.input())].size = static_cast<int>(count);
    for (Population& population : main.populations) population.reset();
    main.annealed_from.assign(main.populations.size(), 0);
    for (Fired& fired : main.in_flight) fired.count = 0;
    if (model_.continuous()) drive_continuously(main);
}

/// The data and the target; which inputs are simulated is not chosen yet.
void LockstepPresenter::clamp(Clamped& clamped, const float* x, std::int32_t label) {
    clamped.data = x;
    std::fill(clamped.target.begin(), clamped.target.end(), 0.0f);
    clamped.target[at(label)] = 1;
}

/// What goes with the inputs that are simulated.
void LockstepPresenter::gather_active(BranchState& state) const {
    Clamped& clamped = state.clamped;
    const AlignedVector<std::uint64_t>& factors = spike_factors_[at(wiring_.input())];
    const std::size_t count = clamped.active.size();
    for (std::size_t k = 0; k < count; ++k) {
        const auto i = static_cast<std::size_t>(clamped.active[k]);
        clamped.x[k] = clamped.data[i];
        clamped.factors[k] = factors[i];
    }
    std::fill(clamped.x.begin() + static_cast<std::ptrdiff_t>(count), clamped.x.end(), 0.0f);
    for (const int number : wiring_.outgoing(wiring_.input())) {
        const Projection& projection = state.network->over(wiring_.pathway(number));
        if (model_.continuous() || projection.even_links_from(false) >= 0) continue;
        AlignedVector<std::uint64_t>& links = clamped.links[at(number)];
        links.assign(static_cast<std::size_t>(input_words_) * 64, 0);
        for (std::size_t k = 0; k < count; ++k)
            links[k] = static_cast<std::uint64_t>(projection.links_from(false, clamped.active[k]));
    }
}

/// Inputs that can fire now come in, as they would be had they been simulated always; those that have come to rest
/// leave. A bit that is in flight keeps its source.
void LockstepPresenter::exchange_inputs(BranchState& state) const {
    Clamped& clamped = state.clamped;
    Population& input = state.populations[at(wiring_.input())];
    if (!clamped.replaced) clamped.others.begin(wiring_.size(wiring_.input()), model_);
    clamped.replaced = true;
    const Spikes ticks(at(wiring_.size(wiring_.input())), static_cast<std::int32_t>(state.ticks));
    clamped.others.put(input, clamped.active, ticks);
    const Spikes before = std::exchange(clamped.active, {});
    const AlignedVector<std::uint64_t> fired = input.bits;
    std::fill(input.bits.begin(), input.bits.end(), std::uint64_t{0});
    clamped.active.reserve(clamped.x.size());
    clamped.resting = false;
    std::size_t k = 0;  // of those that were simulated
    for (std::int32_t i = 0; i < wiring_.size(wiring_.input()); ++i) {
        const bool resting = !(clamped.data[i] > 0), awake = k < before.size() && before[k] == i;
        const bool sent = awake && (fired[k / 64] >> (k % 64) & 1) != 0;
        k += awake ? 1 : 0;
        if (resting && !sent && (!awake || clamped.others.rests(i))) continue;
        if (sent) input.bits[clamped.active.size() / 64] |= std::uint64_t{1} << (clamped.active.size() % 64);
        clamped.active.push_back(i);
        clamped.resting = clamped.resting || resting;
    }
    gather_active(state);
    clamped.others.take(input, clamped.active, ticks);
}

/// Continuous: what the data of the last tick add to each population.
void LockstepPresenter::drive_continuously(BranchState& state) const {
    Clamped& clamped = state.clamped;
    for (AlignedVector<float>& drive : clamped.drives) std::fill(drive.begin(), drive.end(), 0.0f);
    Spikes active;
    AlignedVector<float> values;
    for (int i = 0; clamped.sent && i < wiring_.size(wiring_.input()); ++i) {
        if (!(clamped.sent[i] > 0)) continue;
        active.push_back(i);
        values.push_back(clamped.sent[i]);
    }
    for (const int number : wiring_.outgoing(wiring_.input())) {
        const Pathway& pathway = wiring_.pathway(number);
        float* drive = clamped.drives[at(pathway.target)].data();
        state.network->over(pathway).add_rates(false, active, values.data(), drive, drive);
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
    const float* x = now.state.clamped.data;
    std::copy(x, x + padded, reads.of(wiring_.input(), now.context.index));
}

void LockstepPresenter::act(const End& /*end*/, Current& now) {
    flush(now);
    count_in_flight(&Counters::expired, now);
}

void LockstepPresenter::act(const Present& present, Current& now) {
    assert(block_tick_ == block_ticks_);
    const Minibatch& minibatch = now.context.minibatch;
    const std::size_t row = minibatch.next(now.context.index, present.input);
    const auto padded = static_cast<std::size_t>(padded_size(wiring_.size(wiring_.input())));
    Clamped& clamped = now.state.clamped;
    clamp(clamped, minibatch.next_x.data() + row * padded, minibatch.next_labels[row]);
    clamped.since = now.state.ticks;
    if (!model_.continuous()) exchange_inputs(now.state);
    if (!model_.announced()) return;
    for (int p = 0; p < wiring_.populations(); ++p) restart_annealing(now.state, p);
}

void LockstepPresenter::act(const Alter& /*alter*/, Current& /*now*/) {}

void LockstepPresenter::act(const Silence& silence, Current& now) {
    Silenced& silenced = now.state.silenced;
    silenced.clear();
    if (silence.neurons < 0) return;
    for (const int size : wiring_.sizes()) silenced.emplace_back(static_cast<std::size_t>(words_for(size)));
    for (const std::int32_t neuron : now.context.plan.tables->silent[at(silence.neurons)]) {
        int p = wiring_.populations() - 1;
        while (neuron < wiring_.first_neuron(p)) --p;
        const std::size_t i = at(neuron - wiring_.first_neuron(p));
        silenced[at(p)][i / 64] |= std::uint64_t{1} << (i % 64);
    }
}

void LockstepPresenter::act(const Sever& sever, Current& now) {
    assert(block_tick_ == block_ticks_);
    now.state.links = sever.links;
    now.state.network = sever.links < 0 ? &now.context.network : &now.context.severed[at(sever.links)];
    if (model_.continuous()) drive_continuously(now.state);
}

void LockstepPresenter::act(const Restart& restart, Current& now) {
    assert(block_tick_ == block_ticks_);
    for (int p = 0; p < wiring_.populations(); ++p) {
        if (restart.population < 0 || restart.population == p) restart_annealing(now.state, p);
    }
}

/// The next tick of its neurons has t = 1.
void LockstepPresenter::restart_annealing(BranchState& state, int population) const {
    state.annealed_from[at(population)] = state.ticks;
    state.populations[at(population)].restart_annealing();
    if (population != wiring_.input() || !model_.variant(false).restarts) return;
    // Inputs that are not simulated have counters of their own, too.
    Clamped& clamped = state.clamped;
    if (!clamped.replaced) clamped.others.begin(wiring_.size(population), model_);
    clamped.replaced = true;
    clamped.others.restart_annealing(Spikes(at(wiring_.size(population)), static_cast<std::int32_t>(state.ticks)));
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

/// The inputs of a branch do not feel what the coordinator does, unless they are copied, or replaced, or anneal anew,
/// or their links are cut: up to that tick, or to the end of the branch, blocks of drive may go. The larger they are,
/// the more ticks share the tables.
std::int64_t LockstepPresenter::undisturbed_until(const Plan& plan, Branch branch, std::int64_t tick) {
    std::int64_t until = tick;
    for (const Instant& instant : plan.instants) {
        const std::int64_t period = period_of(instant);
        if (period <= tick || branch_before(instant) != branch) continue;
        if (std::holds_alternative<Fork>(instant) || std::holds_alternative<Present>(instant) ||
            std::holds_alternative<Sever>(instant) || std::holds_alternative<Restart>(instant))
            return period;
        until = std::max(until, period);
    }
    return until;
}

void LockstepPresenter::drive_block(Current& now, int ticks) {
    Population& input = now.state.populations[at(wiring_.input())];
    Clamped& clamped = now.state.clamped;
    const std::int64_t t = now.state.ticks;
    if (clamped.resting) {
        // After one tick at 0 they can leave.
        if (t > clamped.since) exchange_inputs(now.state);
        if (t == clamped.since) ticks = 1;
    }
    block_ticks_ = ticks;
    block_tick_ = 0;
    ClampedInput in;
    in.x = clamped.x.data();
    in.table = &now.context.annealing;
    in.ticks = ticks;
    if (model_.lambda) {
        const auto done = static_cast<std::size_t>(t - now.state.annealed_from[at(wiring_.input())]);
        in.lambda = std::span(now.context.annealing.lambda).subspan(done, static_cast<std::size_t>(ticks));
    }
    if (draws_noise(model_.quantizer)) {
        for (int i = 0; i < ticks; ++i) {
            draw_noise(now, clamped.active, wiring_.first_neuron(wiring_.input()), t + 1 + i,
                       input_noise_.data() + static_cast<std::ptrdiff_t>(i) * input.padded());
        }
        in.noise = input_noise_.data();
    }
    // Row 0 is what is in flight; the bits of tick i arrive at tick i + 1.
    std::fill(input_bits_.begin(), input_bits_.begin() + (1 + ticks) * input_words_, std::uint64_t{0});
    std::copy(input.bits.begin(), input.bits.end(), input_bits_.begin());
    tick_clamped_population(input, model_, in, input_bits_.data() + input_words_, input_words_);
    const auto* last_row = input_bits_.data() + ticks * input_words_;
    std::copy(last_row, last_row + input_words_, input.bits.begin());
    for (const int number : wiring_.outgoing(wiring_.input())) {
        const Pathway& pathway = wiring_.pathway(number);
        now.state.network->over(pathway).drive(clamped_drives_[at(number)], clamped.active, input_bits_.data(),
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
    if (model_.continuous()) {
        sum_rates(state);
    } else {
        sum_bits(state, tick_in_block);
        deliver(now);
    }
    const std::int64_t t = ++state.ticks;
    for (const int p : wiring_.unclamped()) {
        PopulationInput in;
        in.sums = sums_[at(p)].data();
        if (model_.continuous()) in.drive = drives_[at(p)].data();
        in.biases = state.network->biases[at(p)].data();
        in.table = &now.context.annealing;
        in.t = t - state.annealed_from[at(p)];
        in.epsilon = now.context.annealing.epsilon[static_cast<std::size_t>(in.t - 1)];
        in.lambda = now.context.annealing.lambda[static_cast<std::size_t>(in.t - 1)];
        if (p == wiring_.output() && state.beta != 0) {
            in.y = state.clamped.target.data();
            in.two_beta = 2 * state.beta;
        }
        if (draws_noise(model_.quantizer)) {
            draw_noise(now, everyone_[at(p)], wiring_.first_neuron(p), t, noise_.data());
            in.noise = noise_.data();
        }
        tick_population(state.populations[at(p)], model_, in);
    }
    if (!state.silenced.empty()) silence(state);
    if (state.silenced != state.silenced_before) state.silenced_before = state.silenced;
    if (model_.continuous() && state.clamped.sent != state.clamped.data) {
        state.clamped.sent = state.clamped.data;
        drive_continuously(state);
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
        now.outcome.answers[static_cast<std::size_t>(now.context.index * now.outcome.periods + t - 1)] =
            static_cast<std::int32_t>(best - output.memory.s.data());
    }
    if (now.context.plan.packets) keep_effort(now);
    if (now.context.sink) record(now, tick_in_block);
}

/// The outputs of silenced neurons are stuck at 0; their states evolve.
void LockstepPresenter::silence(BranchState& state) const {
    for (const int p : wiring_.unclamped()) {
        AlignedVector<std::uint64_t>& bits = state.populations[at(p)].bits;
        for (std::size_t word = 0; word < bits.size(); ++word) bits[word] &= ~state.silenced[at(p)][word];
    }
}

void LockstepPresenter::sum_bits(const BranchState& state, int tick_in_block) {
    for (const int p : wiring_.unclamped()) {
        std::int32_t* sums = sums_[at(p)].data();
        const std::int32_t* init = nullptr;
        std::ptrdiff_t stride = panel_width;
        for (const int number : wiring_.incoming(p)) {
            if (wiring_.pathway(number).source != wiring_.input()) continue;
            const ClampedDrive& clamped = clamped_drives_[at(number)];
            const bool first = init == nullptr;
            if (!first) begin_sums(wiring_.size(p), init, stride, sums);
            if (!first) clamped.add(tick_in_block, sums);
            init = first ? clamped.tick(tick_in_block) : sums;
            stride = first ? clamped.stride() : panel_width;
        }
        for (const int number : wiring_.incoming(p)) {
            const Pathway& pathway = wiring_.pathway(number);
            if (pathway.source == wiring_.input()) continue;
            state.network->over(pathway).add(pathway.transposed, state.in_flight[at(pathway.source)].neurons(), init,
                                             stride, sums);
            init = sums;
            stride = panel_width;
        }
        if (init != sums) begin_sums(wiring_.size(p), init, stride, sums);
    }
}

void LockstepPresenter::sum_rates(const BranchState& state) {
    for (const int p : wiring_.unclamped()) sum_rates(p, state);
}

void LockstepPresenter::sum_rates(int p, const BranchState& state) {
    AlignedVector<float>& drive = drives_[at(p)];
    const AlignedVector<float>& clamped = state.clamped.drives[at(p)];
    const float* init = clamped.empty() ? nullptr : clamped.data();
    for (const int number : wiring_.incoming(p)) {
        const Pathway& pathway = wiring_.pathway(number);
        if (pathway.source == wiring_.input()) continue;
        state.network->over(pathway).add_all_rates(pathway.transposed, rates_of(pathway.source, state), init,
                                                   drive.data());
        init = drive.data();
    }
    if (init && init != drive.data()) std::copy(clamped.begin(), clamped.end(), drive.begin());
    if (!init) std::fill(drive.begin(), drive.end(), 0.0f);
}

/// What a continuous population has sent: its states, but for those of silenced neurons.
const float* LockstepPresenter::rates_of(int p, const BranchState& state) {
    const AlignedVector<float>& s = state.populations[at(p)].memory.s;
    if (state.silenced_before.empty()) return s.data();
    for (std::size_t i = 0; i < s.size(); ++i)
        rates_[i] = (state.silenced_before[at(p)][i / 64] >> (i % 64) & 1) != 0 ? 0.0f : s[i];
    return rates_.data();
}

void LockstepPresenter::emit(Current& now, const std::uint64_t* input_row) {
    const TraceKey key(Trace::spike, now.context.minibatch.presentations[static_cast<std::size_t>(now.context.index)],
                       static_cast<std::uint32_t>(now.branch));
    const std::uint64_t when = key.at(lockstep_tick_time(now.state.ticks, now.context.plan.period));
    Clamped& clamped = now.state.clamped;
    const BitSum input = sum_where_set(input_row, clamped.factors.data(), static_cast<int>(clamped.active.size()));
    now.state.in_flight[at(wiring_.input())].count = input.count;
    for (const int number : wiring_.outgoing(wiring_.input())) {
        const AlignedVector<std::uint64_t>& links = clamped.links[at(number)];
        if (!links.empty())
            clamped.links_in_flight[at(number)] =
                sum_where_set(input_row, links.data(), static_cast<int>(clamped.active.size())).sum;
    }
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
    if (now.context.plan.packets) count_packets(now, input_row);
    if (journal_.spikes()) note_spikes(now, input_row);
}

}  // namespace settle
