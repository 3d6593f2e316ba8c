#include "models/neuron/neuron_panel.hpp"

#include "models/neuron/population_scalar.hpp"
#include "models/neuron/variant_switch.hpp"

namespace settle {

namespace {

using namespace HWY_NAMESPACE;

NeuronInput<float> input_of(const PanelTick& in, int lane) {
    NeuronInput<float> input{};
    const auto at = static_cast<std::size_t>(in.ticks[lane]);
    if (in.sums) input.u = static_cast<float>(in.sums[lane]) * weight_unit;
    if (in.biases) input.b = in.biases[lane];
    if (in.y) input.y = in.y[lane];
    if (in.noise) input.noise = in.noise[lane];
    input.t = static_cast<float>(in.ticks[lane] + 1);
    input.epsilon = in.table->epsilon[at];
    input.lambda = in.table->lambda[at];
    input.two_beta = in.two_beta;
    return input;
}

struct ReferencePanelTicks {
    template <NeuronVariant variant>
    static void run(Population& p, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes,
                    LaneSet& fired) {
        const StepParameters<float> parameters = parameters_of(model);
        const Restarts<ScalarLanes> restarts = restarts_of(model, in.table);
        for (int lane = 0; lane < panel_width; ++lane) {
            if (!(lanes >> lane & 1)) continue;
            const auto i = static_cast<std::size_t>(panel * panel_width + lane);
            const NeuronInput<float> input = input_of(in, lane);
            NeuronMemory<float> n = gather(p, i);
            const bool fires = in.x ? tick_clamped<ScalarLanes, variant>(n, in.x[lane], input, restarts)
                                    : tick<ScalarLanes, variant>(n, input, parameters, restarts);
            if (fires) fired |= LaneSet{1} << lane;
            if (in.sums && !in.keeps_sums) in.sums[lane] = 0;
            scatter(n, p, i);
        }
    }
};

}  // namespace

LaneSet tick_panel_reference(Population& population, int panel, const NeuronModel& model, const PanelTick& in,
                             LaneSet lanes) {
    LaneSet fired = 0;
    run_variant<ReferencePanelTicks>(model.variant(in.y != nullptr), population, panel, model, in, lanes, fired);
    return fired;
}

}  // namespace settle
