# about: 20,000 iterations of fork and exit
# category: stress
# smoke: yes
# timeout: 300
# needs: python3 gcc
cat > fork.c <<'END'
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>
int main(void)
{
	int status, sum = 0;
	for (int i = 0; i < 20000; i++) {
		pid_t pid = fork();
		if (pid < 0) {
			perror("fork");
			return 1;
		}
		if (pid == 0)
			_exit(i % 7);
		if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			return 2;
		sum += WEXITSTATUS(status);
	}
	printf("sum %d\n", sum);
	return 0;
}
END
gcc -O1 -o fork fork.c
./fork
i=0
while [ $i -lt 300 ]; do /bin/true; i=$((i + 1)); done
( i=0; while [ $i -lt 500 ]; do (exit 1) || :; i=$((i + 1)); done )
echo done
