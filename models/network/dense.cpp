#include "models/network/dense.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace settle {

Dense::Dense(int sources, int targets, bool sources_listen)
    : pre(sources), post(targets), pre_listens(sources_listen), weights(sources, targets) {}

Dense Dense::lateral_of(int neurons) {
    Dense dense(neurons, neurons, false);
    dense.lateral = true;
    return dense;
}

void Dense::prepare_images(bool continuous, bool masked) {
    forward_load.assign(static_cast<std::size_t>(padded_size(post)), 0);
    if (pre_listens) backward_load.assign(static_cast<std::size_t>(padded_size(pre)), 0);
    if (!continuous) forward = PanelMatrix<std::int32_t>(pre, post);
    if (!continuous && pre_listens) backward = PanelMatrix<std::int32_t>(post, pre);
    living = continuous && masked ? PanelMatrix<float>(pre, post) : PanelMatrix<float>();
    if (continuous && pre_listens) transposed = PanelMatrix<float>(post, pre);
}

bool Dense::joins(int sources, int targets, bool sources_listen) const {
    return pre == sources && post == targets && pre_listens == sources_listen && weights.rows() == sources &&
           weights.columns() == targets;
}

bool Dense::has_images(bool continuous) const {
    const auto is = [](const auto& matrix, int rows, int columns) {
        return matrix.rows() == rows && matrix.columns() == columns;
    };
    if (forward_load.size() != static_cast<std::size_t>(padded_size(post))) return false;
    if (pre_listens && backward_load.size() != static_cast<std::size_t>(padded_size(pre))) return false;
    if (continuous) return !pre_listens || is(transposed, post, pre);
    return is(forward, pre, post) && (!pre_listens || is(backward, post, pre));
}

/// Writes the panel's rows of `source` as the rows 16 panel … of its transpose.
template <class T>
static void transpose_panel(const PanelMatrix<T>& source, int panel, PanelMatrix<T>& target) {
    const T* values = source.panel(panel);
    const int columns = std::min(panel_width, source.columns() - panel * panel_width);
    for (int row = 0; row < source.rows(); ++row) {
        for (int column = 0; column < columns; ++column) {
            target.at(panel * panel_width + column, row) = values[row * panel_width + column];
        }
    }
}

void Dense::derive_block(int block, const LinkMask& dead, bool continuous) {
    assert(living.rows() > 0 || dead.none() || !continuous);
    std::int32_t* integers = continuous ? nullptr : forward.panel(block);
    float* kept = living.rows() > 0 ? living.panel(block) : nullptr;
    derive_rows(weights.panel(block), pre, dead.panel(block, pre), integers, kept,
                forward_load.data() + block * panel_width);
    if (!pre_listens) return;
    if (continuous) {
        transpose_panel(rates(false), block, transposed);
    } else {
        transpose_panel(forward, block, backward);
    }
}

void Dense::finish_images(const LinkMask& dead) {
    if (!pre_listens) return;
    // Sixteen partial sums a row, one a column of the panels: elementwise, so that the compiler can use vectors.
    std::vector<float> partial(static_cast<std::size_t>(pre) * panel_width);
    for (int panel = 0; panel < weights.panels(); ++panel) {
        const float* values = weights.panel(panel);
        const std::uint16_t* lanes = dead.panel(panel, pre);
        if (!lanes) {
            for (std::size_t i = 0; i < partial.size(); ++i) partial[i] += std::abs(values[i]);
            continue;
        }
        for (std::size_t i = 0; i < partial.size(); ++i)
            partial[i] += (lanes[i / panel_width] >> (i % panel_width) & 1) != 0 ? 0 : std::abs(values[i]);
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(pre); ++i) {
        float sum = 0;
        for (std::size_t column = 0; column < panel_width; ++column) sum += partial[i * panel_width + column];
        backward_load[i] = sum;
    }
}

double Dense::exact_load(bool way_back, int target, const LinkMask& dead) const {
    double load = 0;
    for (int k = 0; k < (way_back ? post : pre); ++k) {
        const int i = way_back ? target : k, j = way_back ? k : target;
        if (!is_dead(dead, i, j)) load += std::abs(static_cast<double>(weights.at(i, j)));
    }
    return load;
}

/// Panel by panel of the copy, so that what is written is written in order.
void Dense::copy_image(bool way_back, std::span<const std::int32_t> targets, int first_row,
                       PanelMatrix<std::int32_t>& rows) const {
    const PanelMatrix<std::int32_t>& from = image(way_back);
    for (std::size_t first = 0; first < targets.size(); first += panel_width) {
        const auto lanes = targets.subspan(first, std::min<std::size_t>(panel_width, targets.size() - first));
        const std::int32_t* columns[panel_width];
        for (std::size_t lane = 0; lane < lanes.size(); ++lane)
            columns[lane] = from.panel(lanes[lane] / panel_width) + lanes[lane] % panel_width;
        std::int32_t* to =
            rows.panel(static_cast<int>(first) / panel_width) + static_cast<std::ptrdiff_t>(first_row) * panel_width;
        for (std::ptrdiff_t row = 0; row < from.rows(); ++row) {
            for (std::size_t lane = 0; lane < lanes.size(); ++lane)
                to[row * panel_width + static_cast<std::ptrdiff_t>(lane)] = columns[lane][row * panel_width];
        }
    }
}

std::vector<float> Dense::to_array(const LinkMask& dead) const {
    std::vector<float> array;
    array.reserve(static_cast<std::size_t>(pre) * static_cast<std::size_t>(post));
    for (int i = 0; i < pre; ++i) {
        for (int j = 0; j < post; ++j) array.push_back(is_dead(dead, i, j) ? 0 : weights.at(i, j));
    }
    return array;
}

void Dense::from_array(std::span<const float> array) {
    assert(array.size() == static_cast<std::size_t>(pre) * static_cast<std::size_t>(post));
    const float* weight = array.data();
    for (int i = 0; i < pre; ++i) {
        for (int j = 0; j < post; ++j) weights.at(i, j) = *weight++;
    }
}

bool Dense::symmetric() const {
    for (int i = 0; i < pre; ++i) {
        if (weights.at(i, i) != 0) return false;
        for (int j = 0; j < i; ++j) {
            if (!(weights.at(i, j) == weights.at(j, i))) return false;
        }
    }
    return true;
}

}  // namespace settle
