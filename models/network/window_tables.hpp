// What the tables of a convolution will hold, before they are made.
#pragma once

#include "models/network/window.hpp"

namespace settle {

/// In numbers that may be beyond the 32 bits that count these items in the tables.
struct WindowTables {
    double forward = 0;                          ///< weights, (channels x taps x padded channels of post)
    double backward = 0;                         ///< (channels of post x taps x padded channels)
    double forward_runs = 0, backward_runs = 0;  ///< of RunTable
};
/// Items of a table, at most.
inline constexpr double most_window_items = 2'147'483'647;

WindowTables tables_of(const Window& window);

/// Throws Error (input), with the key "projection.kernel", for tables that are larger.
void check_window(const Window& window);

}  // namespace settle
