#include "models/network/window_tables.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

WindowTables tables_of(const Window& window) {
    const double taps = static_cast<double>(window.kernel) * window.kernel;
    double rows = 0, columns = 0, reached = 0;
    for (int y = 0; y < window.rows; ++y) rows += covering(window, y, window.post_rows).size();
    for (int x = 0; x < window.columns; ++x) columns += covering(window, x, window.post_columns).size();
    for (int column = 0; column < window.post_columns; ++column) {
        const std::int64_t first = static_cast<std::int64_t>(column) * window.stride - window.padding;
        if (first < window.columns && first + window.kernel > 0) ++reached;
    }
    return {taps * window.channels * padded_size(window.post_channels),
            taps * window.post_channels * padded_size(window.channels), rows * columns, rows * reached};
}

void check_window(const Window& window) {
    const WindowTables tables = tables_of(window);
    const auto refuse = [](double count, const char* of) {
        throw input_error("", "projection.kernel", "makes " + std::to_string(static_cast<long long>(count)) + of,
                          "less than 2^31: a smaller kernel");
    };
    const double weights = std::max(tables.forward, tables.backward);
    if (weights > most_window_items) refuse(weights, " weights, their channels in whole panels of 16");
    if (tables.forward_runs > most_window_items) refuse(tables.forward_runs, " pairs of places that it joins");
}

}  // namespace settle
