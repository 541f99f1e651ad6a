# about: tar round trip of /usr/include with ownership and times
# category: shells and core tools
# smoke: yes
cp -a /usr/include include
i=0
for f in $(find include -name '*.h' | sort | head -300); do
	i=$((i + 1))
	chown $((1000 + i % 7)):$((2000 + i % 5)) "$f"
	chmod $((600 + i % 3 * 22)) "$f"
	touch -d "@$((1500000000 + i * 1000))" "$f"
done
ln include/stdio.h include/stdio-hard.h
mkfifo include/pipe
ln -s nowhere include/dangling
touch -h -d @1400000000 include/pipe include/dangling
tar --format=posix -cf all.tar include
mkdir out
tar -xpf all.tar -C out
list() { (cd "$1" && find . -printf '%P %y %m %U %G %s %T@ %l %n\n' | sed 's/ d \([0-9]* [0-9]* [0-9]*\) [0-9]* [0-9.]*/ d \1/' | sort); }
list include > before
list out/include > after
cmp before after && echo equal
wc -l < before
(cd include && find . ! -type d -printf '%P %y %m %U %G %s %l %n\n' | sort | sha256sum)
tar --format=posix -czf all.tar.gz -C out include
tar -tzf all.tar.gz | wc -l
tar -df all.tar -C out && echo no difference
rm -r include out
ls
