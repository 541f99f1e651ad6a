# about: nano and less on a terminal
# category: editors and terminals
# rootfs: tools
# needs: nano less
# equal: n
export TERM=xterm HOME=/scratch
(sleep 0.7; printf 'hello\rworld'; sleep 0.3; printf '\017'; sleep 0.3; printf '\r'; sleep 0.3; printf '\030') | script -qec 'nano n' /dev/null > t1
cat n
(sleep 0.7; printf 'G'; sleep 0.3; printf '/root\r'; sleep 0.3; printf q) | script -qec 'less /etc/passwd' /dev/null > t2; grep -a -c root t2 | awk '{print ($1 > 0)}'
