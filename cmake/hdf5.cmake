# The C library of HDF5 as the target settle::hdf5, for the build and for those who use the installed package: by
# pkg-config, which needs no C compiler; else by CMake's own module, which does.
if(NOT TARGET settle::hdf5)
    find_package(PkgConfig REQUIRED)
    pkg_check_modules(SETTLE_HDF5 QUIET IMPORTED_TARGET hdf5)
    add_library(settle::hdf5 INTERFACE IMPORTED)
    if(SETTLE_HDF5_FOUND)
        target_link_libraries(settle::hdf5 INTERFACE PkgConfig::SETTLE_HDF5)
    else()
        enable_language(C)
        find_package(HDF5 REQUIRED COMPONENTS C)
        target_link_libraries(settle::hdf5 INTERFACE hdf5::hdf5)
    endif()
endif()
