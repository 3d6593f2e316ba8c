#include "sim/engines/lockstep/lockstep.hpp"

#include <algorithm>
#include <numeric>

#include "models/network/network_checks.hpp"
#include "sim/engines/engine_checks.hpp"
#include "sim/engines/lockstep/lockstep_presenter.hpp"
#include "sim/engines/severed.hpp"

namespace settle {

namespace {

/// The more inputs are above 0, the longer a presentation takes. With the short ones last, all of several workers end
/// at about the same time.
std::vector<int> order_of_work(const Minibatch& minibatch, int padded, int workers) {
    std::vector<int> order(static_cast<std::size_t>(minibatch.batch()));
    std::iota(order.begin(), order.end(), 0);
    if (workers == 1) return order;
    std::vector<int> active;
    for (int i = 0; i < minibatch.batch(); ++i) {
        const float* x = minibatch.x.data() + static_cast<std::ptrdiff_t>(i) * padded;
        int count = 0;
        for (int k = 0; k < padded; ++k) count += x[k] > 0 ? 1 : 0;
        active.push_back(count);
    }
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
        return active[static_cast<std::size_t>(a)] > active[static_cast<std::size_t>(b)];
    });
    return order;
}

}  // namespace

Lockstep::Lockstep(const Wiring& wiring, const NeuronModel& model, std::uint64_t seed, WorkerPool& workers)
    : wiring_(wiring), model_(model), workers_(workers) {
    check_model(model);
    for (int i = 0; i < workers.threads(); ++i) {
        presenters_.push_back(std::make_unique<LockstepPresenter>(wiring_, model, seed));
    }
}

Lockstep::Lockstep(Lockstep&&) noexcept = default;
Lockstep::~Lockstep() = default;

Outcome Lockstep::run(const Plan& plan, const Network& network, const Minibatch& minibatch, const TickSink& sink,
                      const StopCheck& stop, const EventSink& events) {
    check_run(wiring_, model_.continuous(), plan, network, minibatch);
    Outcome outcome(plan, wiring_, minibatch.batch());
    // A table begins like every longer one.
    if (annealing_.ticks < plan.periods) annealing_ = tabulate(model_, plan.periods, stop);
    derive_severed(plan, network, model_.continuous(), bits_a_window(), workers_, severed_);
    std::vector<Tally> tallies(presenters_.size());
    const std::vector<int> order =
        order_of_work(minibatch, padded_size(wiring_.size(wiring_.input())), workers_.threads());
    workers_.for_each(minibatch.batch(), [&](int piece, int worker) {
        const auto at = static_cast<std::size_t>(worker);
        const int index = order[static_cast<std::size_t>(piece)];
        const PresentationContext context{
            minibatch.plan(index, plan), network, severed_, minibatch, index, annealing_, sink, stop, events};
        // Added up apart: tallies that lie side by side would share cache lines.
        Tally tally{PopulationCounters(outcome.counters.size()), PopulationTraffic(outcome.traffic.size())};
        presenters_[at]->present(context, outcome, tally);
        tallies[at].counters += tally.counters;
        tallies[at].traffic += tally.traffic;
        tallies[at].fingerprint += tally.fingerprint;
    });
    for (const Tally& tally : tallies) {
        outcome.counters += tally.counters;
        outcome.traffic += tally.traffic;
        outcome.fingerprint += tally.fingerprint;
    }
    return outcome;
}

}  // namespace settle
