// States of a minibatch.
#pragma once

#include <cstddef>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/panel.hpp"

namespace settle {

/// States of all populations for every presentation of a minibatch: (batch x padded size) each; that of the input is
/// the data. Padding is zero.
struct BatchStates {
    BatchStates() = default;
    BatchStates(const std::vector<int>& sizes, int presentations) : batch(presentations) {
        for (const int size : sizes) {
            padded.push_back(padded_size(size));
            populations.emplace_back(static_cast<std::size_t>(padded.back()) * static_cast<std::size_t>(presentations));
        }
    }

    int batch = 0;
    std::vector<AlignedVector<float>> populations;
    std::vector<int> padded;  ///< padded size of every population

    float* of(int population, int presentation) {
        return populations[static_cast<std::size_t>(population)].data() + at(population, presentation);
    }
    const float* of(int population, int presentation) const {
        return populations[static_cast<std::size_t>(population)].data() + at(population, presentation);
    }

private:
    std::ptrdiff_t at(int population, int presentation) const {
        return static_cast<std::ptrdiff_t>(presentation) * padded[static_cast<std::size_t>(population)];
    }
};

}  // namespace settle
