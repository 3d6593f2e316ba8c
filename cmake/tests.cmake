# The tests: doctest cases of the library, and scripts that use the program from outside as its users do.

# Who only wants the program does not need it.
find_package(doctest QUIET)
if(NOT doctest_FOUND)
    message(STATUS "No tests: doctest is missing (tools/setup --tests)")
    return()
endif()

# Its cases are known when it is built.
function(settle_discover_tests program)
    set(list ${CMAKE_CURRENT_BINARY_DIR}/${program}_cases.cmake)
    add_custom_command(TARGET ${program} POST_BUILD BYPRODUCTS ${list} VERBATIM
        COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:${program}> -D OUTPUT=${list} -D TIMEOUT=300
                -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/discover_tests.cmake)
    set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${list})
endfunction()

option(SETTLE_RUNTIME_TESTS_ONLY "Only the tests of core/, which need nothing else built" OFF)
if(SETTLE_RUNTIME_TESTS_ONLY)
    file(GLOB_RECURSE SETTLE_TEST_SOURCES CONFIGURE_DEPENDS tests/core/*.cpp)
    add_executable(settle_tests tests/main.cpp ${SETTLE_TEST_SOURCES})
    target_link_libraries(settle_tests PRIVATE settle_options settle_core doctest::doctest)
    settle_discover_tests(settle_tests)
    return()
endif()

file(GLOB_RECURSE SETTLE_TEST_SOURCES CONFIGURE_DEPENDS tests/*.cpp)
list(FILTER SETTLE_TEST_SOURCES EXCLUDE REGEX "/tests/(package|fuzz)/")
# What takes time in the tests is the library; optimizing each assertion would take longer than all of them. Sanitizers leave
# those as they are whose own loops take no time.
set(SETTLE_BUSY_TESTS ${SETTLE_TEST_SOURCES})
list(FILTER SETTLE_BUSY_TESTS INCLUDE REGEX "/tests/(core|models|sim/engines)/|/tests/main.cpp")
list(REMOVE_ITEM SETTLE_TEST_SOURCES ${SETTLE_BUSY_TESTS})
add_library(settle_busy_tests OBJECT ${SETTLE_BUSY_TESTS})
add_executable(settle_tests ${SETTLE_TEST_SOURCES} $<TARGET_OBJECTS:settle_busy_tests>)
foreach(target settle_busy_tests settle_tests)
    target_link_libraries(${target} PRIVATE settle_options settle_sim fmt::fmt doctest::doctest ZLIB::ZLIB settle::hdf5)
    target_compile_options(${target} PRIVATE $<$<CONFIG:Release>:-O1>)
    settle_unity(${target})
endforeach()
if(SETTLE_SANITIZE)
    target_compile_options(settle_tests PRIVATE -O0)
    foreach(target settle_busy_tests settle_tests)
        target_precompile_headers(${target} PRIVATE ${SETTLE_PRECOMPILED} <doctest/doctest.h>)
    endforeach()
    # It defines the macro that doctest.h is compiled by.
    set_source_files_properties(tests/main.cpp PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
endif()
# A test suite is a label: TEST_SUITE("full") for what is too long for every day.
settle_discover_tests(settle_tests)

set(SETTLE_PYTHON /usr/bin/python3 CACHE FILEPATH "Python with numpy and h5py, for tests that read outputs as users do")

# settle_script_test(NAME script [LABELS …] [TIMEOUT s] [ARGUMENTS …]): a script under tests/ that uses the program.
function(settle_script_test name script)
    cmake_parse_arguments(TEST "" "TIMEOUT" "LABELS;ARGUMENTS" ${ARGN})
    if(NOT TEST_TIMEOUT)
        set(TEST_TIMEOUT 300)
    endif()
    add_test(NAME ${name} COMMAND ${SETTLE_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/tests/${script} ${TEST_ARGUMENTS})
    set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT} LABELS "program;${TEST_LABELS}" SKIP_RETURN_CODE 77
        ENVIRONMENT "SETTLE_PROGRAM=$<TARGET_FILE:settle>;SETTLE_SOURCE=${CMAKE_CURRENT_SOURCE_DIR}")
endfunction()

file(GLOB SETTLE_TEST_LISTS CONFIGURE_DEPENDS tests/*/tests.cmake)
foreach(list IN LISTS SETTLE_TEST_LISTS)
    include(${list})
endforeach()
