// A checkpoint: as it is, and with the payload that it would have had the enemy known how to compute a checksum.
#include "sim/runs/store/checkpoint.hpp"

#include <zlib.h>

#include <cstring>

#include "tests/fuzz/target.hpp"

using namespace settle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t header = 24;
    std::string bytes(reinterpret_cast<const char*>(data), size);
    attack([&] { from_checkpoint(bytes, "fuzz"); });
    if (size < header) return 0;
    const std::uint64_t length = size - header;
    std::memcpy(bytes.data() + 16, &length, sizeof length);
    const auto sum =
        static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()) + 16, size - 16));
    std::memcpy(bytes.data() + 12, &sum, sizeof sum);
    attack([&] {
        const TrainingState state = from_checkpoint(bytes, "fuzz");
        const std::string again = to_checkpoint(state);
        demand(to_checkpoint(from_checkpoint(again, "fuzz")) == again);
    });
    return 0;
}
