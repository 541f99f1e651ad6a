/* Seccomp filters that a program installs for itself: what they do, who may, how they add up. */
#include "facts.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>

/* A filter with an action for one call. */
static int install(unsigned number, unsigned action, unsigned flags)
{
	struct sock_filter code[] = {
	    BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, action),
	    BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof *code, code};

	return (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void handler(int sig, siginfo_t *info, void *context)
{
	say("  SIG%s code %d call %d arch %x errno %d", sigabbrev_np(sig), info->si_code,
	    info->si_syscall == SYS_getppid, info->si_arch, info->si_errno);
}

static void errors(void)
{
	FACT("filter", install(SYS_getppid, SECCOMP_RET_ERRNO | ENOTTY, 0));
	FACT("getppid", syscall(SYS_getppid));
	FACT("another", install(SYS_openat, SECCOMP_RET_ERRNO | EMLINK, 0));
	FACT("a call of the sentry's", syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY));
	FACT("others go on", access("/", F_OK));
	FACT("a weaker one later", install(SYS_openat, SECCOMP_RET_ALLOW, 0));
	FACT("does not help", syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY));
	pid_t pid = child();
	if (pid == 0) {
		FACT("a child inherits it", syscall(SYS_openat, AT_FDCWD, "/", O_RDONLY));
		_exit(0);
	}
	say_end("child", pid);
	FACT("the mode", prctl(PR_GET_SECCOMP));
}

static void trap(void)
{
	struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};

	sigaction(SIGSYS, &action, NULL);
	FACT("filter", install(SYS_getppid, SECCOMP_RET_TRAP | 7, 0));
	syscall(SYS_getppid);
}

static void kills(void)
{
	struct stat st;

	FACT("filter", install(SYS_stat, SECCOMP_RET_KILL_PROCESS, 0));
	syscall(SYS_stat, "/", &st);
}

static void traced(void)
{
	FACT("filter", install(SYS_getppid, SECCOMP_RET_TRACE, 0));
	FACT("nobody traces", syscall(SYS_getppid));
}

static void strict(void)
{
	FACT("strict", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT));
	say("writing goes on");
	syscall(SYS_getpid);
}

static void *waits(void *arg)
{
	int *pipes = arg;
	char b;

	read(pipes[0], &b, 1);
	FACT("in another thread", syscall(SYS_getppid) == -1 ? -1 : 0);
	return NULL;
}

static void all_threads(void)
{
	int pipes[2];
	pthread_t thread;

	MUST(pipe(pipes));
	pthread_create(&thread, NULL, waits, pipes);
	FACT("TSYNC", install(SYS_getppid, SECCOMP_RET_ERRNO | ENOTTY, SECCOMP_FILTER_FLAG_TSYNC));
	write(pipes[1], "x", 1);
	pthread_join(thread, NULL);
}

static void user(void)
{
	FACT("user: without no_new_privs", install(SYS_getppid, SECCOMP_RET_ERRNO, 0));
	FACT("user: no_new_privs", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
	FACT("user: with it", install(SYS_getppid, SECCOMP_RET_ERRNO | EINTR, 0));
	FACT("user: getppid", syscall(SYS_getppid));
}

int main(void)
{
	unsigned action = SECCOMP_RET_TRAP;

	start("guest_filters");
	MUST(setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}));
	in_child("errors", errors);
	in_child("trap", trap);
	in_child("kill", kills);
	in_child("trace", traced);
	in_child("strict", strict);
	in_child("threads", all_threads);
	as_user("user", user);
	FACT("bad flags", install(SYS_getppid, SECCOMP_RET_ALLOW, 1 << 20));
	FACT("a known action", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	action = 0x12340000;
	FACT("an unknown one", syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
	FACT("no program", syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, NULL));
	FACT("an unknown operation", syscall(SYS_seccomp, 99, 0, NULL));
	return 0;
}
