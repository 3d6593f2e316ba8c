#include "sim/runs/session/hits.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "core/fingerprint.hpp"
#include "sim/scenario/event_checks.hpp"

namespace settle {

namespace {

/// What the draws of an event are keyed by, apart from those of the chip, which have the number 0; part of every
/// result.
enum class Keyed : std::uint32_t { taking_by_number = 0, taking_by_name = 1, return_by_number = 2, return_by_name = 3 };

std::uint64_t word_of(const std::string& name) {
    std::uint64_t word = 0;
    for (const char c : name) word = mix64(word ^ static_cast<unsigned char>(c)) + 1;
    return word;
}

/// What part of its neurons or links an event is about; nullopt: it is about none.
std::optional<double> size_of(const Event& event) {
    if (const auto* kill = std::get_if<KillAction>(&event.action)) return kill->fraction.value_or(1);
    if (const auto* cut = std::get_if<CutAction>(&event.action)) return cut->fraction;
    if (const auto* revive = std::get_if<ReviveAction>(&event.action)) return revive->fraction.value_or(1);
    if (const auto* restore = std::get_if<RestoreAction>(&event.action)) return restore->fraction.value_or(1);
    return std::nullopt;
}

bool is_about_links(const Event& event) {
    return std::holds_alternative<CutAction>(event.action) || std::holds_alternative<RestoreAction>(event.action);
}

}  // namespace

Hits::Hits(const Scenario& scenario, const Wiring& wiring)
    : events_(scenario.events), wiring_(wiring), projections_(projection_names(scenario)) {
    std::uint64_t taking = 0, returning = 0;
    for (const Event& event : events_) {
        const double size = size_of(event).value_or(0);
        std::uint64_t& number = returns(event) ? returning : taking;
        if (size > 0) ++number;
        const auto first = returns(event) ? Keyed::return_by_number : Keyed::taking_by_number;
        const auto detail = static_cast<std::uint32_t>(first) + (event.named ? 1 : 0);
        const Purpose purpose = is_about_links(event) ? Purpose::dead_link : Purpose::stuck_neuron;
        draws_.push_back(
            {Stream(scenario.timing.device_seed, purpose, event.named ? word_of(event.name) : number, detail), size});
    }
}

bool Hits::hits(std::size_t event, int population, int neuron) const {
    if (population == wiring_.input()) return false;
    const Draw& draw = draws_[event];
    const auto is_hit = [&](const auto& one) {
        if (!is_of(one.population, wiring_.population(population).name)) return false;
        if (one.neurons.empty()) return draw.stream.uniform(static_cast<std::uint64_t>(neuron)) < draw.fraction;
        const std::int32_t within = neuron - wiring_.first_neuron(population);
        return std::find(one.neurons.begin(), one.neurons.end(), within) != one.neurons.end();
    };
    if (const auto* kill = std::get_if<KillAction>(&events_[event].action)) return is_hit(*kill);
    if (const auto* revive = std::get_if<ReviveAction>(&events_[event].action)) return is_hit(*revive);
    return false;
}

bool Hits::hits_link(std::size_t event, int projection, int pre, int post) const {
    const Draw& draw = draws_[event];
    const std::string& name = projections_[static_cast<std::size_t>(projection)];
    const auto* cut = std::get_if<CutAction>(&events_[event].action);
    const auto* restore = std::get_if<RestoreAction>(&events_[event].action);
    if (!cut && !restore) return false;
    if (!is_of(cut ? cut->projection : restore->projection, name)) return false;
    const auto [low, high] = std::minmax(pre, post);
    const PhiloxBlock words = draw.stream.block(static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high));
    return unit_double(words[0], words[1]) < draw.fraction;
}

std::vector<std::int32_t> Hits::neurons(std::size_t event) const {
    std::vector<std::int32_t> hit;
    for (const int p : wiring_.unclamped()) {
        for (int i = wiring_.first_neuron(p); i < wiring_.first_neuron(p) + wiring_.size(p); ++i) {
            if (hits(event, p, i)) hit.push_back(i);
        }
    }
    return hit;
}

std::vector<std::int32_t> Hits::silent(const ActingEvents& acting) const {
    std::vector<std::int32_t> silent;
    for (const Acting& one : acting) {
        const bool kills = std::holds_alternative<KillAction>(events_[one.event].action);
        if (!kills && !std::holds_alternative<ReviveAction>(events_[one.event].action)) continue;
        const std::vector<std::int32_t> hit = neurons(one.event);
        std::vector<std::int32_t> now;
        if (kills) {
            std::set_union(silent.begin(), silent.end(), hit.begin(), hit.end(), std::back_inserter(now));
        } else {
            std::set_difference(silent.begin(), silent.end(), hit.begin(), hit.end(), std::back_inserter(now));
        }
        silent = std::move(now);
    }
    return silent;
}

std::vector<std::int32_t> Hits::struck(const ActingEvents& acting) const {
    std::vector<std::int32_t> hit = neurons(acting.back().event);
    if (!returns(events_[acting.back().event])) return hit;
    const std::vector<std::int32_t> before = silent({acting.begin(), acting.end() - 1});
    std::vector<std::int32_t> back;
    std::set_intersection(before.begin(), before.end(), hit.begin(), hit.end(), std::back_inserter(back));
    return back;
}

ActingEvents Hits::about_links(const ActingEvents& acting) const {
    ActingEvents found;
    for (const Acting& one : acting) {
        if (is_about_links(events_[one.event]) && draws_[one.event].fraction > 0) found.push_back({one.event, 0});
    }
    return found;
}

bool Hits::is_cut(const ActingEvents& acting, int projection, int pre, int post) const {
    bool cut = false;
    for (const Acting& one : acting) {
        if (!is_about_links(events_[one.event]) || cut != returns(events_[one.event])) continue;
        if (hits_link(one.event, projection, pre, post)) cut = !cut;
    }
    return cut;
}

DeadLinks Hits::dead(const ActingEvents& acting, const Device& device, const Network& network) const {
    const ActingEvents links = about_links(acting);
    if (links.empty()) return draw_dead_links(device.faults, network);
    DeadLinks dead;
    for (int k = 0; k < wiring_.projections(); ++k) {
        const auto& ends = wiring_.projection(k);
        const int first_pre = wiring_.first_neuron(ends.pre), first_post = wiring_.first_neuron(ends.post);
        dead.push_back(network.projections[static_cast<std::size_t>(k)].mask_where([&, k](int i, int j) {
            return is_dead(device.faults, static_cast<std::uint32_t>(first_pre + i),
                           static_cast<std::uint32_t>(first_post + j)) ||
                   is_cut(links, k, first_pre + i, first_post + j);
        }));
    }
    return dead;
}

std::vector<StruckLinks> Hits::struck_links(const ActingEvents& acting, const Network& network) const {
    std::vector<StruckLinks> links;
    const ActingEvents before(acting.begin(), acting.end() - 1);
    const std::size_t event = acting.back().event;
    for (int k = 0; k < wiring_.projections(); ++k) {
        const auto& ends = wiring_.projection(k);
        const int first_pre = wiring_.first_neuron(ends.pre), first_post = wiring_.first_neuron(ends.post);
        StruckLinks& list = links.emplace_back();
        network.projections[static_cast<std::size_t>(k)].visit_links([&, k](int i, int j, float /*weight*/) {
            if (!hits_link(event, k, first_pre + i, first_post + j)) return;
            if (returns(events_[event]) && !is_cut(before, k, first_pre + i, first_post + j)) return;
            list.emplace_back(i, j);
        });
    }
    return links;
}

bool returns(const Event& event) {
    return std::holds_alternative<ReviveAction>(event.action) || std::holds_alternative<RestoreAction>(event.action);
}

bool same_links(const DeadLinks& one, const DeadLinks& other) {
    for (std::size_t k = 0; k < std::max(one.size(), other.size()); ++k) {
        const LinkMask none;
        const LinkMask& a = k < one.size() ? one[k] : none;
        const LinkMask& b = k < other.size() ? other[k] : none;
        const bool empty = (a.none() || a.count() == 0) && (b.none() || b.count() == 0);
        if (!empty && a.lanes != b.lanes) return false;
    }
    return true;
}

}  // namespace settle
