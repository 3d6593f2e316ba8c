# cmake --install, and the package that find_package(settle) finds: settle::core, settle::models, settle::sim.

include(CMakePackageConfigHelpers)

install(TARGETS settle RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
foreach(name core models sim)
    set_target_properties(settle_${name} PROPERTIES EXPORT_NAME ${name})
endforeach()
install(TARGETS settle_core settle_models settle_sim EXPORT settle
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT settle NAMESPACE settle:: DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/settle FILE settle-targets.cmake)
# Headers are <settle/…> to others.
set(SETTLE_HEADERS ${CMAKE_CURRENT_BINARY_DIR}/headers)
install(CODE "execute_process(COMMAND \"${CMAKE_COMMAND}\" -D \"SOURCE=${CMAKE_CURRENT_SOURCE_DIR}\"
    -D \"OUTPUT=${SETTLE_HEADERS}\" -P \"${CMAKE_CURRENT_SOURCE_DIR}/cmake/install_headers.cmake\"
    COMMAND_ERROR_IS_FATAL ANY)")
install(DIRECTORY ${SETTLE_HEADERS}/ DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/settle)
install(FILES LICENSE CITATION.cff README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_package_config_file(cmake/settle-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/settle-config.cmake
                              INSTALL_DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/settle)
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/settle-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/settle-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/settle-config-version.cmake
              cmake/hdf5.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/settle)
file(RELATIVE_PATH SETTLE_PC_TO_PREFIX /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
configure_file(cmake/settle.pc.in settle.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/settle.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
