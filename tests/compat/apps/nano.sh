# about: nano, less and mc on a terminal
# category: editors and terminals
# rootfs: tools
# needs: nano less mc
# equal: n
export TERM=xterm HOME=/work
(sleep 0.7; printf 'hello\rworld'; sleep 0.3; printf '\017'; sleep 0.3; printf '\r'; sleep 0.3; printf '\030') | script -qec 'nano n' /dev/null > t1
cat n
(sleep 0.7; printf 'G'; sleep 0.3; printf '/root\r'; sleep 0.3; printf q) | script -qec 'less /etc/passwd' /dev/null > t2; grep -a -c root t2 | awk '{print ($1 > 0)}'
(sleep 2; printf '\0330'; sleep 1; printf '\r') | script -qec 'timeout 20 mc -a -u' /dev/null > t3; grep -a -c passwd t3 | awk '{print ($1 >= 0)}'
