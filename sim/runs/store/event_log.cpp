#include "sim/runs/store/event_log.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "sim/scenario/changed_key.hpp"
#include "sim/scenario/event_form.hpp"

namespace settle {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Value& value) {
    if (const auto* array = value.array()) {
        Json items = Json::array();
        for (const Value& item : *array) items.push_back(json_of(item));
        return items;
    }
    if (const auto* table = value.table()) {
        Json entries = Json::object();
        for (const auto& [name, entry] : *table) entries[name] = json_of(entry);
        return entries;
    }
    return std::visit(
        []<class Data>(const Data& data) {
            if constexpr (std::is_same_v<Data, Value::Array> || std::is_same_v<Data, Value::Table>) {
                return Json();
            } else {
                return Json(data);
            }
        },
        value.data);
}

/// What the event itself says: the entries of its table that are its action's own.
void put_own(const Event& event, Json& line) {
    const Value tables = events_value({event});
    for (const auto& [part, value] : *tables.array()->front().table()) {
        if (part == "name" || part == "at" || part == "action" || part == "during" || part == "neurons") continue;
        line[part] = part == "until" ? json_of(value.table()->front().second) : json_of(value);
    }
}

/// Neurons by population, numbered within it.
void put_neurons(const std::vector<std::int32_t>& neurons, const Wiring& wiring, Json& line) {
    line["hit"] = neurons.size();
    Json& by_population = line["neurons"] = Json::object();
    for (int p = 0; p < wiring.populations(); ++p) {
        Json numbers = Json::array();
        for (const std::int32_t neuron : neurons) {
            const int within = neuron - wiring.first_neuron(p);
            if (within >= 0 && within < wiring.size(p)) numbers.push_back(within);
        }
        if (!numbers.empty()) by_population[wiring.population(p).name] = std::move(numbers);
    }
}

void put_links(const std::vector<StruckLinks>& links, const std::vector<std::string>& names, Json& line) {
    std::int64_t hit = 0;
    for (const StruckLinks& projection : links) hit += static_cast<std::int64_t>(projection.size());
    line["hit"] = hit;
    Json& by_projection = line["links"] = Json::object();
    for (std::size_t k = 0; k < links.size(); ++k) {
        if (links[k].empty()) continue;
        if (hit > listed_links) {
            by_projection[names[k]] = links[k].size();
            continue;
        }
        Json pairs = Json::array();
        for (const auto& link : links[k]) pairs.push_back(Json::array({link.first, link.second}));
        by_projection[names[k]] = std::move(pairs);
    }
}

/// `acting`: what acts when it has happened, the event last.
void put_hits(const Script& script, const ActingEvents& acting, const Network& network, Json& line) {
    const EventAction& action = script.events()[acting.back().event].action;
    const Wiring& wiring = network.wiring;
    if (std::holds_alternative<KillAction>(action) || std::holds_alternative<ReviveAction>(action))
        put_neurons(script.hits().struck(acting), wiring, line);
    if (std::holds_alternative<CutAction>(action) || std::holds_alternative<RestoreAction>(action))
        put_links(script.hits().struck_links(acting, network), script.hits().projections(), line);
    const auto* restart = std::get_if<RestartAnnealingAction>(&action);
    if (!restart) return;
    int neurons = 0;
    for (int p = 0; p < wiring.populations(); ++p) {
        const std::string& name = wiring.population(p).name;
        if (restart->population.empty() || restart->population == name) neurons += wiring.size(p);
    }
    line["hit"] = neurons;
}

/// How many neurons or links the last of these events hits, or brings back.
std::size_t hits_of(const Script& script, const ActingEvents& acting, const Network& network) {
    std::size_t hits = script.hits().struck(acting).size();
    for (const StruckLinks& links : script.hits().struck_links(acting, network)) hits += links.size();
    return hits;
}

/// What acts within presentations when an event has happened in them, it being the last: of a part of the data.
/// nullopt: it does not happen there.
std::optional<ActingEvents> acting_when(const Script& script, std::size_t event, PresentationId::Part part) {
    ActingEvents acting;
    bool happens = false;
    for (const Acting& one : script.acting_within(part, std::get<AtPeriod>(script.events()[event].at).period)) {
        happens = happens || one.event == event;
        if (one.event != event && (one.since > 0 || one.event < event)) acting.push_back(one);
    }
    if (!happens) return std::nullopt;
    acting.push_back({event, 0});
    return acting;
}

/// The same in the part where what brings back finds most to bring back.
ActingEvents acting_when(const Script& script, std::size_t event, const Network& network) {
    using Part = PresentationId::Part;
    ActingEvents found = {{event, 0}};
    std::size_t most = 0;
    bool first = true;
    for (const Part part : {Part::train, Part::validation, Part::test}) {
        const auto acting = acting_when(script, event, part);
        if (!acting || (!first && *acting == found)) continue;
        const std::size_t hits = returns(script.events()[event]) ? hits_of(script, *acting, network) : 0;
        if (!first && hits <= most) continue;
        found = *acting;
        most = hits;
        first = false;
    }
    return found;
}

}  // namespace

std::string line_within(const Script& script, std::size_t event, const Network& network) {
    const Event& what = script.events()[event];
    const std::int64_t period = std::get<AtPeriod>(what.at).period;
    Json line;
    line["name"] = what.name;
    line["period"] = period;
    Json& during = line["during"] = Json::array();
    if (what.in_training) during.push_back("train");
    if (what.in_validation) during.push_back("validation");
    if (what.in_test) during.push_back("test");
    line["action"] = form_of(what).word;
    put_own(what, line);
    put_hits(script, acting_when(script, event, network), network, line);
    return line.dump();
}

std::string line_of(const Script& script, const Occurrence& occurrence, const Network& network) {
    const Event& what = script.events()[occurrence.event];
    Json line;
    line["name"] = what.name;
    line["presentation"] = occurrence.presentation;
    line["epoch"] = static_cast<double>(occurrence.presentation) / static_cast<double>(script.epoch_presentations());
    line["action"] = form_of(what).word;
    if (occurrence.ended) line["ended"] = true;
    put_own(what, line);
    if (occurrence.ended && line.contains("key")) {
        const auto now = value_of_key(script.regime(occurrence.presentation).scenario, line["key"]);
        line["value"] = now ? json_of(*now) : Json();
    }
    put_hits(script, script.acting_at(occurrence), network, line);
    return line.dump();
}

std::string event_lines(const Script& script, std::int64_t presentations, const Network& network) {
    std::string lines;
    for (std::size_t i = 0; i < script.events().size(); ++i) {
        if (script.events()[i].within_presentations()) lines += line_within(script, i, network) + "\n";
    }
    for (const Occurrence& occurrence : script.occurrences_before(presentations))
        lines += line_of(script, occurrence, network) + "\n";
    return lines;
}

}  // namespace settle
