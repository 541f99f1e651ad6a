/* The first thread of a process ends and another goes on: its calls, its children, its exec. */
#include "facts.h"
#include <pthread.h>

static char b[5000];

static void wait_for_leader(void)
{
	/* The leader is a zombie until the last thread ends. */
	if (!wait_state(getpid(), 'Z'))
		say("the leader does not end");
}

static void files(void)
{
	struct stat st;

	FD("open", open("file", O_RDONLY));
	FD("make", open("new", O_WRONLY | O_CREAT, 0600));
	FACT("stat", stat("file", &st));
	FACT("mkdir", mkdir("d", 0755));
	FACT("chdir", chdir("d"));
	FACT("getcwd", getcwd(b, sizeof(b)) != NULL);
	say("  ends in /d: %d", !strcmp(b + strlen(b) - 2, "/d"));
	FACT("chdir back", chdir(".."));
	FACT("umask", umask(077));
	FACT("  again", umask(022));
	FACT("rename", rename("new", "renamed"));
	FACT("unlink", unlink("renamed"));
	FACT("rmdir", rmdir("d"));
	int dir = (int)MUST(open(".", O_RDONLY | O_DIRECTORY));
	FACT("fstatat", fstatat(dir, "file", &st, 0));
	FACT("fchmod", fchmod(dir, 0755));
	FACT("fchdir", fchdir(dir));
	FACT("getdents64", syscall(SYS_getdents64, dir, b, sizeof(b)) > 0);
	close(dir);
	FD("open what is made up", open("/proc/version", O_RDONLY));
	FD("a directory of /proc", open("/proc", O_RDONLY | O_DIRECTORY));
	FD("a socket", socket(AF_INET, SOCK_STREAM, 0));
	int pair[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
	struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "socket"};
	FACT("bind", bind(fd, (struct sockaddr *)&a, sizeof(a)));
	MUST(socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	FACT("kill itself with 0", kill(getpid(), 0));
	FACT("tgkill itself with 0", syscall(SYS_tgkill, getpid(), gettid(), 0));
}

static void itself(void)
{
	struct rlimit limit;

	FACT("getuid", getuid());
	FACT("prlimit by pid", prlimit(getpid(), RLIMIT_NOFILE, NULL, &limit));
	FACT("setresuid", setresuid(-1, USER, -1));
	FACT("geteuid", geteuid());
	FACT("setresuid back", setresuid(-1, 0, -1));
	FACT("get_file status", get_file("/proc/thread-self/status", b, sizeof(b)) > 0);
	FACT("comm", get_file("/proc/thread-self/comm", b, sizeof(b)));
	say("  %s", strtok(b, "\n"));
	FD("pidfd_open", syscall(SYS_pidfd_open, getpid(), 0));
	FACT("maps of the thread", get_file("/proc/thread-self/maps", b, sizeof(b)) > 0);
	FD("a descriptor of the thread", open("/proc/thread-self/fd/1", O_WRONLY));
	pid_t pid = child();
	if (pid == 0) {
		FD("the child opens", open("file", O_RDONLY));
		_exit(4);
	}
	say_end("a child", pid);
}

static void *goes_on(void *arg)
{
	wait_for_leader();
	files();
	itself();
	execl("/conformance/leader_gone", "leader_gone", "report", NULL);
	FAILED("exec");
	_exit(1);
}

static void end_leader(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, goes_on, NULL);
	pthread_exit(NULL);
}

static void *status_of_thread(void *arg)
{
	wait_for_leader();
	_exit(7);
}

static void other_status(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, status_of_thread, NULL);
	syscall(SYS_exit, 3);
}

static void *ends_alone(void *arg)
{
	wait_for_leader();
	syscall(SYS_exit, 9);
	return NULL;
}

static void first_status(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, ends_alone, NULL);
	syscall(SYS_exit, 3);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say("the program runs again, as thread %d", gettid() == getpid());
		FD("  and opens", open("file", O_RDONLY));
		return 5;
	}
	start("leader_gone");
	put_file("file", "x", 0644);
	in_child("the leader ends", end_leader);
	in_child("exit_group by the other", other_status);
	in_child("exit of the other", first_status);
	return 0;
}
