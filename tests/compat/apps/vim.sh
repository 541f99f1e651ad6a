# about: vim in ex mode and on a terminal: edit, search, undo, swap files, filters
# category: editors and terminals
# rootfs: tools
# needs: vim
# equal: f g
seq 1 500 > f
vim -es -u NONE -c '%s/\(.\)0$/\1zero/' -c '10,20!sort -r' -c 'g/7/d' -c 'wq' f; wc -l f
vim -es -u NONE -c 'call writefile(map(range(5), "string(v:val * v:val)"), "g")' -c q!; cat g
(sleep 1; printf ':echo 1\r3Gdd2Goadded\033:w\r'; sleep 1; printf ':q\r'; sleep 0.3) | TERM=xterm script -qec 'vim -u NONE -N f' /dev/null > typescript
head -3 f; ls -a | grep -c swp || true; vim --version | head -1 | cut -c 1-20; grep -c added typescript
