#include "sim/engines/free/free_slice.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace settle {

namespace {

std::size_t words_for(int neurons) {
    return static_cast<std::size_t>(padded_size(neurons) + 63) / 64;
}

template <class Visit>
void for_each_bit(std::uint64_t bits, const Visit& visit) {
    for (; bits != 0; bits &= bits - 1) visit(std::countr_zero(bits));
}

void set_bit(std::vector<std::uint64_t>& words, std::int32_t i) {
    words[static_cast<std::size_t>(i) / 64] |= std::uint64_t{1} << (i % 64);
}

}  // namespace

std::uint64_t packed(std::uint64_t bits, std::uint64_t mask) {
    std::uint64_t side_by_side = 0;
    for_each_bit(bits & mask, [&](int i) {
        const std::uint64_t below = (std::uint64_t{1} << i) - 1;
        side_by_side |= std::uint64_t{1} << std::popcount(mask & below);
    });
    return side_by_side;
}

FreeSlice::FreeSlice(const Partition& partition, const Slice& slice, const NeuronModel& model)
    : partition_(partition), slice_(slice), model_(model) {
    const std::size_t words = words_for(slice.lanes());
    for (const Route& route : slice.routes) sendings_.push_back(sending_of(slice, route));
    if (!slice.stuck.empty()) {
        stuck_at_zero_.resize(words);
        stuck_at_one_.resize(words);
        for (int lane = 0; lane < slice.lanes(); ++lane) {
            if (slice.stuck[static_cast<std::size_t>(lane)] == Stuck::at_zero) set_bit(stuck_at_zero_, lane);
            if (slice.stuck[static_cast<std::size_t>(lane)] == Stuck::at_one) set_bit(stuck_at_one_, lane);
        }
    }
    const auto lanes = static_cast<std::size_t>(padded_size(slice.lanes()));
    for (State& state : states_) state.neurons = Population(slice.lanes(), model);
    for (State& state : states_) {
        if (slice.clamped) state.clamped.x.resize(lanes);
        if (slice.population == partition.wiring.output()) state.clamped.y.resize(lanes);
    }
    if (slice.clamped) input_bits_.resize(words);
    if (draws_noise(model.quantizer)) noise_.resize(lanes);
    fired_.resize(words);
    row_arrived_.resize(slice.clamped ? 0 : static_cast<std::size_t>(slice.afferents.rows()));
}

/// Lanes are in the order of the neurons' numbers: clocks that have a phase are none of this engine's.
FreeSlice::Sending FreeSlice::sending_of(const Slice& slice, const Route& route) {
    const std::size_t words = words_for(slice.lanes());
    Sending sending{route.population, {}, Words(words)};
    for (const Route::Address& to : route.addresses) {
        sending.addresses.push_back({to.slice, to.first_row + slice.neurons.front(), {}, {}});
        if (!route.listed) continue;
        sending.addresses.back().reaching.resize(words);
        sending.addresses.back().rows.resize(words);
    }
    for (int lane = 0; route.listed && lane < slice.lanes(); ++lane) {
        for (const auto& [address, row] : route.reaches_of(static_cast<std::size_t>(lane))) {
            auto& to = sending.addresses[static_cast<std::size_t>(address)];
            if (to.reaching[static_cast<std::size_t>(lane) / 64] == 0)
                to.rows[static_cast<std::size_t>(lane) / 64] = row;
            set_bit(to.reaching, lane);
        }
    }
    return sending;
}

void FreeSlice::begin(const SliceInput& input) {
    input_ = input;
    reset(states_[0]);
    enter(Branch::main, Branch::main);
}

/// The data and the target.
void FreeSlice::clamp(Clamped& clamped, const float* x, std::int32_t label) const {
    clamped.data = x;
    for (std::size_t lane = 0; lane < slice_.neurons.size() && !clamped.y.empty(); ++lane)
        clamped.y[lane] = slice_.neurons[lane] == label ? 1.0f : 0.0f;
}

/// Inputs at 0 never fire, so nothing is lost by leaving them out but their ticks, which are counted; once they have
/// been above 0 they have to come to rest first.
void FreeSlice::choose_used(Clamped& clamped) const {
    clamped.used.clear();
    std::fill(clamped.x.begin(), clamped.x.end(), 0.0f);
    for (std::size_t lane = 0; lane < slice_.neurons.size(); ++lane) {
        const float x = clamped.data[slice_.neurons[lane]];
        const auto number = static_cast<std::int32_t>(lane);
        if (!(x > 0) && !(clamped.replaced && !clamped.others.rests(number))) continue;
        clamped.x[clamped.used.size()] = x;
        clamped.used.push_back(number);
    }
}

void FreeSlice::present(Branch branch, const float* x, std::int32_t label) {
    if (model_.announced()) restart_annealing(branch);
    State& state = states_[index(branch)];
    Clamped& clamped = state.clamped;
    clamp(clamped, x, label);
    if (!slice_.clamped) return;
    if (!clamped.replaced) clamped.others.begin(slice_.lanes(), model_);
    clamped.replaced = true;
    const std::vector<std::int32_t> ticks(slice_.neurons.size(), static_cast<std::int32_t>(state.ticks));
    clamped.others.put(state.neurons, clamped.used, ticks);
    choose_used(clamped);
    clamped.others.take(state.neurons, clamped.used, ticks);
}

/// The next tick of every neuron has t = 1.
void FreeSlice::restart_annealing(Branch branch) {
    State& state = states_[index(branch)];
    state.annealed_from = state.ticks;
    state.neurons.restart_annealing();
    if (!slice_.clamped || !model_.variant(false).restarts) return;
    // Inputs that are not simulated have counters of their own, too.
    Clamped& clamped = state.clamped;
    if (!clamped.replaced) clamped.others.begin(slice_.lanes(), model_);
    clamped.replaced = true;
    clamped.others.restart_annealing(
        std::vector<std::int32_t>(slice_.neurons.size(), static_cast<std::int32_t>(state.ticks)));
}

void FreeSlice::silence(Branch branch, const std::vector<std::int32_t>& neurons) {
    Words& silenced = states_[index(branch)].silenced;
    silenced.clear();
    // None of them is an input.
    if (slice_.clamped || neurons.empty()) return;
    silenced.resize(words_for(slice_.lanes()));
    for (int lane = 0; lane < slice_.lanes(); ++lane) {
        if (std::binary_search(neurons.begin(), neurons.end(), slice_.neuron(lane))) set_bit(silenced, lane);
    }
}

/// As a presentation begins.
void FreeSlice::reset(State& state) const {
    clamp(state.clamped, input_.x, input_.label);
    state.clamped.replaced = false;
    if (slice_.clamped) choose_used(state.clamped);
    if (slice_.clamped) state.neurons.size = static_cast<int>(state.clamped.used.size());
    state.neurons.reset();
    state.sums.assign(slice_.clamped ? 0 : static_cast<std::size_t>(padded_size(slice_.lanes())), 0);
    state.ticks = 0;
    state.annealed_from = 0;
    state.beta = 0;
    state.loss = partition_.settings.link.loss;
    state.silenced.clear();
    state.links = -1;
}

void FreeSlice::replay(Branch branch) {
    reset(states_[index(branch)]);
}

void FreeSlice::enter(Branch branch, Branch noise) {
    now_ = &states_[index(branch)];
    const auto number = static_cast<std::uint32_t>(noise);
    LinkSettings link = partition_.settings.link;
    link.loss = now_->loss;
    fates_.emplace(link, input_.seed, input_.presentation, number);
    quantizer_noise_.emplace(input_.seed, input_.presentation, number);
}

void FreeSlice::receive(const BitBundle& bundle, PopulationCounters& counters) {
    const auto bits = static_cast<std::uint64_t>(std::popcount(bundle.bits));
    Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
    const bool listed = bundle.row >= slice_.afferents.dense_rows();
    // Of what reaches all of a population, its first slice counts it.
    if (!listed && slice_.first) counter.deliveries += bits;
    for_each_bit(bundle.bits, [&](int i) {
        const std::int32_t row = bundle.row + i;
        arrived_.push_back(row);
        counter.synaptic_operations += static_cast<std::uint64_t>(slice_.afferents.links(row));
        if (listed && slice_.afferents.counts(row)) ++counter.deliveries;
    });
}

void FreeSlice::settle() {
    if (!arrived_.empty()) slice_.heard(now_->links).add(arrived_, now_->sums.data());
    arrived_.clear();
}

void FreeSlice::tick(PopulationCounters& counters, Asynchrony& asynchrony) {
    ++now_->ticks;
    if (slice_.clamped) {
        tick_clamped(*input_.annealing);
    } else {
        measure_window(asynchrony);
        settle();
        tick_listening(*input_.annealing);
    }
    if (!stuck_at_one_.empty()) {
        for (std::size_t i = 0; i < fired_.size(); ++i) fired_[i] = (fired_[i] & ~stuck_at_zero_[i]) | stuck_at_one_[i];
    }
    for (std::size_t i = 0; i < now_->silenced.size(); ++i) fired_[i] &= ~now_->silenced[i];
    Counters& counter = counters[static_cast<std::size_t>(slice_.population)];
    counter.ticks += static_cast<std::uint64_t>(slice_.lanes());
    for (const std::uint64_t word : fired_) counter.spikes += static_cast<std::uint64_t>(std::popcount(word));
    choose_messages(counters);
}

void FreeSlice::tick_clamped(const AnnealingTable& table) {
    std::fill(fired_.begin(), fired_.end(), std::uint64_t{0});
    if (now_->clamped.used.empty()) return;
    ClampedInput in;
    in.x = now_->clamped.x.data();
    in.table = &table;
    in.ticks = 1;
    in.noise = draw_noise();
    const auto t = static_cast<std::size_t>(now_->ticks - now_->annealed_from);
    if (model_.lambda) in.lambda = std::span(table.lambda).subspan(t - 1, 1);
    const auto words = static_cast<std::ptrdiff_t>(input_bits_.size());
    std::fill(input_bits_.begin(), input_bits_.end(), std::uint64_t{0});
    tick_clamped_population(now_->neurons, model_, in, input_bits_.data(), words);
    for (std::size_t word = 0; word < input_bits_.size(); ++word) {
        for_each_bit(input_bits_[word],
                     [&](int i) { set_bit(fired_, now_->clamped.used[word * 64 + static_cast<std::size_t>(i)]); });
    }
}

void FreeSlice::tick_listening(const AnnealingTable& table) {
    State& state = *now_;
    PopulationInput in;
    in.sums = state.sums.data();
    in.biases = slice_.afferents.biases();
    in.table = &table;
    in.t = state.ticks - state.annealed_from;
    in.epsilon = table.epsilon[static_cast<std::size_t>(in.t - 1)];
    in.lambda = table.lambda[static_cast<std::size_t>(in.t - 1)];
    in.noise = draw_noise();
    if (!state.clamped.y.empty() && state.beta != 0) {
        in.y = state.clamped.y.data();
        in.two_beta = 2 * state.beta;
    }
    tick_population(state.neurons, model_, in);
    std::copy(state.neurons.bits.begin(), state.neurons.bits.end(), fired_.begin());
    std::fill(state.sums.begin(), state.sums.end(), 0);
}

/// The same draws as in every engine: a function of presentation, branch, neuron and tick.
const float* FreeSlice::draw_noise() {
    if (!draws_noise(model_.quantizer)) return nullptr;
    const auto t = static_cast<std::uint64_t>(now_->ticks);
    const int count = slice_.clamped ? static_cast<int>(now_->clamped.used.size()) : slice_.lanes();
    for (int i = 0; i < count; ++i) {
        const int lane = slice_.clamped ? now_->clamped.used[static_cast<std::size_t>(i)] : i;
        noise_[static_cast<std::size_t>(i)] = quantizer_noise_->at(static_cast<std::uint32_t>(slice_.neuron(lane)), t);
    }
    return noise_.data();
}

void FreeSlice::measure_window(Asynchrony& asynchrony) {
    ++asynchrony.windows;
    asynchrony.window_sum += arrived_.size();
    asynchrony.window_max = std::max<std::uint64_t>(asynchrony.window_max, arrived_.size());
    std::uint8_t most = 0;
    for (const std::int32_t row : arrived_) {
        std::uint8_t& count = row_arrived_[static_cast<std::size_t>(row)];
        count = static_cast<std::uint8_t>(count + (count < std::numeric_limits<std::uint8_t>::max() ? 1 : 0));
        most = std::max(most, count);
    }
    for (const std::int32_t row : arrived_) row_arrived_[static_cast<std::size_t>(row)] = 0;
    asynchrony.source_max = std::max<std::uint64_t>(asynchrony.source_max, most);
}

/// A message is one bit to one target population; its fate is drawn once for all that hear it there.
void FreeSlice::choose_messages(PopulationCounters& counters) {
    for (Sending& sending : sendings_) {
        Counters& counter = counters[static_cast<std::size_t>(sending.population)];
        sending.words = fired_;
        for (const std::uint64_t word : fired_) counter.messages += static_cast<std::uint64_t>(std::popcount(word));
        if (!fates_->none()) lose(sending, counter);
    }
}

/// Everything that is not lost arrives.
void FreeSlice::count_traffic(PopulationTraffic& traffic) const {
    const PacketTable& packets = input_.packets->table(now_->links);
    const auto population = static_cast<std::size_t>(slice_.population);
    Traffic& own = traffic[population];
    for (std::size_t word = 0; word < fired_.size(); ++word) {
        if (packets.even[population]) {
            own += packets.each[static_cast<std::size_t>(slice_.first_neuron)] *
                   static_cast<std::uint64_t>(std::popcount(fired_[word]));
        } else {
            for_each_bit(fired_[word], [&](int i) {
                own += packets.each[static_cast<std::size_t>(slice_.neuron(static_cast<int>(word) * 64 + i))];
            });
        }
    }
    if (!input_.packets->decodes_deliveries) return;
    for (const Sending& sending : sendings_) {
        for (const std::uint64_t word : sending.words) own.decodes += static_cast<std::uint64_t>(std::popcount(word));
    }
}

void FreeSlice::lose(Sending& sending, Counters& counter) const {
    for (std::size_t word = 0; word < sending.words.size(); ++word) {
        for_each_bit(sending.words[word], [&](int i) {
            const int lane = static_cast<int>(word) * 64 + i;
            const MessageFate fate = fates_->fate(static_cast<std::uint32_t>(slice_.neuron(lane)),
                                                  static_cast<std::uint32_t>(sending.population), now_->ticks);
            if (fate.copies > 0) return;
            ++counter.lost;
            sending.words[word] &= ~(std::uint64_t{1} << i);
        });
    }
}

void FreeSlice::take_bits(std::uint8_t* bits) const {
    for (std::size_t word = 0; word < fired_.size(); ++word) {
        for_each_bit(fired_[word], [&](int i) { bits[slice_.neurons[word * 64 + static_cast<std::size_t>(i)]] = 1; });
    }
}

void FreeSlice::note_spikes(EventJournal& journal) const {
    for (std::size_t word = 0; word < fired_.size(); ++word) {
        for_each_bit(fired_[word],
                     [&](int i) { journal.spike(now_->ticks, slice_.neuron(static_cast<int>(word) * 64 + i)); });
    }
}

}  // namespace settle
