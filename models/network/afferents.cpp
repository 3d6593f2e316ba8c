#include "models/network/afferents.hpp"

#include <algorithm>
#include <cassert>
#include <variant>

namespace settle {

namespace {

std::size_t at(std::int64_t i) {
    return static_cast<std::size_t>(i);
}

/// Calls call(source, lane) for all links from a population, lane by lane: the order of load().
template <class Visit>
void visit_links_of(const Wiring& wiring, std::span<const Projection> shapes, int source, int population,
                    std::span<const std::int32_t> targets, const Visit& call) {
    const std::vector<int> pathways = wiring.pathways_between(source, population);
    for (std::size_t lane = 0; lane < targets.size(); ++lane) {
        for (const int number : pathways) {
            const Pathway& pathway = wiring.pathway(number);
            shapes[at(pathway.projection)].visit_row(
                !pathway.transposed, targets[lane], {},
                [&](std::int32_t from, float /*weight*/) { call(from, static_cast<std::int32_t>(lane)); });
        }
    }
}

bool reaches_nobody(const Wiring& wiring, std::span<const Projection> shapes, int source, int population,
                    std::int32_t neuron) {
    const std::vector<int> pathways = wiring.pathways_between(source, population);
    return std::all_of(pathways.begin(), pathways.end(), [&](int number) {
        const Pathway& pathway = wiring.pathway(number);
        return shapes[at(pathway.projection)].links_from(pathway.transposed, neuron) == 0;
    });
}

}  // namespace

bool heard_densely(const Wiring& wiring, int source, int target) {
    const std::vector<int> pathways = wiring.pathways_between(source, target);
    if (pathways.size() != 1 || source == target) return false;
    return std::holds_alternative<DenseSpec>(wiring.projection(wiring.pathway(pathways[0]).projection).kind);
}

bool heard_by_window(const Wiring& wiring, int source, int target) {
    constexpr int hardly_any = 3;  // of the sixteen channels that are added at once
    const std::vector<int> pathways = wiring.pathways_between(source, target);
    if (pathways.size() != 1 || wiring.population(target).shape[0] < hardly_any) return false;
    return std::holds_alternative<ConvolutionSpec>(wiring.projection(wiring.pathway(pathways[0]).projection).kind);
}

std::vector<Projection> shapes_of(const Wiring& wiring) {
    std::vector<Projection> shapes(at(wiring.projections()));
    std::vector<bool> there(shapes.size());
    for (const Pathway& pathway : wiring.pathways()) {
        if (there[at(pathway.projection)] || heard_densely(wiring, pathway.source, pathway.target)) continue;
        there[at(pathway.projection)] = true;
        shapes[at(pathway.projection)] = projection_of(wiring, pathway.projection);
    }
    return shapes;
}

Afferents::Afferents(const Wiring& wiring, std::span<const Projection> shapes, int population,
                     std::span<const std::int32_t> targets, ListRows list_rows, const RowOrder& order,
                     SourceNumbers& numbers)
    : population_(population) {
    std::int32_t rows = 0;
    for (const int source : wiring.heard_by(population)) {
        if (!heard_densely(wiring, source, population)) continue;
        parts_.push_back({source, wiring.pathways_between(source, population)[0], rows});
        rows += wiring.size(source);
    }
    const auto lanes = static_cast<int>(targets.size());
    rows_ = PanelMatrix<std::int32_t>(rows, lanes);
    for (const int source : wiring.heard_by(population)) {
        if (heard_densely(wiring, source, population)) continue;
        const auto in_order = order.empty() ? std::span<const std::uint32_t>() : std::span(order[at(source)]);
        list(wiring, shapes, source, targets, list_rows, in_order, numbers);
    }
    counted_.assign(at(lists_.rows()), list_rows == ListRows::pairs ? 1 : 0);
    biases_.resize(static_cast<std::size_t>(padded_size(lanes)));
}

/// Adds the rows of one population to the lists.
void Afferents::list(const Wiring& wiring, std::span<const Projection> shapes, int source,
                     std::span<const std::int32_t> targets, ListRows list_rows, std::span<const std::uint32_t> order,
                     SourceNumbers& numbers) {
    const auto visit = [&](const auto& call) { visit_links_of(wiring, shapes, source, population_, targets, call); };
    Listed& listed = listed_.emplace_back(Listed{source, {}, {}});
    if (numbers.size() < at(wiring.size(source))) numbers.resize(at(wiring.size(source)));
    visit([&](std::int32_t from, std::int32_t /*lane*/) {
        if (numbers[at(from)]++ == 0) listed.sources.push_back(from);
    });
    if (list_rows == ListRows::reached_or_none) {
        for (std::int32_t i = 0; i < wiring.size(source); ++i) {
            if (reaches_nobody(wiring, shapes, source, population_, i)) listed.sources.push_back(i);
        }
    }
    listed.sources.shrink_to_fit();
    std::sort(listed.sources.begin(), listed.sources.end(), [&](std::int32_t a, std::int32_t b) {
        if (!order.empty() && order[at(a)] != order[at(b)]) return order[at(a)] < order[at(b)];
        return a < b;
    });
    // From how many links each has to where the next one goes.
    const auto base = static_cast<std::int64_t>(lists_.targets.size());
    std::vector<std::int64_t> first{base};
    for (const std::int32_t from : listed.sources) {
        const std::int64_t links = numbers[at(from)];
        numbers[at(from)] = static_cast<std::int32_t>(first.back() - base);
        first.push_back(first.back() + links);
    }
    lists_.targets.resize(at(first.back()));
    visit([&](std::int32_t from, std::int32_t lane) { lists_.targets[at(base + numbers[at(from)]++)] = {lane, 0}; });
    for (std::size_t i = 0; i < listed.sources.size(); ++i) {
        numbers[at(listed.sources[i])] = 0;
        listed.rows.push_back(this->rows());
        for (std::int64_t k = first[i]; k < first[i + 1] && list_rows == ListRows::pairs; ++k) {
            if (k > first[i] && lists_.targets[at(k)].lane != lists_.targets[at(k - 1)].lane) lists_.first.push_back(k);
        }
        lists_.first.push_back(first[i + 1]);
    }
    listed.rows.push_back(this->rows());
}

void Afferents::count(std::size_t index, std::vector<bool>& taken) {
    const Listed& listed = listed_[index];
    for (std::size_t i = 0; i < listed.sources.size(); ++i) {
        const std::size_t source = at(listed.sources[i]);
        if (!taken[source]) counted_[at(listed.rows[i] - dense_rows())] = 1;
        taken[source] = true;
    }
}

int Afferents::population_of(std::int32_t row) const {
    for (std::size_t i = parts_.size(); i-- > 0 && row < dense_rows();) {
        if (row >= parts_[i].first_row) return parts_[i].source;
    }
    for (std::size_t i = listed_.size(); i-- > 0;) {
        if (!listed_[i].rows.empty() && row >= listed_[i].rows.front()) return listed_[i].population;
    }
    return -1;
}

void Afferents::load(const Network& network, std::span<const std::int32_t> targets, SourceNumbers& numbers,
                     bool by_window) {
    for (const Part& part : parts_) {
        const Pathway& pathway = network.wiring.pathway(part.pathway);
        network.over(pathway).dense().copy_image(pathway.transposed, targets, part.first_row, rows_);
    }
    windowed_.clear();
    if (by_window) find_window_places(network.wiring, targets);
    for (std::size_t i = 0; i < listed_.size(); ++i) {
        if (by_window && hear_by_window(network, i)) continue;
        load_list(network, listed_[i], targets, numbers);
    }
    const AlignedVector<float>& biases = network.biases[static_cast<std::size_t>(population_)];
    for (std::size_t lane = 0; lane < targets.size(); ++lane)
        biases_[lane] = biases[static_cast<std::size_t>(targets[lane])];
}

void Afferents::load_list(const Network& network, const Listed& listed, std::span<const std::int32_t> targets,
                          SourceNumbers& numbers) {
    if (listed.sources.empty()) return;
    if (numbers.size() < at(network.wiring.size(listed.population)))
        numbers.resize(at(network.wiring.size(listed.population)));
    // Where the next weight of each goes.
    const auto first_of = [&](std::size_t i) { return lists_.first[at(listed.rows[i] - dense_rows())]; };
    TargetLists::Target* const weights = lists_.targets.data() + first_of(0);
    for (std::size_t i = 0; i < listed.sources.size(); ++i)
        numbers[at(listed.sources[i])] = static_cast<std::int32_t>(first_of(i) - first_of(0));
    const std::vector<int> pathways = network.wiring.pathways_between(listed.population, population_);
    for (const std::int32_t target : targets) {
        for (const int number : pathways) {
            const Pathway& pathway = network.wiring.pathway(number);
            network.over(pathway).visit_heard(pathway.transposed, target, [&](std::int32_t from, std::int32_t weight) {
                weights[numbers[at(from)]++].weight = weight;
            });
        }
    }
    for (const std::int32_t source : listed.sources) numbers[at(source)] = 0;
}

void Afferents::find_window_places(const Wiring& wiring, std::span<const std::int32_t> targets) {
    const bool all_here = targets.size() == at(wiring.size(population_));
    const bool some = std::any_of(listed_.begin(), listed_.end(), [&](const Listed& listed) {
        return heard_by_window(wiring, listed.population, population_);
    });
    if (!window_places_.empty() || !all_here || !some) return;
    const std::vector<int>& shape = wiring.population(population_).shape;
    const int places = shape[1] * shape[2];
    for (const std::int32_t target : targets)
        window_places_.push_back(target % places * padded_size(shape[0]) + target / places);
}

/// Whether it does, from now on.
bool Afferents::hear_by_window(const Network& network, std::size_t index) {
    const int source = listed_[index].population;
    if (window_places_.empty() || !heard_by_window(network.wiring, source, population_)) return false;
    const Pathway& pathway = network.wiring.pathway(network.wiring.pathways_between(source, population_)[0]);
    const auto& convolution = std::get<Convolution>(network.over(pathway).kind);
    const bool way_back = pathway.transposed;
    if (!(way_back ? convolution.dead_backward : convolution.dead_forward).first.empty()) return false;
    windowed_.push_back({index, way_back ? &convolution.backward_runs : &convolution.forward_runs,
                         (way_back ? convolution.backward : convolution.forward).data()});
    return true;
}

std::int32_t Afferents::first_row(int source_population) const {
    for (const Part& part : parts_) {
        if (part.source == source_population) return part.first_row;
    }
    assert(false && "it has no matrix here");
    return 0;
}

std::int32_t Afferents::links(std::int32_t row) const {
    if (row < dense_rows()) return rows_.columns();
    return static_cast<std::int32_t>(lists_.of(row - dense_rows()).size());
}

void Afferents::add(std::span<const std::int32_t> rows, std::int32_t* sums) const {
    if (lists_.rows() == 0) return add_rows(rows_, rows, sums, panel_width, sums);
    std::vector<std::int32_t> dense;
    for (const std::int32_t row : rows) {
        if (row < dense_rows()) {
            dense.push_back(row);
            continue;
        }
        for (const auto& [lane, weight] : lists_.of(row - dense_rows())) sums[lane] += weight;
    }
    add_rows(rows_, dense, sums, panel_width, sums);
}

void Afferents::add(std::span<const std::int32_t> rows, std::int64_t* sums) const {
    for (const std::int32_t row : rows) {
        if (row >= dense_rows()) {
            for (const auto& [lane, weight] : lists_.of(row - dense_rows())) sums[lane] += weight;
            continue;
        }
        for (int lane = 0; lane < rows_.columns(); ++lane) sums[lane] += rows_.at(row, lane);
    }
}

template <class Sum>
Sum Afferents::sum_for_lane(int lane, std::span<const Arrival> arrivals, const std::int32_t* signs, bool scaled) const {
    const std::int32_t* weights = rows_.panel(lane / panel_width) + lane % panel_width;
    Sum sum = 0;
    for (std::size_t k = 0; k < arrivals.size(); ++k) {
        const std::int32_t weight = weights[static_cast<std::ptrdiff_t>(arrivals[k].source) * panel_width];
        if (scaled) {
            sum += static_cast<Sum>(weight) * static_cast<Sum>(signs[k]);
        } else {
            sum += signs && signs[k] < 0 ? -weight : weight;
        }
    }
    return sum;
}

template std::int32_t Afferents::sum_for_lane(int, std::span<const Arrival>, const std::int32_t*, bool) const;
template std::int64_t Afferents::sum_for_lane(int, std::span<const Arrival>, const std::int32_t*, bool) const;

}  // namespace settle
