# about: 200 threads that open and stat in parallel for 10 seconds
# category: stress
# smoke: yes
# needs: gcc
# timeout: 90
cat > threads.c <<'END'
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static atomic_long done, failures;
static struct timespec end;

static int over(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec > end.tv_nsec);
}

static void *loop(void *argument)
{
	long number = (long)argument;
	char path[64], text[64], back[64];
	struct stat st;

	snprintf(path, sizeof(path), "/scratch/thread%ld", number);
	int n = snprintf(text, sizeof(text), "I am %ld\n", number);
	do {
		int fd = open(path, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0644);
		if (fd < 0 || write(fd, text, n) != n || fstat(fd, &st) || st.st_size != n)
			failures++;
		close(fd);
		if (stat(path, &st) || st.st_size != n)
			failures++;
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, back, sizeof(back)) != n || memcmp(back, text, n))
			failures++;
		close(fd);
		if (stat("/no/such/file", &st) != -1 || errno != ENOENT)
			failures++;
		if (access("/etc/passwd", R_OK))
			failures++;
		done++;
	} while (!over());
	return NULL;
}

int main(void)
{
	pthread_t threads[200];

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += 10;
	for (long i = 0; i < 200; i++)
		if (pthread_create(&threads[i], NULL, loop, (void *)i))
			return 1;
	for (int i = 0; i < 200; i++)
		pthread_join(threads[i], NULL);
	printf("rounds %ld\nfailures %ld\nmany %d\n", done, failures, done > 2000);
	return 0;
}
END
gcc -O1 -pthread -o threads threads.c
./threads | grep -v rounds
ls /scratch/thread[0-9]* | wc -l
