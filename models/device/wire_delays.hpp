// The latencies of all wires that lead to a block of neurons from populations with a matrix (scope synapse), drawn once
// a device: a row of them beside every row of weights.
#pragma once

#include <cstdint>
#include <span>

#include "models/device/link.hpp"
#include "models/kernels/panel_matrix.hpp"
#include "models/network/afferents.hpp"

namespace settle {

struct WireDelays {
    PanelMatrix<std::int32_t> rows;        ///< (dense rows x lanes); one row where all latencies are the same
    std::int32_t least = 1, greatest = 1;  ///< of all

    /// (16) of one panel, beside a row of weights.
    const std::int32_t* of(int panel, std::int32_t source_row) const {
        return rows.panel(panel) + std::ptrdiff_t{row_of(source_row)} * panel_width;
    }
    std::int32_t row_of(std::int32_t source_row) const { return rows.rows() == 1 ? 0 : source_row; }
};

/// Who does not tick hears all the same once it is so many periods behind: 32 bits must hold them, and a latency.
constexpr Duration most_periods_behind = 4;

/// Whether sources say a bit once to all their wires in a population, each of which has a latency of its own: pulses
/// with losses each by itself that arrive soon enough for 32 bits. `farthest`: no bit arrives later after it was sent.
bool says_once(const LinkSettings& link, Duration farthest);

/// Of the neurons `targets` of a population, counted within it, which hear `afferents`; empty where the link does not
/// say bits once.
WireDelays wire_delays(const LinkSettings& link, std::uint64_t device_seed, const Wiring& wiring, int population,
                       std::span<const std::int32_t> targets, const Afferents& afferents);

}  // namespace settle
