#include "models/kernels/instruction_set.hpp"

#include <hwy/highway.h>

#include <cstdint>

#include "core/error.hpp"

namespace settle {

namespace {

/// What the machine has, whatever was chosen before.
std::int64_t available() {
    static const std::int64_t found = hwy::SupportedTargets() & HWY_TARGETS;
    return found;
}

std::vector<std::int64_t> separate(std::int64_t targets) {
    std::vector<std::int64_t> bits;  // the lower the bit, the better the target
    for (int i = 0; i < 62; ++i) {
        if (targets >> i & 1) bits.push_back(std::int64_t{1} << i);
    }
    return bits;
}

}  // namespace

std::vector<std::string> instruction_sets() {
    std::vector<std::string> names;
    for (const std::int64_t target : separate(available())) names.emplace_back(hwy::TargetName(target));
    return names;
}

std::string instruction_set() {
    available();
    return hwy::TargetName(separate(hwy::SupportedTargets() & HWY_TARGETS).front());
}

void use_instruction_set(const std::string& name) {
    std::int64_t chosen = 0;  // no restriction
    for (const std::int64_t target : separate(available())) {
        if (name == hwy::TargetName(target)) chosen = target;
    }
    if (name.empty() || chosen != 0) {
        hwy::SetSupportedTargetsForTest(chosen);
        hwy::GetChosenTarget().DeInit();  // the next dispatch looks again
        return;
    }
    std::string names;
    for (const std::string& one : instruction_sets()) names += (names.empty() ? "" : ", ") + one;
    throw input_error("SETTLE_INSTRUCTION_SET", "", "this machine or this build has no " + name, names);
}

}  // namespace settle
