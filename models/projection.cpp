#include "models/projection.hpp"

#include <algorithm>
#include <cmath>

namespace settle {

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
    std::fill(projection.backward_load.begin(), projection.backward_load.end(), 0.0f);
    for (int panel = 0; panel < projection.weights.panels(); ++panel) {
        const float* values = projection.weights.panel(panel);
        for (int i = 0; i < projection.pre; ++i) {
            float sum = 0;
            for (int column = 0; column < panel_width; ++column) sum += std::abs(values[i * panel_width + column]);
            projection.backward_load[static_cast<std::size_t>(i)] += sum;
        }
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
