#include "core/fingerprint.hpp"

namespace settle {

std::string to_hex(std::uint64_t fingerprint) {
    std::string text(16, '0');
    for (std::size_t i = 0; i < 16; ++i) text[15 - i] = "0123456789abcdef"[fingerprint >> (4 * i) & 15];
    return text;
}

}  // namespace settle
