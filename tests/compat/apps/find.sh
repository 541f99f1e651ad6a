# about: find / : every name and its attributes, except the kernel's own trees
# category: shells and core tools
# smoke: yes
find / -path /proc -prune -o -path /sys -prune -o -path /dev -prune -o -path /scratch -prune -o -print > /tmp/names 2>/tmp/errors || true
cat /tmp/errors
sort /tmp/names | sha256sum
wc -l < /tmp/names
find / -xdev -type f -printf '%p %m %U %G %s %n\n' | grep -v -e '^/tmp/' -e '^/scratch/' | sort | sha256sum
find / -xdev -type l -printf '%p %l\n' | sort | sha256sum
find / -xdev -perm /6000 -printf '%p %m\n' | sort
find /usr -name '*.h' -newermt 2000-01-01 | wc -l
find /usr -type f -size +1M | sort
find /etc -maxdepth 1 -exec test -d {} \; -print | sort | head -40
find / > /dev/null 2>&1 || true
echo whole tree walked
find /dev | grep -v mqueue | sort
