#include "models/network/contrast.hpp"

#include <doctest/doctest.h>

#include "core/draw.hpp"
#include "models/kernels/instruction_set.hpp"

using namespace settle;

namespace {

BatchStates drawn_states(const std::vector<int>& sizes, int batch, std::uint64_t seed) {
    BatchStates states(sizes, batch);
    const Stream stream(seed, Purpose::random_inputs);
    std::uint64_t index = 0;
    for (int l = 0; l < static_cast<int>(sizes.size()); ++l) {
        for (int b = 0; b < batch; ++b) {
            for (int i = 0; i < sizes[static_cast<std::size_t>(l)]; ++i) {
                const double draw = stream.uniform(index++);
                states.of(l, b)[i] = draw < 0.3 ? 0 : static_cast<float>(draw);
            }
        }
    }
    return states;
}

}  // namespace

TEST_CASE("the three update forms are the sums of the paper, in presentation order") {
    const std::vector<int> sizes = {19, 35, 6};
    constexpr int batch = 7;
    BatchStates minus = drawn_states(sizes, batch, 1), plus = drawn_states(sizes, batch, 2);
    plus.populations[0] = minus.populations[0];  // both phases see the same data
    const std::vector<double> rates = {0.1, 0.05};
    for (const UpdateForm form : {UpdateForm::bidirectional, UpdateForm::forward, UpdateForm::full}) {
        const Network before = random_network(chain(sizes), 1, 9);
        for (const std::string& instructions : instruction_sets()) {
            use_instruction_set(instructions);
            for (const int threads : {1, 3}) {
                WorkerPool workers(threads);
                Network after = before;
                apply_contrast(after, {}, minus, plus, {form, -0.5, rates}, workers);
                for (int l = 0; l < 2; ++l) {
                    const auto at = static_cast<std::size_t>(l);
                    const auto scale = static_cast<float>(rates[at] / -0.5 / batch);
                    for (int j = 0; j < sizes[at + 1]; ++j) {
                        float bias = 0;
                        for (int b = 0; b < batch; ++b) bias += plus.of(l + 1, b)[j] - minus.of(l + 1, b)[j];
                        CHECK(after.biases[at + 1][static_cast<std::size_t>(j)] == scale * bias);
                        for (int i = 0; i < sizes[at]; ++i) {
                            float sum = 0;
                            for (int b = 0; b < batch; ++b) {
                                const float si = minus.of(l, b)[i], sj = minus.of(l + 1, b)[j];
                                const float pi = plus.of(l, b)[i], pj = plus.of(l + 1, b)[j];
                                float term = form == UpdateForm::full ? pi * pj + -si * sj : si * (pj - sj);
                                if (form == UpdateForm::bidirectional && l > 0) term = term + (pi - si) * sj;
                                sum += term;
                            }
                            CHECK(after.projections[at].dense().weights.at(i, j) ==
                                  before.projections[at].dense().weights.at(i, j) + scale * sum);
                        }
                    }
                }
            }
        }
        use_instruction_set("");
    }
}

TEST_CASE("a rate of 0 leaves a projection and its biases alone") {
    const std::vector<int> sizes = {8, 5, 3};
    WorkerPool workers(1);
    const Network before = random_network(chain(sizes), 1, 9);
    Network after = before;
    apply_contrast(after, {}, drawn_states(sizes, 4, 1), drawn_states(sizes, 4, 2), {UpdateForm::full, 0.5, {0, 0.1}},
                   workers);
    CHECK(to_arrays(after).weights[0] == to_arrays(before).weights[0]);
    CHECK(to_arrays(after).biases[0] == to_arrays(before).biases[0]);
    CHECK(to_arrays(after).weights[1] != to_arrays(before).weights[1]);
}
