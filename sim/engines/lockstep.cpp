#include "sim/engines/lockstep.hpp"

#include "sim/engines/lockstep_presenter.hpp"

namespace settle {

Lockstep::Lockstep(const std::vector<int>& layers, const NeuronModel& model, std::uint64_t seed, WorkerPool& workers)
    : layers_(layers), model_(model), workers_(workers) {
    for (int i = 0; i < workers.threads(); ++i) {
        presenters_.push_back(std::make_unique<LockstepPresenter>(layers, model, seed));
    }
}

Lockstep::Lockstep(Lockstep&&) noexcept = default;
Lockstep::~Lockstep() = default;

Outcome Lockstep::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink) {
    Outcome outcome;
    outcome.outputs = layers_.back();
    for (const bool read : plan.slots)
        outcome.reads.push_back(read ? BatchStates(layers_, minibatch.batch()) : BatchStates());
    outcome.answers.resize(static_cast<std::size_t>(minibatch.batch()) * static_cast<std::size_t>(plan.free));
    // A table begins like every longer one.
    if (static_cast<std::int64_t>(annealing_.epsilon.size()) < plan.periods)
        annealing_ = tabulate(model_, plan.periods);
    std::vector<Tally> tallies(presenters_.size());
    workers_.for_each(minibatch.batch(), [&](int index, int worker) {
        const auto at = static_cast<std::size_t>(worker);
        const PresentationContext context{plan, network, minibatch, index, annealing_, sink};
        // Added up apart: tallies that lie side by side would share cache lines.
        Tally tally{PopulationCounters(layers_.size())};
        presenters_[at]->present(context, outcome, tally);
        tallies[at].counters += tally.counters;
        tallies[at].fingerprint += tally.fingerprint;
    });
    for (const Tally& tally : tallies) {
        outcome.counters += tally.counters;
        outcome.fingerprint += tally.fingerprint;
    }
    return outcome;
}

}  // namespace settle
