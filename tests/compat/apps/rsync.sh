# about: rsync: local, over its daemon, deletion, hard links, attributes, checksums
# category: system tools
# rootfs: tools
# needs: rsync
# timeout: 90
# equal: d/etc/passwd d/etc/hosts
cp -a /etc a; mkdir -p a/x; for i in $(seq 1 2000); do echo $i > a/x/$i; done; ln a/x/1 a/x/hard; setfattr -n user.k -v v a/x/2 2>/dev/null || true
mkdir d; rsync -aHX a/ d/etc; diff -r --no-dereference a d/etc && echo equal
printf 'use chroot = yes\nuid = 0\ngid = 0\n[m]\npath = /scratch/s\nread only = no\nlog file = /scratch/log\n' > conf; mkdir s
rsync --daemon --address=127.0.0.1 --port=8730 --config=conf; sleep 0.3
rsync -a a/ rsync://127.0.0.1:8730/m/; echo new > a/x/new; rm a/x/3; rsync -ai --delete a/ rsync://127.0.0.1:8730/m/ | grep -v '/$' | sort
rsync -ac --stats rsync://127.0.0.1:8730/m/ e | grep -e 'Number of files' -e 'Number of regular files transferred'; diff -r --no-dereference a e && echo equal
stat -c '%h' d/etc/x/1; rsync -a --link-dest=../d/etc a/ f; stat -c %h f/x/5
