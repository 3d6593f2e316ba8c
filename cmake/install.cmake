# cmake --install, and the package that find_package(settle) finds: settle::core, settle::models, settle::sim.

include(CMakePackageConfigHelpers)

install(TARGETS settle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(name core models sim)
    set_target_properties(settle_${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS settle_core settle_models settle_sim EXPORT settle
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT settle NAMESPACE settle:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/settle FILE settle-targets.cmake)
foreach(folder core models sim)
    install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/settle FILES_MATCHING PATTERN "*.hpp")
endforeach()
install(FILES LICENSE CITATION.cff README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/settle-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/settle-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/settle)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/settle-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/settle-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/settle-config-version.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/settle)
