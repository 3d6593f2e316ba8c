// Rounds of all panels of a slice together, where nothing but sums, clocks and bits is asked for: see slice_run.hpp.
// What it does is what SliceRun::advance_panel() does panel by panel.
#include <algorithm>
#include <cassert>

#include "sim/engines/virtual/slice_run.hpp"

namespace settle {

/// Whether no lane needs a look of its own.
bool SliceRun::takes_rounds_together() const {
    const State& state = *now_;
    return lists_fired_ && !wires_ && !wide_ && !draws_noise(model_.quantizer) && slice_.stuck.empty() &&
           state.silenced.empty() && state.annealed_from.empty() && sparse_mailbox_.lanes_need_no_look();
}

/// The panels that tick at or before `to`, but for those that can wait.
bool SliceRun::find_rounds(Time to, bool complete) {
    State& state = *now_;
    const std::size_t panels = state.panel_next.size();
    rounds_.resize(panels);
    const int due =
        due_rounds(state.next.data(), state.panel_next.data(), static_cast<int>(panels), to, rounds_.data());
    std::size_t count = 0;
    for (int i = 0; i < due; ++i) {
        const PanelRound round = rounds_[static_cast<std::size_t>(i)];
        const bool waits = !complete && round.lanes != used_of(round.panel) &&
                           state.panel_next[static_cast<std::size_t>(round.panel)] > to - patience_;
        rounds_[count] = round;
        count += waits ? 0 : 1;
    }
    rounds_.resize(count);
    return count > 0;
}

void SliceRun::advance_together(Time to, bool complete) {
    while (find_rounds(to, complete)) {
        if (!slice_.clamped) {
            mailbox_.hear(rounds_, now_->next.data(), now_->sums.data());
            sparse_mailbox_.hear(now_->sparse_mailbox, rounds_, now_->sums.data());
        }
        tick_together();
        go_on_together();
        sparse_mailbox_.ticked(now_->sparse_mailbox, rounds_, now_->next.data());
    }
}

void SliceRun::tick_together() {
    State& state = *now_;
    PanelTick in;
    in.ticks = state.ticks.data();
    in.table = table_;
    if (slice_.clamped) {
        in.x = state.clamped.x.data();
    } else {
        in.sums = state.sums.data();
        in.biases = slice_.afferents.biases();
    }
    if (!state.clamped.y.empty() && state.beta != 0) {
        in.y = state.clamped.y.data();
        in.two_beta = 2 * state.beta;
    }
    fired_sets_.resize(rounds_.size());
    tick_panels(state.neurons, rounds_, model_, in, fired_sets_.data());
    std::uint64_t ticks = 0;
    for (std::size_t i = 0; i < rounds_.size(); ++i) {
        const auto& [panel, lanes] = rounds_[i];
        ticks += static_cast<std::uint64_t>(count_of(lanes));
        const int first = panel * panel_width;
        if (fired_sets_[i] != 0) fired_.add(state.next.data() + first, fired_sets_[i], first);
    }
    (*counters_)[static_cast<std::size_t>(slice_.population)].ticks += ticks;
}

void SliceRun::go_on_together() {
    clocks_advanced_.resize(rounds_.size());
    advance_clocks(clocks(), rounds_, clocks_advanced_.data());
    for (std::size_t i = 0; i < rounds_.size(); ++i) {
        const int panel = rounds_[i].panel;
        now_->panel_next[static_cast<std::size_t>(panel)] = clocks_advanced_[i].earliest;
        if (clocks_advanced_[i].drained != 0) prepare_ticks(panel, clocks_advanced_[i].drained);
    }
}

}  // namespace settle
