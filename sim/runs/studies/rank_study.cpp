#include "sim/runs/studies/rank_study.hpp"

#include "sim/runs/store/build_info.hpp"

namespace settle {

bool agree_on(const StudyPlace& place, const std::string& scenario, SharedData& data) {
    if (!place.ranks || place.ranks->alone()) return true;
    const BuildInfo build = build_info();
    return agree(*place.ranks, intent_of(build.version + " " + build.commit, scenario, data.hash()));
}

int threads_of(const StudyPlace& place, const Scenario& base) {
    return place.ranks ? place.ranks->threads(base.threads) : base.threads;
}

std::optional<int> ranks_of(const StudyPlace& place) {
    if (!place.ranks || !place.ranks->wired()) return std::nullopt;
    return place.ranks->count();
}

}  // namespace settle
