#include "models/projection.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace settle {

bool has_images(const Projection& projection, bool continuous) {
    const int pre = projection.pre, post = projection.post;
    const auto is = [](const auto& matrix, int rows, int columns) {
        return matrix.rows() == rows && matrix.columns() == columns;
    };
    const bool listens = projection.pre_listens;
    if (projection.forward_load.size() != static_cast<std::size_t>(padded_size(post))) return false;
    if (listens && projection.backward_load.size() != static_cast<std::size_t>(padded_size(pre))) return false;
    if (continuous) return !listens || is(projection.transposed, post, pre);
    return is(projection.forward, pre, post) && (!listens || is(projection.backward, post, pre));
}

void prepare_images(Projection& projection, bool continuous) {
    const int pre = projection.pre, post = projection.post;
    projection.forward_load.assign(static_cast<std::size_t>(padded_size(post)), 0);
    if (projection.pre_listens) projection.backward_load.assign(static_cast<std::size_t>(padded_size(pre)), 0);
    if (!continuous) projection.forward = PanelMatrix<std::int32_t>(pre, post);
    if (!continuous && projection.pre_listens) projection.backward = PanelMatrix<std::int32_t>(post, pre);
    if (continuous && projection.pre_listens) projection.transposed = PanelMatrix<float>(post, pre);
}

void derive_backward_load(Projection& projection) {
    if (!projection.pre_listens) return;
    // Sixteen partial sums a row, one a column of the panels: elementwise, so that the compiler can use vectors.
    std::vector<float> partial(static_cast<std::size_t>(projection.pre) * panel_width);
    for (int panel = 0; panel < projection.weights.panels(); ++panel) {
        const float* values = projection.weights.panel(panel);
        for (std::size_t i = 0; i < partial.size(); ++i) partial[i] += std::abs(values[i]);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(projection.pre); ++i) {
        float sum = 0;
        for (std::size_t column = 0; column < panel_width; ++column) sum += partial[i * panel_width + column];
        projection.backward_load[i] = sum;
    }
}

void add_rows_reference(const PanelMatrix<std::int32_t>& rows, std::span<const std::int32_t> sources,
                        const std::int32_t* init, std::ptrdiff_t init_stride, std::int32_t* out) {
    for (int column = 0; column < rows.panels() * panel_width; ++column) {
        const int panel = column / panel_width;
        std::int32_t sum = init ? init[panel * init_stride + column % panel_width] : 0;
        for (const std::int32_t source : sources) sum += rows.at(source, column);
        out[column] = sum;
    }
}

}  // namespace settle
