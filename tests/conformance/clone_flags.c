/* clone(2) by hand: what each flag shares, what the kernel writes where, combinations refused. */
#include "facts.h"
#include <linux/sched.h>
#include <poll.h>

static char stack[65536] __attribute__((aligned(16)));
static volatile int shared;
static int pipes[2];

static pid_t clone_with(unsigned long flags, int *parent, int *child_id)
{
	return (pid_t)syscall(SYS_clone, flags, NULL, parent, child_id, NULL);
}

static void plain(void)
{
	static volatile int parent, own;
	int status;
	pid_t pid = clone_with(SIGCHLD | CLONE_PARENT_SETTID | CLONE_CHILD_SETTID, (int *)&parent,
			       (int *)&own);

	if (pid == 0) {
		say("the child finds its id: %d", own == getpid());
		_exit(parent == 0 ? 1 : 2); /* written before the copy is made, or not */
	}
	say("a child %d", waitpid(pid, &status, 0) == pid && WIFEXITED(status));
	say("the parent finds it, too: %d", parent == pid && own == 0);
	pid = clone_with(0, NULL, NULL);
	if (pid == 0)
		_exit(3);
	sleep_ms(50);
	FACT("a child without a signal", waitpid(pid, &status, WNOHANG));
	FACT("  with __WALL", waitpid(pid, &status, __WALL) == pid);
	say_status("  it", status);
	pid = clone_with(SIGUSR2, NULL, NULL);
	if (pid == 0)
		_exit(4);
	FACT("  with __WCLONE", waitpid(pid, &status, __WCLONE) == pid);
}

static int shares_memory(void *arg)
{
	shared = 5;
	FD("the child opens", open("file", O_RDONLY));
	FACT("  and changes the directory", chdir("d"));
	return 6;
}

static void vm(void)
{
	pid_t pid = clone(shares_memory, stack + sizeof(stack), CLONE_VM | SIGCHLD, NULL);

	say_end("CLONE_VM", pid);
	FACT("memory is shared", shared);
	FACT("the directory is not", access("file", F_OK));
	pid = clone(shares_memory, stack + sizeof(stack), CLONE_VM | CLONE_VFORK | SIGCHLD, NULL);
	say_end("CLONE_VFORK", pid);
}

static void files(void)
{
	pid_t pid = clone_with(CLONE_FILES | SIGCHLD, NULL, NULL);

	if (pid == 0) {
		close(30);
		say("the child opens %d", dup2(open("file", O_RDONLY), 31));
		_exit(0);
	}
	say_end("CLONE_FILES", pid);
	FACT("its descriptor is here", fcntl(31, F_GETFD));
	pid = clone_with(CLONE_FILES | SIGCHLD, NULL, NULL);
	if (pid == 0) {
		execl("/conformance/clone_flags", "clone_flags", "exec", NULL);
		_exit(9);
	}
	say_end("exec with a shared table", pid);
	FACT("the parent's stays", fcntl(31, F_GETFD));
	FACT("nothing was left", fcntl(32, F_GETFD));
	FACT("unshare CLONE_FILES", unshare(CLONE_FILES));
	FACT("unshare CLONE_FS", unshare(CLONE_FS));
	FACT("unshare 0", unshare(0));
}

static void pidfd(void)
{
	int fd = -1;
	pid_t pid = clone_with(CLONE_PIDFD | SIGCHLD, &fd, NULL);

	if (pid == 0)
		_exit(11);
	struct pollfd p = {fd, POLLIN, 0};
	FACT("the pidfd becomes readable", poll(&p, 1, 5000));
	siginfo_t si;
	FACT("waitid by it", waitid(P_PIDFD, (id_t)fd, &si, WEXITED));
	FACT("  status", si.si_status);
	FACT("pidfd's close-on-exec", fcntl(fd, F_GETFD));
	close(fd);
	FACT("CLONE_PIDFD with CLONE_PARENT_SETTID",
	     clone_with(CLONE_PIDFD | CLONE_PARENT_SETTID | SIGCHLD, &fd, NULL));
	FACT("CLONE_PIDFD to nowhere", clone_with(CLONE_PIDFD | SIGCHLD, BAD, NULL));
}

static void refused(void)
{
	FACT("CLONE_SIGHAND alone", clone_with(CLONE_SIGHAND | SIGCHLD, NULL, NULL));
	FACT("CLONE_THREAD alone", clone_with(CLONE_THREAD | SIGCHLD, NULL, NULL));
	FACT("CLONE_THREAD and CLONE_PIDFD",
	     clone_with(CLONE_VM | CLONE_SIGHAND | CLONE_THREAD | CLONE_PIDFD, BAD, NULL));
}

static void parent_of_both(void)
{
	char c = 0;
	pid_t mine = getpid(), pid = child();

	if (pid == 0) {
		pid_t sibling = clone_with(CLONE_PARENT | SIGCHLD, NULL, NULL);
		if (sibling == 0) {
			_exit(getppid() == mine ? 12 : 1);
		}
		FACT("CLONE_PARENT's child is nobody's here", waitpid(sibling, NULL, 0));
		write(pipes[1], &sibling, sizeof(sibling));
		_exit(13);
	}
	pid_t sibling = 0;
	FACT("a sibling", read(pipes[0], &sibling, sizeof(sibling)) + c);
	say_end("the child", pid);
	say_end("the sibling", sibling);
}

static void clear_tid(void)
{
	static volatile int word = 77;

	shared = 0;
	pid_t pid = clone(shares_memory, stack + sizeof(stack),
			  CLONE_VM | CLONE_CHILD_CLEARTID | SIGCHLD, NULL, NULL, NULL, &word);
	waitpid(pid, NULL, 0);
	FACT("CLONE_CHILD_CLEARTID", word);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		say("the program finds 31 open: %d", fcntl(31, F_GETFD) >= 0);
		close(31);
		return 0;
	}
	start("clone_flags");
	put_file("file", "x", 0644);
	mkdir("d", 0755);
	MUST(pipe2(pipes, O_CLOEXEC));
	in_child("plain", plain);
	in_child("memory", vm);
	in_child("files", files);
	in_child("pidfd", pidfd);
	in_child("refused", refused);
	in_child("CLONE_PARENT", parent_of_both);
	in_child("CLONE_CHILD_CLEARTID", clear_tid);
	return 0;
}
