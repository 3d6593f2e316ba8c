#include "sim/reports/event_marks.hpp"

#include <algorithm>
#include <optional>

namespace settle {

namespace {

/// Of the training set, as far as lines of metrics or the scenario tell.
std::optional<double> presentations_an_epoch(const RunFiles& run) {
    for (const Record& line : run.samples) {
        const auto epoch = line.number("epoch"), presentations = line.number("presentations");
        if (epoch && presentations && *epoch > 0 && *presentations > 0) return *presentations / *epoch;
    }
    if (run.scenario->data.train) return static_cast<double>(*run.scenario->data.train);
    return std::nullopt;
}

std::optional<double> epoch_of(const Event& event, const RunFiles& run) {
    if (const auto* epoch = std::get_if<AtEpoch>(&event.at)) return epoch->epoch;
    const auto* at = std::get_if<AtPresentation>(&event.at);
    const auto epoch = at ? presentations_an_epoch(run) : std::nullopt;
    if (!epoch) return std::nullopt;
    return static_cast<double>(at->presentation) / *epoch;
}

}  // namespace

void add_marks(const std::vector<PlotMark>& more, std::vector<PlotMark>& marks) {
    for (const PlotMark& mark : more) {
        const bool there = std::any_of(marks.begin(), marks.end(), [&](const PlotMark& other) {
            return other.x == mark.x && other.text == mark.text;
        });
        if (!there) marks.push_back(mark);
    }
}

std::vector<PlotMark> marks_within(const std::vector<const RunFiles*>& runs, During presented, std::int64_t end) {
    std::vector<PlotMark> marks;
    for (const RunFiles* run : runs) {
        if (!run->scenario) continue;
        for (const Event& event : run->scenario->events) {
            const auto* at = std::get_if<AtPeriod>(&event.at);
            if (at && event.*presented && at->period < end)
                add_marks({{static_cast<double>(at->period), event.name}}, marks);
        }
    }
    return marks;
}

std::vector<PlotMark> marks_of_training(const std::vector<const RunFiles*>& runs) {
    std::vector<PlotMark> marks;
    for (const RunFiles* run : runs) {
        if (!run->scenario) continue;
        for (const Event& event : run->scenario->events) {
            if (const auto epoch = epoch_of(event, *run)) add_marks({{*epoch, event.name}}, marks);
        }
    }
    return marks;
}

}  // namespace settle
