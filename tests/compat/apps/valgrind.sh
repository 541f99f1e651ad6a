# about: valgrind: memcheck of a program with a leak and an invalid read, with threads
# category: system tools
# rootfs: tools
# needs: valgrind gcc
# timeout: 90
cat > t.c <<'END'
#include <pthread.h>
#include <stdlib.h>
#include <stdio.h>
static void *run(void *p) { int *x = malloc(40); *(int *)p = x[0] > 5; free(x); return NULL; }
int main(void) { pthread_t t; int r; pthread_create(&t, NULL, run, &r); pthread_join(t, NULL); char *leak = malloc(123); leak[0] = 1; leak = NULL; char *b = malloc(4); printf("%d\n", b[4] == 77); free(b); return system("exit 3") >> 8; }
END
gcc -g -O0 -o t t.c 2>/dev/null; valgrind -q --leak-check=full ./t > out 2> err && echo 0 || echo $?; grep -c -e 'Invalid read of size 1' -e 'definitely lost' err; cat err | grep -c uninitialised || true; valgrind --tool=callgrind --callgrind-out-file=c ./t > /dev/null 2>&1 || ls c
