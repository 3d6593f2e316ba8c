# Sources that are made by the build: generated/build_commit.hpp and generated/builtin_scenarios.cpp.

add_custom_target(settle_commit
    COMMAND ${CMAKE_COMMAND} -D SOURCE=${CMAKE_CURRENT_SOURCE_DIR}
            -D OUTPUT=${CMAKE_CURRENT_BINARY_DIR}/generated/build_commit.hpp
            -D VERSION=${PROJECT_VERSION} -D BUILD_TYPE=${CMAKE_BUILD_TYPE}
            -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/commit.cmake
    BYPRODUCTS ${CMAKE_CURRENT_BINARY_DIR}/generated/build_commit.hpp
    COMMENT "Naming the commit")

file(GLOB SETTLE_SCENARIOS CONFIGURE_DEPENDS sim/scenarios/*.toml)
set(SETTLE_GENERATED ${CMAKE_CURRENT_BINARY_DIR}/generated/builtin_scenarios.cpp)
add_custom_command(
    OUTPUT ${SETTLE_GENERATED}
    COMMAND ${CMAKE_COMMAND} -D "SCENARIOS=${SETTLE_SCENARIOS}" -D OUTPUT=${SETTLE_GENERATED}
            -P ${CMAKE_CURRENT_SOURCE_DIR}/cmake/scenarios.cmake
    DEPENDS ${SETTLE_SCENARIOS} ${CMAKE_CURRENT_SOURCE_DIR}/cmake/scenarios.cmake
    COMMENT "Embedding the built-in scenarios" VERBATIM)
