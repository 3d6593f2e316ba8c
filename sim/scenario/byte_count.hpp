// Numbers of bytes as text: "4 GiB", "500 MB", "1000".
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace settle {

/// Units B, kB, MB, GB, TB (powers of 1000) and KiB, MiB, GiB, TiB (of 1024); without one, bytes. nullopt for what is
/// no whole number of bytes below 2^63.
std::optional<std::int64_t> byte_count(const std::string& text);

/// In the largest unit of which it is a whole number, powers of 1024 before those of 1000.
std::string byte_text(std::int64_t bytes);

}  // namespace settle
