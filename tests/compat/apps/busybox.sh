# about: a userland of one static program
# category: shells and core tools
# smoke: yes
# rootfs: busybox
# normalise: drop ^Terminated$
ls -l / | awk '{print $1, $3, $4, $NF}' | grep -v -e total -e sys -e proc
mkdir -p a/b/c && touch a/b/c/d && find a | sort
seq 1 100 | awk '{s += $1} END {print s}'
echo hello | sed s/l/L/g | tr a-z A-Z | rev
tar -cf x.tar a && tar -tf x.tar | sort && gzip x.tar && zcat x.tar.gz | wc -c
echo 'some text' | md5sum
dd if=/dev/zero of=zeros bs=4k count=100 2>/dev/null && stat -c '%s %a %U' zeros
cp -r a copy && diff -r a copy && rm -r copy
printf 'b\na\nc\n' | sort | uniq -c | xargs echo
id; whoami; su nobody -c id
ps -o pid,comm | head -2
for i in 1 2 3; do (sleep 0.1; echo "child $i" > out$i) & done; wait; cat out1 out2 out3
timeout 1 sleep 10 || echo "timed out $?"
ln -s a link && readlink link && realpath link
vi -h 2>&1 | head -1 > /dev/null
mkfifo pipe; (echo through > pipe) & cat pipe; wait
chroot / /bin/sh -c 'cd /; pwd'
nc -h 2>&1 | head -1 | cut -c 1-7
df / > /dev/null && echo df
date -d @0 -u
