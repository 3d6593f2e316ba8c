// Data sets that several runs share: each is loaded once, whoever asks first.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "sim/data/dataset.hpp"
#include "sim/runs/session/trained_networks.hpp"
#include "sim/scenario/scenario.hpp"

namespace settle {

class SharedData {
public:
    /// What load_dataset gives for the scenario. Any thread. Sets that are drawn from a network's seed belong to one
    /// run and are not kept. Throws Error (input).
    std::shared_ptr<const Dataset> of(const Scenario& scenario);

    /// Loads it now, so that what is wrong with it is found before anything runs; what is drawn for one run alone is
    /// not loaded. Throws Error (input).
    void prepare(const Scenario& scenario);

    /// How numbers of the files that were loaded became inputs, in words; "" where no files were.
    std::string scalings();

    /// Of all that is in the sets that were loaded.
    std::uint64_t hash();

    /// Networks that runs train first.
    TrainedNetworks& networks() { return networks_; }

private:
    TrainedNetworks networks_;
    std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const Dataset>> sets_;  ///< by the keys that they depend on
};

}  // namespace settle
