// A dense matrix stored in panels of 16 columns, one cache line wide: panel after panel, each row after row. Whoever
// adds a few rows to 16 targets stays inside one panel, and whoever walks the whole matrix walks straight through
// memory.
#pragma once

#include <cassert>
#include <cstddef>

#include "core/aligned.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

/// The padding is zero and stays zero.
template <class T>
class PanelMatrix {
public:
    PanelMatrix() = default;
    PanelMatrix(int rows, int columns)
        : rows_(rows), columns_(columns), values_(static_cast<std::size_t>(rows) * padded_size(columns)) {}

    int rows() const { return rows_; }
    int columns() const { return columns_; }
    int panels() const { return padded_size(columns_) / panel_width; }

    /// (rows x 16) values of one panel.
    T* panel(int index) { return values_.data() + offset(index); }
    const T* panel(int index) const { return values_.data() + offset(index); }

    T& at(int row, int column) { return panel(column / panel_width)[row * panel_width + column % panel_width]; }
    const T& at(int row, int column) const {
        return panel(column / panel_width)[row * panel_width + column % panel_width];
    }

private:
    std::size_t offset(int index) const {
        assert(index >= 0 && index < panels());
        return static_cast<std::size_t>(index) * rows_ * panel_width;
    }

    int rows_ = 0;
    int columns_ = 0;
    AlignedVector<T> values_;
};

}  // namespace settle
