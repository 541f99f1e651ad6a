/* vfork: shared memory, the parent waits, the child moves, drops rights and executes. */
#include "facts.h"

static char b[5000];

static int report(const char *what)
{
	mode_t mask = umask(0);

	MUST(getcwd(b, sizeof(b)) ? 0 : -1);
	umask(mask);
	say("%s: cwd ends in %s, umask %03o, uid %d, gid %d", what, strrchr(b, '/'), mask, getuid(),
	    getgid());
	return 7;
}

static void shared(void)
{
	volatile int value = 1, status;
	pid_t pid = vfork();

	if (pid == 0) {
		value = 2;
		_exit(3);
	}
	FACT("the child's write is the parent's", value);
	FACT("the child", waitpid(pid, (int *)&status, 0) == pid);
	say_status("it ended", status);
}

static void waits(void)
{
	struct timespec a, z;

	clock_gettime(CLOCK_MONOTONIC, &a);
	pid_t pid = vfork();
	if (pid == 0) {
		struct timespec t = {0, 100000000};
		nanosleep(&t, NULL);
		_exit(0);
	}
	clock_gettime(CLOCK_MONOTONIC, &z);
	FACT("the parent waited",
	     (z.tv_sec - a.tv_sec) * 1000 + (z.tv_nsec - a.tv_nsec) / 1000000 >= 100);
	say_end("it", pid);
	pid = vfork();
	if (pid == 0) {
		execl("/bin/sleep", "sleep", "20", NULL);
		_exit(9);
	}
	FACT("the parent goes on at exec", kill(pid, SIGTERM));
	say_end("it", pid);
}

/* A vfork child's directory, umask and ids are its own: only memory is shared. */
static void moves(const char *self)
{
	pid_t pid = vfork();

	if (pid == 0) {
		chdir("inner");
		umask(077);
		execl(self, self, "moved", NULL);
		_exit(9);
	}
	say_end("moved", pid);
	report("the parent stayed");
	pid = vfork();
	if (pid == 0) {
		syscall(SYS_setgid, USER);
		syscall(SYS_setuid, USER);
		execl(self, self, "as user", NULL);
		_exit(9);
	}
	say_end("as user", pid);
	report("the parent stayed");
	pid = vfork();
	if (pid == 0) {
		chroot("inner");
		_exit(access("/file", F_OK) == 0 ? 1 : 2);
	}
	say_end("in another root", pid);
	FACT("the parent stayed", access("/etc/passwd", F_OK));
	FACT("its umask", umask(022));
}

static void failed(void)
{
	volatile int error = 0;
	pid_t pid = vfork();

	if (pid == 0) {
		execl("missing", "missing", NULL);
		error = errno;
		_exit(127);
	}
	say("exec failed: %s", errno_name(error));
	say_end("it", pid);
	pid = vfork();
	if (pid == 0) {
		execl("text", "text", NULL);
		error = errno;
		execl("inner", "inner", NULL);
		if (errno == EACCES)
			execl("/bin/true", "true", NULL);
		_exit(127);
	}
	say("exec failed: %s, then another one", errno_name(error));
	say_end("it", pid);
}

static void descriptors(void)
{
	int pipes[2];

	MUST(pipe(pipes));
	pid_t pid = vfork();
	if (pid == 0) {
		dup2(pipes[1], 1);
		close(pipes[0]);
		close(pipes[1]);
		execl("/bin/echo", "echo", "through", "a", "pipe", NULL);
		_exit(9);
	}
	close(pipes[1]);
	ssize_t n = read(pipes[0], b, sizeof(b) - 1);
	b[n > 0 ? n - 1 : 0] = '\0';
	say("it wrote: %s", b);
	say_end("it", pid);
	FACT("the parent's descriptors stayed", fcntl(pipes[0], F_GETFD));
	close(pipes[0]);
}

static void killed(void)
{
	pid_t pid = vfork();

	if (pid == 0) {
		kill(getpid(), SIGKILL);
		_exit(1);
	}
	say_end("killed", pid);
	pid = vfork();
	if (pid == 0) {
		pid_t inner = vfork();
		if (inner == 0) {
			execl("/bin/false", "false", NULL);
			_exit(9);
		}
		int status;
		waitpid(inner, &status, 0);
		_exit(40 + WEXITSTATUS(status));
	}
	say_end("a vfork in a vfork", pid);
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return report(argv[1]);
	start("vfork_calls");
	MUST(mkdir("inner", 0755));
	put_file("inner/file", "x", 0644);
	put_file("text", "no program", 0755);
	shared();
	waits();
	moves(argv[0]);
	failed();
	descriptors();
	killed();
	int sum = 0, status;
	for (int i = 0; i < 30; i++) {
		pid_t pid = vfork();
		if (pid == 0) {
			execl("/bin/true", "true", NULL);
			_exit(1);
		}
		waitpid(pid, &status, 0);
		sum += status;
	}
	FACT("30 times", sum);
	return 0;
}
