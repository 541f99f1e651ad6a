# about: cmake with ninja, meson, autotools with libtool: configure, build, test, install
# category: build tools and packages
# rootfs: languages
# needs: cmake ninja meson autoreconf libtoolize
# timeout: 200
# normalise: s/in [0-9.]+ ?s(ec)?//
mkdir c; cd c; printf 'int f(int x) { return x + 1; }\n' > f.c; printf '#include <stdio.h>\nint f(int);\nint main(void) { printf("%%d\\n", f(1)); return 0; }\n' > m.c
printf 'cmake_minimum_required(VERSION 3.10)\nproject(p C)\nadd_library(f SHARED f.c)\nadd_executable(m m.c)\ntarget_link_libraries(m f)\nenable_testing()\nadd_test(NAME t COMMAND m)\ninstall(TARGETS m f)\n' > CMakeLists.txt
cmake -G Ninja -B b . > log && ninja -C b | tail -1 | cut -c 1-9; (cd b && ctest | grep passed); DESTDIR=$PWD/inst cmake --install b > /dev/null; find inst -type f | sort
printf "project('p', 'c')\nl = shared_library('f', 'f.c')\ne = executable('m', 'm.c', link_with: l, install: true)\ntest('t', e)\n" > meson.build; meson setup mb > mlog && ninja -C mb > /dev/null && mb/m && meson test -C mb | grep -e ^Ok -e ^Fail
printf 'AC_INIT([p],[1])\nAM_INIT_AUTOMAKE([foreign])\nLT_INIT\nAC_PROG_CC\nAC_CHECK_FUNCS([memcpy fork])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n' > configure.ac; printf 'lib_LTLIBRARIES = libf.la\nlibf_la_SOURCES = f.c\nbin_PROGRAMS = m\nm_SOURCES = m.c\nm_LDADD = libf.la\n' > Makefile.am
autoreconf -i > alog 2>&1; ./configure --prefix=/scratch/out > clog 2>&1 || tail clog; make -j2 > blog 2>&1 || tail blog; make install > /dev/null; /scratch/out/bin/m; grep -c yes clog | awk '{print ($1 > 10)}'
