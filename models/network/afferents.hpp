// What a block of neurons of one population hears: the integer weights of all pathways that lead to it, a lane for each
// neuron, in any order of the neurons. Whoever lets neurons tick in an order of his own (by the phases of their clocks)
// keeps one for each block: in that order neurons that tick at about the same time share a panel.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/timed_sum.hpp"
#include "models/network/network.hpp"

namespace settle {

class Afferents {
public:
    Afferents() = default;
    /// `targets`: (lanes) neurons of the population, counted within it. Nothing but sizes yet.
    Afferents(const Wiring& wiring, int population, std::span<const std::int32_t> targets);

    /// Takes over the network's weights and biases; its images must be derived.
    void load(const Network& network, std::span<const std::int32_t> targets);

    /// Sources of all pathways have rows of their own, pathway after pathway: this many, and where each begins. Neuron
    /// i of a pathway's source population has the row first_row + i.
    std::int32_t rows() const { return rows_.rows(); }
    std::int32_t first_row(int pathway) const;

    /// (lanes, padded)
    const float* biases() const { return biases_.data(); }

    /// sums (lanes, padded) += the weights of the sources with these rows.
    void add(std::span<const std::int32_t> rows, std::int32_t* sums) const;
    /// The sixteen lanes of a panel hear a timetable of rows: see models/kernels/timed_sum.
    void hear(const Timetable& table, int panel, const Time* times, LaneSet lanes, const Ears& ears,
              std::int32_t* sums) const;
    /// The weights that a list of arrivals (rows) adds to one lane. `signs` as Timetable has them.
    std::int32_t sum_for_lane(int lane, std::span<const Arrival> arrivals, const std::int32_t* signs) const;

private:
    struct Part {
        int pathway;
        std::int32_t first_row;
    };
    int population_ = 0;
    std::vector<Part> parts_;
    PanelMatrix<std::int32_t> rows_;  ///< (rows x lanes)
    AlignedVector<float> biases_;
};

}  // namespace settle
