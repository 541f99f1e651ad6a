# about: ccache and make -j4 of a C project of 200 files, twice
# category: build tools and packages
# rootfs: tools
# needs: ccache make gcc
# timeout: 300
export CCACHE_DIR=/scratch/cache
for i in $(seq 1 200); do printf '#include <stdio.h>\nint f%d(int x) { char b[16]; return snprintf(b, sizeof b, "%%d", x * %d); }\n' $i $i > f$i.c; done
{ for i in $(seq 1 200); do echo "int f$i(int);"; done; echo '#include <stdio.h>'; echo 'int main(void) { int s = 0;'; for i in $(seq 1 200); do echo "s += f$i(s);"; done; echo 'printf("%d\\n", s); return 0; }'; } > main.c
printf 'CC = ccache gcc\nprog: $(patsubst %%.c,%%.o,$(wildcard *.c))\n\t@gcc -o $@ $^\n%%.o: %%.c\n\t@$(CC) -c -o $@ $<\n' > Makefile
make -j4; ./prog; rm -f *.o prog; make -j4; ./prog
ccache -s | grep -i -e hits -e misses | tr -s ' ' | head -2; sha256sum prog
