// The ticks of a panel, compiled for every instruction set that Highway knows and chosen at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/neuron/neuron_panel_kernel.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include <bit>

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

/// Entries of a table for ticks: one look-up where those lanes that tick are at the same one.
HWY_INLINE V look_up(const float* table, hn::Vec<hn::RebindToSigned<VectorLanes::D>> ticks, std::int32_t common) {
    const VectorLanes::D d;
    return common >= 0 ? hn::Set(d, table[common]) : hn::GatherIndex(d, table, ticks);
}

/// The ticks that these lanes have done, if it is the same number; else -1.
HWY_INLINE std::int32_t common_ticks(const std::int32_t* ticks, LaneSet lanes) {
    const hn::RebindToSigned<VectorLanes::D> d;
    constexpr LaneSet last = LaneSet{1} << (panel_width - 1);  // of an empty set any number will do
    const std::int32_t one = ticks[std::countr_zero(lanes | last)];
    LaneSet others = 0;
    for (int i = 0; i < panel_width; i += panel_lanes)
        others |= set_of(hn::RebindMask(VectorLanes::D(), hn::Load(d, ticks + i) != hn::Set(d, one)), i);
    return others & lanes ? -1 : one;
}

/// What a panel's tick brings to the lanes from `i` on.
template <NeuronVariant variant>
HWY_INLINE NeuronInput<V> input_of(const PanelTick& in, int i, std::int32_t common) {
    const VectorLanes::D d;
    const hn::RebindToSigned<VectorLanes::D> di;
    NeuronInput<V> n;
    n.u = n.b = n.y = n.noise = n.epsilon = n.lambda = n.t = hn::Zero(d);
    n.two_beta = hn::Set(d, in.two_beta);
    const auto ticks = hn::Load(di, in.ticks + i);
    if constexpr (!variant.restarts) {
        if constexpr (variant.step == StepKind::scheduled) n.epsilon = look_up(in.table->epsilon.data(), ticks, common);
        if constexpr (variant.step != StepKind::scheduled) n.t = hn::ConvertTo(d, ticks + hn::Set(di, 1));
        if constexpr (variant.predictive) n.lambda = look_up(in.table->lambda.data(), ticks, common);
    }
    if constexpr (draws_noise(variant.quantizer)) n.noise = hn::Load(d, in.noise + i);
    return n;
}

/// Panels that tick, one after the other. `apart`: by how much those that follow each other are apart in the arrays of
/// `in`.
struct Rounds {
    std::span<const PanelRound> panels;
    int apart;
    LaneSet* fired;
};

struct PanelTicks {
    template <NeuronVariant variant>
    static void run(Population& p, const Rounds& rounds, const NeuronModel& model, const PanelTick& in) {
        const VectorLanes::D d;
        const hn::RebindToSigned<VectorLanes::D> di;
        const StepParameters<V> parameters = broadcast(model);
        const Restarts<VectorLanes> restarts = restarts_of<variant>(model, in.table);
        const V unit = hn::Set(d, weight_unit);
        LaneSet* out = rounds.fired;
        for (const auto& [panel, lanes] : rounds.panels) {
            const int first = panel * rounds.apart, place = panel * panel_width;
            const std::int32_t common = common_ticks(in.ticks + first, lanes);
            LaneSet fired = 0;
            for (int i = 0; i < panel_width; i += panel_lanes) {
                const auto mask = mask_of(lanes, i);
                NeuronInput<V> input = input_of<variant>(in, first + i, common);
                std::int32_t* at = in.sums + first + i;
                const auto sums = hn::Load(di, at);
                if (!in.keeps_sums) hn::Store(hn::IfThenZeroElse(hn::RebindMask(di, mask), sums), di, at);
                input.u = hn::ConvertTo(d, sums) * unit;
                input.b = hn::Load(d, in.biases + first + i);
                if constexpr (variant.nudged) input.y = hn::Load(d, in.y + first + i);
                NeuronMemory<V> n = load<variant>(p, place + i);
                const auto fires = tick<VectorLanes, variant>(n, input, parameters, restarts);
                store_where<variant>(mask, n, p, place + i);
                fired |= set_of(fires, i);
            }
            *out++ = fired & lanes;
        }
    }
};

struct ClampedPanelTicks {
    template <NeuronVariant variant>
    static void run(Population& p, const Rounds& rounds, const NeuronModel& model, const PanelTick& in) {
        const VectorLanes::D d;
        const Restarts<VectorLanes> restarts = restarts_of<variant>(model, in.table);
        LaneSet* out = rounds.fired;
        for (const auto& [panel, lanes] : rounds.panels) {
            const int first = panel * rounds.apart, place = panel * panel_width;
            const std::int32_t common = common_ticks(in.ticks + first, lanes);
            LaneSet fired = 0;
            for (int i = 0; i < panel_width; i += panel_lanes) {
                const NeuronInput<V> input = input_of<variant>(in, first + i, common);
                NeuronMemory<V> n = load<variant>(p, place + i);
                const V x = hn::Load(d, in.x + first + i);
                const auto fires = tick_clamped<VectorLanes, variant>(n, x, input, restarts);
                store_where<variant>(mask_of(lanes, i), n, p, place + i);
                fired |= set_of(fires, i);
            }
            *out++ = fired & lanes;
        }
    }
};

void tick_rounds(Population& p, const Rounds& rounds, const NeuronModel& model, const PanelTick& in) {
    const NeuronVariant variant = model.variant(in.y != nullptr);
    if (in.x) {
        run_clamped_variant<ClampedPanelTicks>(variant, p, rounds, model, in);
    } else {
        run_bit_variant<PanelTicks>(variant, p, rounds, model, in);
    }
}

void tick_panels_kernel(Population& p, std::span<const PanelRound> rounds, const NeuronModel& model,
                        const PanelTick& in, LaneSet* fired) {
    tick_rounds(p, {rounds, panel_width, fired}, model, in);
}

LaneSet tick_panel_kernel(Population& p, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes) {
    const PanelRound round{panel, lanes};
    LaneSet fired = 0;
    tick_rounds(p, {{&round, 1}, 0, &fired}, model, in);
    return fired;
}

}  // namespace settle::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace settle {

HWY_EXPORT(tick_panel_kernel);
HWY_EXPORT(tick_panels_kernel);

LaneSet tick_panel(Population& population, int panel, const NeuronModel& model, const PanelTick& in, LaneSet lanes) {
    return HWY_DYNAMIC_DISPATCH(tick_panel_kernel)(population, panel, model, in, lanes);
}

void tick_panels(Population& population, std::span<const PanelRound> rounds, const NeuronModel& model,
                 const PanelTick& in, LaneSet* fired) {
    HWY_DYNAMIC_DISPATCH(tick_panels_kernel)(population, rounds, model, in, fired);
}

}  // namespace settle
#endif
