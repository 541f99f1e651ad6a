# What is installed, and the Debian package made of it: `cmake --build build/release --target package`.
#
# The man pages are written in scdoc(5); where scdoc is not installed, capbox is built without them.
include(GNUInstallDirs)

install(TARGETS capbox RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES packaging/bash-completion/capbox
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(DIRECTORY packaging/containerd packaging/docker packaging/podman packaging/kubernetes
  packaging/grafana
  DESTINATION ${CMAKE_INSTALL_DATADIR}/capbox)
install(FILES docs/containerd.md docs/docker.md docs/podman.md docs/kubernetes.md docs/rootless.md
  docs/operating.md
  DESTINATION ${CMAKE_INSTALL_DOCDIR})

find_program(SCDOC scdoc)
find_program(GZIP gzip)
if(SCDOC AND GZIP)
  foreach(page capbox.1 capbox-policy.5)
    string(REGEX REPLACE ".*\\." "" section ${page})
    set(source ${CMAKE_SOURCE_DIR}/docs/man/${page}.scd)
    set(output ${CMAKE_BINARY_DIR}/man/${page}.gz)
    add_custom_command(OUTPUT ${output}
      COMMAND sh -ec "${SCDOC} <'${source}' >man/${page}; ${GZIP} -9nf man/${page}"
      WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
      DEPENDS ${source} VERBATIM)
    list(APPEND pages ${output})
    install(FILES ${output} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
  endforeach()
  file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/man)
  add_custom_target(man ALL DEPENDS ${pages})
else()
  message(STATUS "scdoc is not installed: no man pages")
endif()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME capbox)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "OCI runtime that runs each container behind a user-space kernel")
set(CPACK_PACKAGE_DESCRIPTION
"capbox takes the place of runc under containerd, Docker, Podman and Kubernetes.
Programs run at native speed on what they hold: memory, threads, open files.
Calls that name something (a path, a process, a user, an address) do not reach
the host kernel but a kernel of the container's own, the sentry, which has no
more rights than the container.")
set(CPACK_PACKAGE_CONTACT "capbox maintainers <maintainers@capbox.invalid>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
# Symbols stay: the report of a crash names functions by them, and they are 7% of the program.
set(CPACK_STRIP_FILES OFF)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "uidmap")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "containerd | docker.io | podman")
set(CPACK_VERBATIM_VARIABLES ON)
include(CPack)
