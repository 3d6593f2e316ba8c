// What a sweep and a search that several ranks run have in common.
#pragma once

#include <optional>
#include <string>

#include "sim/runs/session/agreement.hpp"
#include "sim/runs/studies/study_run.hpp"

namespace settle {

/// Collective, where several ranks run the study: agree() on the scenario, as TOML, and on the sets that are loaded.
bool agree_on(const StudyPlace& place, const std::string& scenario, SharedData& data);

/// Workers of this rank.
int threads_of(const StudyPlace& place, const Scenario& base);

/// How many run it; nullopt: it runs without MPI.
std::optional<int> ranks_of(const StudyPlace& place);

}  // namespace settle
