# The program that MPI joins with others, build-mpi/settle: the same objects as those of build/settle but for tools/mpi.
# It is built when it is asked for (tools/build mpi).
if(SETTLE_SANITIZE)
    return()
endif()
find_program(SETTLE_MPICC NAMES mpicc)
if(SETTLE_MPICC)
    find_package(MPI COMPONENTS CXX)
endif()
if(NOT MPI_CXX_FOUND)
    add_custom_target(settle_mpi COMMAND ${CMAKE_COMMAND} -E echo "MPI is missing: tools/setup --mpi" COMMAND false)
    return()
endif()
file(GLOB SETTLE_MPI CONFIGURE_DEPENDS tools/mpi/*.cpp)
add_executable(settle_mpi EXCLUDE_FROM_ALL ${SETTLE_MPI})
target_link_libraries(settle_mpi PRIVATE settle_options settle_program settle_sim fmt::fmt CLI11::CLI11 MPI::MPI_CXX)
target_compile_definitions(settle_mpi PRIVATE MPICH_SKIP_MPICXX OMPI_SKIP_MPICXX)
set_target_properties(settle_mpi PROPERTIES OUTPUT_NAME settle
                      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/build-mpi)
# What its collectives cost (docs/scaling.md).
add_executable(settle_exchange EXCLUDE_FROM_ALL tools/benchmarks/exchange/exchange.cpp tools/mpi/mpi_wire.cpp)
target_link_libraries(settle_exchange PRIVATE settle_options settle_sim fmt::fmt MPI::MPI_CXX)
target_compile_definitions(settle_exchange PRIVATE MPICH_SKIP_MPICXX OMPI_SKIP_MPICXX)
set_target_properties(settle_exchange PROPERTIES OUTPUT_NAME exchange
                      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/build-mpi)
