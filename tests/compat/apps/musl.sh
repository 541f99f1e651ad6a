# about: programs of another C library, static and dynamic, single and with threads
# category: languages
# smoke: yes
# needs: musl-gcc
cat > program.c <<'END'
#include <dirent.h>
#include <pthread.h>
#include <pwd.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
extern char **environ;
static int counter;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static void *work(void *unused)
{
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		counter++;
		pthread_mutex_unlock(&mutex);
	}
	return unused;
}
int main(int argc, char **argv)
{
	pthread_t threads[8];
	char *words[] = {"echo", "spawned", argv[argc - 1], NULL}, cwd[100];
	int status, entries = 0;
	struct stat st;
	pid_t pid;

	for (int i = 0; i < 8; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	for (int i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	printf("%s: %d, %s, %s\n", argv[0], counter, getcwd(cwd, sizeof(cwd)), getpwuid(0)->pw_name);
	fflush(stdout);
	if (posix_spawnp(&pid, "echo", NULL, NULL, words, environ) || waitpid(pid, &status, 0) != pid)
		return 1;
	DIR *d = opendir("/etc");
	while (d && readdir(d))
		entries++;
	FILE *f = popen("exit 3", "r");
	printf("%d %d %d %d\n", status, entries > 10, WEXITSTATUS(pclose(f)), stat("/none", &st));
	return 0;
}
END
musl-gcc -O1 -static -o static program.c
musl-gcc -O1 -o dynamic program.c
./static one
./dynamic two
/lib/ld-musl-x86_64.so.1 ./dynamic three
