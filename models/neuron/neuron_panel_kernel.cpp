// The ticks of a panel, compiled for every instruction set that Highway knows and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/neuron/neuron_panel_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "models/neuron/neuron_panel.hpp"
#include "models/neuron/population_lanes.hpp"
#include "models/neuron/variant_switch.hpp"

HWY_BEFORE_NAMESPACE();
namespace settle::HWY_NAMESPACE {

constexpr int panel_lanes = static_cast<int>(hn::MaxLanes(VectorLanes::D()));
static_assert(panel_width % panel_lanes == 0);

/// The lanes from `first` on that are in the set, as a mask.
HWY_INLINE VectorLanes::M mask_of(LaneSet lanes, int first) {
    const VectorLanes::D d;
    const hn::RebindToSigned<VectorLanes::D> di;
    const auto bit = hn::Shl(hn::Set(di, 1), hn::Iota(di, first));
    return hn::RebindMask(d, hn::TestBit(hn::Set(di, static_cast<std::int32_t>(lanes)), bit));
}

/// A mask as a set of the lanes from `first` on.
HWY_INLINE LaneSet set_of(VectorLanes::M mask, int first) {
    std::uint8_t bytes[8] = {};
    hn::StoreMaskBits(VectorLanes::D(), mask, bytes);
    LaneSet low = bytes[0];
    if constexpr (panel_lanes > 8) low |= static_cast<LaneSet>(bytes[1]) << 8;
    return low << first;
}

/// What a panel's tick brings to the lanes from `i` on.
template <NeuronVariant variant>
HWY_INLINE NeuronInput<V> input_of(const PanelTick& in, int i) {
    const VectorLanes::D d;
    const hn::RebindToSigned<VectorLanes::D> di;
    NeuronInput<V> n;
    n.u = n.b = n.y = n.noise = n.epsilon = n.lambda = n.t = hn::Zero(d);
    n.two_beta = hn::Set(d, in.two_beta);
    const auto ticks = hn::Load(di, in.ticks + i);
    if constexpr (!variant.restarts) {
        if constexpr (variant.step == StepKind::scheduled)
            n.epsilon = hn::GatherIndex(d, in.table->epsilon.data(), ticks);
        if constexpr (variant.step != StepKind::scheduled) n.t = hn::ConvertTo(d, ticks + hn::Set(di, 1));
        if constexpr (variant.predictive) n.lambda = hn::GatherIndex(d, in.table->lambda.data(), ticks);
    }
    if constexpr (draws_noise(variant.quantizer)) n.noise = hn::Load(d, in.noise + i);
    return n;
}

struct PanelTicks {
    template <NeuronVariant variant>
    static void run(Population& p, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes,
                    LaneSet& fired) {
        const VectorLanes::D d;
        const hn::RebindToSigned<VectorLanes::D> di;
        const StepParameters<V> parameters = broadcast(model);
        const Restarts<VectorLanes> restarts = restarts_of<variant>(model, in.table);
        const V unit = hn::Set(d, weight_unit);
        fired = 0;
        for (int i = 0; i < panel_width; i += panel_lanes) {
            const auto mask = mask_of(lanes, i);
            NeuronInput<V> input = input_of<variant>(in, i);
            const auto sums = hn::Load(di, in.sums + i);
            if (!in.keeps_sums) hn::Store(hn::IfThenZeroElse(hn::RebindMask(di, mask), sums), di, in.sums + i);
            input.u = hn::ConvertTo(d, sums) * unit;
            input.b = hn::Load(d, in.biases + i);
            if constexpr (variant.nudged) input.y = hn::Load(d, in.y + i);
            NeuronMemory<V> n = load<variant>(p, panel * panel_width + i);
            const auto fires = tick<VectorLanes, variant>(n, input, parameters, restarts);
            store_where<variant>(mask, n, p, panel * panel_width + i);
            fired |= set_of(fires, i);
        }
        fired &= lanes;
    }
};

struct ClampedPanelTicks {
    template <NeuronVariant variant>
    static void run(Population& p, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes,
                    LaneSet& fired) {
        const VectorLanes::D d;
        const Restarts<VectorLanes> restarts = restarts_of<variant>(model, in.table);
        fired = 0;
        for (int i = 0; i < panel_width; i += panel_lanes) {
            const NeuronInput<V> input = input_of<variant>(in, i);
            NeuronMemory<V> n = load<variant>(p, panel * panel_width + i);
            const auto fires = tick_clamped<VectorLanes, variant>(n, hn::Load(d, in.x + i), input, restarts);
            store_where<variant>(mask_of(lanes, i), n, p, panel * panel_width + i);
            fired |= set_of(fires, i);
        }
        fired &= lanes;
    }
};

LaneSet tick_panel_kernel(Population& p, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes) {
    LaneSet fired = 0;
    NeuronVariant variant = model.variant(in.y != nullptr);
    if (in.x) {
        // A clamped neuron takes no step: one variant for all rules.
        variant.step = StepKind::scheduled;
        run_variant<ClampedPanelTicks>(variant, p, panel, model, in, lanes, fired);
    } else {
        run_variant<PanelTicks>(variant, p, panel, model, in, lanes, fired);
    }
    return fired;
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(tick_panel_kernel);

LaneSet tick_panel(Population& population, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes) {
    return HWY_DYNAMIC_DISPATCH(tick_panel_kernel)(population, panel, model, in, lanes);
}

}  // namespace settle
#endif
