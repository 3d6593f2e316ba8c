#include "models/network/afferents.hpp"

#include <cassert>

namespace settle {

Afferents::Afferents(const Wiring& wiring, int population, std::span<const std::int32_t> targets)
    : population_(population) {
    std::int32_t rows = 0;
    for (const int pathway : wiring.incoming(population)) {
        parts_.push_back({pathway, rows});
        rows += wiring.size(wiring.pathway(pathway).source);
    }
    const auto lanes = static_cast<int>(targets.size());
    rows_ = PanelMatrix<std::int32_t>(rows, lanes);
    biases_.resize(static_cast<std::size_t>(padded_size(lanes)));
}

void Afferents::load(const Network& network, std::span<const std::int32_t> targets) {
    for (const Part& part : parts_) {
        const Pathway& pathway = network.wiring.pathway(part.pathway);
        network.over(pathway).copy_image(pathway.transposed, targets, part.first_row, rows_);
    }
    const AlignedVector<float>& biases = network.biases[static_cast<std::size_t>(population_)];
    for (std::size_t lane = 0; lane < targets.size(); ++lane)
        biases_[lane] = biases[static_cast<std::size_t>(targets[lane])];
}

std::int32_t Afferents::first_row(int pathway) const {
    for (const Part& part : parts_) {
        if (part.pathway == pathway) return part.first_row;
    }
    assert(false && "the pathway leads elsewhere");
    return 0;
}

void Afferents::add(std::span<const std::int32_t> rows, std::int32_t* sums) const {
    add_rows(rows_, rows, sums, panel_width, sums);
}

void Afferents::hear(const Timetable& table, int panel, const Time* times, LaneSet lanes, const Ears& ears,
                     std::int32_t* sums) const {
    settle::hear(table, rows_.panel(panel), times, lanes, ears, sums);
}

std::int32_t Afferents::sum_for_lane(int lane, std::span<const Arrival> arrivals, const std::int32_t* signs) const {
    const std::int32_t* weights = rows_.panel(lane / panel_width) + lane % panel_width;
    std::int32_t sum = 0;
    for (std::size_t k = 0; k < arrivals.size(); ++k) {
        const std::int32_t weight = weights[static_cast<std::ptrdiff_t>(arrivals[k].source) * panel_width];
        sum += signs && signs[k] < 0 ? -weight : weight;
    }
    return sum;
}

}  // namespace settle
