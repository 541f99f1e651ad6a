# about: htop, lsof, psmisc, findmnt, lsns, prlimit: what tools read of /proc
# category: system tools
# rootfs: tools
# needs: htop lsof pstree killall fuser
# normalise: s/\s+$//
# normalise: drop ^Terminated$
sleep 100 & exec 5> open.file
lsof -p $$ -a -d 5,cwd,rtd -Fnftu | grep -v -e '^p' | head -20; lsof open.file | awk '{print $1, $4, $5, $NF}'
fuser open.file 2>/dev/null | wc -w; pstree -A > tree; head -5 tree | sed 's/---.*//'; killall sleep; wait $! || echo killed $?
(sleep 1.5; printf q) | TERM=xterm script -qec htop /dev/null > h; grep -a -c -e 'Load average' -e 'Mem' h | awk '{print ($1 > 0)}'
prlimit --pid $$ --nofile -o RESOURCE,SOFT,HARD --noheadings | tr -s ' '; findmnt -n -o TARGET -t devpts
ps -eo pid,tty,nlwp,stat,wchan:3,rss,vsz,etimes,cmd | wc -l | awk '{print ($1 > 2)}'; cat /proc/self/status | grep -c ^; pidstat 1 1 > /dev/null && echo pidstat
time -f '%x %R' true 2>&1 | sed 's/ .*//' ; w -h | wc -l; slabtop -o 2>&1 | wc -l | awk '{print ($1 >= 0)}'; pmap -x $$ | tail -1 | cut -c 1-5
