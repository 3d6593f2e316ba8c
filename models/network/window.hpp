// The window of a convolution: which neurons of two shapes it joins. o(c', y', x') hears kernel[c', c, dy, dx] times
// what (c, y' stride + dy - padding, x' stride + dx - padding) sends, where that is inside.
#pragma once

#include <cstdint>

#include "models/kernels/run_sums.hpp"

namespace settle {

/// Of populations with (channels, rows, columns), in that order within a population.
struct Window {
    int channels = 1, rows = 1, columns = 1;                 ///< of pre
    int post_channels = 1, post_rows = 1, post_columns = 1;  ///< of post
    int kernel = 1, stride = 1, padding = 0;

    int places() const { return rows * columns; }
    int post_places() const { return post_rows * post_columns; }
    int pre() const { return channels * places(); }
    int post() const { return post_channels * post_places(); }
    /// Weights from one channel to one channel.
    int taps() const { return kernel * kernel; }

    bool operator==(const Window&) const = default;
};

/// floor((size + 2 padding - kernel) / stride) + 1; 0 or less: the kernel does not fit.
std::int64_t windowed_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding);

/// From `first` up to `end`.
struct Span1d {
    int first = 0, end = 0;

    int size() const { return end - first; }
};

/// Places along one axis of post, of `post_size`, whose window covers place `at` of pre.
Span1d covering(const Window& window, int at, int post_size);

/// From pre to post, weights lying as (taps x padded channels of post).
RunTable forward_runs(const Window& window);
/// From post to pre, weights lying as (taps x padded channels of pre).
RunTable backward_runs(const Window& window);

}  // namespace settle
