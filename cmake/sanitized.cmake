# What makes builds with sanitizers quick. Two thirds of their time go into reading the same headers and into optimizing what
# runs once: so headers that most files include are compiled once, and only rooms whose loops take the time are optimized.
# Other builds have no precompiled headers: there each file shows that it includes what it uses.

set(SETTLE_PRECOMPILED <algorithm> <array> <atomic> <cmath> <cstdint> <cstdio> <filesystem> <functional> <limits> <map> <memory>
    <mutex> <numeric> <optional> <set> <span> <string> <string_view> <variant> <vector>)

# settle_cold(TARGET HOT-ROOMS PRECOMPILED…): all sources of the target are compiled as they are but those of the hot rooms.
function(settle_cold target hot)
    target_compile_options(${target} PRIVATE -O0)
    target_precompile_headers(${target} PRIVATE ${SETTLE_PRECOMPILED} ${ARGN})
    get_target_property(sources ${target} SOURCES)
    list(FILTER sources INCLUDE REGEX "${hot}")
    # Precompiled headers serve one level of optimization only.
    set_source_files_properties(${sources} PROPERTIES COMPILE_OPTIONS -O1 SKIP_PRECOMPILE_HEADERS ON)
endfunction()

settle_cold(settle_sim "/sim/(engines|data)/" <fmt/format.h>)
settle_cold(settle "^$" <fmt/format.h> <CLI/CLI.hpp>)
