# A test for each built-in scenario and each engine that it allows: known when the program is built, so they are
# discovered then, as those of doctest are.
set(SETTLE_SCENARIO_TESTS ${CMAKE_CURRENT_BINARY_DIR}/scenario_tests.cmake)
file(GLOB SETTLE_SHORTER CONFIGURE_DEPENDS tests/scenarios/*.toml)
add_custom_command(
    OUTPUT ${SETTLE_SCENARIO_TESTS}
    COMMAND ${CMAKE_COMMAND} -E env SETTLE_PROGRAM=$<TARGET_FILE:settle> SETTLE_SOURCE=${CMAKE_CURRENT_SOURCE_DIR}
            ${SETTLE_PYTHON} ${CMAKE_CURRENT_SOURCE_DIR}/tests/scenarios/scenario.py discover ${SETTLE_SCENARIO_TESTS}
    DEPENDS settle ${SETTLE_SHORTER} ${CMAKE_CURRENT_SOURCE_DIR}/tests/scenarios/scenario.py
    COMMENT "Listing the tests of scenarios" VERBATIM)
add_custom_target(settle_scenario_tests ALL DEPENDS ${SETTLE_SCENARIO_TESTS})
set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES ${SETTLE_SCENARIO_TESTS})
