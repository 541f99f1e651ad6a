# about: dpkg -i, apt-get install and removal from a repository of local files
# category: build tools and packages
# rootfs: tools
# needs: dpkg-deb apt-get apt-ftparchive fakeroot
# timeout: 120
# normalise: drop ^(Reading|Building|\(Reading|Selecting|Get:|Fetched|debconf|Need to get|After this)
# normalise: s/[0-9.]+ k?B.*//
mkdir -p repo
pack() {
	mkdir -p $1/DEBIAN $1/usr/share/$1; for i in $(seq 1 300); do echo $1 $i > $1/usr/share/$1/$i; done
	printf 'Package: %s\nVersion: %s\nArchitecture: all\nMaintainer: A <a@b>\nDepends: %s\nDescription: test\n' $1 $2 "$3" > $1/DEBIAN/control
	printf '#!/bin/sh\necho "$0" "$1" | sed s:.*/::\nadduser --system --quiet --no-create-home %s 2>/dev/null || useradd -r %s\n' $1 $1 > $1/DEBIAN/postinst; chmod 755 $1/DEBIAN/postinst
	fakeroot dpkg-deb -b $1 repo > /dev/null
}
pack one 1.0 base-files; pack two 1.0 one; pack three 2.0 'two, libc6'
dpkg -i repo/one_1.0_all.deb; dpkg -s one | grep Status; id one | sed 's/[0-9]*//g'
dpkg -i repo/three_2.0_all.deb 2>&1 | tail -2 || true; dpkg --remove three > /dev/null 2>&1
(cd repo && apt-ftparchive packages . > Packages && apt-ftparchive release . > Release)
rm -f /etc/apt/sources.list /etc/apt/sources.list.d/*; echo 'deb [trusted=yes] file:/scratch/repo ./' > /etc/apt/sources.list
apt-get -q update 2>&1 | grep -c file:; apt-get -q -y -o Dpkg::Use-Pty=0 install three 2>&1
dpkg -l one two three | tail -3 | tr -s ' '; dpkg -V one two three; ls /usr/share/three | wc -l
apt-get -q -y -o Dpkg::Use-Pty=0 purge one 2>&1 | grep Removing; ls -d /usr/share/one 2>&1 || true; dpkg --audit; apt-cache policy two | head -3
