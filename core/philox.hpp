// Philox4x32-10, the counter-based generator of Random123 (Salmon et al. 2011): a bijection of a 128-bit counter under
// a 64-bit key. No state: a value is a function of its key and its counter, and nothing else (law 5).
#pragma once

#include <array>
#include <cstdint>

namespace settle {

using PhiloxBlock = std::array<std::uint32_t, 4>;

PhiloxBlock philox(const PhiloxBlock& counter, std::uint64_t key);

}  // namespace settle
