# about: ripgrep, fd, jq, tree, ncdu, parallel, file, bc
# category: system tools
# rootfs: tools
# needs: rg fdfind jq tree parallel file
rg -c --sort path 'define' /usr/include/linux | head -20; rg -j 4 -l struct /usr/include | sort | sha256sum
fdfind -e h . /usr/include | sort | wc -l; fdfind -t d -x basename {} \; . /usr/include/linux | sort | head -5; tree -d /usr/include/linux | tail -1; file /bin/ls /etc/passwd | sed 's/,.*//'
seq 1 20 | parallel -j 4 -k 'echo {} $(({} * {}))' 2>/dev/null | tail -3; jq -n '[range(10)] | map(. * 2) | add'; ncdu -0 -o out /usr/include/linux; jq '.[2].progname' out; seq 20 | xargs -P 4 -n 5 sh -c 'echo $#' sh
