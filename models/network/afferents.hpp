// What a block of neurons of one population hears: the integer weights of all pathways that lead to it, a lane for each
// neuron, in any order of the neurons. Whoever lets neurons tick in an order of his own (by the phases of their clocks)
// keeps one for each block: in that order neurons that tick at about the same time share a panel.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/aligned.hpp"
#include "models/kernels/delayed_sum.hpp"
#include "models/kernels/run_sums.hpp"
#include "models/kernels/timed_sum.hpp"
#include "models/network/network.hpp"
#include "models/network/target_lists.hpp"

namespace settle {

/// Of which sources there are rows, where they are lists: of those that reach somebody here; of those and of all that
/// reach nobody in the whole population; or one for each pair of a source and a target.
enum class ListRows { reached, reached_or_none, pairs };

/// (sources) By population that lists are made of: sources with lower numbers have earlier rows; empty: all have the
/// same. Then sources are in order of their own numbers. Rows that are asked for at about the same time should be near.
using RowOrder = std::vector<std::vector<std::uint32_t>>;

/// (neurons of a population) All 0, between any two uses: where lists are made, what is found of each source. Whoever
/// makes many of them keeps it.
using SourceNumbers = std::vector<std::int32_t>;

/// A population that one dense projection joins to another one has a matrix: a row for each source. All others have
/// lists of their targets: a row as ListRows says. Rows of matrices come first.
class Afferents {
public:
    /// A population whose neurons have lists here.
    struct Listed {
        int population;
        std::vector<std::int32_t> sources;  ///< numbers within the population, rising, or as RowOrder has them
        std::vector<std::int32_t> rows;     ///< (sources + 1) where the rows of each begin; one each, but for pairs
    };

    /// A population of channels that a single convolution joins to this one, all of it: its rows need no weights of
    /// their own, since what they add is in the kernel.
    struct Windowed {
        std::size_t listed;           ///< whose rows these are: index in listed()
        const RunTable* table;        ///< of the network that was loaded
        const std::int32_t* weights;  ///< the same
    };

    Afferents() = default;
    /// `shapes`: projections of the wiring (shapes_of). `targets`: (lanes) neurons of the population, counted within
    /// it. Nothing but sizes and lists yet.
    Afferents(const Wiring& wiring, std::span<const Projection> shapes, int population,
              std::span<const std::int32_t> targets, ListRows list_rows, const RowOrder& order, SourceNumbers& numbers);

    /// Takes over the network's weights and biases; its images must be derived. `by_window`: what can be is windowed()
    /// from now on, as long as the network stays as it is: nothing may be heard once it has changed, before the next
    /// call.
    void load(const Network& network, std::span<const std::int32_t> targets, SourceNumbers& numbers,
              bool by_window = false);

    /// A bit that is addressed to a population is counted where it arrives in one row of one of its slices, however
    /// many it has. Those of listed()[index] that are not `taken` (sources) count from now on, and are taken.
    void count(std::size_t index, std::vector<bool>& taken);
    /// Whether what arrives in a row of the lists is counted. Pairs all are.
    bool counts(std::int32_t row) const { return counted_[static_cast<std::size_t>(row - dense_rows())] != 0; }

    /// Of matrices; the first row of the lists.
    std::int32_t dense_rows() const { return rows_.rows(); }
    std::int32_t rows() const { return rows_.rows() + lists_.rows(); }
    /// Where the rows of a population with a matrix begin: its neuron i has the row first_row + i.
    std::int32_t first_row(int source_population) const;
    const std::vector<Listed>& listed() const { return listed_; }
    /// The weights of rows that are windowed are in no list.
    const TargetLists& lists() const { return lists_; }
    const std::vector<Windowed>& windowed() const { return windowed_; }
    /// (lanes) Where the runs of windowed() add what a lane hears: (places x padded channels). Empty where by_window
    /// nothing is ever heard, whatever links are dead.
    const std::vector<std::int32_t>& window_places() const { return window_places_; }
    /// Of a row of pairs: whose it is.
    std::int32_t lane_of(std::int32_t row) const { return lists_.of(row - dense_rows())[0].lane; }
    /// Links of a row.
    std::int32_t links(std::int32_t row) const;
    /// The population of its source.
    int population_of(std::int32_t row) const;

    /// (lanes, padded)
    const float* biases() const { return biases_.data(); }

    /// sums (lanes, padded) += the weights of the sources with these rows. Sums, here and below: std::int32_t;
    /// std::int64_t where nothing bounds how many bits come.
    void add(std::span<const std::int32_t> rows, std::int32_t* sums) const;
    void add(std::span<const std::int32_t> rows, std::int64_t* sums) const;
    /// The sixteen lanes of a panel hear a timetable of rows of matrices: see models/kernels/timed_sum.
    template <class Sum>
    void hear(const Timetable& table, int panel, const Time* times, LaneSet lanes, const Ears<Sum>& ears,
              Sum* sums) const {
        settle::hear(table, rows_.panel(panel), times, lanes, ears, sums);
    }
    /// Many panels do: `times`, `ears` and `sums` are (lanes, padded).
    void hear(const Timetable& table, std::span<const PanelRound> rounds, const Time* times,
              const Ears<std::int32_t>& ears, std::int32_t* sums) const {
        settle::hear(table, rows_.panel(0), std::ptrdiff_t{rows_.rows()} * panel_width, rounds, times, ears, sums);
    }
    /// The same of bits that are said once: see models/kernels/delayed_sum. `said`: of the panel.
    template <class Sum>
    void hear(const SaidBits& said, int panel, const Time* times, LaneSet lanes, std::int32_t* heard, Sum* sums) const {
        settle::hear(said, rows_.panel(panel), times, lanes, heard, sums);
    }
    /// The weights that a list of arrivals (rows of matrices) adds to one lane. `signs`, `scaled` as Timetable has
    /// them.
    template <class Sum>
    Sum sum_for_lane(int lane, std::span<const Arrival> arrivals, const std::int32_t* signs, bool scaled = false) const;

private:
    struct Part {
        int source;  ///< population
        int pathway;
        std::int32_t first_row;
    };
    void list(const Wiring& wiring, std::span<const Projection> shapes, int source,
              std::span<const std::int32_t> targets, ListRows list_rows, std::span<const std::uint32_t> order,
              SourceNumbers& numbers);

    void find_window_places(const Wiring& wiring, std::span<const std::int32_t> targets);
    bool hear_by_window(const Network& network, std::size_t index);
    void load_list(const Network& network, const Listed& listed, std::span<const std::int32_t> targets,
                   SourceNumbers& numbers);

    int population_ = 0;
    std::vector<Part> parts_;
    std::vector<Listed> listed_;
    std::vector<Windowed> windowed_;
    std::vector<std::int32_t> window_places_;
    PanelMatrix<std::int32_t> rows_;  ///< (dense rows x lanes)
    TargetLists lists_;
    std::vector<std::uint8_t> counted_;  ///< (rows of lists)
    AlignedVector<float> biases_;
};

/// Whether a population hears another one by a matrix: exactly one dense projection joins the two.
bool heard_densely(const Wiring& wiring, int source, int target);

/// Whether a population, if all of it is in one block, can hear another one by the kernel of the convolution that joins
/// them: nothing else does, and there are enough channels to be added at once. Dead links stand in the way.
bool heard_by_window(const Wiring& wiring, int source, int target);

/// The projections that lists are made of, without weights; where none are made of it, it is empty.
std::vector<Projection> shapes_of(const Wiring& wiring);

}  // namespace settle
