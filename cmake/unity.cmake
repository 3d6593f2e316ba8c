# Quick builds: the sources of a folder are compiled as one, so that the headers they share are read once. Names in the unnamed
# namespaces of a folder therefore differ. tools/build asks for it; cmake --preset NAME alone, and
# tools/test --full, compile file by file: there each file shows that it includes what it uses.
option(SETTLE_UNITY "Compile the sources of a folder as one" OFF)

# Sources that use a name of a neighbour for something else are compiled alone.
set(SETTLE_APART
    tests/main.cpp
    tests/models/device/crowding.cpp
    tests/sim/data/idx_folder.cpp
    tests/sim/data/input_file.cpp
    tests/sim/data/published_set.cpp
    tests/sim/engines/virtual/virtual_instants.cpp
    tests/sim/engines/virtual/virtual_time.cpp
    tests/sim/runs/session/stream.cpp
    tests/sim/runs/session/stream_measure.cpp
    tests/sim/runs/session/stream_trace.cpp
    tests/sim/runs/studies/sweep.cpp
    tests/sim/scenario/energy_form.cpp
    tests/sim/scenario/load.cpp)

# settle_unity(TARGET): to be called when the target's sources are known. Sources that compile themselves for several instruction
# sets (foreach_target.h) stay alone.
function(settle_unity target)
    if(NOT SETTLE_UNITY)
        return()
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
    # A type of an unnamed namespace has one definition here.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
    get_target_property(sources ${target} SOURCES)
    foreach(source IN LISTS sources)
        if(NOT EXISTS ${source})
            continue()
        endif()
        file(STRINGS ${source} targets REGEX "foreach_target.h" LIMIT_COUNT 1)
        if(targets)
            continue()
        endif()
        file(RELATIVE_PATH name ${CMAKE_CURRENT_SOURCE_DIR} ${source})
        if(name IN_LIST SETTLE_APART)
            continue()
        endif()
        get_filename_component(folder ${name} DIRECTORY)
        string(REPLACE "/" "_" folder ${folder})
        set_property(SOURCE ${source} PROPERTY UNITY_GROUP ${folder})
    endforeach()
endfunction()
