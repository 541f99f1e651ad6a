# about: ps, top, pgrep, free, uptime, kill, id, su: who runs, and who am I
# category: system tools
# smoke: yes
# needs: ps top free
# normalise: drop ^(Terminated|Killed)$
# normalise: s/^(root |) *[2-9] (?=.*sleep)/\1 PID /
sleep 50 & first=$!
sleep 60 & second=$!
until [ "$(pgrep -c -x sleep)" = 2 ]; do :; done
ps aux > list
awk '{print $1, $2, $7, $11, $12}' list | grep -v -e awk -e grep -e ps
ps -eo pid,ppid,pgid,user,nice,comm,args --sort=pid > list
sed 's/  */ /g' list | grep -v -e ps -e grep -e sed
ps -o stat= -p $! | cut -c 1
top -bn1 > list
awk 'NR == 2 {print $1} NR > 6 {print $1, $2, $NF}' list | grep -v -e top -e awk -e grep
pgrep sleep | wc -l
free -m | awk '{print $1, ($2 > 0)}'
uptime | sed 's/.*\(load average\).*/\1/'
vmstat | wc -l
pwdx $$ | sed 's/.*: //'
pmap $$ | grep -c -e sh -e libc | awk '{print ($1 > 2)}'
id
su -c id nobody -s /bin/sh
su -c 'echo $HOME; touch /etc/no 2>&1; cd /root 2>&1; kill -0 1 2>&1' nobody -s /bin/sh || echo status $?
kill $first
wait $first || echo status $?
kill -9 $second
wait $second || echo status $?
nice -n 5 nice
hostname
uname -sm
nproc | awk '{print ($1 > 0)}'
ls -l /proc/self/exe | sed 's/.*-> //'
cat /proc/self/comm
tr '\0' ' ' < /proc/self/cmdline; echo
grep -e ^Name -e ^Uid -e ^Gid -e ^Groups -e ^Threads -e ^CapEff -e ^NoNewPrivs /proc/self/status
