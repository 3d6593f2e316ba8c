// SONATA (Dai et al. 2020, PLoS Comput. Biol. 16:e1007696; github.com/AllenInstitute/sonata, its "Spike file" and
// "Frame oriented node element recording"): spikes and reports of states, by population, its neurons counted from 0.
#include <algorithm>
#include <array>
#include <numeric>

#include "sim/exports/recorded_minibatch.hpp"
#include "sim/formats/hdf5_file.hpp"
#include "sim/scenario/population_names.hpp"

namespace settle {

namespace {

constexpr double milliseconds_of_ps = 1e-9;
constexpr std::size_t portion = 1 << 14;

/// A list of known length that is filled portion by portion.
template <class Value>
class GrowingArray {
public:
    GrowingArray(Hdf5Writer& file, const std::string& name, Hdf5Type type, std::int64_t count)
        : data_(file.create(name, type, std::array{count})) {}

    void add(Value value) {
        values_.push_back(value);
        if (values_.size() >= portion) flush();
    }
    void flush() {
        const std::array first{written_}, count{std::ssize(values_)};
        data_.write(std::span<const Value>(values_), first, count);
        written_ += std::ssize(values_);
        values_.clear();
    }

private:
    Hdf5Dataset data_;
    std::vector<Value> values_;
    std::int64_t written_ = 0;
};

class SonataFile {
public:
    SonataFile(const ExportedMinibatch& exported, const std::string& path)
        : exported_(exported),
          file_(path),
          names_(population_names(exported.scenario.network)),
          sizes_(exported.scenario.network.sizes()) {
        constexpr std::array<std::uint32_t, 1> magic{0x0A7A};
        constexpr std::array<std::uint32_t, 2> version{0, 1};
        file_.attribute("/", "magic", magic);
        file_.attribute("/", "version", version);
        for (std::size_t p = 0; p < sizes_.size(); ++p) population_.insert(population_.end(), sizes_[p], p);
        first_.resize(sizes_.size());
        std::exclusive_scan(sizes_.begin(), sizes_.end(), first_.begin(), 0);
    }

    void write_spikes() {
        std::vector<std::int64_t> counts(sizes_.size());
        for (EventQueue<SpikeRow> spikes(exported_.minibatch, exported_.choice); const auto* spike = spikes.front();
             spikes.pop())
            ++counts[population_of(spike->row.neuron)];
        std::vector<GrowingArray<double>> times;
        std::vector<GrowingArray<std::uint64_t>> nodes;
        for (std::size_t p = 0; p < sizes_.size(); ++p) {
            const std::string base = "/spikes/" + names_[p] + "/";
            times.emplace_back(file_, base + "timestamps", Hdf5Type::float64, counts[p]);
            nodes.emplace_back(file_, base + "node_ids", Hdf5Type::uint64, counts[p]);
            file_.attribute(base + "timestamps", "units", std::string("ms"));
            file_.choice_attribute(base, "sorting", {"none", "by_id", "by_time"}, 2);
        }
        for (EventQueue<SpikeRow> spikes(exported_.minibatch, exported_.choice); const auto* spike = spikes.front();
             spikes.pop()) {
            const std::size_t p = population_of(spike->row.neuron);
            times[p].add(static_cast<double>(exported_.time_ps(spike->row.time)) * milliseconds_of_ps);
            nodes[p].add(static_cast<std::uint64_t>(spike->row.neuron - first_[p]));
        }
        for (auto& list : times) list.flush();
        for (auto& list : nodes) list.flush();
    }

    /// One report a population: of the neurons of it that are recorded, at the ends of periods.
    void write_states(const RecordedStates& states) {
        for (std::size_t p = 0; p < sizes_.size(); ++p) {
            std::vector<std::uint64_t> nodes;
            for (const std::int32_t neuron : states.neurons) {
                if (population_of(neuron) == p && exported_.choice.takes_neuron(neuron))
                    nodes.push_back(static_cast<std::uint64_t>(neuron - first_[p]));
            }
            if (!nodes.empty()) write_report(states, p, nodes);
        }
    }

    void finish() { file_.close(); }

private:
    std::size_t population_of(std::int32_t neuron) const { return population_[static_cast<std::size_t>(neuron)]; }

    void write_report(const RecordedStates& states, std::size_t p, const std::vector<std::uint64_t>& nodes) {
        const std::string base = "/report/" + names_[p] + "/";
        const std::int64_t count = std::ssize(nodes);
        Hdf5Dataset data = file_.create(base + "data", Hdf5Type::float32, std::array{states.rows, count});
        file_.attribute(base + "data", "units", std::string("1"));
        std::vector<float> row;
        for (std::int64_t r = 0; r < states.rows; ++r) {
            row.clear();
            states.visit(r, exported_.choice.presentation.value_or(0), exported_.choice,
                         [&](std::int32_t neuron, float state) {
                             if (population_of(neuron) == p) row.push_back(state);
                         });
            data.write(std::span<const float>(row), std::array{r, std::int64_t{0}}, std::array{std::int64_t{1}, count});
        }
        const std::string mapping = base + "mapping/";
        std::vector<std::uint64_t> pointers(nodes.size() + 1);
        std::iota(pointers.begin(), pointers.end(), std::uint64_t{0});
        const std::vector<std::uint32_t> elements(nodes.size());
        write(mapping + "node_ids", Hdf5Type::uint64, nodes);
        write(mapping + "index_pointers", Hdf5Type::uint64, pointers);
        write(mapping + "element_ids", Hdf5Type::uint32, elements);
        write(mapping + "element_pos", Hdf5Type::float32, std::vector<float>(nodes.size()));
        const double period = static_cast<double>(exported_.period_ps()) * milliseconds_of_ps;
        const auto first = static_cast<double>(states.first_period), rows = static_cast<double>(states.rows);
        write(mapping + "time", Hdf5Type::float64,
              std::vector<double>{first * period, (first + rows) * period, period});
        file_.attribute(mapping + "time", "units", std::string("ms"));
        file_.choice_attribute(mapping + "node_ids", "sorted", {"FALSE", "TRUE"}, 1);
    }

    template <class Value>
    void write(const std::string& name, Hdf5Type type, const std::vector<Value>& values) {
        const std::array shape{std::ssize(values)};
        file_.create(name, type, shape).write(std::span<const Value>(values), std::array{std::int64_t{0}}, shape);
    }

    const ExportedMinibatch& exported_;
    Hdf5Writer file_;
    const std::vector<std::string> names_;
    const std::vector<int> sizes_;
    std::vector<std::size_t> population_;  ///< (neurons)
    std::vector<std::int32_t> first_;      ///< (populations) its first neuron
};

}  // namespace

std::vector<std::string> write_sonata(const ExportedMinibatch& exported, const std::string& file) {
    SonataFile sonata(exported, file);
    if (exported.has_spikes()) sonata.write_spikes();
    for (const RecordedStates& states : recorded_states(exported.minibatch, exported.scenario, exported.choice))
        sonata.write_states(states);
    sonata.finish();
    return {file};
}

}  // namespace settle
