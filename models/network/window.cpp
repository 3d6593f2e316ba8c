#include "models/network/window.hpp"

#include <algorithm>

#include "models/kernels/panel.hpp"
#include "models/network/window_tables.hpp"

namespace settle {

std::int64_t windowed_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    const std::int64_t room = size + 2 * padding - kernel;
    return room < 0 ? 0 : room / stride + 1;
}

Span1d covering(const Window& window, int at, int post_size) {
    const int place = at + window.padding;
    const int least = place - window.kernel + 1;
    const int first = least <= 0 ? 0 : (least + window.stride - 1) / window.stride;
    const int end = std::min(place / window.stride + 1, post_size);
    return {first, std::max(first, end)};
}

/// Empty, with room for the runs: that it is known avoids twice their memory.
static RunTable table_for(int places, int channel_weights, double runs) {
    RunTable all{places, channel_weights, {0}, {}};
    all.first.reserve(static_cast<std::size_t>(places) + 1);
    all.runs.reserve(static_cast<std::size_t>(runs));
    return all;
}

RunTable forward_runs(const Window& window) {
    const int width = padded_size(window.post_channels);
    RunTable all = table_for(window.places(), window.taps() * width, tables_of(window).forward_runs);
    for (int y = 0; y < window.rows; ++y) {
        const Span1d rows = covering(window, y, window.post_rows);
        for (int x = 0; x < window.columns; ++x) {
            const Span1d columns = covering(window, x, window.post_columns);
            for (int row = rows.first; row < rows.end; ++row) {
                for (int column = columns.first; column < columns.end; ++column) {
                    const int dy = y + window.padding - row * window.stride;
                    const int dx = x + window.padding - column * window.stride;
                    all.runs.push_back(
                        {(row * window.post_columns + column) * width, (dy * window.kernel + dx) * width, width});
                }
            }
            all.first.push_back(static_cast<std::int32_t>(all.runs.size()));
        }
    }
    return all;
}

RunTable backward_runs(const Window& window) {
    const int width = padded_size(window.channels);
    RunTable all = table_for(window.post_places(), window.taps() * width, tables_of(window).backward_runs);
    for (int row = 0; row < window.post_rows; ++row) {
        for (int column = 0; column < window.post_columns; ++column) {
            const int first_x = column * window.stride - window.padding;
            const int dx = std::max(0, -first_x), end = std::min(window.kernel, window.columns - first_x);
            for (int dy = 0; dy < window.kernel; ++dy) {
                const int y = row * window.stride + dy - window.padding;
                if (y < 0 || y >= window.rows || dx >= end) continue;
                all.runs.push_back({(y * window.columns + first_x + dx) * width, (dy * window.kernel + dx) * width,
                                    (end - dx) * width});
            }
            all.first.push_back(static_cast<std::int32_t>(all.runs.size()));
        }
    }
    return all;
}

}  // namespace settle
