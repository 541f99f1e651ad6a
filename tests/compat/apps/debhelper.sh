# about: dpkg-buildpackage of a small package with debhelper and fakeroot
# category: build tools and packages
# rootfs: tools
# needs: dpkg-buildpackage dh fakeroot
# timeout: 120
mkdir -p hello-1/debian; cd hello-1
printf '#include <stdio.h>\nint main(void) { puts("hello"); }\n' > hello.c; printf 'all: hello\ninstall:\n\tinstall -D hello $(DESTDIR)/usr/bin/hello\nclean:\n\trm -f hello\n' > Makefile
printf 'hello (1) stable; urgency=low\n\n  * One.\n\n -- A <a@b.c>  Thu, 01 Jan 2023 00:00:00 +0000\n' > debian/changelog
printf 'Source: hello\nMaintainer: A <a@b.c>\nBuild-Depends: debhelper-compat (= 13)\nStandards-Version: 4.6.0\nSection: misc\nPriority: optional\n\nPackage: hello\nArchitecture: any\nDepends: ${shlibs:Depends}, ${misc:Depends}\nDescription: test\n test\n' > debian/control
printf '#!/usr/bin/make -f\n%%:\n\tdh $@\n' > debian/rules; chmod 755 debian/rules
dpkg-buildpackage -us -uc -b -d > ../log 2>&1 || { tail -20 ../log; exit 1; }
cd ..; dpkg-deb -c hello_1_amd64.deb | awk '{print $1, $2, $NF}'; dpkg -i hello_1_amd64.deb > /dev/null; hello; dpkg-deb -f hello_1_amd64.deb Depends
