# The Python module: import settle. It is not part of a build unless asked for: tools/build python, whose place is
# build/python.

set(PYBIND11_FINDPYTHON ON)
if(NOT Python_EXECUTABLE)
    set(Python_EXECUTABLE /usr/bin/python3)
endif()
find_package(Python COMPONENTS Interpreter Development.Module QUIET)
if(Python_FOUND)
    find_package(pybind11 2.10 QUIET)
endif()
if(NOT Python_FOUND OR NOT pybind11_FOUND)
    message(STATUS "No Python module: pybind11 is missing (tools/setup --python)")
    return()
endif()

file(GLOB SETTLE_PYTHON_MODULE CONFIGURE_DEPENDS python/module/*.cpp)
file(GLOB SETTLE_PYTHON_PACKAGE CONFIGURE_DEPENDS python/settle/*)
set(SETTLE_PYTHON_BUILT ${CMAKE_CURRENT_BINARY_DIR}/python)
pybind11_add_module(settle_python MODULE EXCLUDE_FROM_ALL NO_EXTRAS ${SETTLE_PYTHON_MODULE})
target_link_libraries(settle_python PRIVATE settle_options settle_sim)
settle_unity(settle_python)
set_target_properties(settle_python PROPERTIES OUTPUT_NAME _engine LIBRARY_OUTPUT_DIRECTORY ${SETTLE_PYTHON_BUILT}/settle)
add_custom_command(TARGET settle_python POST_BUILD
    COMMAND ${CMAKE_COMMAND} -E copy ${SETTLE_PYTHON_PACKAGE} ${SETTLE_PYTHON_BUILT}/settle VERBATIM)
set_property(TARGET settle_python APPEND PROPERTY LINK_DEPENDS ${SETTLE_PYTHON_PACKAGE})

set(SETTLE_PYTHON_DIR lib/python${Python_VERSION_MAJOR}.${Python_VERSION_MINOR}/dist-packages CACHE STRING
    "Where cmake --install puts the Python package, below its prefix; a virtual environment looks into site-packages")
install(DIRECTORY ${SETTLE_PYTHON_BUILT}/settle DESTINATION ${SETTLE_PYTHON_DIR} OPTIONAL
        PATTERN __pycache__ EXCLUDE)
