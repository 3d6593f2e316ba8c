# What makes builds with sanitizers quick: headers that most files include are compiled once, and tests whose loops do not take
# the time are not optimized. (The library is: without, its tests take longer than that saves.) Other builds have no precompiled
# headers: there each file shows that it includes what it uses.

set(SETTLE_PRECOMPILED <algorithm> <array> <atomic> <cmath> <cstdint> <cstdio> <filesystem> <functional> <limits> <map> <memory>
    <mutex> <numeric> <optional> <set> <span> <string> <string_view> <variant> <vector> <fmt/format.h>)

target_precompile_headers(settle_readers PRIVATE ${SETTLE_PRECOMPILED})
target_precompile_headers(settle_reports PRIVATE ${SETTLE_PRECOMPILED})
target_precompile_headers(settle_sim PRIVATE ${SETTLE_PRECOMPILED})
target_precompile_headers(settle_program PRIVATE ${SETTLE_PRECOMPILED} <CLI/CLI.hpp>)
