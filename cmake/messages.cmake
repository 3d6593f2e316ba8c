# Messages a second, of the runtime and of a general actor framework: what tools/bench compares. Built on demand only
# (target `messages`); without the framework its half is left out.

add_executable(settle_messages EXCLUDE_FROM_ALL tools/benchmarks/messages/settle.cpp)
target_link_libraries(settle_messages PRIVATE settle_options settle_core)
add_custom_target(messages DEPENDS settle_messages)

find_path(CAF_INCLUDE_DIR caf/all.hpp)
find_library(CAF_CORE_LIBRARY caf_core)
mark_as_advanced(CAF_INCLUDE_DIR CAF_CORE_LIBRARY)
if(CAF_INCLUDE_DIR AND CAF_CORE_LIBRARY)
    add_executable(caf_messages EXCLUDE_FROM_ALL tools/benchmarks/messages/caf.cpp)
    target_include_directories(caf_messages SYSTEM PRIVATE ${CAF_INCLUDE_DIR})
    target_link_libraries(caf_messages PRIVATE settle_options ${CAF_CORE_LIBRARY} Threads::Threads)
    add_dependencies(messages caf_messages)
endif()
