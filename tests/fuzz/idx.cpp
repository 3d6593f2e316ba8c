// An IDX file, plain or gzip: refused, or read to its end with as many bytes as its header says.
#include "sim/data/idx.hpp"
#include "tests/fuzz/target.hpp"

using namespace settle;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const MemoryFile file(data, size);
    attack([&] {
        IdxReader reader(file.path());
        std::vector<std::uint8_t> bytes;
        const std::int64_t items = std::min<std::int64_t>(reader.items(), 3);
        reader.read(items, bytes);
        demand(static_cast<std::int64_t>(bytes.size()) == items * reader.item_bytes());
        const std::int64_t more = std::min<std::int64_t>(reader.items_left(), 2);
        demand(static_cast<std::int64_t>(reader.read_numbers(more).size()) == more * reader.item_numbers());
        reader.finish();
    });
    return 0;
}
