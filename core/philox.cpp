#include "core/philox.hpp"

#include <Random123/philox.h>

namespace settle {

PhiloxBlock philox(const PhiloxBlock& counter, std::uint64_t key) {
    const r123::Philox4x32::ctr_type in = {{counter[0], counter[1], counter[2], counter[3]}};
    const r123::Philox4x32::key_type words = {{static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)}};
    const auto out = r123::Philox4x32()(in, words);
    return {out[0], out[1], out[2], out[3]};
}

}  // namespace settle
