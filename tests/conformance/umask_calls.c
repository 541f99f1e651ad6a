/* umask: values, every call that makes something, forks, threads, exec. */
#include "facts.h"
#include <pthread.h>

static void say_umask(const char *label)
{
	mode_t mask = umask(0);

	umask(mask);
	say("%s: %03o", label, mask);
}

static void makers(mode_t mask)
{
	struct sockaddr_un address = {AF_UNIX, "s"};
	char label[32];

	snprintf(label, sizeof(label), "umask %03o", mask);
	umask(mask);
	close(open("f", O_CREAT | O_WRONLY, 0777));
	say_mode(label, "f");
	mkdir("d", 01777);
	say_mode(label, "d");
	mkfifo("p", 0666);
	say_mode(label, "p");
	mknod("n", S_IFREG | 0777, 0);
	say_mode(label, "n");
	symlink("x", "l");
	say_mode(label, "l");
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(fd, (void *)&address, sizeof(address));
	close(fd);
	say_mode(label, "s");
	fd = open(".", O_TMPFILE | O_RDWR, 0777);
	struct stat st;
	fstat(fd, &st);
	close(fd);
	say("%s: %06o", label, st.st_mode);
	unlink("f");
	rmdir("d");
	unlink("p");
	unlink("n");
	unlink("l");
	unlink("s");
}

static void *thread(void *arg)
{
	say_umask("a new thread has its creator's");
	umask(0051);
	return NULL;
}

static void *alone(void *arg)
{
	FACT("alone: unshare", unshare(CLONE_FS));
	umask(0044);
	say_umask("alone: its own");
	return NULL;
}

/* A thread that leaves the others has a umask of its own. */
static void parted(void)
{
	pthread_t t;

	pthread_create(&t, NULL, alone, NULL);
	pthread_join(t, NULL);
	say_umask("alone: the others'");
}

static void in_fork(void)
{
	say_umask("child: inherited");
	umask(0);
	say_umask("child: its own");
}

int main(int argc, char **argv)
{
	pthread_t t;
	char text[4096];

	if (argc > 1) {
		say_umask("after exec");
		return 0;
	}
	alarm(SECONDS);
	say_umask("at the start");
	start("umask_calls");
	FACT("umask gives the old value", umask(0));
	FACT("and this", umask(07777));
	FACT("only permission bits count", umask(022));
	static const mode_t masks[] = {0, 022, 027, 077, 0777, 0111};
	for (size_t i = 0; i < sizeof(masks) / sizeof *masks; i++)
		makers(masks[i]);
	umask(0123);
	in_child("child", in_fork);
	say_umask("the parent keeps its own");
	pthread_create(&t, NULL, thread, NULL);
	pthread_join(t, NULL);
	say_umask("a thread changes it for all");
	close(open("by-threads", O_CREAT | O_WRONLY, 0777));
	say_mode("a file then", "by-threads");
	get_file("/proc/self/status", text, sizeof(text));
	char *line = strstr(text, "Umask:");
	say("status: %.*s", line ? (int)strcspn(line, "\n") : 0, line ? line : "");
	FACT("umask does not mask chmod", chmod("by-threads", 0777));
	say_mode("the file then", "by-threads");
	in_child("alone", parted);
	pid_t pid = child();
	if (pid == 0) {
		execl(argv[0], argv[0], "report", NULL);
		_exit(9);
	}
	say_end("exec", pid);
	return 0;
}
