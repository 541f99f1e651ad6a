# about: coreutils and util-linux: links, times, sparse files, split, sort, limits, dates
# category: shells and core tools
# rootfs: tools
# equal: s/* big
umask 027
seq 1 20000 > n; split -l 5000 -d n s.; mkdir s; mv s.0* s; cat s/* | cmp - n && echo split
sort -R --random-source=/etc/passwd n | sort -n -S 100K --parallel=2 -T . | cmp - n && echo sorted
truncate -s 100M big; echo end >> big; stat -c '%s %b %a' big; cp --sparse=always big big2; stat -c '%s' big2; cmp big big2 && echo same
mkfifo p; mknod q p; ln n hard; ln -sr n s/sym; readlink -f s/sym; stat -c '%h %F' n p s/sym
touch -d '2001-02-03 04:05:06.789' n; stat -c '%y' n; touch -r n r; find . -newer r -type f | wc -l
cp -a s s2; diff -r s s2 && echo copied; install -m 4755 -o 1000 -g 1000 n suid; stat -c '%A %u %g' suid
chmod g+s,o+t s2; stat -c %A s2; chown -h 5:6 s/sym; stat -c '%u:%g' s/sym; chgrp -R 7 s2; stat -c %g s2/s.00
mktemp -d XXXX | wc -c; head -c 1M /dev/urandom | tee t1 t2 | sha256sum | cut -c 65-; cmp t1 t2; shred -u t1; ls t1 2>&1 || true
dd if=big2 of=/dev/null bs=1M count=5 2>&1 | sed -n 2p; du -k s | cut -f1 | wc -l; df --output=target . | tail -1
timeout -s INT 0.2 sleep 5 || echo $?; nice -n 7 nice; nohup true 2>&1; env -i A=1 env; printenv HOME; tty || echo $?; id -Gn
flock n -c 'flock -n n -c true || echo busy'; setsid sh -c 'ps -o sid= -p $$ | wc -l'; prlimit --nofile=50 sh -c 'ulimit -n'
chroot / id -u; stdbuf -oL echo buffered; fallocate -l 64K fa; fallocate -p -o 4096 -l 8192 fa; stat -c '%s' fa; rev /etc/hostname
date -u -d '2000-01-01 +3 days' +%F; TZ=America/New_York date -d @0 +%T; numfmt --to=iec 1048576; factor 360360
getent hosts localhost | tr -s ' '; hostname; mountpoint /proc; findmnt -n -o FSTYPE /proc | head -1; lsns 2>&1 | wc -l | awk '{print ($1 > 1)}'
logger -s hello 2>&1 | sed 's/.*: //'; ionice; taskset -p $$ | grep -c mask; chrt -p $$ | sed 's/pid [0-9]*/pid/'
