# about: strace and gdb: tracing, breakpoints, backtrace, attach
# category: system tools
# rootfs: tools
# needs: strace gdb gcc
# normalise: s/\(process [0-9]+\)/(process N)/
# known: capbox ptrace among guests is a class of calls that is closed by default
# known: runsc-systrap its ptrace lacks what strace and gdb ask for
strace -f -e trace=openat,execve -o log sh -c 'cat /etc/hostname'; grep -c execve log; grep -c hostname log
printf 'int f(int x) { return x * 2; }\nint main(int c, char **v) { volatile int s = 0; for (int i = 0; i < 5; i++) s += f(i); return s; }\n' > t.c; gcc -g -o t t.c
gdb -q -batch -ex 'break f if x == 3' -ex run -ex bt -ex 'print x' -ex 'delete' -ex continue ./t 2>&1 | grep -e '^#' -e '\$1' -e exited | sed 's/0x[0-9a-f]*/ADDR/'
sleep 50 & gdb -q -batch -p $! -ex 'print $pc != 0' -ex detach 2>&1 | grep '\$1'; kill $!
